"""The official `ollama` client, with plain values in and out.

Its typed models leave out the mark of a remote model, the ids of tool calls and
everything nested in a tool's schema; handing it plain values keeps all of that. Its lines
end wherever Unicode knows a line end, which a text may hold: they are cut here.
Imported with the first Ollama server that answers, for the package is slow to
import.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
import ollama

from homeport.adapters.http.answer import lenient
from homeport.adapters.http.halves import Halves
from homeport.adapters.http.upstream_errors import Garbage, UpstreamError
from homeport.adapters.ollama.raw_lines import LineCutter
from homeport.adapters.ollama.stream import Refused

MAX_ERROR_BYTES: Final = 64 * 1024
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


async def _refuse(response: Any) -> None:
    """End every answer that is no success here, with its status, headers and words.

    The client's own reading of them fails on bodies that are no JSON object, keeps no
    headers and has no bound.
    """
    if 200 <= response.status_code < 300:
        return
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ERROR_BYTES:
            break
    headers = {name.lower(): value for name, value in response.headers.items()}
    raise Refused(response.status_code, headers, lenient(bytes(body[:MAX_ERROR_BYTES])))


class _Plain(dict[str, Any]):
    """Takes the place of a typed model: every field of the answer, as it came."""


class PlainClient(ollama.AsyncClient):
    """The client of one attempt, over the transport of its permit."""

    def __init__(self, base_url: str, transport: Any, *, connect_s: float, at_home: bool) -> None:
        super().__init__(
            base_url,
            transport=transport,
            timeout=(connect_s, None, None, None),
            follow_redirects=False,
            trust_env=False,
            event_hooks={"response": [_refuse]},
        )
        if at_home:
            # The client takes OLLAMA_API_KEY from the environment; a server at home needs none.
            self._client.headers.pop("authorization", None)

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The decoded answer of a route that does not stream."""
        return await self._request(_Plain, method, path, json=body)

    async def lines(self, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """The lines of a streamed answer; nothing is sent before the first is asked for."""
        return self._lines(path, body)

    async def _lines(self, path: str, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        cutter, halves = LineCutter(), Halves()
        async with self._client.stream("POST", path, json=body) as answer:
            async for piece in answer.aiter_bytes():
                for line in cutter.feed(piece):
                    for values in _values(line, halves):
                        yield values
                if cutter.is_too_long:
                    raise Garbage("a line is too long")
        for line in cutter.feed(b"\n"):
            for values in _values(line, halves):
                yield values


def _values(line: bytes, halves: Halves) -> list[dict[str, Any]]:
    """The values in the line, or in those that stand for it where half a character is in it."""
    if not halves.held:
        try:
            return [_read(line)]
        except msgspec.DecodeError:
            pass
    return [_read(whole) for whole in halves.whole(line)]


def _read(line: bytes) -> dict[str, Any]:
    """The values in a line; raises `UpstreamError` for one that tells an error."""
    values = _OBJECT.decode(line)
    if values.get("error"):
        raise UpstreamError({"message": str(values["error"])})
    return values
