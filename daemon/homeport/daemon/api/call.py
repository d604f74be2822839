"""One call as the routes see it: what was asked, and the ways to answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from homeport.daemon.api.nesting import MAX_DEPTH, nests_deeper
from homeport.daemon.http.exchange import BODY_S, Receive, Send
from homeport.daemon.http.peer import Door
from homeport.policies.errors import BadRequest, HomeportError, TooLarge

JSON = b"application/json"
NDJSON = b"application/x-ndjson"
TEXT = b"text/plain; charset=utf-8"
MOST_QUERY_FIELDS = 64

T = TypeVar("T")
Headers = Iterable[tuple[bytes, bytes]]

_encoder = msgspec.json.Encoder()


class Call:
    """One request with its answer. Each call is answered exactly once."""

    __slots__ = (
        "_receive",
        "_send",
        "door",
        "further",
        "headers",
        "last_words",
        "max_body_bytes",
        "method",
        "path",
        "query_string",
        "received",
        "started",
    )

    def __init__(
        self, scope: Mapping[str, Any], receive: Receive, send: Send, max_body_bytes: int
    ) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = headers_of(scope["headers"])
        """Each name once: what several lines of a name say, with commas between."""
        self.door: Door = scope.get("extensions", {}).get("homeport.door", "tcp")
        self.max_body_bytes = max_body_bytes
        self.received = b""
        """The body, once it was asked for."""
        self.further: Headers = ()
        """Headers of the answer beside its own."""
        self.started = False
        """The head of the answer was sent."""
        self.last_words: Callable[[HomeportError], bytes] | None = None
        """How a streamed answer says that it cannot be finished."""
        self._receive = receive
        self._send = send

    def __repr__(self) -> str:
        return f"Call({self.method}, {self.door})"

    def header(self, name: bytes) -> str:
        """A header's value; empty where it was not sent."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    def query(self) -> dict[str, str]:
        """The query's fields; the last of a name counts."""
        if not self.query_string:
            return {}
        from urllib.parse import parse_qsl

        if self.query_string.count(b"&") >= MOST_QUERY_FIELDS:
            raise BadRequest(f"The query has more than {MOST_QUERY_FIELDS} fields.")
        return dict(parse_qsl(self.query_string.decode("latin-1")))

    def number(self, name: str, default: int, most: int) -> int:
        """A query field that is a whole number from 1 to `most`."""
        given = self.query().get(name, str(default))
        if not (
            given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= most
        ):
            raise BadRequest(f"`{name}` must be a whole number from 1 to {most}.", param=name)
        return int(given)

    async def body(self) -> bytes:
        """The whole body. Raises `TooLarge` as soon as it is known to be over its bound."""
        length = self.headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.max_body_bytes:
            raise self._too_large()
        if self.headers.get(b"content-encoding", b"identity") != b"identity":
            raise BadRequest(
                "Send the body as it is, without a content encoding.",
                code="unsupported_encoding",
                status=415,
            )
        try:
            message = await self._receive()
            body: bytes = message.get("body", b"")
            if message.get("more_body", False):
                body = await self._rest_of_body(body)
        except TimeoutError:
            sentence = f"The body did not arrive within {BODY_S:.0f} s."
            raise BadRequest(sentence, code="body_timeout", status=408) from None
        self.received = body
        return body

    async def _rest_of_body(self, first: bytes) -> bytes:
        parts, size, more = [first], len(first), True
        while more and size <= self.max_body_bytes:
            message = await self._receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
        if size > self.max_body_bytes:
            raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body is over the {self.max_body_bytes:,} bytes that are read;"
            " `listen.max_body_bytes` sets the bound."
        )

    async def decoded(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body as a value. Raises `BadRequest` that names the field at fault."""
        return decode(decoder, await self.body())

    async def start(self, status: int, content_type: bytes, headers: Headers = ()) -> None:
        """Send the head of a streamed answer; it leaves with the first bytes of the body."""
        self.started = True
        lines = [(b"content-type", content_type), *headers, *self.further]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})

    async def write(self, data: bytes) -> None:
        """Send more of a streamed answer."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the end of a streamed answer."""
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    async def reply(
        self, status: int, body: bytes, content_type: bytes = JSON, headers: Headers = ()
    ) -> None:
        """Send a whole answer."""
        length = (b"content-length", b"%d" % len(body))
        await self.start(status, content_type, (length, *headers))
        await self.finish(body)

    async def reply_json(self, value: Any, status: int = 200, headers: Headers = ()) -> None:
        """Send a value as JSON."""
        await self.reply(status, _encoder.encode(value), JSON, headers)


def headers_of(lines: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """What each header says; one that was sent in several lines is a list."""
    headers = dict(lines)
    if len(headers) == len(lines):
        return headers
    said: dict[bytes, dict[bytes, None]] = {}
    for name, value in lines:
        said.setdefault(name, {})[value] = None
    return {name: b", ".join(values) for name, values in said.items()}


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """JSON as a typed value. Raises `BadRequest` with the field at fault as its `param`."""
    if not body:
        raise BadRequest("The body is empty; send a JSON object.", code="empty_body")
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _of_validation(error) from None
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not valid JSON: {error}.", code="invalid_json") from None
    if nests_deeper(body, MAX_DEPTH):
        raise _too_deep()
    return value


def _too_deep() -> BadRequest:
    return BadRequest(f"The JSON is nested deeper than {MAX_DEPTH} levels.", code="invalid_json")


def _of_validation(error: msgspec.ValidationError) -> BadRequest:
    what, _, where = str(error).partition(" - at `$")
    field = where.rstrip("`").lstrip(".")
    missing = what.partition("missing required field `")[2].rstrip("`")
    if missing:
        field = f"{field}.{missing}" if field else missing
        return BadRequest(f"`{field}` is missing.", code="missing_field", param=field)
    unknown = what.partition("contains unknown field `")[2].rstrip("`")
    if unknown:
        field = f"{field}.{unknown}" if field else unknown
        return BadRequest(f"There is no field `{field}`.", code="unknown_field", param=field)
    place = f"`{field}`" if field else "The body"
    return BadRequest(f"{place}: {_plainly(what)}.", code="invalid_field", param=field or None)


def _plainly(what: str) -> str:
    return what[:1].lower() + what[1:]
