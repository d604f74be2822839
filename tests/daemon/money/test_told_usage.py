"""Streams whose providers count as they go, cut behind each of their chunks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.stream import StreamedMessage
from homeport.adapters.anthropic.write import Written
from homeport.adapters.base import (
    Delta,
    Finish,
    Limits,
    TextDelta,
    ToolCallDelta,
    Usage,
    UsageDelta,
)
from homeport.adapters.gemini.stream import StreamedAnswer as GeminiAnswer
from homeport.adapters.openai.stream import StreamedAnswer as OpenAIAnswer
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.meter import LONGEST, Meter
from homeport.daemon.money.price import Price, flat, price_of
from homeport.daemon.routing.attempt import Attempt
from homeport.policies.errors import HomeportError
from support.house import house
from support.recordings import for_each, load, recordings
from support.scripted import Script, ScriptedAdapter, card, prompt

ESTIMATED = 77
"""What the daemon thought that the prompt has."""
CARD = card("scripted/paid", place="cloud", price_ref="x/y", context=200_000, max_output=64)
CHATS = ("openai-chat", "mistral-chat", "groq-chat", "openrouter-chat", "deepseek-chat")
EVENT = re.compile(rb"\r?\n\r?\n")


class Told(ScriptedAdapter):
    """Plays deltas as they are."""

    def __init__(self, deltas: Iterable[Delta]) -> None:
        super().__init__({}, [CARD])
        self.deltas = deltas

    async def stream(self, *_: Any, **__: Any) -> AsyncIterator[Delta]:
        """The deltas."""
        for delta in self.deltas:
            yield delta


def attempt_with(deltas: Iterable[Delta], meter: Meter | None = None) -> Attempt:
    attempt = Attempt("r", 1, CARD, "", lambda: 1_000)
    attempt.adapter, attempt.meter = Told(deltas), meter
    attempt.start(prompt(), Limits(max_tokens=64, deadline_s=20.0), None)
    return attempt


def played(path: Path) -> Iterator[Delta]:
    """A recorded stream, read event by event."""
    answer: Any = OpenAIAnswer()
    if path.parent.name.startswith("anthropic"):
        answer = StreamedMessage(Written(b""))
    elif path.parent.name.startswith("gemini"):
        answer = GeminiAnswer()
    body, start = load(path)["response"]["body"].encode(), 0
    for end in EVENT.finditer(body):
        yield from answer.feed(body[start : end.end()])
        start = end.end()
    yield from answer.end()
    yield answer.reader.finish()


def streams(*folders: str) -> list[Path]:
    """Those that were streamed, of which enough is kept here to be quick."""
    found = [path for folder in folders for path in recordings(folder)[:60]]
    return [path for path in found if isinstance(load(path)["response"]["body"], str)]


@for_each(streams("anthropic-messages", "gemini-stream", *CHATS))
async def test_cut_behind_any_chunk_a_recorded_stream_is_booked_as_it_was_told(path: Path) -> None:
    told = Usage()
    spoke = False

    def heard() -> Iterator[Delta]:
        nonlocal told, spoke
        for delta in played(path):
            if isinstance(delta, UsageDelta):
                told = delta.usage
            yield delta

    attempt = attempt_with(heard(), Meter(100_000))
    while attempt.finish is None:
        delta = await attempt.next()
        if isinstance(delta, Finish):
            break
        cut = attempt.usage(ESTIMATED)
        assert not cut.certain
        assert cut.input == (ESTIMATED if told.input is None else told.input)
        assert (cut.cache_read, cut.cache_write) == (told.cache_read, told.cache_write)
        assert (cut.output or 0) >= max(told.output or 0, 1 if attempt.sent_tokens else 0)
    assert attempt.finish is not None
    if attempt.finish.usage.certain:
        assert attempt.usage(ESTIMATED).output == attempt.finish.usage.output


class Chunk(msgspec.Struct, frozen=True):
    """A piece of an answer: its text, its tokens, and whether they are told."""

    text: str
    tokens: int
    told: bool


chunks = st.lists(
    st.builds(
        lambda tokens, letters, told: Chunk("word "[:letters] * tokens, tokens, told),
        st.integers(1, 40),
        st.integers(1, 5),
        st.booleans(),
    ),
    min_size=1,
    max_size=20,
)
READ = Usage(input=900, cache_read=300, cache_write=200)
RATES = {"input": 3, "cache_read": 1, "cache_write": 4, "output": 15}


def priced() -> Price:
    steps: Any = {name: ((-1, usd * 10**9),) for name, usd in RATES.items()}
    made = price_of(steps, [], source="a test", date="")
    assert made is not None
    return made


def used(written: int) -> Usage:
    return msgspec.structs.replace(READ, output=written)


@given(chunks, st.integers(0, 400))
def test_what_is_told_is_the_count_and_what_is_set_aside_pays_for_it(
    answer: list[Chunk], most: int
) -> None:
    price = priced()
    nano = price.cost(used(most)) or 0
    meter, truth = Meter(10**6, price, nano), 0
    meter.tell(msgspec.structs.replace(READ, output=1))
    assert meter.most == most
    for chunk in answer:
        meter.note(chunk.text)
        truth += chunk.tokens
        if chunk.told:
            meter.tell(used(truth))
            assert meter.counted == truth
            assert meter.used_up == (truth > most)
            assert meter.used_up == ((price.cost(used(truth)) or 0) > nano)


@given(chunks)
def test_who_tells_with_each_chunk_is_never_ended_too_early(answer: list[Chunk]) -> None:
    whole = sum(chunk.tokens for chunk in answer)
    meter, truth = Meter(whole), 0
    for chunk in answer:
        assert not meter.used_up
        meter.note(chunk.text)
        truth += chunk.tokens
        meter.tell(Usage(input=5, output=truth))
    assert not meter.used_up


@given(
    st.lists(st.tuples(st.text(max_size=90), st.integers(0, 10**9) | st.none()), max_size=20),
    st.integers(0, 500),
)
def test_whatever_is_told_no_more_is_let_pass_than_a_text_may_have(
    answer: list[tuple[str, int | None]], most: int
) -> None:
    meter = Meter(most, priced(), 10**12)
    written = 0
    for text, told in answer:
        meter.note(text)
        written += len(text)
        before = meter.most
        meter.tell(Usage(input=told, output=told))
        assert meter.most <= before
        assert meter.counted * LONGEST >= min(written, 1)
        if written > LONGEST * (most + 1) * 2 and meter.counted * LONGEST < written:
            assert meter.used_up


def test_a_count_that_stands_still_is_not_what_came_since() -> None:
    meter = Meter(50)
    for _ in range(60):
        meter.note(" word")
        meter.tell(Usage(input=9, output=1))
    assert meter.used_up
    assert meter.counted == 60


def test_reasoning_that_is_not_shown_is_counted_where_it_is_told() -> None:
    meter = Meter(100)
    meter.tell(Usage(input=9, output=80, reasoning=80))
    for _ in range(20):
        meter.note(" word")
    assert not meter.used_up
    meter.note(" word")
    assert meter.used_up
    assert meter.counted == 101


def test_a_dearer_input_than_was_expected_leaves_less() -> None:
    price = flat(10**9, 2 * 10**9, source="a test")
    meter = Meter(100, price, price.worst(50, 100))
    meter.tell(Usage(input=10, output=0))
    assert meter.most == 100, "and a cheaper one leaves no more"
    meter.tell(Usage(input=200, output=0))
    assert meter.most == 50, "300 micro-dollars, of which two thirds are read"


async def spend(tmp_path: Path, *deltas: Delta) -> tuple[int | None, bool]:
    """What is booked for an attempt that says these and breaks."""
    script = Script(words=deltas, fails="reset")
    adapter = ScriptedAdapter({CARD.id: script}, [CARD])
    adapter.origin = "https://api.example.com"  # type: ignore[misc]
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10**9)) as home:
        home.around.prices[CARD.id] = priced()
        home.set_policy(mode="cloud-only")
        async with home.router.answer(prompt()) as answer:
            with contextlib.suppress(HomeportError):
                async for _ in answer.deltas():
                    pass
        await home.router.settled()
        view = home.rooms.bus.requests()[-1]
        (window,) = home.rooms.ledger.budget().windows
        costs = [attempt.cost_nano for attempt in view.attempts]
        assert (window.spent_nano, window.reserved_nano) == (sum(filter(None, costs)), 0)
        return costs[0], view.certain


TOLD = Usage(input=9, cache_read=6, output=1)


async def test_a_cut_stream_costs_what_was_told_and_what_came_since(tmp_path: Path) -> None:
    words = [TextDelta(" a"), TextDelta(" b"), TextDelta(" c")]
    spent, certain = await spend(tmp_path, UsageDelta(TOLD), *words)
    assert (spent, certain) == (3 * 3000 + 6 * 1000 + 3 * 15000, False)


async def test_a_cost_of_the_way_is_not_that_of_the_answer(tmp_path: Path) -> None:
    running = msgspec.structs.replace(TOLD, output=9, cost_nano=5)
    spent, certain = await spend(tmp_path, TextDelta(" a"), UsageDelta(running), TextDelta(" b"))
    assert (spent, certain) == (3 * 3000 + 6 * 1000 + 10 * 15000, False)


async def test_a_call_that_is_hidden_from_the_count_is_counted(tmp_path: Path) -> None:
    call = ToolCallDelta(0, "c", "look", json.dumps({"place": "here"}))
    spent, _ = await spend(tmp_path, call, UsageDelta(msgspec.structs.replace(TOLD, output=31)))
    assert spent == 3 * 3000 + 6 * 1000 + 31 * 15000


async def test_a_server_that_tells_and_says_nothing_does_not_go_deep() -> None:
    many = [UsageDelta(Usage(input=1, output=number)) for number in range(3000)]
    attempt = attempt_with([*many, TextDelta("x"), Finish("stop", Usage(input=1, output=1))])
    assert await attempt.next() == TextDelta("x")
    await asyncio.wait_for(attempt.close(), 20)
