"""The next state out of the state and a piece of news. Pure.

Every event carries whole values, so that applying it is an upsert. A hole in
the numbers changes nothing but `needs_snapshot`: a picture with a hole in it is
not shown as if it were whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msgspec import structs

from homeport.client import wire
from homeport.client.errors import NoDaemon, SocketRefused
from homeport.client.heard import Heard, OtherVersion, follows, is_fresh
from homeport.client.link import Knocking, Lost, News, Silent
from homeport.tui.history import linked, sampled, stood
from homeport.tui.state import MOST_ROWS, Phase, Rows, State, is_running

CUT_OFF = "cut off: its daemon ended"


def hear(state: State, news: News, now_ms: int) -> State:
    """The state after this news."""
    if isinstance(news, Knocking):
        return state
    if isinstance(news, Lost):
        return _lose(state, news)
    if isinstance(news, Silent):
        return replace(state, phase="quiet", silent_s=news.for_s)
    if isinstance(news, OtherVersion):
        return _other_version(state, news, now_ms)
    heard = apply(state, news)
    return replace(heard, phase="live", trouble="", heard_ms=now_ms, silent_s=0.0)


def apply(state: State, event: Heard) -> State:
    """The state after this event; unknown events use up their number and change nothing else."""
    if isinstance(event, wire.Snapshot):
        return _start_over(state, event)
    if state.needs_snapshot or not follows(state.picture.n, event):
        return replace(state, needs_snapshot=True)
    if not is_fresh(state.picture.n, event):
        return state
    numbered = structs.replace(state.picture, n=event.n)
    return _change(event, replace(state, picture=numbered))


def _change(event: Heard, state: State) -> State:
    match event:
        case wire.Decided() | wire.Attempted():
            return replace(state, rows=_upsert(state.rows, event.request))
        case wire.Settled():
            rows = _upsert(state.rows, event.request)
            return replace(_with(state, spend=event.spend), rows=rows)
        case wire.Judged() if event.request.id in state.rows:
            return replace(state, rows=_upsert(state.rows, event.request))
        case wire.FleetChanged():
            history = stood(state.history, event.models, event.at_ms, seen=True)
            return replace(_with(state, models=event.models, keys=event.keys), history=history)
        case wire.LinkChanged():
            return _sampled(_with(state, link=event.link), event.at_ms)
        case wire.MachineChanged():
            return _sampled(_with(state, machine=event.machine), event.at_ms)
        case wire.OutboxChanged():
            return _with(state, outbox=event.outbox)
        case wire.BudgetChanged() | wire.BudgetAsked() | wire.Alerted():
            return _told_of_money(event, state)
        case wire.ConfigChanged():
            return replace(_with(state, mode=event.mode), config_error=event.error)
        case wire.Stopping():
            return _with(state, draining=True)
        case _:
            return state


def _told_of_money(
    event: wire.BudgetChanged | wire.BudgetAsked | wire.Alerted, state: State
) -> State:
    if isinstance(event, wire.BudgetChanged):
        return _with(state, spend=event.spend)
    if isinstance(event, wire.Alerted):
        return replace(state, alert=event)
    return _with(state, questions=_asked(state.picture.questions, event.question))


def _asked(
    questions: tuple[wire.BudgetQuestion, ...], told: wire.BudgetQuestion
) -> tuple[wire.BudgetQuestion, ...]:
    """Those that wait: one more, or one less."""
    others = tuple(question for question in questions if question.id != told.id)
    return (*others, told) if told.state == "open" else others


def _with(state: State, **parts: Any) -> State:
    return replace(state, picture=structs.replace(state.picture, **parts))


def _sampled(state: State, at_ms: int) -> State:
    picture = state.picture
    history = linked(state.history, picture.link, at_ms)
    return replace(state, history=sampled(history, picture.machine, picture.link, at_ms))


def _start_over(state: State, snapshot: wire.Snapshot) -> State:
    history = linked(state.history, snapshot.link, snapshot.at_ms)
    history = sampled(history, snapshot.machine, snapshot.link, snapshot.at_ms)
    return replace(
        state,
        picture=structs.replace(snapshot, requests=()),
        history=stood(history, snapshot.models, snapshot.at_ms, seen=False),
        rows=_rows_after(state, snapshot),
        needs_snapshot=False,
        config_error=snapshot.config_error,
    )


def _rows_after(state: State, snapshot: wire.Snapshot) -> Rows:
    if state.picture.started_at_ms == snapshot.started_at_ms:
        return _merge(state.rows, snapshot.requests)
    return _join(state.rows, snapshot.requests)


def _join(seen: Rows, newest: tuple[wire.RequestView, ...]) -> Rows:
    """What another daemon knows, and what was seen of the one before it.

    That one may have had no time to write down its last rows; what still ran there has ended.
    """
    known = {row.id for row in newest}
    rows = [_cut_off(row) if is_running(row) else row for row in seen.values()]
    joined = [*(row for row in rows if row.id not in known), *newest]
    joined.sort(key=lambda row: row.at_ms)
    return _bounded({row.id: row for row in joined})


def _cut_off(row: wire.RequestView) -> wire.RequestView:
    """It failed; what it cost is unknown, except where nobody who takes money was asked."""
    free = all(attempt.place == "local" for attempt in row.attempts)
    return structs.replace(row, state="failed", error=CUT_OFF, cost_nano=0 if free else None)


def _merge(rows: Rows, newest: tuple[wire.RequestView, ...]) -> Rows:
    """Keeps the ended rows that are older than what a snapshot can hold."""
    oldest_ms = newest[0].at_ms if newest else None
    merged = {
        row.id: row
        for row in rows.values()
        if not is_running(row) and (oldest_ms is None or row.at_ms < oldest_ms)
    }
    for request in newest:
        merged[request.id] = request
    return _bounded(merged)


def _upsert(rows: Rows, request: wire.RequestView) -> Rows:
    changed = dict(rows)
    changed[request.id] = request
    return _bounded(changed)


def _bounded(rows: dict[str, wire.RequestView]) -> Rows:
    while len(rows) > MOST_ROWS:
        del rows[next(iter(rows))]
    return rows


def _lose(state: State, news: Lost) -> State:
    phase: Phase = "trouble"
    if isinstance(news.trouble, SocketRefused):
        phase = "refused"
    elif isinstance(news.trouble, NoDaemon):
        phase = "stopped" if state.has_picture else "no-daemon"
    elif state.has_picture:
        phase = "stopping" if state.picture.draining else "stopped"
    return replace(state, phase=phase, trouble=news.trouble.sentence, needs_snapshot=True)


def _other_version(state: State, news: OtherVersion, now_ms: int) -> State:
    sentence = f"The daemon is version {news.version or '?'} and speaks of events as version "
    sentence += f"{news.api_version}; this program speaks version {wire.API_VERSION}."
    return replace(
        state, phase="other-version", trouble=sentence, heard_ms=now_ms, needs_snapshot=True
    )
