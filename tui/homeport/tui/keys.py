"""Every key, declared once: bindings, footer, help, command palette and README follow from here.

One letter means one thing on every screen. An `id` never changes, so that a key
can be re-mapped by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScreenName = Literal[
    "live", "why", "spend", "models", "model", "machine", "chat", "compare", "pick", "help"
]

_ROOMS: tuple[ScreenName, ...] = ("live", "why", "spend", "models", "model", "machine")
_TALKS: tuple[ScreenName, ...] = ("chat", "compare")
_ALL: tuple[ScreenName, ...] = (*_ROOMS, *_TALKS, "help")
_LISTS: tuple[ScreenName, ...] = (*_ALL, "pick")
_LIVE: tuple[ScreenName, ...] = ("live",)
_ASK: tuple[ScreenName, ...] = (*_ROOMS, *_TALKS)
_SPEND: tuple[ScreenName, ...] = ("spend",)


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
    is_typed: bool = False
    """Holds while something is written, where letters are letters."""

    @property
    def action(self) -> str:
        """Name of the screen's action."""
        return self.id.replace("-", "_")


TALK_KEYS = (
    Key(
        "chat",
        "c",
        "c",
        "Chat",
        "Talks: beside each answer stands where it ran and why.",
        _ASK,
        True,
    ),
    Key("compare", "x", "x", "Compare", "Asks several models the same, side by side.", _ASK, True),
    Key(
        "write", "i", "i", "Write", "Gives the keys to the lines in which one writes.", _TALKS, True
    ),
    Key("stop", "full_stop", ".", "Stop", "Ends the answer that comes; its words stay.", _TALKS),
    Key(
        "again",
        "a",
        "a",
        "Ask again",
        "Asks the last prompt again: elsewhere, at home, in the cloud, or of one model.",
        _TALKS,
        True,
    ),
    Key(
        "whom",
        "t",
        "t",
        "To whom",
        "Says who answers from here on; in a comparison, which two to four.",
        _TALKS,
        True,
    ),
    Key(
        "private",
        "v",
        "v",
        "Private",
        "Keeps what is said from here on on this machine.",
        _TALKS,
        True,
    ),
    Key("new", "n", "n", "New", "Forgets what was said and begins anew; asks once.", _TALKS, True),
    Key(
        "previous",
        "left_square_bracket",
        "[",
        "Answer before",
        "Chooses the answer before.",
        _TALKS,
    ),
    Key("next", "right_square_bracket", "]", "Next answer", "Chooses the next answer.", _TALKS),
    Key(
        "send",
        "enter",
        "enter",
        "Send",
        "While one writes: sends it.",
        _TALKS,
        is_typed=True,
    ),
    Key(
        "new-line",
        "ctrl+j,shift+enter",
        "ctrl+j",
        "New line",
        "While one writes: begins a further line; shift+enter does too, where terminals tell.",
        _TALKS,
        is_typed=True,
    ),
    Key(
        "take",
        "enter",
        "enter",
        "Take",
        "In a list: takes what the cursor is on, or what is marked.",
        ("pick",),
        is_typed=True,
    ),
    Key(
        "mark",
        "space",
        "space",
        "Mark",
        "In a list of which several are taken: marks one, or takes its mark away.",
        ("pick",),
        is_typed=True,
    ),
)

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
        "Shows why the decision under the cursor went where it went; on Models, the whole model.",
        ("live", "models", *_TALKS),
        True,
    ),
    Key(
        "filter",
        "slash",
        "/",
        "Filter",
        "Shows some of a list: cloud, local, failed, private, >1c, >2s, or any word; -word hides.",
        ("live", "models"),
        True,
    ),
    Key(
        "next-group",
        "tab,right",
        "tab",
        "Group by",
        "Sums what was spent by day, model, caller, task and so on, in turn.",
        _SPEND,
        True,
    ),
    Key(
        "previous-group",
        "shift+tab,left",
        "shift+tab",
        "Group before",
        "Goes back to the grouping before.",
        _SPEND,
    ),
    Key("span", "w", "w", "Window", "Looks back 7, 30 or 365 days.", _SPEND, True),
    Key(
        "budget",
        "b",
        "b",
        "Budget",
        "Asks for another budget, of the day or of the month, and sets it.",
        _ASK,
    ),
    Key(
        "spend", "s", "s", "Spend", "Shows what was spent, on what, and what is left.", _ROOMS, True
    ),
    Key(
        "models",
        "m",
        "m",
        "Models",
        "Shows every model: how it stands, how fast it is, what it costs, what went wrong.",
        _ROOMS,
        True,
    ),
    Key(
        "thumbs-up",
        "u",
        "u",
        "Good",
        "Says that the answer was good, which teaches where the next one goes.",
        ("live", "why", *_TALKS),
    ),
    Key(
        "thumbs-down",
        "d",
        "d",
        "Bad",
        "Says that the answer was bad.",
        ("live", "why", *_TALKS),
    ),
    Key(
        "what-if",
        "p",
        "p",
        "What if",
        "Shows what another policy would have done with the prompt.",
        ("live", "why"),
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
        _ASK,
        True,
    ),
    Key(
        "machine",
        "h",
        "h",
        "Machine",
        "Shows this machine, the link and the providers over the last minutes.",
        _ROOMS,
        True,
    ),
    Key(
        "copy",
        "y",
        "y",
        "Copy id",
        "Copies the id of the decision, which `homeport why` takes; in a chat, the answer.",
        ("live", "why", *_TALKS),
    ),
    Key("down", "j,down", "j", "Down", "Goes one line down.", _LISTS),
    Key("up", "k,up", "k", "Up", "Goes one line up.", _LISTS),
    Key("page-down", "pagedown", "page down", "Page down", "Goes one page down.", _LISTS),
    Key("page-up", "pageup", "page up", "Page up", "Goes one page up.", _LISTS),
    Key("first", "g,home", "g", "First", "Goes to the first line.", _ALL),
    Key("last", "G,end", "G", "Last", "Goes to the last line, and follows the newest.", _ALL),
    Key(
        "retry",
        "r",
        "r",
        "Retry",
        "Looks for the daemon again, or asks it again, at once.",
        _ROOMS,
        True,
    ),
    Key(
        "back",
        "escape",
        "esc",
        "Back",
        "Goes one step back: the question, the filter, the pause, the answer that comes, "
        "the screen.",
        _LISTS,
        True,
    ),
    *TALK_KEYS,
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


KEY = {key.id: key for key in KEYS}
"""By id."""


def keys_of(screen: ScreenName) -> tuple[Key, ...]:
    """The keys that a screen answers to."""
    return tuple(key for key in KEYS if screen in key.screens and not key.is_typed)


def typed_keys_of(screen: ScreenName) -> tuple[Key, ...]:
    """The keys that hold on a screen while something is written."""
    return tuple(key for key in KEYS if screen in key.screens and key.is_typed)


_OTHER_LABELS = {
    ("why", "models"): "Open",
    ("copy", "chat"): "Copy",
    ("copy", "compare"): "Copy",
    ("thumbs-up", "compare"): "Best",
}


_ALSO_IN_FOOTER: dict[ScreenName, frozenset[str]] = {
    "why": frozenset({"thumbs-up", "thumbs-down", "what-if", "copy", "down", "up"}),
    "spend": frozenset({"budget", "down", "up"}),
}
_SCROLLS = frozenset({"down", "up"})


def is_in_footer(key: Key, screen: ScreenName) -> bool:
    """Whether a page tells of this key below itself."""
    return key.in_footer or key.id in _ALSO_IN_FOOTER.get(screen, _SCROLLS)


def label_on(key: Key, screen: ScreenName) -> str:
    """What a key is called on a screen."""
    return _OTHER_LABELS.get((key.id, screen), key.label)
