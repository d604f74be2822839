"""The keys in force: those of `keys`, some of them re-mapped by the person's config. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from homeport.tui.keys import KEYS, Key, ScreenName

_LONGEST = 40
_SHOWN = {
    "full_stop": ".",
    "slash": "/",
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "escape": "esc",
}


class Keyring:
    """Every key as it is pressed here."""

    def __init__(self, keys: tuple[Key, ...] = KEYS) -> None:
        self.keys = keys

    def __repr__(self) -> str:
        changed = [key.id for key, known in zip(self.keys, KEYS, strict=True) if key != known]
        return f"Keyring({', '.join(changed) or 'as it comes'})"

    def of(self, screen: ScreenName) -> tuple[Key, ...]:
        """The keys that a screen answers to."""
        return tuple(key for key in self.keys if screen in key.screens and not key.is_typed)

    def typed(self, screen: ScreenName) -> tuple[Key, ...]:
        """The keys that hold on a screen while something is written."""
        return tuple(key for key in self.keys if screen in key.screens and key.is_typed)

    @property
    def keymap(self) -> dict[str, str]:
        """What differs, as Textual takes it: an id and its keys."""
        return {
            key.id: key.keys
            for key, known in zip(self.keys, KEYS, strict=True)
            if key.keys != known.keys
        }


def remapped(wanted: Mapping[str, object]) -> tuple[Keyring, tuple[str, ...]]:
    """The keys as the config wants them, and a sentence for each that cannot be so."""
    known = {key.id: key for key in KEYS if not key.is_typed}
    troubles: list[str] = []
    good: dict[str, str] = {}
    for id_, keys in wanted.items():
        if id_ not in known:
            troubles.append(f"tui.keys: there is no key {_short(id_)!r}; ? lists their meanings.")
        elif not isinstance(keys, str) or not _names(keys):
            troubles.append(f"tui.keys: {id_} needs a key, such as {known[id_].shown!r}.")
        else:
            good[id_] = ",".join(_names(keys))
    ring = _with(good)
    while clash := _clash(ring, good):
        del good[clash[0]]
        troubles.append(f"tui.keys: {clash[0]} cannot have {clash[1]!r}: {clash[2]} has it.")
        ring = _with(good)
    return ring, tuple(troubles)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST]


def _names(keys: str) -> list[str]:
    """Each key of a list; a comma alone is a key."""
    if keys == ",":
        return ["comma"]
    names = [name.strip() for name in keys.split(",")]
    fine = all(name and len(name) <= _LONGEST and name.isprintable() for name in names)
    return names if fine else []


def _with(wanted: Mapping[str, str]) -> Keyring:
    return Keyring(
        tuple(
            replace(key, keys=wanted[key.id], shown=_shown(wanted[key.id]))
            if key.id in wanted and not key.is_typed
            else key
            for key in KEYS
        )
    )


def _shown(keys: str) -> str:
    first = keys.partition(",")[0]
    return _SHOWN.get(first, first.replace("_", " "))


def _clash(ring: Keyring, wanted: Mapping[str, str]) -> tuple[str, str, str] | None:
    """A wish for a key that another meaning has: whose wish, which key, who has it."""
    owners: dict[str, str] = {}
    for key in ring.keys:
        for name in () if key.is_typed else key.keys.split(","):
            shown = _SHOWN.get(name, name)
            owner = owners.setdefault(shown, key.id)
            if owner != key.id:
                loser, keeper = (key.id, owner) if key.id in wanted else (owner, key.id)
                return loser, shown, keeper
    return None
