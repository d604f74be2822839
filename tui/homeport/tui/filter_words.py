"""How a filter is read: words that all must hold, `-word` for the opposite, bounds such as `>2s`.

What the words say is for each list to tell; a word that is not typed to its
end, and a bound without a unit that is known, hide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")
Test = Callable[[T], bool]
Measure = tuple[float, Callable[[T], float | None]]
"""How many of what is measured one of a unit is, and the measure; an unknown one is None."""

_BOUND = re.compile(r"([<>])(\$?)(\d+(?:\.\d+)?)([a-z/]*)")


class FilterWords(Generic[T]):
    """The filters of one kind of thing."""

    def __init__(
        self, plain: Callable[[str], Test[T]], measures: Mapping[str, Measure[T]], bounds: str
    ) -> None:
        """`plain` tests a word that is no bound; `measures` are by unit, `bounds` are examples."""
        self._plain, self._measures, self._bounds = plain, measures, bounds

    def matcher(self, text: str) -> Test[T]:
        """Whether a thing is shown; an empty text shows all."""
        tests = [self._test(word) for word in text.lower().split()]
        return lambda thing: all(test(thing) for test in tests)

    def complaint(self, text: str) -> str:
        """What is wrong with a filter, in words; empty where nothing is."""
        for word in text.lower().split():
            bare = word.lstrip("-")
            if bare[:1] in ("<", ">") and self._bound(bare) is None:
                return f"{bare} hides nothing: write {self._bounds}"
        return ""

    def _test(self, word: str) -> Test[T]:
        if len(word) > 1 and word.startswith("-"):
            test = self._test(word[1:])
            return _all if test is _all else lambda thing: not test(thing)
        if word == "-" or word[0] in "<>":
            return self._bound(word) or _all
        return self._plain(word)

    def _bound(self, word: str) -> Test[T] | None:
        """None where it has no unit that tells what is measured."""
        parts = _BOUND.fullmatch(word)
        measured = self._measures.get(parts[2] + parts[4]) if parts else None
        if parts is None or measured is None:
            return None
        scale, measure = measured
        is_above, bound = parts[1] == ">", float(parts[3]) * scale

        def holds(thing: T) -> bool:
            """An unknown measure is on neither side."""
            value = measure(thing)
            return value is not None and (value > bound if is_above else value < bound)

        return holds


def _all(_thing: object) -> bool:
    return True
