"""The policies that there are: shipped ones, and those in the person's own folder.

The folder is looked at when a policy is asked for, at most once a second; a file, or
a folder, that cannot be read leaves its last good reading in force. Where the policy
in force, or one that it includes, was never readable, nothing leaves the machine:
a shipped policy does not take the place of the person's own of that name.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from homeport.daemon.config.check import MAX_BYTES
from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.config.watch import status
from homeport.daemon.shelf.book_file import book_of
from homeport.policies import MODES
from homeport.policies.errors import BadRequest
from homeport.policies.model import Mode, Policy
from homeport.policies.rules.book import Book
from homeport.policies.rules.judge import binding
from homeport.policies.rules.rule import Rule

DEFAULT = "default"
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,31}$")
LOOK_S = 1.0
MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """One policy on the shelf."""

    book: Book
    text: str
    path: str
    """Empty for those that are shipped."""


@cache
def shipped() -> Mapping[str, Kept]:
    """The policies that come with the program, read once."""
    kept = {}
    for file in Path(__file__).with_name("shipped").glob("*.toml"):
        text = file.read_text("utf-8")
        kept[file.stem] = Kept(book_of(text, file.stem, file.name), text, "")
    return MappingProxyType(kept)


class Shelf:
    """Owns the policies, and what is wrong with their files."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._clock = clock
        self._shipped = shipped()
        self._own: dict[str, Kept] = {}
        self._unread: dict[str, ConfigError] = {}
        self._seen: dict[str, Any] = {}
        self._next_look = -1.0
        self._composed: dict[tuple[str, str], tuple[Policy, int, Policy]] = {}
        self.generation = 0
        """Counts the changes of the folder."""
        self.troubles: dict[str, ConfigError] = {}
        """By name, why a file is not in force as it stands."""

    def __repr__(self) -> str:
        return f"Shelf({', '.join(self.names())}; {len(self.troubles)} in trouble)"

    # -- what there is

    def names(self) -> tuple[str, ...]:
        """Every policy that can be named."""
        self._look()
        return tuple(sorted({**self._shipped, **self._own}))

    def kept(self, name: str) -> Kept:
        """A policy by its name. Raises `BadRequest` with the nearest where there is none."""
        found = self._find(name)
        if found is None:
            raise BadRequest(self._unknown(name), code="unknown_policy", param="policy")
        return found

    def rules(self, name: str) -> tuple[Rule, ...]:
        """Its rules, then those of the policies it includes, each policy once."""
        return tuple(rule for book in self._with_included(name, []) for rule in book.rules)

    def rules_of(self, book: Book) -> tuple[Rule, ...]:
        """As `rules`, of a book that is not on the shelf."""
        before = [book]
        for name in book.include:
            self._with_included(name, before)
        return tuple(rule for one in before for rule in one.rules)

    def loop_of(self, book: Book) -> str:
        """A circle or a gap in what a book includes, in a sentence; empty where there is none."""
        return self._loop(book, (book.name,))

    def _find(self, name: str) -> Kept | None:
        self._look()
        return self._own.get(name) or self._shipped.get(name)

    def _unknown(self, name: str) -> str:
        known = (*MODES, *self.names())
        near = get_close_matches(name, known, n=1)
        advice = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
        return f"There is no policy {name[:64]!r}. {advice}"

    def _standing(self, name: str) -> Kept | None:
        """What its file says, or said when it could be read; None where it never could."""
        return None if name in self._unread and name not in self._own else self._find(name)

    def _is_whole(self, name: str) -> bool:
        """Every rule that it should bring can be had, those of what it includes too."""
        known, wanted = set[str](), [name]
        while wanted:
            kept = self._standing(one := wanted.pop())
            if kept is None:
                return False
            known.add(one)
            wanted += [further for further in kept.book.include if further not in known]
        return True

    def _with_included(self, name: str, before: list[Book]) -> list[Book]:
        kept = self._standing(name)
        if kept is None or kept.book in before:
            return before
        before.append(kept.book)
        for included in kept.book.include:
            self._with_included(included, before)
        return before

    def _loop(self, book: Book, way: tuple[str, ...]) -> str:
        for name in book.include:
            if name in way:
                return f"`include` goes round in a circle: {' → '.join((*way, name))}."
            kept = self._standing(name)
            if kept is None:
                unread = f"`include` names {name!r}, which cannot be read."
                return unread if name in self._unread else self._unknown(name)
            further = self._loop(kept.book, (*way, name))
            if further:
                return further
        return ""

    # -- what holds

    def policy(self, base: Policy, active: str, named: str = "") -> Policy:
        """What a prompt is decided under: the config's part, the policy in force, and the one
        that the caller named. Raises `BadRequest` for one that there is not."""
        self._look()
        key = (active, named)
        made = self._composed.get(key)
        if made is None or made[0] is not base or made[1] != self.generation:
            made = self._composed[key] = base, self.generation, self._made(base, active, named)
        return made[2]

    def trouble(self, active: str) -> str:
        """Why the policy in force is not what its file says; empty where it is."""
        self._look()
        found = active in self.troubles
        said = self.troubles[active].sentence if found else self._unknown(active)
        if not self._is_whole(active):
            return f"{said} Until then nothing leaves."
        return said if found else ""

    def trial(self, book: Book) -> Policy:
        """What a book would make of the built-in config: what its cases are run under."""
        mode = book.mode or Policy().mode
        rules = self.rules_of(book)
        return Policy(mode=mode, weights=book.weights, name=book.name, rules=rules)

    def _made(self, base: Policy, active: str, named: str) -> Policy:
        own = self._standing(active) or Kept(Book(name=active), "", "")
        is_whole = self._is_whole(active) and (not named or self._is_whole(named))
        mode = _stricter(base.mode, own.book.mode) if is_whole else "local-only"
        # How much is tried and how much goes out is the person's to say, not a program's.
        base = replace(base, explore=own.book.explore, cloud_share=own.book.cloud_share)
        if not named or named == active:
            weights = own.book.weights or base.weights
            rules = self.rules(active)
            return replace(base, mode=mode, weights=weights, name=active, rules=rules)
        other = self.kept(named).book
        return replace(
            base,
            mode=_stricter(mode, other.mode),
            weights=other.weights or base.weights,
            name=named,
            rules=(*self.rules(named), *binding(self.rules(active))),
        )

    # -- looking

    def _look(self) -> None:
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_S
        seen = _files(self.folder)
        if seen is None or seen == self._seen:
            return
        changed = [name for name in seen if seen[name] != self._seen.get(name)]
        self._own = {name: kept for name, kept in self._own.items() if name in seen}
        self._unread = {name: it for name, it in self._unread.items() if name in seen}
        self._seen = seen
        self.generation += 1
        self._composed.clear()
        for name in changed:
            self._take(name)
        loops = {name: self.loop_of(kept.book) for name, kept in self._own.items()}
        loose = {n: _about(self.folder / f"{n}.toml", loop) for n, loop in loops.items() if loop}
        self.troubles = loose | self._unread

    def _take(self, name: str) -> None:
        path = self.folder / f"{name}.toml"
        try:
            text = _text(path)
            book = book_of(text, name, str(path))
        except ConfigError as error:
            self._unread[name] = error
            return
        self._unread.pop(name, None)
        self._own[name] = Kept(book, text, str(path))


def _stricter(first: Mode, second: Mode | None) -> Mode:
    return first if second is None or first == "local-only" else second


def _files(folder: Path) -> dict[str, Any] | None:
    """The state of each file that may be a policy, by the policy's name; None where the folder
    is there and cannot be read."""
    try:
        found = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))
    except FileNotFoundError:
        found = []
    except OSError:
        return None
    paths = [folder / name for name in found[:MOST_FILES]]
    named = ((path.stem, path) for path in paths)
    return {n: status(path) for n, path in named if NAME.match(n) and n not in MODES}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise _about(path, "This is not UTF-8 text.") from None
    except OSError as refused:
        raise _about(path, f"It cannot be read: {refused.strerror}.") from None


def _about(path: Path, sentence: str) -> ConfigError:
    return ConfigError(str(path), (Problem(0, "", sentence),))
