"""The way of one answer: where it ran, why, where it went on, how long it took, what it cost."""

from __future__ import annotations

from homeport.client import units
from homeport.client.wire import CheckView, RequestView
from homeport.tui.feed_lines import route
from homeport.tui.round import Round
from homeport.tui.state import RUNNING
from homeport.tui.words import Line, Span, clean, count, model_name, running_for, took, wrapped

_FINE = ("", "done", "cancelled")
_DOT = " · "


def way_lines(said: Round, now_ms: int, width: int) -> list[Line]:
    """Beside the answer: one fact a line, where there is room for it."""
    return [line for text, role in facts(said, now_ms) for line in wrapped(text, width, role)]


def way_below(said: Round, now_ms: int, width: int) -> list[Line]:
    """Below the answer, where there is no room beside it."""
    told = facts(said, now_ms)
    if not told:
        return []
    where, *rest = told
    first = wrapped(
        _DOT.join([where[0], *(t for t, role in rest if role == "muted")]), width, where[1]
    )
    return [
        *first,
        *(line for t, role in rest if role != "muted" for line in wrapped(t, width, role)),
    ]


def facts(said: Round, now_ms: int) -> list[Span]:
    """Each fact with its role, the most wanted first; what only measures is muted."""
    request = said.request
    if request is None:
        return []
    told: list[Span] = [(_where(request), f"place-{request.place}")] if request.model else []
    told += _went_on(request)
    if request.cache is not None and request.cache.similarity is not None:
        told.append((f"the prompts are alike: {request.cache.similarity:.2f} of 1", "muted"))
    if request.because:
        told.append((clean(request.because), ""))
    told += [(text, "muted") for text in (_time(said, request, now_ms), _tokens(request)) if text]
    if request.cost_nano is not None or request.state not in RUNNING:
        told.append((units.money(request.cost_nano, certain=request.certain), "muted"))
    told += [_check(check) for check in request.checks]
    if said.private:
        told.append(("private: nothing left this machine", "good"))
    if said.verdict:
        told.append((f"you said: {'good' if said.verdict == 'up' else 'bad'}", "accent"))
    return told


def _where(request: RequestView) -> str:
    strategy = "" if request.strategy in ("", "single") else f" ({request.strategy})"
    return f"{route(request)} {model_name(request.model)}{strategy}"


def _went_on(request: RequestView) -> list[Span]:
    """What each attempt that failed met, before another went on."""
    told: list[Span] = []
    for attempt in request.attempts:
        if attempt.outcome not in _FINE:
            reason = (attempt.sentence or attempt.outcome.replace("_", " ")).rstrip(".")
            after = f" after {count(attempt.sent_tokens, 'token')}" if attempt.sent_tokens else ""
            told.append((f"{model_name(attempt.model)}: {reason}{after}; went on", "warn"))
    if told and request.state == "failed":
        told = [(text.removesuffix("; went on"), role) for text, role in told]
    return told


def _time(said: Round, request: RequestView, now_ms: int) -> str:
    if said.standing == "running":
        return running_for(now_ms - request.at_ms)
    if request.total_ms is None:
        return ""
    first = request.first_token_ms
    return took(request.total_ms) + ("" if first is None else f", first word {took(first)}")


def _tokens(request: RequestView) -> str:
    tokens = request.output_tokens
    if tokens is None:
        return ""
    decode_ms = (request.total_ms or 0) - (request.first_token_ms or 0)
    alone = request.strategy in ("", "single", "cheapest") and len(request.attempts) == 1
    speed = (
        f", {1e3 * (tokens - 1) / decode_ms:.0f}/s"
        if alone and tokens > 1 and decode_ms > 0
        else ""
    )
    return count(tokens, "token") + speed


def _check(check: CheckView) -> Span:
    if check.passed:
        return f"{check.check} passed", "good"
    word = "could not be told" if check.passed is None else "failed"
    said = clean(check.sentence or "").rstrip(".")
    return f"{check.check} {word}" + (
        f": {said}" if said else ""
    ), "muted" if check.passed is None else "warn"
