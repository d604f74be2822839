"""What every door marks its answers with: where each came from, why, and what it cost."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.adapters.base import Finish
from homeport.client.wire import CheckView, RequestView

EVENT_STREAM = b"text/event-stream; charset=utf-8"

Headers = list[tuple[bytes, bytes]]

_encode = msgspec.json.Encoder().encode


def route_headers(view: RequestView) -> Headers:
    """Which decision it was, and where it went."""
    return [
        (b"x-homeport-decision", view.id.encode("ascii", "replace")),
        (b"x-homeport-route", view.model.encode("ascii", "replace")),
    ]


def stream_headers(view: RequestView) -> Headers:
    """Of an answer whose cost is not known yet."""
    return [*route_headers(view), *as_it_comes()]


def as_it_comes() -> Headers:
    """Nobody between is to hold a stream back."""
    return [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]


def whole_headers(view: RequestView, finish: Finish) -> Headers:
    """Of a whole answer: with its cost, and the knobs that its model does not have."""
    headers = [*route_headers(view), cost_header(view)]
    dropped = ",".join(dropped_knobs(finish))
    if dropped:
        headers.append((b"x-homeport-dropped", dropped.encode("ascii", "replace")))
    return headers


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
    if view.strategy != "single":
        made |= {"strategy": view.strategy, "checks": [_check(check) for check in view.checks]}
    dropped = dropped_knobs(finish)
    return made | {"dropped": dropped} if dropped else made


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
