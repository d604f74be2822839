"""One prompt on its way: what the daemon says of it, event by event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing

import msgspec

from homeport.client.answer_lines import GAP_S, UNFINISHED, event_of
from homeport.client.connection import PREFIX, refusal
from homeport.client.destinations import Destination
from homeport.client.errors import BrokenAnswer, ClientError
from homeport.client.exchange import Reply, exchange
from homeport.client.heard import Lines
from homeport.client.wire import AskDone, AskRequest, AskStatus, AskText

AskHeard = AskStatus | AskText | AskDone

_BREATH_S = 0.004
"""Longest stretch of reading between two looks at the keyboard."""
_SILENT = "The daemon has been silent too long. Look at: homeport logs; then: homeport restart"


async def answered(
    where: Sequence[Destination], request: AskRequest
) -> AsyncGenerator[AskHeard, None]:
    """The events of one answer, the last of them `AskDone`. Raises ClientError.

    Closing it closes the connection, which cancels the answer.
    """
    body = msgspec.json.encode(request)
    async with exchange(where, "POST", PREFIX + "ask", body, head_s=GAP_S) as reply:
        if reply.status >= 400:
            raise refusal(reply.status, await reply.read_all())
        async with aclosing(_lines(reply)) as lines:
            async for line in lines:
                event = event_of(line)
                if event is not None:
                    yield event
                if isinstance(event, AskDone):
                    return
    raise BrokenAnswer(UNFINISHED)


async def _lines(reply: Reply) -> AsyncGenerator[bytes, None]:
    lines = Lines()
    while piece := await _piece(reply):
        for line in lines.feed(piece):
            yield line


async def _piece(reply: Reply) -> bytes:
    try:
        async with asyncio.timeout(GAP_S):
            return await reply.read()
    except TimeoutError:
        raise BrokenAnswer(_SILENT) from None


async def follow(
    events: AsyncIterator[AskHeard], hear: Callable[[AskHeard], bool]
) -> ClientError | None:
    """Hands on each event, until `hear` says that it is enough; gives what ended them early."""
    clock = asyncio.get_running_loop().time
    breath = clock()
    try:
        async with aclosing(events) as heard:  # type: ignore[type-var]  # a generator
            async for event in heard:
                if not hear(event):
                    break
                if clock() - breath > _BREATH_S:
                    await asyncio.sleep(0)  # a fast model must not starve the keyboard
                    breath = clock()
    except ClientError as trouble:
        return trouble
    return None
