"""What the feed shows: a filter of a few words, each of which must hold.

cloud  local  lan  none     where it ran, or tried to
failed  running  private    how it stands
moved                       it went on elsewhere after a failure
good  bad                   what you said of it
cached                      a kept answer was given
>1c  <1c  >$0.01            what it cost
>2s  <500ms                 how long it took
model:qwen  task:code       looked for there alone; so are from: mode: strategy: why: and id:
anything else               is looked for in the model, the reason, the caller, the task, the id
-word                       the opposite
"""

from __future__ import annotations

import re
from collections.abc import Callable

from homeport.client.wire import RequestView
from homeport.tui.feed_lines import is_kept
from homeport.tui.state import is_running, went_wrong

Test = Callable[[RequestView], bool]

HINT = "cloud  failed  private  >1c  >2s  model:qwen  a word  -word"
_CENT_NANO = 10_000_000
_LIMIT = re.compile(r"([<>])(\$?)(\d+(?:\.\d+)?)(c|ms|s)?")
_PLACES = ("local", "lan", "cloud", "none")
_FIELDS: dict[str, Callable[[RequestView], str]] = {
    "model": lambda request: request.model,
    "task": lambda request: request.task,
    "from": lambda request: request.client,
    "mode": lambda request: request.mode,
    "strategy": lambda request: request.strategy,
    "why": lambda request: f"{request.because}\n{request.error}",
    "id": lambda request: request.id,
}


def matcher(text: str) -> Test:
    """Whether a decision is shown; an empty text shows all."""
    tests = [_term(word) for word in text.lower().split()]
    return lambda request: all(test(request) for test in tests)


def complaint(text: str) -> str:
    """What is wrong with a filter, in words; empty where nothing is."""
    for word in text.lower().split():
        bare = word.removeprefix("-")
        if bare[:1] in ("<", ">") and _limit_of(bare) is None:
            return f"{bare} hides nothing: write >1c, <$0.01, >2s or <500ms"
    return ""


def _term(word: str) -> Test:
    if len(word) > 1 and word.startswith("-"):
        test = _term(word[1:])
        return _all if test is _all else lambda request: not test(request)
    if word in _PLACES:
        return lambda request: word in _places(request)
    if word in _STANDINGS:
        return _STANDINGS[word]
    if word == "-" or word[0] in "<>":
        return _limit_of(word) or _all
    name, colon, wanted = word.partition(":")
    if colon and name in _FIELDS:
        return lambda request: wanted in _FIELDS[name](request).lower()
    return lambda request: word in _text(request)


def _limit_of(word: str) -> Test | None:
    limit = _LIMIT.fullmatch(word)
    return _limit(*limit.groups()) if limit else None


def _all(_request: RequestView) -> bool:
    """A word that is not typed to its end hides nothing."""
    return True


def _limit(sign: str, dollar: str, number: str, unit: str | None) -> Test | None:
    """A bound on the cost or on the time; None where it has no unit that tells which."""
    if unit in ("s", "ms") and not dollar:
        bound_ms = float(number) * (1000 if unit == "s" else 1)
        return _bound(sign, bound_ms, lambda request: request.total_ms)
    if unit == "c" or dollar:
        bound_nano = float(number) * _CENT_NANO * (1 if unit == "c" else 100)
        return _bound(sign, bound_nano, lambda request: request.cost_nano)
    return None


def _bound(sign: str, bound: float, measure: Callable[[RequestView], int | None]) -> Test:
    """An unknown measure is on neither side of a bound."""

    def holds(request: RequestView) -> bool:
        measured = measure(request)
        if measured is None:
            return False
        return measured > bound if sign == ">" else measured < bound

    return holds


def _places(request: RequestView) -> set[str]:
    return {request.place, *(attempt.place for attempt in request.attempts)}


def _moved(request: RequestView) -> bool:
    return len(request.attempts) > 1 and went_wrong(request)


_STANDINGS: dict[str, Test] = {
    "failed": went_wrong,
    "running": is_running,
    "private": lambda request: request.private,
    "moved": _moved,
    "cached": is_kept,
    "good": lambda request: request.verdict == "up",
    "bad": lambda request: request.verdict == "down",
}


def _text(request: RequestView) -> str:
    parts = (request.model, request.because, request.error, request.client, request.task)
    return "\n".join((request.id, *parts)).lower()
