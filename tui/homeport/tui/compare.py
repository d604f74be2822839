"""The Compare screen: one prompt, several models side by side, and which was best."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click

from homeport.client.errors import ClientError, NoDaemon
from homeport.client.wire import FeedbackRequest
from homeport.tui.answering import AskHeard
from homeport.tui.bout import FEWEST, MOST, Bout, Side
from homeport.tui.choices import model_choices
from homeport.tui.columns import Columns
from homeport.tui.errand import Errand
from homeport.tui.house import bindings_of
from homeport.tui.state import is_running
from homeport.tui.talking import READONLY, TalkingScreen, sendable
from homeport.tui.widgets import in_edge
from homeport.tui.words import Line, count, crop, model_name, wrapped

_COMING = "Answers are coming; esc stops them."


class CompareScreen(TalkingScreen, inherit_bindings=False):
    """Shows a bout that the program keeps, so that it goes on when the screen is left."""

    NAME = "compare"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("compare")

    def __init__(self, bout: Bout, errand: Errand, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.bout = bout
        self.errand = errand
        self.columns = Columns(id="page", ascii_only=ascii_only)
        self.columns.border_title = "compare"
        self._chosen: Side | None = None
        self._named = ""
        """The decision whose models were asked for after its answers were stopped."""

    def compose_middle(self) -> ComposeResult:
        """The answers, and what is written."""
        yield self.banner
        yield self.columns
        yield self.editor

    # -- what is seen

    @property
    def is_answering(self) -> bool:
        """Whether answers come."""
        return self.bout.is_answering

    @property
    def chosen(self) -> Side | None:
        """The answer that keys are about."""
        sides = self.bout.sides
        return self._chosen if self._chosen in sides else sides[0] if sides else None

    def paint_middle(self) -> None:
        """The columns, the edges."""
        super().paint_middle()
        self._name_what_was_stopped()
        bout, columns = self.bout, self.columns
        page = self._page(columns.size.width)
        first, last = columns.show_sides(bout, self.chosen, page, self.house.now_ms())
        self.label(columns, self._foot(first, last))
        columns.border_title = in_edge(self._title(), ascii_only=self.ascii_only)
        names = ", ".join(model_name(model) for model in bout.models) or "the best that may answer"
        self.editor.border_title = in_edge(
            crop(f"to {names}", self.house.size.width - 20), ascii_only=self.ascii_only
        )
        self.editor.border_subtitle = "private" if bout.private else ""

    def _title(self) -> str:
        prompt = " ".join(self.bout.prompt[:400].split())
        return crop(f"compare: {prompt}" if prompt else "compare", self.house.size.width - 20)

    def _page(self, width: int) -> list[Line]:
        if self.bout.sides:
            return []
        bout = self.bout
        if bout.standing == "failed":
            return wrapped(bout.sentence, width, "bad")
        if bout.standing == "running":
            return wrapped(bout.sentence or "Asking…", width, "running")
        return [
            *wrapped("One prompt, two to four models, side by side.", width, "strong"),
            [],
            *wrapped(
                "esc, then t, picks the models; without a pick the best that may answer.",
                width,
                "muted",
            ),
        ]

    def _foot(self, first: int, last: int) -> str:
        bout = self.bout
        words = [bout.sentence] if bout.sides and bout.sentence else []
        words += bout.left_out[:1]
        if last - first + 1 < len(bout.sides):
            shown = f"{first}" if first == last else f"{first} to {last}"
            words.append(f"{shown} of {len(bout.sides)}, [ ] turns")
        seen, rows = self.columns.reach
        if seen < rows:
            words.append(f"{count(rows - seen, 'row')} below")
        return crop(" · ".join(words), max(0, self.house.size.width - 8))

    # -- asking

    def send(self, text: str) -> None:
        """Asks all of them."""
        self.note = ""
        if self.house.options.readonly:
            self.say(READONLY)
        elif self.is_answering:
            self.say(_COMING)
        else:
            self.editor.sent()
            self._ask(sendable(text))

    def _ask(self, prompt: str) -> None:
        self._chosen = None
        self.columns.go(-self.columns.reach[1])
        self.errand.start(self.bout.ask(prompt), self._hear, self._ended)
        self.paint()

    def _hear(self, event: AskHeard) -> bool:
        known = self.bout.decision
        goes_on = self.bout.hear(event)
        if self.bout.decision != known:
            self.house.run_worker(self._tell_names(), group="naming", exclusive=True)
        return goes_on

    def _name_what_was_stopped(self) -> None:
        """Once the daemon has written it down: its names never came with the answers."""
        bout = self.bout
        row = self.house.state.rows.get(bout.decision)
        if bout.standing not in ("stopped", "failed") or row is None or is_running(row):
            return
        if self._named != bout.decision:
            self._named = bout.decision
            self.house.run_worker(self._tell_names(), group="naming", exclusive=True)

    async def _tell_names(self) -> None:
        """Asks who answers: some that were named may not."""
        try:
            self.bout.name(await self.house.line.why(self.bout.decision))
        except ClientError:
            return  # the names come with the answers
        self.errand.stir()

    def _ended(self, trouble: ClientError | None) -> None:
        if not self.bout.is_answering:
            return
        start = f" Start it with: {trouble.command}" if isinstance(trouble, NoDaemon) else ""
        self.bout.end("failed", trouble.sentence + start if trouble else "The answers broke off.")
        if trouble and trouble.decision:
            self.bout.decision = trouble.decision
        if not any(side.text.letters for side in self.bout.sides):
            self.bout.sides = []

    def stop(self) -> None:
        """Ends the answers that come; their words stay."""
        self.errand.stop()
        self.bout.end("stopped", "stopped")
        self.say("Stopped.")

    def action_again(self) -> None:
        """The same once more."""
        if self.house.options.readonly:
            self.say(READONLY)
        elif self.is_answering:
            self.say(_COMING)
        elif self.bout.prompt:
            self.note = ""
            self._ask(self.bout.prompt)
        else:
            self.say("There is nothing to ask again.")

    def action_whom(self) -> None:
        """Which models answer."""
        models = self.house.state.picture.models
        choices = [
            choice
            for choice in model_choices(models)
            if not (self.bout.private and choice.place == "cloud")
        ]
        self.note = ""
        self.house.show_pick(
            "who is compared", choices, self._use, several=(FEWEST, MOST), marked=self.bout.models
        )

    def _use(self, values: tuple[str, ...]) -> None:
        self.bout.models = values
        self.editor.focus()
        self.say(f"{len(values)} models answer from here on.")

    def action_private(self) -> None:
        """Nothing of the next comparisons leaves the machine, or it may again."""
        bout = self.bout
        bout.private = not bout.private
        kept = "Private: what is asked from here on stays on this machine."
        self.say(kept if bout.private else "Not private: the policy says who may answer.")

    def action_new(self) -> None:
        """Forgets the answers; asks once."""
        if self.bout.standing is None:
            self.say("Nothing was compared yet.")
        elif self.is_sure("Forget these answers?  n again: yes   esc: no"):
            self.errand.stop()
            self.bout.forget()
            self.say("Forgotten.")
            self.editor.focus()

    # -- about an answer

    def action_thumbs_up(self) -> None:
        """The chosen answer was best."""
        self._judge("up")

    def action_thumbs_down(self) -> None:
        """The chosen answer was bad."""
        self._judge("down")

    def _judge(self, verdict: str) -> None:
        side = self.chosen
        if side is None or side.view is None or not side.view.ok:
            self.say("There is no whole answer to judge.")
            return
        number = self.bout.whole_number(side)
        said = FeedbackRequest(self.bout.decision, verdict, number)  # type: ignore[arg-type]  # one of its words
        word = "was best" if verdict == "up" else "was bad"
        self.rate(said, f"Noted: {{model}} {word}, at {{task}}.")

    def rated(self, said: FeedbackRequest, verdict: str) -> None:
        """Marks the pick; there is one."""
        for side in self.bout.sides:
            if self.bout.whole_number(side) == said.answer:
                side.verdict = verdict
            elif verdict == "up" and side.verdict == "up":
                side.verdict = ""

    def action_copy(self) -> None:
        """The chosen answer, to the clipboard of the terminal."""
        side = self.chosen
        if side is None or not side.text.letters:
            self.say("There is no answer to copy.")
            return
        self.house.copy_to_clipboard(str(side.text))
        self.say(f"Copied the answer: {side.text.letters:,} letters.")

    def action_why(self) -> None:
        """Why these models were asked."""
        self.note = ""
        self.explain(self.bout.decision)

    # -- moving

    def action_previous(self) -> None:
        """The answer to the left."""
        self._choose(-1)

    def action_next(self) -> None:
        """The answer to the right."""
        self._choose(1)

    def _choose(self, by: int) -> None:
        sides, chosen = self.bout.sides, self.chosen
        self.note = ""
        if chosen:
            self._chosen = sides[max(0, min(len(sides) - 1, sides.index(chosen) + by))]
        self.paint()

    def go(self, by: int) -> None:
        """Scrolls every column."""
        self.note = ""
        self.columns.go(by)
        self.paint()

    @property
    def body(self) -> Columns:
        """What scrolls."""
        return self.columns

    def on_click(self, event: Click) -> None:
        """Chooses the answer that was clicked."""
        if event.widget is self.columns:
            x = event.screen_x - self.columns.content_region.x
            self._chosen = self.columns.side_at(x)
            self.set_focus(None)
            self.paint()
