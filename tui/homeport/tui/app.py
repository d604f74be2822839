"""The program: one line to the daemon, one state, one tick that paints what changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import App
from textual.binding import BindingType
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.timer import Timer

from homeport.client.errors import ClientError
from homeport.client.link import Lost, News
from homeport.client.wire import (
    BudgetQuestion,
    FeedbackRequest,
    RequestView,
    Snapshot,
    SpendView,
)
from homeport.tui.availability import READONLY
from homeport.tui.backlog import is_behind
from homeport.tui.house import HouseScreen
from homeport.tui.judging import Thumb, learned_words, why_not_judged
from homeport.tui.line import Line
from homeport.tui.live import LiveScreen
from homeport.tui.notices import waiting_words
from homeport.tui.palette import CSS, css_variables, textual_name, textual_theme, wear
from homeport.tui.preferences import Preferences
from homeport.tui.reducer import hear
from homeport.tui.rooms import RoomName, room
from homeport.tui.spending import baseline_of
from homeport.tui.state import State
from homeport.tui.themes import DARK, THEMES, Theme
from homeport.tui.typed_ahead import TypedAhead
from homeport.tui.view import View

if TYPE_CHECKING:
    from homeport.tui.choices import Choice
    from homeport.tui.picker import Taken
    from homeport.tui.salon import Salon

TICK_S = 0.25
STILL_S = 0.1
CATCH_UP_S = 0.03
SAVED_MS = 60_000
LOOKING = "Looking for the daemon…"


@dataclass(frozen=True, slots=True)
class Options:
    """How the program was started."""

    ascii_only: bool = False
    readonly: bool = False
    once: bool = False
    """Leave with the text of the first whole frame."""
    preferences: Preferences = field(default_factory=Preferences)


def wall_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


class HomeportApp(App[str], inherit_bindings=False):
    """Shows a daemon. Its result is the text of the last frame where `once` asks for it."""

    TITLE = "homeport"
    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    look: Theme = DARK
    """The theme in force."""

    def __init__(
        self, line: Line, options: Options | None = None, now_ms: Callable[[], int] = wall_ms
    ) -> None:
        # Without colour Textual would paint in greys, which are colours of their own.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.line = line
        self.options = options or Options()
        self.now_ms = now_ms
        self.state = State()
        preferences = self.options.preferences
        self.view = View(note=" ".join(preferences.troubles))
        self.keyring = preferences.keyring
        if self.keyring.keymap:
            self.set_keymap(self.keyring.keymap)
        wear(DARK)
        if preferences.theme is not DARK:
            self._wear(preferences.theme)
        self._typed = TypedAhead(self, super().on_event)
        self._salon: Salon | None = None
        self._catching_up: Timer | None = None
        self._saved_of: tuple[SpendView | None, int] = (None, 0)
        self._tick: Timer | None = None
        self.is_resting = True
        """Whether nothing is painted until there is news."""
        self._painted: tuple[State, View, int] | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours that the widgets' CSS names; Textual's own are for its own widgets."""
        return css_variables(self.look)

    def _wear(self, theme: Theme) -> None:
        self.look = theme
        wear(theme)
        self.register_theme(textual_theme(theme))
        self.theme = textual_name(theme)

    def get_default_screen(self) -> Screen[object]:
        """The Live screen."""
        return cast("Screen[object]", LiveScreen(ascii_only=self.options.ascii_only))

    def on_mount(self) -> None:
        """Starts to listen."""
        self._tick = self.set_interval(TICK_S, self._paint_dirty, pause=True)
        self.run_worker(self._listen(), name="line")
        self.run_worker(self._typed.hand_over(), name="keys")

    async def on_event(self, event: Event) -> None:
        """Each key is done with before the next is looked at."""
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            self._typed.take(event)
        else:
            await super().on_event(event)

    async def _listen(self) -> None:
        async for news in self.line.news():
            self.receive(news)

    def receive(self, news: News) -> None:
        """Takes in one piece of news; the first picture, and every change of phase, at once."""
        self._answer_looking(news)
        phase = self.state.phase
        self.state = hear(self.state, news, self.now_ms())
        if self.state.phase != phase:
            self.paint()
        if self._tick:
            self._tick.resume()
            self.is_resting = False
        self._look_what_was_saved()

    def _look_what_was_saved(self) -> None:
        """Asks for it once a minute at most, and only after something was paid for."""
        spend, now = self.state.picture.spend, self.now_ms()
        paid, asked_ms = self._saved_of
        if not self.state.is_watched or spend is paid or now - asked_ms < SAVED_MS:
            return
        baseline = baseline_of(self.state.picture.models, self.state.rows.values())
        if baseline:
            self._saved_of = (spend, now)
            self.run_worker(self._fetch_savings(baseline), group="savings", exclusive=True)

    async def _fetch_savings(self, baseline: str) -> None:
        with suppress(ClientError):  # it is told again after the next prompt
            self.state = replace(self.state, savings=await self.line.savings(baseline))
        if self._tick:
            self._tick.resume()
            self.is_resting = False

    def _answer_looking(self, news: News) -> None:
        """Says what came of the look that `r` asked for."""
        if self.view.note == LOOKING and isinstance(news, Lost | Snapshot):
            note = "It is not there yet." if isinstance(news, Lost) else ""
            self.view = replace(self.view, note=note)

    def waits_for_terminal(self) -> bool:
        """Whether nothing should be painted yet; it is then painted as soon as it can be."""
        if not is_behind(self._driver):
            return False
        if self._catching_up is None:
            self._catching_up = self.set_timer(CATCH_UP_S, self._catch_up)
        return True

    def _catch_up(self) -> None:
        self._catching_up = None
        if self.screen_stack:
            self.paint()

    def paint(self) -> None:
        """Brings the screen up to date."""
        self._painted = (self.state, self.view, self.now_ms() // 1000)
        if isinstance(self.screen, HouseScreen):
            self.screen.paint()
        if self.options.once and self.state.phase != "starting":
            self.options = replace(self.options, once=False)
            self._leave_when_still("")

    def _leave_when_still(self, last: str) -> None:
        """Ends the program with what it shows, once its layout has come to rest."""
        frame = frame_text(self.screen)
        if frame == last:
            self.exit(frame)
        else:
            self.set_timer(STILL_S, lambda: self._leave_when_still(frame))

    def _paint_dirty(self) -> None:
        """One tick: paints what changed, and rests where nothing will."""
        if not self.screen_stack:
            return  # the program is leaving
        now = (self.state, self.view, self.now_ms() // 1000)
        running = self.state.is_running
        if (
            self._painted is None
            or now[:2] != self._painted[:2]
            or (running and now != self._painted)
        ):
            self.paint()
        elif self._tick and not running:
            self._tick.pause()
            self.is_resting = True

    def show_help(self) -> None:
        """Opens the Help screen."""
        from homeport.tui.help import HelpScreen  # when it is wanted first

        self.push_screen(HelpScreen(ascii_only=self.options.ascii_only), lambda _: self.paint())

    def show_why(self, request: RequestView, at: str = "") -> None:
        """Opens the Why screen, at one of its sections."""
        from homeport.tui.why import WhyScreen  # when it is wanted first

        self.push_screen(
            WhyScreen(request, at, ascii_only=self.options.ascii_only), lambda _: self.paint()
        )

    def show_room(self, name: RoomName, action: str = "") -> None:
        """Opens Spend, Models or Machine above Live, in the place of any other screen."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        screen = room(name, ascii_only=self.options.ascii_only)
        self.push_screen(screen, lambda _: self.paint())
        if action:
            screen.call_later(screen.run_action, action)

    def show_model(self, model_id: str) -> None:
        """Opens the page of one model."""
        from homeport.tui.models import ModelScreen  # when it is wanted first

        self.push_screen(
            ModelScreen(model_id, ascii_only=self.options.ascii_only), lambda _: self.paint()
        )

    def show_chat(self) -> None:
        """Opens Chat above Live, with the conversation as it is."""
        self._show_above_live(self.salon.chat())

    def show_compare(self) -> None:
        """Opens Compare above Live, with its answers as they are."""
        self._show_above_live(self.salon.compare())

    @property
    def salon(self) -> Salon:
        """What is talked about."""
        if self._salon is None:
            from homeport.tui.salon import Salon  # when it is wanted first

            self._salon = Salon(self)
        return self._salon

    def _show_above_live(self, screen: HouseScreen) -> None:
        if isinstance(self.screen, HouseScreen) and screen.NAME == self.screen.NAME:
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen, lambda _: self.paint())

    def show_pick(
        self, title: str, choices: Sequence[Choice], taken: Taken, **several: Any
    ) -> None:
        """Opens a list to pick from."""
        from homeport.tui.picker import PickScreen  # when it is wanted first

        screen = PickScreen(title, choices, taken, ascii_only=self.options.ascii_only, **several)
        self.push_screen(screen, lambda _: self.paint())

    def show_question(self, say: Callable[[str], None]) -> None:
        """Asks whether the prompt that waits longest at a limit may go on."""
        from homeport.tui.choices import question_choices

        question = self.state.questions[0]

        def answered(values: tuple[str, ...]) -> None:
            if values[0] == "budget":
                self.show_room("spend", "new_budget")
            else:
                self.run_worker(self._settle(question, values[0], say), group="settle")

        self.show_pick(waiting_words(question), question_choices(question), answered)

    async def _settle(
        self, question: BudgetQuestion, word: str, say: Callable[[str], None]
    ) -> None:
        yes = word == "raise"
        try:
            await self.line.settle_question(question, yes=yes)
        except ClientError as trouble:
            say(trouble.sentence)
        else:
            say("It goes on." if yes else "No raise: it stays at home, or is refused.")

    def retry(self) -> None:
        """Looks for the daemon at once."""
        self.line.retry()
        self.view = replace(self.view, note=LOOKING)
        self.paint()

    def switch_link(self, offline: bool) -> None:
        """Goes offline by choice, or online again."""
        self.run_worker(self._switch_link(offline), group="link", exclusive=True)

    async def _switch_link(self, offline: bool) -> None:
        try:
            await self.line.set_offline(offline)
        except ClientError as trouble:
            self.view = replace(self.view, note=trouble.sentence)
            self.paint()

    def judge(self, request: RequestView, verdict: Thumb, say: Callable[[str], None]) -> None:
        """Says what an answer was worth, and then what that changed."""
        if self.options.readonly:
            say(READONLY)
        elif reason := why_not_judged(request):
            say(reason)
        else:
            work = self._judge(FeedbackRequest(request.id, verdict), say)
            self.run_worker(work, group="judge", exclusive=True)

    async def _judge(self, said: FeedbackRequest, say: Callable[[str], None]) -> None:
        try:
            say(learned_words(await self.line.feedback(said)))
        except ClientError as trouble:
            say(trouble.sentence)

    def change_theme(self, name: str) -> None:
        """Paints everything in other colours, until the program ends."""
        self._wear(THEMES[name])
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                widget.refresh()

    def show_commands(self, screen: HouseScreen) -> None:
        """Opens the command palette above a screen."""
        from homeport.tui.commands import commands  # when it is wanted first

        models = self.state.picture.models
        lines = commands(screen.NAME, self.keyring, models, self.look.name, screen.label_of)
        self.show_pick("commands", lines, lambda values: self._obey(screen, values[0]))

    def _obey(self, screen: HouseScreen, value: str) -> None:
        from homeport.tui.commands import key_of, model_of, theme_of

        if theme := theme_of(value):
            self.change_theme(theme)
        elif model := model_of(value):
            self.show_model(model)
        else:
            key = next(key for key in self.keyring.keys if key.id == key_of(value))
            screen.call_later(screen.obey, key)


def frame_text(screen: Screen[object]) -> str:
    """What a screen shows, as plain text."""
    strips = screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips).rstrip("\n") + "\n"
