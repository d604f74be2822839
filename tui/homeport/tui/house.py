"""What the screens share: the keys, the header, the footer, and the smallest size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from homeport.tui.availability import why_not_there
from homeport.tui.frame_lines import OFFLINE, ONLINE, fitting, header_line
from homeport.tui.keys import KEY, KEYS, Key, ScreenName, keys_of, label_on, typed_keys_of
from homeport.tui.widgets import Edged, LineView, in_edge
from homeport.tui.words import Line, crop, wrapped

if TYPE_CHECKING:
    from homeport.tui.app import HomeportApp
    from homeport.tui.rooms import RoomName

LEAST_WIDTH, LEAST_HEIGHT = 48, 12


_AT_ALL_TIMES = frozenset({"back", "palette", "quit", "page-up", "page-down"})
LETTERS = frozenset(key.action for key in KEYS if not key.is_typed and key.id not in _AT_ALL_TIMES)
"""What keys do that are letters while something is written."""


def bindings_of(screen: ScreenName) -> list[BindingType]:
    """A screen's keys as Textual binds them, each with its stable id.

    Each is taken before the next is looked at, since keys change who has the keys; in a
    list to pick from the line below it has them all.
    """
    return _bound(keys_of(screen), in_order=screen != "pick")


def typing_bindings(screen: ScreenName) -> list[BindingType]:
    """The keys that hold while something is written there; letters stay letters."""
    return _bound(typed_keys_of(screen))


def _bound(keys: Sequence[Key], *, in_order: bool = False) -> list[BindingType]:
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=key.in_footer,
            key_display=key.shown,
            tooltip=key.meaning,
            id=key.id,
            priority=in_order and key.id != "quit",
        )
        for key in keys
    ]


class HouseScreen(Screen[None], inherit_bindings=False):
    """A header, something in the middle, a footer; too small a terminal is said in one line."""

    NAME: ClassVar[ScreenName] = "live"

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(classes="ascii" if ascii_only else "")
        self.ascii_only = ascii_only
        self.header = LineView(id="header", classes="line", ascii_only=ascii_only)
        self.keys = LineView(id="footer", classes="line", ascii_only=ascii_only)
        self.small = LineView(id="small", classes="line", ascii_only=ascii_only)
        self._labels: dict[str, str] = {}
        self.note = ""
        """An answer to the last key, in the place of the footer."""

    @property
    def is_writing(self) -> bool:
        """Whether letters are written."""
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters are letters while something is written."""
        if action in LETTERS and self.is_writing:
            return False
        return super().check_action(action, parameters)

    @property
    def house(self) -> HomeportApp:
        """The program."""
        return cast("HomeportApp", self.app)

    def compose(self) -> ComposeResult:
        """The frame around `compose_middle`."""
        yield self.header
        yield from self.compose_middle()
        yield self.keys
        yield self.small

    def compose_middle(self) -> ComposeResult:
        """The widgets between header and footer."""
        raise NotImplementedError

    def paint(self) -> None:
        """Brings every widget up to date; they ask to be painted only where they changed."""
        if self.house.waits_for_terminal():
            return
        width, height = self.house.size
        is_small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(is_small, "small")
        if is_small:
            self.small.show(wrapped(self._needs(), width, "warn"))
            return
        house = self.house
        self.header.show([header_line(house.state, house.view, house.now_ms(), width)])
        self.keys.show([self.footer()])
        self.paint_middle()

    def footer(self) -> Line:
        """The line of keys."""
        raise NotImplementedError

    def paint_middle(self) -> None:
        """What is between header and footer."""
        raise NotImplementedError

    def _needs(self) -> str:
        size = f"{self.house.size.width} x {self.house.size.height}"
        return f"Needs {LEAST_WIDTH} x {LEAST_HEIGHT}; this is {size}."

    def label(self, widget: Edged, text: str) -> None:
        """Writes into the lower edge of a widget."""
        if self._labels.get(widget.id or "") != text:
            self._labels[widget.id or ""] = text
            widget.foot(in_edge(text, ascii_only=self.ascii_only))

    def on_mount(self) -> None:
        """Paints at once; what depends on the widgets' sizes follows when they have them."""
        self.paint()

    def on_resize(self, _event: Any) -> None:
        """Paints for the new size, once the widgets have theirs."""
        self.call_after_refresh(self.paint)

    def on_page_resized(self) -> None:
        """What is said of a page depends on its size, which what stands above it changes."""
        self.paint()

    def go_to(self, name: RoomName) -> None:
        """Opens another screen."""
        self.house.show_room(name)

    def action_spend(self) -> None:
        """Opens Spend."""
        self.go_to("spend")

    def action_models(self) -> None:
        """Opens Models."""
        self.go_to("models")

    def action_machine(self) -> None:
        """Opens Machine."""
        self.go_to("machine")

    def action_chat(self) -> None:
        """Opens Chat."""
        self.house.show_chat()

    def action_compare(self) -> None:
        """Opens Compare."""
        self.house.show_compare()

    def say(self, note: str) -> None:
        """Answers the last key, in the place of the footer."""
        self.note = crop(note, self.house.size.width - 2)
        self.paint()

    def is_sure(self, question: str) -> bool:
        """Whether the question stands there already; asks it where not."""
        question = fitting(question, self.house.size.width - 2)
        if self.note == question:
            return True
        self.say(question)
        return False

    async def obey(self, key: Key) -> None:
        """Does what a key does, from the palette."""
        await self.run_action(key.action)

    def label_of(self, key: Key) -> str:
        """What a key would do now."""
        if key.id == "offline" and self.house.state.picture.link.by_choice:
            return "Go online"
        return label_on(key, self.NAME)

    def reason_against(self, key: Key) -> str:
        """Why a key rests here; empty where it does not."""
        house = self.house
        return why_not_there(key, house.state, readonly=house.options.readonly)

    def _may(self, key_id: str) -> bool:
        """Whether a key has something to do; says why where it has not."""
        if reason := self.reason_against(KEY[key_id]):
            self.say(reason)
        return not reason

    def action_offline(self) -> None:
        """Asks, then goes offline or online."""
        wanted = not self.house.state.picture.link.by_choice
        if self._may("offline") and self.is_sure(OFFLINE if wanted else ONLINE):
            self.note = ""
            self.house.switch_link(wanted)
            self.paint()

    def action_budget(self) -> None:
        """Opens Spend, where another budget is asked for."""
        if not self._may("budget"):
            return
        if self.house.state.questions:
            self.house.show_question(self.say)
        else:
            self.house.show_room("spend", "budget")

    def action_help(self) -> None:
        """Shows the keys."""
        self.house.show_help()

    def action_quit(self) -> None:
        """Leaves."""
        self.house.exit()

    def action_palette(self) -> None:
        """Opens the command palette."""
        self.house.show_commands(self)
