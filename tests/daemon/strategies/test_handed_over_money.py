"""What a paid model is handed of an answer is set aside before it is asked, and booked after."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Labels,
    Limits,
    Permit,
    Prompt,
    ResponseFormat,
    Sampling,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    Usage,
)
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.daemon.routing.asking import ask_of
from homeport.policies.errors import HomeportError
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, failure, prompt

A, B = "scripted/a", "scripted/b"
PRICE = flat(5 * 10**9, 25 * 10**9, source="the test")
STORY = "Some words of a long story that goes on and on, for ever more. " * 6
SCHEMA = {"type": "object", "properties": {"note": {"type": "string"}, "days": {"type": "integer"}}}
TOOLS = (Tool("look", "Looks.", SCHEMA), Tool("run", "Runs.", kind="custom"))
BEGUN = '{"note": "' + STORY
CALLED = (ToolCallDelta(0, "c", "look", BEGUN[:200]), ToolCallDelta(0, arguments=BEGUN[200:]))
CUSTOM = (ToolCallDelta(0, "c", "run", STORY, {"type": "custom"}),)
WHOLE = (ToolCallDelta(0, "c", "look", '{"days": 1, "note": "short"}'),)

CUTS: dict[str, tuple[Sequence[str | Delta], dict[str, Any]]] = {
    "text in large pieces": ([STORY] * 40, {}),
    "text with the wish for few tokens": (["word "] * 3, {"sampling": Sampling(max_tokens=9)}),
    "json": (['{"note": "' + STORY, STORY], {"response_format": ResponseFormat("json")}),
    "json of a schema": (
        ['{"note": "' + STORY],
        {"response_format": ResponseFormat("json_schema", SCHEMA, "it")},
    ),
    "a call": (CALLED, {"tools": TOOLS}),
    "a call after text": ((STORY, *CALLED), {"tools": TOOLS, "parallel_tool_calls": False}),
    "a call of free text": (CUSTOM, {"tools": TOOLS}),
    "whole calls": (WHOLE, {"tools": TOOLS}),
    "reasoning": ([ThinkingDelta("Hm. ")] * 30, {}),
}


class Billing(ScriptedAdapter):
    """Charges each byte that it is given to read as a token, and all the tokens that it may
    write; tells so only of whole answers."""

    origin = "https://api.example.com"

    def __init__(self, turns: Sequence[Script | AttemptFailed], **fields: Any) -> None:
        able = ("json", "json_schema", "thinking", "tools")
        base = {"place": "cloud", "context": 400_000, "max_output": 8_192, "capabilities": able}
        super().__init__({}, [card(model, price_ref="x/y", **(base | fields)) for model in (A, B)])
        self.turns = list(turns)
        self.bills: list[int] = []
        self.bytes_read: list[int] = []

    async def stream(
        self, prompt: Prompt, card: Any, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        schema = prompt.response_format.schema
        parts = [*prompt.tools, *([schema] if schema else [])]
        told = [*(message.text for message in prompt.messages), prefix]
        size = sum(len(text.encode()) for text in told)
        size += 2 * sum(len(msgspec.json.encode(part)) for part in parts)
        self.bytes_read.append(size)
        bill = Usage(input=size, output=limits.max_tokens)
        self.bills.append(PRICE.cost(bill) or 0)
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if isinstance(turn, AttemptFailed):
            raise turn
        self.scripts[card.id] = charging(turn, bill)
        stream = super().stream(prompt, card, prefix=prefix, limits=limits, permit=permit)
        async with aclosing(stream) as deltas:  # type: ignore[type-var]
            async for delta in deltas:
                yield delta


def charging(turn: Script, bill: Usage) -> Script:
    """The script, with what it charges."""
    return Script(turn.words, turn.fails, turn.hangs, turn.ends_early, bill)


async def asked(folder: Path, adapter: Billing, **fields: Any) -> list[Any]:
    """The rows of all attempts, in their order."""
    limits = LedgerLimits(day_nano=10**13)
    async with house(folder, [adapter], limits=limits) as home:
        for model in (A, B):
            home.around.prices[model] = PRICE
        await heard(home, **fields)
        await home.router.settled()
        await home.rooms.decisions.flush()
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        db.row_factory = sqlite3.Row
        return db.execute("SELECT * FROM entry ORDER BY id").fetchall()


async def heard(home: House, **fields: Any) -> None:
    with suppress(HomeportError):
        async with home.router.answer(prompt(labels=Labels(model=A), **fields)) as answer:
            async for _ in answer.deltas():
                pass


@pytest.mark.parametrize("continues", [True, False], ids=["handed", "told"])
@pytest.mark.parametrize("cut", CUTS)
async def test_what_is_set_aside_covers_what_any_meter_would_charge(
    tmp_path: Path, cut: str, continues: bool
) -> None:
    words, fields = CUTS[cut]
    turns = [Script(words, fails="reset"), Script(("and so on",), fails="reset")]
    adapter = Billing([*turns, Script(("The end.",))], continues=continues)
    rows = await asked(tmp_path, adapter, **fields)
    assert len(rows) == len(adapter.bills) > 1
    for row, bill in zip(rows, adapter.bills, strict=True):
        assert row["cost_nano"] <= row["worst_nano"]
        assert bill <= row["worst_nano"]


@pytest.mark.parametrize("continues", [True, False], ids=["handed", "told"])
async def test_what_was_handed_over_is_booked_where_that_attempt_is_cut_too(
    tmp_path: Path, continues: bool
) -> None:
    turns = [Script([STORY] * 40, fails="reset"), Script(("x",), fails="reset")]
    adapter = Billing(turns, continues=continues)
    first, second, *_ = await asked(tmp_path, adapter)
    handed = len(STORY) * 40
    assert first["input_tokens"] == ask_of(prompt(), 1).input_tokens
    assert handed / 6 < second["input_tokens"] - first["input_tokens"] < handed / 3
    assert (first["certain"], second["certain"]) == (0, 0)


async def test_what_a_model_is_told_of_its_own_call_is_set_aside_and_booked(tmp_path: Path) -> None:
    wrong = AttemptFailed(failure(A, "bad_call"), problem="no tool " * 50, said=STORY * 20)
    adapter = Billing([wrong, Script(("x",), fails="reset"), Script(("The end.",))])
    rows = await asked(tmp_path, adapter, tools=TOOLS)
    assert adapter.bytes_read[1] > adapter.bytes_read[0] + 4_000
    for row, bill in zip(rows, adapter.bills, strict=True):
        assert bill <= row["worst_nano"]
    assert rows[1]["input_tokens"] > rows[0]["input_tokens"] + 4_000 / 8


async def test_the_sum_of_a_request_is_that_of_its_rows(tmp_path: Path) -> None:
    adapter = Billing([Script([STORY] * 9, fails="reset"), Script(("x",))])
    told: list[Delta] = []
    async with house(tmp_path, [adapter]) as home:
        for model in (A, B):
            home.around.prices[model] = PRICE
        async with home.router.answer(prompt(labels=Labels(model=A))) as answer:
            told = [delta async for delta in answer.deltas()]
        view = answer.view
    assert isinstance(told[-1], Finish)
    assert "".join(one.text for one in told if isinstance(one, TextDelta)) == STORY * 9 + "x"
    assert view.cost_nano == sum(attempt.cost_nano or 0 for attempt in view.attempts)
    assert view.cost_nano == PRICE.cost(msgspec.structs.replace(told[-1].usage, certain=True))
