"""Reads the body of an answer piece by piece, the same way for every wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from types import coroutine
from typing import Any, Final

import msgspec

from homeport.adapters.base import (
    Answer,
    Delta,
    Finish,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)
from homeport.adapters.http.pace import Alarm, Pace, gone_on
from homeport.adapters.http.upstream_errors import Upstream

LINGER_S: Final = 0.05
"""How long the end of the HTTP body is waited for after the end of the answer."""


async def next_piece(answer: Answer, who: Upstream, pace: Pace) -> bytes | None:
    """The next bytes of the body; None at its end. Raises `AttemptFailed`."""
    try:
        return await pace.wait(anext(answer))
    except StopAsyncIteration:
        return None
    except Exception as error:  # the one boundary of foreign errors
        raise who.broke(error, pace.tokens) from error


@coroutine
def linger(body: AsyncIterator[Any]) -> Generator[Any, Any, None]:
    """Let the body end, so that its connection can be used again."""
    begun = _read_out(body).__await__()
    try:
        waits_for = begun.send(None)
    except StopIteration:
        return
    alarm = Alarm(asyncio.get_running_loop().time() + LINGER_S)
    try:
        yield from gone_on(begun, waits_for)
    except asyncio.CancelledError:
        if not alarm.stop():
            raise
    else:
        alarm.stop()


async def _read_out(body: AsyncIterator[Any]) -> None:
    try:
        async for _ in body:
            pass
    except Exception:  # noqa: BLE001  # the answer is whole already
        return


def comes_whole(answer: Answer, who: Upstream) -> bool:
    """Whether it is one JSON body, not a stream of events; raises for anything else."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/event-stream", ""):
        return False
    if kind == "application/json":
        return True
    raise who.failed("garbage")


def tokens_in(delta: Delta) -> int:
    """Tokens that a delta hands to the caller."""
    if isinstance(delta, TextDelta):
        return delta.tokens
    if isinstance(delta, Wired):
        return sum(map(tokens_in, delta.deltas))
    return 1 if isinstance(delta, (ThinkingDelta, ToolCallDelta, RefusalDelta)) else 0


def ended(finish: Finish, raw: bytes, dropped: tuple[str, ...]) -> Finish:
    """The finish with the events that told it, and the knobs that were left out."""
    extras = {**finish.extras, "dropped": list(dropped)} if dropped else finish.extras
    return msgspec.structs.replace(finish, extras=extras, raw=raw)
