"""Every key, declared once: bindings, footer, help, command palette and README follow from here.

One letter means one thing on every screen. An `id` never changes, so that a key
can be re-mapped by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScreenName = Literal["live", "why", "help"]

_ALL: tuple[ScreenName, ...] = ("live", "why", "help")
_LIVE: tuple[ScreenName, ...] = ("live",)


@dataclass(frozen=True, slots=True)
class Key:
    """One key binding."""

    id: str
    keys: str
    """As the terminal names them, with commas between."""
    shown: str
    """As a person reads them."""
    label: str
    """In the footer and in the palette."""
    meaning: str
    """One sentence."""
    screens: tuple[ScreenName, ...]
    in_footer: bool = False

    @property
    def action(self) -> str:
        """Name of the screen's action."""
        return self.id.replace("-", "_")


KEYS = (
    Key(
        "pause",
        "space",
        "space",
        "Pause",
        "Holds the feed as it is and counts what is new; again, and it follows.",
        _LIVE,
        True,
    ),
    Key(
        "why",
        "enter",
        "enter",
        "Why?",
        "Shows why the decision under the cursor went where it went.",
        _LIVE,
        True,
    ),
    Key(
        "filter",
        "slash",
        "/",
        "Filter",
        "Shows some decisions: cloud, local, failed, private, >1c, >2s, or any word; -word hides.",
        _LIVE,
        True,
    ),
    Key(
        "errors",
        "e",
        "e",
        "Errors only",
        "Shows only the decisions that failed, or moved on after a failure; again shows all.",
        _LIVE,
        True,
    ),
    Key(
        "offline",
        "o",
        "o",
        "Go offline",
        "Goes offline or online; asks once and says what changes.",
        _LIVE,
        True,
    ),
    Key(
        "copy",
        "y",
        "y",
        "Copy id",
        "Copies the id of the decision, which `homeport why` takes.",
        ("live", "why"),
    ),
    Key("down", "j,down", "j", "Down", "Goes one line down.", _ALL),
    Key("up", "k,up", "k", "Up", "Goes one line up.", _ALL),
    Key("page-down", "pagedown", "page down", "Page down", "Goes one page down.", _ALL),
    Key("page-up", "pageup", "page up", "Page up", "Goes one page up.", _ALL),
    Key("first", "g,home", "g", "First", "Goes to the first line.", _ALL),
    Key("last", "G,end", "G", "Last", "Goes to the last line, and follows the newest.", _ALL),
    Key(
        "retry",
        "r",
        "r",
        "Retry",
        "Looks for the daemon again, or asks it again, at once.",
        ("live", "why"),
        True,
    ),
    Key(
        "back",
        "escape",
        "esc",
        "Back",
        "Goes one step back: the question, the filter, the pause, the screen.",
        _ALL,
        True,
    ),
    Key("help", "question_mark", "?", "Help", "Shows every key and what it does.", _ALL, True),
    Key(
        "palette",
        "ctrl+p",
        "ctrl+p",
        "Commands",
        "Opens the command palette: every key by its name.",
        _ALL,
    ),
    Key("quit", "q,ctrl+c,ctrl+q", "q", "Quit", "Leaves; the daemon goes on.", _ALL, True),
)


def keys_of(screen: ScreenName) -> tuple[Key, ...]:
    """The keys that a screen answers to."""
    return tuple(key for key in KEYS if screen in key.screens)
