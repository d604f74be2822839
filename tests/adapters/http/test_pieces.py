"""The body of an answer, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Limits,
    PartEnd,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Wired,
)
from homeport.adapters.http.answer import key_state, required
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.pieces import comes_whole, ended, linger, next_piece, tokens_in
from homeport.adapters.http.upstream_errors import Upstream

WHO = Upstream("far/m", "far", "far.example")


class Body:
    """An answer of these pieces; an error among them is raised, None never comes."""

    def __init__(self, *pieces: bytes | Exception | None, kind: str = "") -> None:
        self.left = list(pieces)
        self.headers: Mapping[str, str] = {"content-type": kind} if kind else {}

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self.left:
            raise StopAsyncIteration
        piece = self.left.pop(0)
        if piece is None:
            await asyncio.Event().wait()
        if isinstance(piece, Exception):
            raise piece
        assert piece is not None
        return piece


async def test_pieces_and_then_none() -> None:
    body: Any = Body(b"a", b"b")
    pace = Pace("far/m", Limits(0, 20.0))
    assert [await next_piece(body, WHO, pace) for _ in range(3)] == [b"a", b"b", None]


async def test_a_body_that_breaks_is_a_failure_of_the_attempt() -> None:
    body: Any = Body(ConnectionResetError())
    pace = Pace("far/m", Limits(0, 20.0))
    pace.passed(3)
    with pytest.raises(AttemptFailed) as caught:
        await next_piece(body, WHO, pace)
    assert caught.value.failure.sent_tokens == 3


@pytest.mark.parametrize("rest", [(b"x", b"y"), (b"x", ConnectionResetError()), (b"x", None)])
async def test_the_end_is_waited_for_whatever_comes(rest: tuple[Any, ...]) -> None:
    body = Body(*rest)
    async with asyncio.timeout(20):
        await linger(body)
    assert body.left == []


@pytest.mark.parametrize(
    ("kind", "whole"),
    [
        ("text/event-stream; charset=utf-8", False),
        ("", False),
        ("Application/JSON", True),
        ("application/json;x=y", True),
    ],
)
def test_what_kind_of_body(kind: str, whole: bool) -> None:
    body: Any = Body(kind=kind)
    assert comes_whole(body, WHO) is whole


def test_a_web_page_is_no_answer() -> None:
    body: Any = Body(kind="text/html")
    with pytest.raises(AttemptFailed) as caught:
        comes_whole(body, WHO)
    assert caught.value.failure.kind == "garbage"


@pytest.mark.parametrize(
    ("delta", "count"),
    [
        (TextDelta("x", 3), 3),
        (ThinkingDelta("x"), 1),
        (ToolCallDelta(0), 1),
        (RefusalDelta("x"), 1),
        (PartEnd(), 0),
        (StatusDelta("loading"), 0),
        (Finish("stop"), 0),
        (Wired("openai-chat", b"", (TextDelta("x", 2), ToolCallDelta(0), PartEnd())), 3),
    ],
)
def test_tokens_in(delta: Delta, count: int) -> None:
    assert tokens_in(delta) == count


def test_the_end_of_an_answer() -> None:
    finish = Finish("stop", extras={"kept": 1})
    assert ended(finish, b"", ()).extras == {"kept": 1}
    told = ended(finish, b"raw", ("seed",))
    assert (told.raw, told.extras) == (b"raw", {"kept": 1, "dropped": ["seed"]})


def test_without_a_permit_nothing_is_asked() -> None:
    with pytest.raises(AttemptFailed) as caught:
        required(None, WHO)
    assert caught.value.failure.kind == "refused"


@pytest.mark.parametrize("kind", ["", "unauthorized", "overloaded"])
async def test_the_state_of_a_key(kind: Any) -> None:
    async def asked() -> None:
        if kind:
            raise WHO.failed(kind)

    if kind == "overloaded":
        with pytest.raises(AttemptFailed):
            await key_state(asked())
    else:
        assert await key_state(asked()) == ("refused" if kind else "valid")
