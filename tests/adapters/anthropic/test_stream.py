"""Answers as they arrive: whatever way they are cut, nothing is lost and every byte goes on."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.stream import (
    Opened,
    StreamedMessage,
    WholeMessage,
    answer_deltas,
)
from homeport.adapters.anthropic.write import Written
from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Limits,
    Spoken,
    TextDelta,
    UsageDelta,
    Wired,
)
from homeport.adapters.http.pace import Pace
from homeport.adapters.http.upstream_errors import Upstream
from support.anthropic_server import closing, event, more, opening, start, stop
from support.asks import Outcome, collect
from support.recordings import for_each, load, recordings
from support.turned_clock import TurnedClock

WHO = Upstream("anthropic/c", "anthropic", "host:1")
RECORDED = [p for p in recordings("anthropic-messages") if load(p)["response"]["status"] == 200]
STREAMS = [p for p in RECORDED if isinstance(load(p)["response"]["body"], str)]
WHOLE = [p for p in RECORDED if p not in STREAMS]
HELLO = opening() + start(0, type="text", text="") + more(0, type="text_delta", text="Hel")
REST = more(0, type="text_delta", text="lo") + stop(0)


def fed(body: bytes, edges: list[int], *, raw: bool) -> tuple[list[Delta], Finish]:
    answer = StreamedMessage(Written(b"", raw=raw))
    deltas = [d for a, b in pairwise(edges) for d in answer.feed(body[a:b])]
    answer.raise_trouble(WHO, 0)
    assert answer.whole
    return deltas, answer.finish()


def spoken(deltas: list[Delta]) -> list[Spoken]:
    return [d for wired in deltas for d in (wired.deltas if isinstance(wired, Wired) else [wired])]


def wire_bytes(deltas: list[Delta], finish: Finish) -> bytes:
    return b"".join(d.data for d in deltas if isinstance(d, Wired)) + finish.raw


@for_each(STREAMS)
def test_recorded_streams_cut_at_every_event_and_everywhere_near_its_ends(path: Path) -> None:
    body = load(path)["response"]["body"].encode()
    said, ending = fed(body, [0, len(body)], raw=False)
    ends = [place for place in range(len(body)) if body.startswith(b"\n\n", place)]
    cuts = sorted({end + near for end in ends for near in (-1, 0, 1, 2)} | set(range(400)))
    for cut in cuts:
        deltas, finish = fed(body, [0, max(0, min(cut, len(body))), len(body)], raw=True)
        assert wire_bytes(deltas, finish) == body
        assert spoken(deltas) == said
        assert finish.usage == ending.usage
    assert b"message_stop" in fed(body, [0, len(body)], raw=True)[1].raw
    one_by_one = list(range(len(body) + 1))
    deltas, finish = fed(body, one_by_one, raw=True)
    assert (wire_bytes(deltas, finish), spoken(deltas)) == (body, said)


@given(st.lists(st.integers(0, 2000)), st.booleans())
def test_any_cut_gives_the_same(places: list[int], raw: bool) -> None:
    body = HELLO + event("ping") + REST + closing()
    edges = sorted({0, len(body), *(place % len(body) for place in places)})
    deltas, finish = fed(body, edges, raw=raw)
    assert "".join(d.text for d in spoken(deltas) if isinstance(d, TextDelta)) == "Hello"
    assert finish.usage.input == 7
    assert wire_bytes(deltas, finish) == (body if raw else b"")


def test_nothing_goes_on_before_the_first_word_and_the_end_goes_with_the_finish() -> None:
    answer = StreamedMessage(Written(b"", raw=True))
    (told,) = answer.feed(opening() + event("ping"))
    assert isinstance(told, UsageDelta)
    assert answer.feed(start(0, type="text", text="") + stop(0)) == []
    first = answer.feed(start(1, type="text", text="") + more(1, type="text_delta", text="x"))
    assert isinstance(first[0], Wired)
    assert first[0].data.startswith(b"event: message_start")
    assert [type(d) for d in answer.feed(event("ping"))] == [Wired]
    assert [type(d) for d in answer.feed(stop(1) + closing())] == [Wired]
    assert answer.finish().raw == closing()


def test_an_end_that_was_none_goes_on_with_what_follows() -> None:
    early = event("message_delta", delta={"stop_reason": None}, usage={"output_tokens": 2})
    body = HELLO + early + REST + closing()
    deltas, finish = fed(body, [0, len(HELLO + early), len(body)], raw=True)
    assert wire_bytes(deltas, finish) == body
    assert finish.raw == closing()


def test_an_answer_without_a_word() -> None:
    body = opening() + closing()
    deltas, finish = fed(body, [0, len(body)], raw=True)
    assert ([type(delta) for delta in deltas], finish.raw) == ([UsageDelta], body)


@for_each(WHOLE[:40])
def test_recorded_answers_in_one_piece(path: Path) -> None:
    body = json.dumps(load(path)["response"]["body"]).encode()
    answer = WholeMessage(Written(b"", raw=True, dropped=("seed",)))
    assert answer.feed(body[:9]) == answer.feed(body[9:]) == []
    deltas = answer.end()
    assert answer.whole
    assert not any(isinstance(delta, Wired) for delta in deltas)
    assert answer.finish().extras["dropped"] == ["seed"]


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (HELLO, "truncated", "Hel"),
        (HELLO + REST, "truncated", "Hello"),
        (HELLO + REST + closing().split(b"event: message_stop")[0], "truncated", "Hello"),
        (HELLO + b"data: {\n\n", "garbage", "Hel"),
        (HELLO + event("error", error={"type": "overloaded_error"}), "overloaded", "Hel"),
        (event("error", error={"type": "invalid_request_error",
                               "message": "prompt is too long: 9 tokens > 8 maximum"}),
         "context_overflow", ""),
        (event("error", error={"type": "rate_limit_error"}), "rate_limited", ""),
        (b"", "truncated", ""),
    ],
)  # fmt: skip
def test_troubles(body: bytes, kind: str, text: str) -> None:
    answer = StreamedMessage(Written(b"", raw=True))
    deltas = answer.feed(body)
    if kind == "truncated":
        deltas += answer.end()
    with pytest.raises(AttemptFailed) as caught:
        answer.raise_trouble(WHO, 2)
    assert caught.value.failure.kind == kind
    assert caught.value.failure.sent_tokens == 2
    assert "".join(d.text for d in spoken(deltas) if isinstance(d, TextDelta)) == text


class Slowly:
    """An answer whose pieces come one after the other, 400 s by the loop's clock before each."""

    status = 200
    headers: ClassVar[dict[str, str]] = {"content-type": "text/event-stream"}

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)
        self._clock = TurnedClock()

    def __aiter__(self) -> Slowly:
        return self

    async def __anext__(self) -> bytes:
        await self._clock.turn(400)
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Nothing is held."""


async def answered(*pieces: bytes) -> Outcome:
    limits = Limits(99, 100_000, first_token_s=600, gap_s=600)

    async def opened() -> Opened:
        return Opened(Slowly(*pieces), WHO, Pace("m", limits), Written(b"", raw=True))

    return await collect(answer_deltas(opened, lambda _: None), within_s=100_000)


async def test_events_without_words_are_signs_of_life() -> None:
    pings = [event("ping")] * 8
    outcome = await answered(opening(), *pings, HELLO[len(opening()) :], *pings, REST, closing())
    assert outcome.failure is None
    # Bytes that make no event are none.
    outcome = await answered(opening(), *[b": hold the line\n\n"] * 8, b"")
    assert outcome.failure is not None
    assert outcome.failure.kind == "first_token_timeout"


def test_a_last_event_without_its_blank_line() -> None:
    answer = StreamedMessage(Written(b""))
    answer.feed((HELLO + REST + closing()).rstrip(b"\n"))
    answer.end()
    assert answer.whole


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"type": "error", "error": {}}', b'{"content": []}']
)
def test_one_piece_that_is_no_answer(body: bytes) -> None:
    answer = WholeMessage(Written(b""))
    answer.feed(body)
    answer.end()
    with pytest.raises(AttemptFailed):
        answer.raise_trouble(WHO, 0)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    ("block", "kind", "field"),
    [
        ({"type": "text", "text": ""}, "text_delta", "text"),
        ({"type": "thinking", "thinking": ""}, "thinking_delta", "thinking"),
        ({"type": "tool_use", "id": "a", "name": "f"}, "input_json_delta", "partial_json"),
    ],
)
def test_a_character_that_was_cut_in_two(
    block: dict[str, str], kind: str, field: str, *, raw: bool
) -> None:
    pieces = [more(0, type=kind, **{field: half}) for half in ("a<d83d>", "<de00>", "b<d83d>")]
    halves = [re.sub(rb"<(\w+)>", rb"\\u\1", piece) for piece in pieces]
    ping = event("ping")
    body = opening() + start(0, **block) + halves[0] + ping + b"".join(halves[1:]) + stop(0)
    deltas, finish = fed(body + closing(), [0, len(body + closing())], raw=raw)
    words = [getattr(d, "arguments", None) or getattr(d, "text", "") for d in spoken(deltas)]
    assert "".join(words) == "a\U0001f600b\ufffd"
    assert b"\\ud" not in wire_bytes(deltas, finish)


def test_half_a_character_in_a_whole_message() -> None:
    answer = WholeMessage(Written(b""))
    message = {"content": [{"type": "text", "text": "a\ud83d"}], "stop_reason": "end_turn"}
    answer.feed(json.dumps({"type": "message", "id": "m", "model": "c"} | message).encode())
    assert answer.end()[0] == TextDelta("a\ufffd")
    assert answer.whole
