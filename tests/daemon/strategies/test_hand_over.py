"""An answer that is cut off and goes on, through the rooms of a daemon: the caller sees one."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Delta,
    Finish,
    Labels,
    Limits,
    PartEnd,
    Permit,
    Prompt,
    ResponseFormat,
    Sampling,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    Usage,
    UsageDelta,
    failed,
)
from homeport.daemon.api.answer_marks import homeport_object
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.policies.errors import HomeportError
from homeport.policies.model import FailureKind, ModelCard
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"
ABLE = ("json", "json_schema", "thinking", "tools")
LOOK = (Tool("look"),)
KINDS: tuple[FailureKind, ...] = ("link_lost", "reset", "stall", "truncated", "budget")


def two(first: Script, second: Script, **of_second: Any) -> ScriptedAdapter:
    cards = [card(A, capabilities=ABLE), card(B, **({"capabilities": ABLE} | of_second))]
    return ScriptedAdapter({A: first, B: second}, cards)


async def given(home: House, **fields: Any) -> list[Delta]:
    """Every delta that the caller gets, from the first model while it can."""
    told: list[Delta] = []
    labels = Labels(model=A, on_cut=fields.pop("on_cut", None))
    async with home.router.answer(prompt(labels=labels, **fields)) as answer:
        try:
            async for delta in answer.deltas():
                told.append(delta)
        finally:
            home.view = answer.view  # type: ignore[attr-defined]
    return told


def text_of(told: Sequence[Delta]) -> str:
    return "".join(one.text for one in told if isinstance(one, TextDelta))


def call(arguments: str, name: str = "", index: int = 0) -> ToolCallDelta:
    return ToolCallDelta(index, id="c" if name else "", name=name, arguments=arguments)


@pytest.mark.parametrize("kind", KINDS)
async def test_text_goes_on_behind_every_kind_of_cut(tmp_path: Path, kind: FailureKind) -> None:
    adapter = two(Script(("One ", "two "), fails=kind), Script(("three", ".")))
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=True)
        mark = homeport_object(home.view, told[-1])  # type: ignore[attr-defined,arg-type]
    assert text_of(told) == "One two three."
    assert adapter.asked == [(A, ""), (B, "One two ")]
    assert isinstance(told[-1], Finish)
    assert told[-1].usage.output == 5, "two that were counted here, three that were reported"
    (over,) = mark["handovers"]
    assert (over["from"], over["to"], over["because"], over["after_tokens"]) == (A, B, kind, 2)
    assert over["gap_ms"] >= 0


PRICE = flat(1_000_000_000, 1_000_000_000, source="a test")
WORST = 8_192_000
"""Nano-dollars that an answer may cost at that price, and a little more for its prompt."""


async def test_who_costs_nothing_goes_on_while_the_disk_is_busy(tmp_path: Path) -> None:
    adapter = two(Script(("One ", "two "), fails="link_lost"), Script(("three", ".")))
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=10 * WORST)) as home:
        home.around.prices[A] = PRICE
        async with home.router.answer(prompt(labels=Labels(model=A), stream=True)) as answer:
            deltas = answer.deltas()
            first = await anext(deltas)
            with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                rest = [await anext(deltas) for _ in range(2)]
                held = home.rooms.ledger.spend_view().windows[0].reserved_nano
                other.execute("ROLLBACK")
            rest += [delta async for delta in deltas]
        await home.router.settled()
        spent = home.rooms.ledger.spend_view().windows[0]
    assert text_of([first, *rest]) == "One two three."
    assert held > 0, "what was set aside is held until its end is on disk"
    assert (spent.reserved_nano, spent.spent_nano) == (0, answer.view.cost_nano)
    assert spent.spent_nano


async def test_who_costs_money_is_paid_with_what_the_cut_answer_had_set_aside(
    tmp_path: Path,
) -> None:
    adapter = two(Script(("One ", "two "), fails="link_lost"), Script(("three", ".")))
    async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=WORST * 3 // 2)) as home:
        home.around.prices |= {A: PRICE, B: PRICE}
        assert text_of(await given(home, stream=True)) == "One two three."


async def test_who_cannot_be_handed_text_is_told_to_go_on(tmp_path: Path) -> None:
    adapter = two(
        Script(("The capital of France ", "is "), fails="reset"),
        Script(("The capital ", "of France is ", "Paris.")),
        continues=False,
    )
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=True)
    assert text_of(told) == "The capital of France is Paris."
    assert adapter.asked[-1] == (B, "")


async def test_reasoning_that_was_cut_is_followed_by_the_reasoning_of_the_next(
    tmp_path: Path,
) -> None:
    first = Script((ThinkingDelta("First I "),), fails="stall")
    second = Script((ThinkingDelta("I know."), "Paris."))
    async with house(tmp_path, [two(first, second)]) as home:
        told = await given(home, stream=True)
    assert told[:3] == [ThinkingDelta("First I "), PartEnd(), ThinkingDelta("I know.")]
    assert text_of(told) == "Paris."


async def test_a_call_that_was_cut_goes_on_as_it_comes(tmp_path: Path) -> None:
    first = Script(("I look. ", call('{"city": "Ro', "look")), fails="reset")
    adapter = two(first, Script(("me", '"}', " That is all.")))
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=True, tools=LOOK)
    calls = [one for one in told if isinstance(one, ToolCallDelta)]
    assert [one.arguments for one in calls] == ['{"city": "Ro', "me", '"}']
    assert adapter.asked == [(A, ""), (B, '{"arguments": {"city": "Ro')]
    assert text_of(told) == "I look. "
    assert isinstance(told[-1], Finish)
    assert told[-1].reason == "tool_calls"


async def test_a_call_that_was_cut_is_completed(tmp_path: Path) -> None:
    first = Script(("I look. ", call('{"city": "Ro', "look")), fails="reset")
    second = Script(("Once more.", call('{"city":"Rome"}', "look")))
    async with house(tmp_path, [two(first, second, continues=False)]) as home:
        told = await given(home, stream=True, tools=LOOK)
    calls = [one for one in told if isinstance(one, ToolCallDelta)]
    assert "".join(one.arguments for one in calls) == '{"city": "Rome"}'
    assert [one.name for one in calls] == ["look", ""]
    assert text_of(told) == "I look. "
    assert isinstance(told[-1], Finish)
    assert told[-1].reason == "tool_calls"


async def test_the_other_calls_are_made_too_and_the_mark_says_so(tmp_path: Path) -> None:
    first = Script((call('{"city": "Ro', "look"),), fails="reset")
    others = ', "further_calls": [{"name": "look", "arguments": {"city": "Oslo"}}]}'
    adapter = two(first, Script(('me"}', others)))
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=True, tools=LOOK)
        mark = homeport_object(home.view, told[-1])  # type: ignore[attr-defined,arg-type]
    made = [(one.index, one.arguments) for one in told if isinstance(one, ToolCallDelta)]
    assert made == [(0, '{"city": "Ro'), (0, 'me"}'), (1, '{"city": "Oslo"}')]
    said = "The tool calls that were sent are whole; 1 further one was made."
    assert mark["handovers"][0]["calls"] == said
    assert home.view.attempts[-1].sentence == said  # type: ignore[attr-defined]


async def test_who_made_another_call_may_write_the_arguments_instead(tmp_path: Path) -> None:
    class Twice(ScriptedAdapter):
        """Calls something else first; without tools it writes JSON."""

        async def stream(
            self, prompt: Prompt, card: ModelCard, **fields: Any
        ) -> AsyncIterator[Delta]:
            if card.id == B and not prompt.tools:
                self.scripts[B] = Script(('Here: {"city": "Rome"}',))
            async for delta in super().stream(prompt, card, **fields):
                yield delta

    first = Script((call('{"city": "Ro', "look"),), fails="reset")
    second = Script((call('{"city":"Paris"}', "look"),))
    cards = [card(A, capabilities=ABLE), card(B, capabilities=ABLE, continues=False)]
    async with house(tmp_path, [Twice({A: first, B: second}, cards)]) as home:
        told = await given(home, stream=True, tools=LOOK)
        outcomes = [one.outcome for one in home.view.attempts]  # type: ignore[attr-defined]
    made = "".join(one.arguments for one in told if isinstance(one, ToolCallDelta))
    assert (made, outcomes) == ('{"city": "Rome"}', ["reset", "bad_call", "done"])


async def test_another_call_ends_in_a_clear_error_and_nothing_of_it_is_given(
    tmp_path: Path,
) -> None:
    first = Script((call('{"city": "Ro', "look"),), fails="reset")
    second = Script((call('{"city":"Paris"}', "look"),))
    async with house(tmp_path, [two(first, second, continues=False)]) as home:
        with pytest.raises(HomeportError, match="another tool call than the one of which a part"):
            await given(home, stream=True, tools=LOOK)


@pytest.mark.parametrize("wire", ["", "ollama", "gemini"])
async def test_a_call_that_nobody_saw_grow_is_made_by_one_model_alone(
    tmp_path: Path, wire: str
) -> None:
    first = Script(("I look. ", call('{"city": "Ro', "look")), fails="reset")
    second = Script((call('{"city":"Paris"}', "look"),))
    async with house(tmp_path, [two(first, second)]) as home:
        told = await given(home, stream=bool(wire), wire=wire, tools=LOOK)
        (before, _) = home.view.attempts  # type: ignore[attr-defined]
    calls = [one for one in told if isinstance(one, ToolCallDelta)]
    assert [one.arguments for one in calls] == ['{"city":"Paris"}']
    assert text_of(told) == "I look. "
    assert before.sent_tokens == 1
    assert isinstance(told[-1], Finish)
    assert told[-1].usage.output == 5, "what was kept back was written, and is booked"


async def test_json_that_is_streamed_goes_on_as_json(tmp_path: Path) -> None:
    form = ResponseFormat("json_schema", {"type": "object"})
    adapter = two(Script(('{"city": ', '"Ro'), fails="stall"), Script(('me"}', " Done!")))
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=True, response_format=form)
    assert text_of(told) == '{"city": "Rome"}'


async def test_json_that_is_no_longer_json_is_an_error(tmp_path: Path) -> None:
    form = ResponseFormat("json")
    adapter = two(Script(('{"city":',), fails="stall"), Script((" Rome is nice.",)))
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError, match="what is no JSON"):
            await given(home, stream=True, response_format=form)


async def test_on_cut_restart_begins_anew_what_is_not_streamed(tmp_path: Path) -> None:
    adapter = two(Script(("One ", "two "), fails="reset"), Script(("All of it.",)))
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, on_cut="restart")
    assert text_of(told) == "All of it."
    assert adapter.asked == [(A, ""), (B, "")]


async def test_what_is_streamed_cannot_be_begun_anew(tmp_path: Path) -> None:
    async with house(tmp_path, [two(Script(), Script())]) as home:
        with pytest.raises(HomeportError, match="answers that are not streamed") as refused:
            await given(home, stream=True, on_cut="restart")
    assert (refused.value.status, refused.value.code) == (400, "unsupported_value")


async def test_on_cut_error_gives_no_answer_of_two_models(tmp_path: Path) -> None:
    adapter = two(Script(("One ",), fails="reset"), Script())
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError, match="broke"):
            await given(home, stream=True, on_cut="error")
        adapter.scripts[A] = Script((), fails="reset")
        assert text_of(await given(home, stream=True, on_cut="error")) == "Hello there."


class Counting(ScriptedAdapter):
    """Goes on counting words from where an answer stands, as far as it is allowed to."""

    cut_after = 0
    """Tokens after which the first model is cut."""

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        self.asked.append((card.id, prefix))
        begun = len(prefix.split())
        for number in range(begun, begun + limits.max_tokens):
            if card.id == A and number == self.cut_after:
                raise failed(card.id, "reset", f"{card.id} broke")
            yield TextDelta(f"w{number} ")
        if card.id == A:
            raise failed(card.id, "reset", f"{card.id} broke before it said its end")
        yield Finish("length", Usage(input=1, output=limits.max_tokens))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("cut_after", range(6))
async def test_an_answer_that_is_cut_has_no_token_more_than_was_asked_for(
    tmp_path: Path, cut_after: int, stream: bool
) -> None:
    adapter = Counting({}, [card(A), card(B)])
    adapter.cut_after = cut_after
    async with house(tmp_path, [adapter]) as home:
        told = await given(home, stream=stream, sampling=Sampling(max_tokens=5))
    assert text_of(told).split() == [f"w{number}" for number in range(5)]
    assert isinstance(told[-1], Finish)
    assert (told[-1].reason, told[-1].usage.output) == ("length", 5)
    assert len(adapter.asked) == (1 if cut_after == 5 else 2)


@pytest.mark.parametrize(
    ("told", "left"),
    [((), 5), ((UsageDelta(Usage(output=3)),), 7), ((UsageDelta(Usage(output=8)),), 2)],
    ids=["nothing", "fewer than pieces came", "reasoning too"],
)
async def test_what_the_server_counted_is_what_is_left_of_the_longest_answer(
    tmp_path: Path, told: tuple[Delta, ...], left: int
) -> None:
    adapter = two(Script(("Pa", "r", "is", " i", "s", *told), fails="reset"), Script((" fine.",)))
    async with house(tmp_path, [adapter]) as home:
        answer = await given(home, stream=True, sampling=Sampling(max_tokens=10))
    assert text_of(answer) == "Paris is fine."
    assert adapter.limits[-1].max_tokens == left
