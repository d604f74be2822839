"""The Chat screen: talk to the daemon, the way of each answer beside it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Click

from homeport.client.errors import ClientError
from homeport.client.wire import AskRequest, FeedbackRequest
from homeport.tui.choices import ELSEWHERE, again_choices, who_choices
from homeport.tui.errand import Errand
from homeport.tui.house import bindings_of
from homeport.tui.round import Round
from homeport.tui.round_lines import asked_of
from homeport.tui.talk import Talk
from homeport.tui.talking import READONLY, TalkingScreen, sendable
from homeport.tui.transcript import Transcript
from homeport.tui.widgets import in_edge
from homeport.tui.words import Line, count, crop, wrapped

_SURE = "Forget this conversation?  n again: yes   esc: no"
_BOUND = "What was said here in private stays so; n starts a new conversation."


class ChatScreen(TalkingScreen, inherit_bindings=False):
    """Shows a talk that the program keeps, so that it goes on when the screen is left."""

    NAME = "chat"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("chat")

    def __init__(self, talk: Talk, errand: Errand, *, ascii_only: bool) -> None:
        super().__init__(ascii_only=ascii_only)
        self.talk = talk
        self.errand = errand
        self.transcript = Transcript(id="page", ascii_only=ascii_only)
        self.transcript.border_title = "chat"
        self._chosen: Round | None = None
        """None is the newest."""

    def compose_middle(self) -> ComposeResult:
        """The conversation, and what is written."""
        yield self.banner
        yield self.transcript
        yield self.editor

    # -- what is seen

    @property
    def is_answering(self) -> bool:
        """Whether an answer comes."""
        return self.talk.running is not None

    @property
    def chosen(self) -> Round | None:
        """The round that keys are about."""
        return self._chosen if self._chosen in self.talk.rounds else self.talk.last

    def paint_middle(self) -> None:
        """The rounds, the edges."""
        super().paint_middle()
        self._catch_up()
        transcript, talk = self.transcript, self.talk
        head = self._head(transcript.size.width)
        transcript.show_rounds(talk.rounds, head, self.chosen, self.house.now_ms())
        seen, rows = transcript.reach
        below = "" if seen >= rows else f" · {count(rows - seen, 'row')} below"
        self.label(transcript, f"{self._standing()}{below}")
        self.editor.border_title = in_edge(
            crop(f"to {asked_of(talk.model)}", 40), ascii_only=self.ascii_only
        )
        self.editor.border_subtitle = "private" if talk.private else ""

    def _standing(self) -> str:
        rounds, chosen = self.talk.rounds, self.chosen
        if chosen is None:
            return "no prompts yet"
        position = f"answer {rounds.index(chosen) + 1} of {len(rounds)}"
        return f"answering · {position}" if self.is_answering else position

    def _head(self, width: int) -> list[Line]:
        if self.talk.let_go:
            text = f"{self.talk.let_go} earlier rounds are no longer kept."
            return [*wrapped(text, width, "muted"), []]
        if self.talk.rounds:
            return []
        lines = wrapped("Ask anything. Each answer says where it ran and why.", width, "strong")
        lines += [[], *wrapped("Nothing of a chat is kept when you leave.", width, "muted")]
        return lines

    def _catch_up(self) -> None:
        """What the feed heard of answers that did not come whole."""
        for said in self.talk.rounds:
            if said.standing in ("stopped", "failed"):
                said.request = self.house.state.rows.get(said.id, said.request)

    # -- asking

    def send(self, text: str) -> None:
        """Asks."""
        self.note = ""
        if self.house.options.readonly:
            self.say(READONLY)
        elif self.is_answering:
            self.say("An answer is coming; esc stops it.")
        else:
            self.editor.sent()
            self._ask(self.talk.ask(sendable(text)))

    def _ask(self, request: AskRequest) -> None:
        self._chosen = None
        self.transcript.follows = True
        self.errand.start(request, self.talk.hear, self._ended)
        self.paint()

    def _ended(self, trouble: ClientError | None) -> None:
        running = self.talk.running
        if running and trouble:
            running.fail(trouble)
        elif running:
            running.stop()
        self.talk.settle()

    def stop(self) -> None:
        """Ends the answer that comes; its words stay."""
        self.errand.stop()
        if running := self.talk.running:
            running.stop()
        self.talk.settle()
        self.say("Stopped.")

    def action_again(self) -> None:
        """The last prompt once more, of somebody who is picked."""
        if not self._can_ask("There is nothing to ask again."):
            return
        models = self.house.state.picture.models
        choices = again_choices(models, private=self.talk.private)
        self.house.show_pick("ask again", choices, self._again)

    def _again(self, values: tuple[str, ...]) -> None:
        if self.is_answering:
            self.say("An answer is coming; esc stops it.")
        elif values[0] == ELSEWHERE.value:
            self.run_worker(self._elsewhere(), group="elsewhere", exclusive=True)
        else:
            self._ask(self.talk.ask_again(values[0]))

    async def _elsewhere(self) -> None:
        """The best model that may answer and has not yet."""
        last = self.talk.last
        if last is None or not last.id:
            self.say("Nothing was decided yet.")
            return
        try:
            why = await self.house.line.why(last.id)
        except ClientError as trouble:
            self.say(trouble.sentence)
            return
        order = why.steps[0].order if why.steps else ()
        left = [score.model for score in order if score.model not in self.talk.tried]
        if left and not self.is_answering:
            self._ask(self.talk.ask_again(left[0]))
        else:
            self.say("No other model may answer this; enter says why.")

    def action_whom(self) -> None:
        """Who answers from here on."""
        models = self.house.state.picture.models
        choices = who_choices(models, private=self.talk.private)
        self.house.show_pick("who answers", choices, self._use)

    def _use(self, values: tuple[str, ...]) -> None:
        self.talk.model = values[0]
        self.editor.focus()
        self.say(f"From here on: {asked_of(values[0])}.")

    def action_private(self) -> None:
        """Nothing leaves the machine from here on; free to change until something was said."""
        talk = self.talk
        if talk.private and talk.is_bound:
            self.say(_BOUND)
        elif talk.private:
            talk.private = False
            self.say("Not private: the policy says where answers may come from.")
        else:
            talk.keep_private()
            self.say("Private: from here on nothing of this conversation leaves this machine.")

    def action_new(self) -> None:
        """Forgets what was said; asks once."""
        if not self.talk.rounds:
            self.say("This is a new conversation.")
        elif self.is_sure(_SURE):
            self.errand.stop()
            self.talk.forget()
            self.say("A new conversation; what was said before is forgotten.")
            self.editor.focus()

    # -- about an answer

    def _can_ask(self, nothing: str) -> bool:
        """Whether something can be asked, or there is an answer; says why where not."""
        reason = ""
        if self.house.options.readonly:
            reason = READONLY
        elif not self.talk.rounds:
            reason = nothing
        elif self.is_answering:
            reason = "An answer is coming; esc stops it."
        self.note = ""
        if reason:
            self.say(reason)
        return not reason

    def action_thumbs_up(self) -> None:
        """The chosen answer was good."""
        self._rate("up", "good")

    def action_thumbs_down(self) -> None:
        """The chosen answer was bad."""
        self._rate("down", "bad")

    def _rate(self, verdict: str, word: str) -> None:
        said = self.chosen
        if said is None or said.standing != "done":
            self.say("There is no whole answer to judge.")
            return
        feedback = FeedbackRequest(said.id, verdict)  # type: ignore[arg-type]  # one of its words
        self.rate(feedback, f"Noted: {word}, for {{model}} at {{task}}.")

    def rated(self, said: FeedbackRequest, verdict: str) -> None:
        """Shows it beside the answer."""
        for each in self.talk.rounds:
            if each.id == said.decision:
                each.verdict = verdict

    def action_copy(self) -> None:
        """The chosen answer, to the clipboard of the terminal."""
        said = self.chosen
        if said is None or not said.text.letters:
            self.say("There is no answer to copy.")
            return
        self.house.copy_to_clipboard(str(said.text))
        self.say(f"Copied the answer: {said.text.letters:,} letters.")

    def action_why(self) -> None:
        """Why the chosen answer came from where it did."""
        self.note = ""
        self.explain(self.chosen.id if self.chosen else "")

    # -- moving

    def action_previous(self) -> None:
        """The answer before."""
        self._choose(-1)

    def action_next(self) -> None:
        """The answer after."""
        self._choose(1)

    def _choose(self, by: int) -> None:
        rounds, chosen = self.talk.rounds, self.chosen
        self.note = ""
        if chosen is None:
            return
        index = max(0, min(len(rounds) - 1, rounds.index(chosen) + by))
        self._chosen = rounds[index]
        self.transcript.bring(rounds[index])
        self.paint()

    def go(self, by: int) -> None:
        """Scrolls the conversation."""
        self.note = ""
        self.transcript.go(by)
        self.paint()

    @property
    def body(self) -> Transcript:
        """What scrolls."""
        return self.transcript

    def action_last(self) -> None:
        """To the last row, which is followed."""
        self._chosen = None
        super().action_last()

    def on_click(self, event: Click) -> None:
        """Chooses the answer that was clicked."""
        if event.widget is self.transcript:
            y = event.screen_y - self.transcript.content_region.y
            self._chosen = self.transcript.round_at(y)
            self.set_focus(None)
            self.paint()
