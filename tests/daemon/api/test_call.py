"""Reading a call's body and query, and what is said where they are wrong."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.daemon.api.call import Call, decode, headers_of
from homeport.policies.errors import BadRequest, TooLarge
from support.doors import OpenHouse


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """A struct within a struct."""

    n: int


class Outer(msgspec.Struct):
    """What is decoded."""

    inner: list[Inner]
    any: Any = None


DECODER = msgspec.json.Decoder(Outer)


def a_call(*parts: bytes, query: bytes = b"", bound: int = 100, **headers: str) -> Call:
    messages = [
        {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
        for i, part in enumerate(parts)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(_message: Any) -> None:
        return None

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"method": "POST", "path": "/", "query_string": query, "headers": raw}
    return Call(scope, receive, send, bound)


async def test_a_body_in_parts() -> None:
    assert await a_call(b"ab", b"", b"cd").body() == b"abcd"


@pytest.mark.parametrize("parts", [(b"x" * 101, b""), (b"x" * 60, b"x" * 60, b"")])
async def test_a_body_over_its_bound(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(TooLarge, match="100 bytes"):
        await a_call(*parts).body()


async def test_a_length_over_the_bound_is_enough() -> None:
    with pytest.raises(TooLarge):
        await a_call(content_length="101").body()


@pytest.mark.parametrize("begun", [b"", b"{", b"{" * 5000])
async def test_a_body_that_does_not_come(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr("homeport.daemon.http.exchange.BODY_S", 0.02)
    head = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 9000\r\n\r\n"
    reply = await house.send_raw(head + begun)
    assert (reply.status, reply.json["error"]["code"]) == (408, "body_timeout")


def test_a_header_in_several_lines_is_a_list() -> None:
    lines = [(b"a", b"1"), (b"anthropic-beta", b"one"), (b"anthropic-beta", b"two"), (b"a", b"1")]
    assert headers_of(lines) == {b"a": b"1", b"anthropic-beta": b"one, two"}
    assert headers_of(lines[:2]) == {b"a": b"1", b"anthropic-beta": b"one"}


def test_the_query() -> None:
    call = a_call(query=b"a=1&b=x%20y&a=2&limit=7")
    assert call.query() == {"a": "2", "b": "x y", "limit": "7"}
    assert call.number("limit", 5, 10) == 7
    assert call.number("other", 5, 10) == 5
    with pytest.raises(BadRequest, match="1 to 5"):
        call.number("limit", 5, 5)
    assert len(a_call(query=b"&".join(b"a%d=1" % i for i in range(64))).query()) == 64
    with pytest.raises(BadRequest, match="64 fields"):
        a_call(query=b"&" * 64).query()


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"", "empty_body", None),
        (b"{", "invalid_json", None),
        (b"\xff", "invalid_json", None),
        (b"[]", "invalid_field", None),
        (b"{}", "missing_field", "inner"),
        (b'{"inner":[{}]}', "missing_field", "inner[0].n"),
        (b'{"inner":[{"n":"x"}]}', "invalid_field", "inner[0].n"),
        (b'{"inner":[{"n":1,"m":2}]}', "unknown_field", "inner[0].m"),
        (b'{"inner":[],"any":' + b"[" * 200 + b"]" * 200 + b"}", "invalid_json", None),
        (b'{"inner":[],"any":' + b"[" * 200_000, "invalid_json", None),
    ],
    ids=range(10),
)
def test_faults_are_named(body: bytes, code: str, param: str | None) -> None:
    with pytest.raises(BadRequest) as caught:
        decode(DECODER, body)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert caught.value.sentence.endswith(".")


def test_a_good_body() -> None:
    assert decode(DECODER, b'{"inner":[{"n":1}],"else":2}') == Outer([Inner(1)])
