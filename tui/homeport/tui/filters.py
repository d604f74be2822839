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

from collections.abc import Callable

from homeport.client.units import NANO
from homeport.client.wire import RequestView
from homeport.tui.feed_lines import is_kept
from homeport.tui.filter_words import FilterWords, Measure, Test
from homeport.tui.state import is_running, went_wrong

HINT = "cloud  failed  private  >1c  >2s  model:qwen  a word  -word"
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
_MEASURES: dict[str, Measure[RequestView]] = {
    "$": (NANO, lambda request: request.cost_nano),
    "c": (NANO // 100, lambda request: request.cost_nano),
    "s": (1_000, lambda request: request.total_ms),
    "ms": (1, lambda request: request.total_ms),
}


def _plain(word: str) -> Test[RequestView]:
    if word in _PLACES:
        return lambda request: word in _places(request)
    if word in _STANDINGS:
        return _STANDINGS[word]
    name, colon, wanted = word.partition(":")
    if colon and name in _FIELDS:
        return lambda request: wanted in _FIELDS[name](request).lower()
    return lambda request: word in _text(request)


_WORDS = FilterWords(_plain, _MEASURES, ">1c, <$0.01, >2s or <500ms")
matcher = _WORDS.matcher
complaint = _WORDS.complaint


def _places(request: RequestView) -> set[str]:
    return {request.place, *(attempt.place for attempt in request.attempts)}


def _moved(request: RequestView) -> bool:
    return len(request.attempts) > 1 and went_wrong(request)


_STANDINGS: dict[str, Test[RequestView]] = {
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
