"""What the command palette lists: every key of the screen, other screens, themes, models. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homeport.client.wire import ModelView
from homeport.tui.choices import Choice
from homeport.tui.keyring import Keyring
from homeport.tui.keys import Key, ScreenName, label_on
from homeport.tui.standing import in_order, state_word
from homeport.tui.themes import THEMES

_KEY, _THEME, _MODEL = "key ", "theme ", "model "
_ON = "in force"
_HIDDEN = frozenset({"palette"})


def commands(
    screen: ScreenName,
    keyring: Keyring,
    models: Sequence[ModelView],
    theme: str,
    label: Callable[[Key], str] | None = None,
) -> list[Choice]:
    """One line each; `label` says what a key does now."""
    keys = [key for key in (*keyring.of(screen), *keyring.typed(screen)) if key.id not in _HIDDEN]
    named = label or (lambda key: label_on(key, screen))
    lines = [Choice(_KEY + key.id, named(key), key.meaning, key=key.shown) for key in keys]
    lines += [
        Choice(_THEME + one.name, f"Theme: {one.name}", one.meaning, key=_ON * (one.name == theme))
        for one in THEMES.values()
    ]
    return lines + [
        Choice(_MODEL + one.id, f"Model: {one.id}", f"{one.place} · {state_word(one)}", key="")
        for one in in_order(models)
    ]


def key_of(value: str) -> str:
    """The id of the key that a line is for; empty where it is for another thing."""
    return value.removeprefix(_KEY) if value.startswith(_KEY) else ""


def theme_of(value: str) -> str:
    """The theme that a line is for, or empty."""
    return value.removeprefix(_THEME) if value.startswith(_THEME) else ""


def model_of(value: str) -> str:
    """The model that a line is for, or empty."""
    return value.removeprefix(_MODEL) if value.startswith(_MODEL) else ""
