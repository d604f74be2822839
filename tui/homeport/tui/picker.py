"""A list to pick from: letters narrow it, enter takes what the cursor is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.widgets import Input

from homeport.tui.choices import Choice, choice_lines
from homeport.tui.frame_lines import keys_line
from homeport.tui.house import HouseScreen, bindings_of, typing_bindings
from homeport.tui.scrolling import Moving
from homeport.tui.widgets import Page, in_edge
from homeport.tui.words import Line

Taken = Callable[[tuple[str, ...]], None]


_MOVES = {"down": "down", "up": "up", "pagedown": "page_down", "pageup": "page_up"}


class Narrower(Input):
    """The line in which the list is narrowed."""

    BINDINGS: ClassVar[list[BindingType]] = typing_bindings("pick")

    async def _on_key(self, event: Key) -> None:
        """Keys are taken in their order, however fast they come."""
        if event.key in _MOVES:
            await self._pick.run_action(_MOVES[event.key])
        elif event.key == "enter":
            self._pick.take()
        elif event.key == "space" and self._pick.marked is not None:
            self._pick.mark()
        else:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()

    def action_take(self) -> None:
        """Takes it."""
        self._pick.take()

    def action_mark(self) -> None:
        """Marks it."""
        self._pick.mark()

    @property
    def _pick(self) -> PickScreen:
        return cast("PickScreen", self.screen)


class PickScreen(Moving, HouseScreen, inherit_bindings=False):
    """Gives the values that were taken to `taken`; nothing where somebody goes back."""

    NAME = "pick"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("pick")

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        taken: Taken,
        *,
        ascii_only: bool,
        several: tuple[int, int] | None = None,
        marked: Sequence[str] = (),
    ) -> None:
        """`several` are how few and how many can be taken; None is one alone."""
        super().__init__(ascii_only=ascii_only)
        self._choices = choices
        self._taken = taken
        self._several = several
        known = {choice.value for choice in choices}
        self.marked = [m for m in marked if m in known] if several else None
        self._cursor = 0
        self._note = ""
        self.page = Page(id="page", ascii_only=ascii_only)
        self.page.border_title = in_edge(title, ascii_only=ascii_only)
        self.narrower = Narrower(id="narrow", placeholder="type to narrow", select_on_focus=False)
        self.narrower.cursor_blink = False  # nothing is painted while nothing moves

    def compose_middle(self) -> ComposeResult:
        """The list, and the line below it."""
        yield self.page
        yield self.narrower

    def on_mount(self) -> None:
        """Takes the keys."""
        super().on_mount()
        self.narrower.focus()

    @property
    def shown(self) -> list[Choice]:
        """What matches; what is named so comes first."""
        typed = self.narrower.value
        found = [choice for choice in self._choices if choice.matches(typed)]
        return sorted(found, key=lambda choice: not choice.is_named(typed))

    def paint_middle(self) -> None:
        """The list, with the cursor in sight."""
        shown = self.shown
        self._cursor = max(0, min(self._cursor, len(shown) - 1))
        page = self.page
        page.show(choice_lines(shown, self._cursor, self.marked, page.size.width))
        y, height = page.scroll_offset.y, max(1, page.size.height)
        page.go(max(min(y, self._cursor), self._cursor - height + 1) - y)
        self.label(page, f"{self._cursor + 1 if shown else 0} of {len(shown)}")

    def footer(self) -> Line:
        """The keys, or the answer to the last one."""
        if self._note:
            return [(" " + self._note, "accent")]
        typed = self.house.keyring.typed("pick")
        keys = [key for key in typed if key.id != "mark" or self._several]
        parts = [(key.shown, key.label, False, True) for key in keys]
        return keys_line([*parts, ("esc", "Back", False, True)], self.house.size.width)

    def on_input_changed(self) -> None:
        """Narrows the list."""
        self.go(-self._cursor)

    def take(self) -> None:
        """What is marked, or what the cursor is on."""
        shown = self.shown
        values = tuple(self.marked or ()) if self._several else ()
        if not self._several and shown:
            values = (shown[self._cursor].value,)
        if self._several and not self._several[0] <= len(values) <= self._several[1]:
            fewest, most = self._several
            self._note = f"Mark {fewest} to {most} with space; {len(values)} are marked."
            self.paint()
        elif values:
            self.dismiss()
            self._taken(values)

    def mark(self) -> None:
        """Marks what the cursor is on, or takes the mark away."""
        shown = self.shown
        if self.marked is None or self._several is None or not shown:
            return
        value = shown[self._cursor].value
        if value in self.marked:
            self.marked.remove(value)
        elif len(self.marked) >= self._several[1]:
            self._note = f"{self._several[1]} are marked already; space takes a mark away."
            self.paint()
            return
        else:
            self.marked.append(value)
        self.go(0)

    @property
    def body(self) -> Page:
        """The list."""
        return self.page

    def go(self, by: int) -> None:
        """Moves the cursor."""
        self._note = ""
        self._cursor += by
        self.paint()

    def action_take(self) -> None:
        """Takes it."""
        self.take()

    def action_mark(self) -> None:
        """Marks it."""
        self.mark()

    def action_back(self) -> None:
        """To the screen before."""
        self.dismiss()
