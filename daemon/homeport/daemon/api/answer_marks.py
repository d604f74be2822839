"""What every door marks its answers with: where each came from, why, and what it cost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec

from homeport.adapters.base import Finish
from homeport.client.wire import AttemptView, CacheView, CheckView, RequestView

LONGEST_HEADER = 1024
EVENT_STREAM = b"text/event-stream; charset=utf-8"

Headers = list[tuple[bytes, bytes]]

_encode = msgspec.json.Encoder().encode


def route_headers(view: RequestView) -> Headers:
    """Which decision it was, and where it went; what the cache did, where it was asked."""
    headers = [
        (b"x-homeport-decision", view.id.encode("ascii", "replace")),
        (b"x-homeport-route", view.model.encode("ascii", "replace")),
    ]
    if view.cache is not None:
        headers.append((b"x-homeport-cache", cache_text(view.cache)))
    return headers


def cache_text(cache: CacheView) -> bytes:
    """`miss`, `bypass`, or `hit; of=ID; age=SECONDS`."""
    age = f"; of={cache.of}; age={cache.age_ms // 1000}" if cache.of else ""
    return f"{cache.outcome}{age}".encode("ascii", "replace")


def stream_headers(view: RequestView) -> Headers:
    """Of an answer whose cost is not known yet."""
    return [*route_headers(view), *as_it_comes()]


def as_it_comes() -> Headers:
    """Nobody between is to hold a stream back."""
    return [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]


def whole_headers(view: RequestView, finish: Finish) -> Headers:
    """Of a whole answer: with its cost, and the knobs that its model does not have."""
    headers = [*route_headers(view), cost_header(view)]
    dropped = dropped_knobs(finish)
    if dropped:
        headers.append((b"x-homeport-dropped", _as_header(",".join(dropped))))
    return headers


def _as_header(names: str) -> bytes:
    """Names as a header can say them: some are a caller's own, and can be anything."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in names[:LONGEST_HEADER])
    return shown.encode("ascii", "replace")


def cost_header(view: RequestView) -> tuple[bytes, bytes]:
    """US dollars."""
    return b"x-homeport-cost", cost_text(view).encode()


def cost_text(view: RequestView) -> str:
    """US dollars for a header."""
    if view.cost_nano is None:
        return "unknown"
    return f"{view.cost_nano / 1e9:.9f}".rstrip("0").rstrip(".")


def homeport_object(view: RequestView, finish: Finish) -> dict[str, Any]:
    """Where an answer came from, why, what it cost, and which knobs its model does not have."""
    made: dict[str, Any] = {
        "decision": view.id,
        "route": view.model,
        "place": view.place,
        "because": view.because,
        "cost_nano": view.cost_nano,
        "certain": view.certain,
    }
    if handovers := handovers_of(view):
        made["handovers"] = handovers
    if view.strategy != "single":
        made |= {"strategy": view.strategy, "checks": [_check(check) for check in view.checks]}
    if view.cache is not None:
        made["cache"] = _cache(view.cache)
    dropped = dropped_knobs(finish)
    return made | {"dropped": dropped} if dropped else made


def _cache(cache: CacheView) -> dict[str, Any]:
    """What it did, and whose answer it gave."""
    said = {"outcome": cache.outcome, "sentence": cache.sentence}
    if not cache.of:
        return said
    age_s, near = cache.age_ms // 1000, {"similarity": cache.similarity}
    given = {"of": cache.of, "age_s": age_s, "saved_nano": cache.saved_nano}
    return said | given | (near if cache.similarity is not None else {})


def handovers_of(view: RequestView) -> list[dict[str, Any]]:
    """Where an answer that had begun went on with another attempt, why, and how soon."""
    found: list[dict[str, Any]] = []
    if len(view.attempts) < 2 or view.strategy not in ("single", "cheapest"):
        return found
    sent_tokens = 0
    for before, after in pairwise(view.attempts):
        sent_tokens += before.sent_tokens
        if not sent_tokens:
            continue
        made: dict[str, Any] = {"from": before.model, "to": after.model, "because": before.outcome}
        made |= {"after_tokens": sent_tokens, "gap_ms": _gap_ms(before, after)}
        if after.outcome == "done" and after.sentence:
            made["calls"] = after.sentence
        found.append(made)
    return found


def _gap_ms(before: AttemptView, after: AttemptView) -> int | None:
    """From the end of one to the first token of the next; None where none came."""
    if before.ended_ms is None or after.first_token_ms is None:
        return None
    return max(0, after.first_token_ms - before.ended_ms)


def _check(check: CheckView) -> dict[str, Any]:
    return {"check": check.check, "passed": check.passed, "sentence": check.sentence}


def dropped_knobs(finish: Finish) -> list[str]:
    """Tuning knobs of the request that the model's server could not take."""
    return [str(name) for name in finish.extras.get("dropped", ())]


def with_field(events: bytes, homeport: dict[str, Any]) -> bytes:
    """An upstream's last events; ours is one field more in the very last."""
    before, brace, after = events.rpartition(b"}")
    if not brace:
        return events
    comma = b"" if before.rstrip().endswith(b"{") else b","
    return before + comma + b'"homeport":' + _encode(homeport) + brace + after
