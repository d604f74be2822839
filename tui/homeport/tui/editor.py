"""The lines in which a prompt is written."""

from __future__ import annotations

from collections import deque
from typing import ClassVar, Protocol, cast

from rich.text import Text
from textual.binding import BindingType
from textual.events import Key, Paste
from textual.widgets import TextArea

from homeport.client.units import size
from homeport.tui.house import typing_bindings
from homeport.tui.words import clean

MOST_LETTERS = 200_000
_MOST_PROMPTS = 100
_LEFT_TO_THE_SCREEN = ("pageup", "pagedown", "f6", "f7", "ctrl+c,super+c")


class Writing(Protocol):
    """A screen that has an editor."""

    def send(self, text: str) -> None:
        """Takes what was written."""
        ...

    def say(self, note: str) -> None:
        """Answers in one sentence."""
        ...


def _bindings() -> list[BindingType]:
    kept = [
        binding
        for binding in TextArea.BINDINGS
        if getattr(binding, "key", "") not in _LEFT_TO_THE_SCREEN
    ]
    return [*typing_bindings("chat"), *kept]


class Editor(TextArea, inherit_bindings=False):
    """Several lines; what was sent before comes back with the upper arrow."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings()

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes="edge", highlight_cursor_line=False)
        self.cursor_blink = False  # nothing is painted while nothing moves
        self._sent: deque[str] = deque(maxlen=_MOST_PROMPTS)
        self._back = 0
        """How many prompts back the one is that stands here; 0 is what is written."""
        self._draft = ""

    def action_send(self) -> None:
        """Hands over what was written; the screen empties it where it is taken."""
        if self.text.strip():
            cast("Writing", self.screen).send(self.text)

    async def _on_key(self, event: Key) -> None:
        """Keys are taken in their order, however fast they come."""
        done = _AT_ONCE.get(event.key)
        if done is None:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        done(self)

    def sent(self) -> None:
        """What is written went out."""
        if not self._sent or self._sent[-1] != self.text:
            self._sent.append(self.text)
        self._back = 0
        self.text = ""

    def action_new_line(self) -> None:
        """A further line."""
        self.replace("\n", *self.selection)

    def action_cursor_up(self, select: bool = False) -> None:
        """Up; above the first line are the prompts before."""
        if self.cursor_at_first_line and not select:
            self._recall(1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down; below the last line are the prompts after."""
        if self.cursor_at_last_line and self._back and not select:
            self._recall(-1)
        else:
            super().action_cursor_down(select)

    def _recall(self, by: int) -> None:
        back = max(0, min(len(self._sent), self._back + by))
        if back == self._back:
            return
        if not self._back:
            self._draft = self.text
        self._back = back
        self.text = self._sent[-back] if back else self._draft
        self.move_cursor(self.document.end)

    async def _on_paste(self, event: Paste) -> None:
        """What is too long is refused whole; line ends become ours, other controls go."""
        event.stop()
        event.prevent_default()
        room = MOST_LETTERS - len(self.text)
        if len(event.text) > room:
            cast("Writing", self.screen).say(
                f"{size(len(event.text))} are too much to paste: {size(MOST_LETTERS)} fit. "
                "Use: homeport ask --file FILE"
            )
            return
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        kept = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
        self.replace(kept, *self.selection)

    def get_line(self, line_index: int) -> Text:
        """As it is shown: what a terminal would obey is a blank."""
        line = self.document.get_line(line_index)
        return Text(line if line.isprintable() else clean(line), end="", no_wrap=True)


_AT_ONCE = {
    "enter": Editor.action_send,
    "ctrl+j": Editor.action_new_line,
    "shift+enter": Editor.action_new_line,
}
"""A binding would be looked up after letters that come behind the key."""
