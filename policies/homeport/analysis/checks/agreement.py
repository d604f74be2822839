"""Whether answers say the same, and what most of them say.

Numbers are the same where they are equal, or equal once rounded as the less precise one was.
Programs are the same where they differ in nothing but names, comments and layout; others may
still do the same, so of two different ones it cannot be told. Free text is never compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeport.analysis.checks.final import Final, final_of
from homeport.policies.model import Checkable

MOST_ANSWERS = 64


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that say the same."""

    members: tuple[int, ...]
    """Their places among the answers, ascending."""
    final: Final
    """Of the first of them."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.members)


def agree(first: str, second: str, kind: Checkable, *, language: str = "") -> bool | None:
    """Whether two answers say the same; None where that cannot be told."""
    one = final_of(first, kind, language=language)
    other = final_of(second, kind, language=language)
    if one is None or other is None:
        return None
    return same(one, other)


def same(one: Final, other: Final) -> bool | None:
    """Whether two results are the same; None for programs that are written differently."""
    if one.text == other.text:
        return True
    if one.kind == "code":
        return None
    if one.number is not None and other.number is not None:
        return one.number.is_same(other.number)
    return False


def consensus(answers: Sequence[str], kind: Checkable, *, language: str = "") -> tuple[Group, ...]:
    """Groups of answers that say the same, the largest first, then the one that began first.

    An answer without a result is in none. Rounded numbers join the first group they fit.
    """
    firsts: list[Final] = []
    members: list[list[int]] = []
    for place, answer in enumerate(answers[:MOST_ANSWERS]):
        final = final_of(answer, kind, language=language)
        if final is None:
            continue
        fits = next((at for at, first in enumerate(firsts) if same(first, final)), None)
        if fits is None:
            firsts.append(final)
            members.append([place])
        else:
            members[fits].append(place)
    groups = [Group(tuple(places), first) for places, first in zip(members, firsts, strict=True)]
    return tuple(sorted(groups, key=lambda group: (-group.count, group.members[0])))
