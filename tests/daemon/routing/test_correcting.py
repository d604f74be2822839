"""The one second try of a model that wrote a tool call nobody can use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Limits,
    Permit,
    Prompt,
    Tool,
    ToolCallDelta,
    failed,
)
from homeport.adapters.mending.home_answer import mended
from homeport.daemon.routing.correcting import (
    MOST_REPEATED,
    Correction,
    corrected,
    correction_of,
)
from homeport.policies.errors import HomeportError
from homeport.policies.model import ModelCard
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, failure, prompt

A, B = "scripted/a", "scripted/b"
BAD = Script(words=('<tool_call>{"name": "fly", ', '"arguments": {}}</tool_call>'))
GOOD = Script(words=('<tool_call>{"name": "f", "arguments": {}}</tool_call>',))


class Mumbling(ScriptedAdapter):
    """Writes calls as text, after one script another."""

    def __init__(self, *scripts: tuple[str, Script]) -> None:
        larger = card(A, parameters=30 * 10**9, capabilities=("tools",))
        super().__init__({}, [larger, card(B, capabilities=("tools",))])
        self.turns = list(scripts)
        self.prompts: list[Prompt] = []

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """The next script, mended."""
        model, self.scripts[card.id] = self.turns.pop(0)
        assert model == card.id
        self.prompts.append(prompt)
        deltas = super().stream(prompt, card, prefix=prefix, limits=limits, permit=permit)
        return mended(deltas, prompt, card, prefix)


async def played(tmp_path: Path, adapter: Mumbling) -> tuple[list[ToolCallDelta], list[str]]:
    """The calls, and how each attempt ended."""
    asked = prompt(tools=(Tool("f"),))
    async with house(tmp_path, [adapter]) as home:
        try:
            async with home.router.answer(asked) as answer:
                heard = [delta async for delta in answer.deltas()]
        finally:
            await home.router.settled()
        outcomes = [attempt.outcome for attempt in home.rooms.bus.requests()[-1].attempts]
    return [delta for delta in heard if isinstance(delta, ToolCallDelta)], outcomes


async def all_of(home: House) -> list[Delta]:
    async with home.router.answer(prompt(tools=(Tool("f"),))) as answer:
        return [delta async for delta in answer.deltas()]


async def test_the_model_is_told_once_what_was_wrong(tmp_path: Path) -> None:
    adapter = Mumbling((A, BAD), (A, GOOD))
    (call,), outcomes = await played(tmp_path, adapter)
    assert call.name == "f"
    assert outcomes == ["bad_call", "done"]
    first, second = adapter.prompts
    assert len(first.messages) == 1
    said, told = second.messages[-2:]
    assert '"fly"' in said.text
    assert "there is no tool `fly`; the tools are f" in told.text


async def test_after_the_second_time_another_model_answers(tmp_path: Path) -> None:
    adapter = Mumbling((A, BAD), (A, BAD), (B, GOOD))
    (call,), outcomes = await played(tmp_path, adapter)
    assert call.name == "f"
    assert outcomes == ["bad_call", "bad_call", "done"]
    assert len(adapter.prompts[2].messages) == 1


async def test_nobody_left_is_one_clear_error(tmp_path: Path) -> None:
    adapter = Mumbling((A, BAD), (A, BAD), (B, BAD), (B, BAD))
    async with house(tmp_path, [adapter]) as home:
        with pytest.raises(HomeportError) as caught:
            await all_of(home)
        await home.router.settled()
    assert "wrote a tool call that cannot be used" in caught.value.sentence
    assert "fly" not in caught.value.sentence


def test_there_is_something_to_tell_only_where_the_caller_saw_nothing() -> None:
    told = AttemptFailed(failure(A, "bad_call"), problem="p", said="s" * 9_999)
    assert correction_of(told) == Correction(A, "s" * MOST_REPEATED, "p")
    assert correction_of(failed(A, "reset", "x")) is None
    seen: Any = failed(A, "bad_call", "x", sent_tokens=3)
    seen.problem = "p"
    assert correction_of(seen) is None


def test_a_corrected_prompt_is_written_anew() -> None:
    raw = prompt(raw=b"{}")
    assert corrected(raw, Correction(A, " ", "p")).raw == b""
    assert len(corrected(raw, Correction(A, " ", "p")).messages) == 2
