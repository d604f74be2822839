"""Yields the answer of one Ollama chat as `Delta`s, and tells what its errors mean."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

from homeport.adapters.base import AttemptFailed, Delta, StatusDelta
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import linger, tokens_in
from homeport.adapters.http.upstream_errors import Garbage, Upstream, UpstreamError
from homeport.adapters.ollama.read import ChatReader
from homeport.policies.model import ModelCard

_SIGN_OF_LIFE_S: Final = 5.0
"""While an answer is held back, so often it is told that it comes."""

# From here on the server refuses what does not fit when it is told `truncate: false`.
_REFUSES_OVERFLOW_SINCE: Final = (0, 13)
_BYTES_PER_TOKEN: Final = 4.5


class Refused(Exception):
    """The server answered with another status than success."""

    def __init__(self, status: int, headers: Mapping[str, str], words: Any) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.words = words


class OverflowGuard:
    """Tells whether a server may have cut the prompt without a word.

    The answer is held back until its end tells how much was read where that costs
    nothing, because the caller waits for its end, and where an old server is not to
    be believed.
    """

    def __init__(
        self, prompt_bytes: int, card: ModelCard, version: tuple[int, ...], *, streams: bool
    ) -> None:
        self._expected = prompt_bytes / _BYTES_PER_TOKEN
        near = card.context is not None and self._expected > 0.6 * card.context
        self.near = near and card.place != "cloud"
        doubtful = version < _REFUSES_OVERFLOW_SINCE
        self.holds_back = self.near and (doubtful or not streams)

    def was_cut(self, prompt_tokens: int | None) -> bool:
        """Whether what was read is far below what was sent."""
        return self.near and prompt_tokens is not None and prompt_tokens < 0.5 * self._expected


async def chat_deltas(
    lines: AsyncGenerator[dict[str, Any] | bytes, None],
    who: Upstream,
    pace: Pace,
    guard: OverflowGuard,
    dropped: tuple[str, ...],
) -> AsyncGenerator[Delta]:
    """The deltas of one answer, a `Finish` last; raises `AttemptFailed`.

    Lines that come as bytes are handed on as they came.
    """
    reader = ChatReader()
    held: list[Delta] = []
    told = time.monotonic()
    try:
        while not reader.whole:
            deltas = await _next_deltas(lines, reader, who, pace)
            if guard.holds_back:
                held += deltas
                pace.passed(0)
                if time.monotonic() - told > _SIGN_OF_LIFE_S:
                    told = time.monotonic()
                    yield StatusDelta("prefill", "The answer is held until it is whole.")
                continue
            for delta in deltas:
                yield delta
                pace.passed(tokens_in(delta))
        cut = guard.was_cut(reader.prompt_tokens)
        if cut and guard.holds_back:
            raise who.failed("context_overflow")
        for delta in held:
            yield delta
            pace.passed(tokens_in(delta))
        yield reader.finish(dropped, **({"prompt_may_be_cut": True} if cut else {}))
    finally:
        if reader.whole:
            await linger(lines)
        await lines.aclose()


async def _next_deltas(
    lines: AsyncGenerator[dict[str, Any] | bytes, None],
    reader: ChatReader,
    who: Upstream,
    pace: Pace,
) -> list[Delta]:
    try:
        return reader.read(await pace.wait(anext(lines)))
    except StopAsyncIteration:
        raise who.failed("truncated", sent_tokens=pace.tokens) from None
    except Garbage:
        raise who.failed("garbage", sent_tokens=pace.tokens) from None
    except UpstreamError as error:
        raise who.said(error.error, pace.tokens) from None
    except AttemptFailed:
        raise
    except Exception as error:
        raise meaning(error, who, pace) from error


def meaning(error: Exception, who: Upstream, pace: Pace) -> AttemptFailed:
    """What an error of the client means."""
    if isinstance(error, Refused):
        return who.answered(error.status, error.headers, error.words, now_s=time.time())
    if isinstance(error, UpstreamError):
        return who.said(error.error, pace.tokens)
    return who.broke(error, pace.tokens)
