"""One event as one line; an event that nobody knows is shown by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from homeport.cli.status import link_text, models_text, outbox_text, window_text
from homeport.client.units import clock, duration, money

if TYPE_CHECKING:
    from homeport.client.wire import BudgetQuestion, RequestView

_WIDEST_NAME = 9


def event_line(event: Any) -> str:
    """Such as `14:02:07  decided    7f3a…  local qwen3:14b  fits here`; empty for a heartbeat."""
    if event.type == "heartbeat":
        return ""
    say = _SAYERS.get(event.type)
    said = say(event) if say else ""
    return f"{clock(event.at_ms or 0)}  {str(event.type).ljust(_WIDEST_NAME)}  {said}".rstrip()


def _snapshot(event: Any) -> str:
    models = models_text(event.models)
    return f"homeport {event.version}, {event.mode}, {link_text(event.link)}, {models}"


def _decided(event: Any) -> str:
    request: RequestView = event.request
    return _joined(request.id, _where(request), request.because, request.error)


def _attempt(event: Any) -> str:
    request: RequestView = event.request
    if not request.attempts:
        return _joined(request.id, _where(request))
    last = request.attempts[-1]
    where = f"{last.place} {last.model}"
    if last.ended_ms is not None:
        return _joined(request.id, where, last.outcome, last.sentence)
    if last.first_token_ms is not None:
        return _joined(request.id, where, f"first token {duration(request.first_token_ms)}")
    return _joined(request.id, where, "started")


def _settled(event: Any) -> str:
    request: RequestView = event.request
    cost = money(request.cost_nano, certain=request.certain)
    state = "" if request.state == "done" else request.state
    took = duration(request.total_ms)
    return _joined(request.id, _where(request), state, request.error, took, cost)


def _judged(event: Any) -> str:
    request: RequestView = event.request
    return _joined(request.id, _where(request), request.verdict)


def _fleet(event: Any) -> str:
    return models_text(event.models)


def _link(event: Any) -> str:
    return link_text(event.link)


def _machine(event: Any) -> str:
    load = event.machine.cpu_load
    return "measured again" if load is None else f"processor at {load * 100:.0f} %"


def _budget(event: Any) -> str:
    return ", ".join(f"{w.window} {window_text(w)}" for w in event.spend.windows)


def _alert(event: Any) -> str:
    return str(event.alert.sentence)


def _asked(event: Any) -> str:
    question: BudgetQuestion = event.question
    if question.state != "open":
        return _joined(question.id, _WORDS.get(question.state, question.state))
    return _joined(question.id, question.sentence)


_WORDS = {
    "raised": "the budget was raised for it",
    "refused": "a raise was refused",
    "timed-out": "nobody raised the budget in time",
    "gone": "its caller went away",
}


def _config(event: Any) -> str:
    return f"not in force: {event.error}" if event.error else f"in force, policy {event.mode}"


def _outbox(event: Any) -> str:
    item, counts = event.item, outbox_text(event.outbox)
    if item is None:
        return counts
    return _joined(item.id, item.state, item.answered_by or "", item.sentence or "", counts)


def _stopping(event: Any) -> str:  # noqa: ARG001  # one shape for all
    return "the daemon finishes what is running, then stops"


def _where(request: RequestView) -> str:
    return f"{request.place} {request.model}".strip()


def _joined(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


_SAYERS: dict[str, Callable[[Any], str]] = {
    "snapshot": _snapshot,
    "decided": _decided,
    "attempt": _attempt,
    "settled": _settled,
    "judged": _judged,
    "fleet": _fleet,
    "link": _link,
    "machine": _machine,
    "budget": _budget,
    "alert": _alert,
    "asked": _asked,
    "config": _config,
    "outbox": _outbox,
    "stopping": _stopping,
}
