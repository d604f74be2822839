"""Every recorded answer, told by each door and heard again: nothing is lost that the wire can say.

`what_wires_say.ANSWERS` names what it cannot. Answers made by hand hold every
noun there is, so that each entry of that table is shown to be needed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    OpaqueDelta,
    PartEnd,
    RefusalDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from homeport.daemon.api.what_wires_say import ANSWERS
from support.recordings import load, parameters, recordings
from support.said import said
from support.wires import WIRES, InProcess, hear

FOLDERS = {
    "anthropic-messages": "anthropic",
    "gemini-generate": "gemini",
    "gemini-stream": "gemini",
    "openai-responses": "openai-responses",
} | {
    f"{name}-chat": "openai-chat"
    for name in (
        "cerebras", "deepseek", "groq", "mistral", "ollama-openai", "openai", "openrouter",
        "together", "zai",
    )
}  # fmt: skip
"""Where answers were recorded, and their wires."""


def answered() -> list[Path]:
    """Those that are answers, which an error inside a stream is not."""
    return [path for path in recordings(*FOLDERS) if _is_answer(load(path)["response"])]


def _is_answer(response: dict[str, Any]) -> bool:
    body = response["body"]
    return response["status"] == 200 and not (isinstance(body, str) and '"error":{' in body)


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncIterator[InProcess]:
    made = InProcess(tmp_path)
    yield made
    await made.close()


@pytest.mark.parametrize("path", parameters(answered()))
async def test_every_recorded_answer_is_told_by_every_door(doors: InProcess, path: Path) -> None:
    body = load(path)["response"]["body"]
    stream = isinstance(body, str)
    raw = body.encode() if stream else json.dumps(body).encode()
    deltas = hear(FOLDERS[path.parent.name], raw, stream=stream)
    for wire in WIRES:
        lost = await _lost(doors, wire, deltas)
        assert set(lost) <= set(ANSWERS[wire]), (wire, lost)


async def _lost(doors: InProcess, wire: str, deltas: Sequence[Delta]) -> dict[str, Any]:
    """The nouns that are not the same when the door has told them, streaming or whole."""
    before = said(deltas)
    lost: dict[str, Any] = {}
    for stream in (True, False):
        body = await doors.tell(wire, deltas, stream=stream)
        after = said(hear(wire, body, stream=stream))
        after.seals = await doors.seals(wire, body, stream=stream) if before.seals else []
        lost |= before.differences(after)
    return lost


LOGPROB = TokenLogprob("Yes", -0.25, (("Yes", -0.25), ("No", -2.5)))
SOURCE = Citation(url="https://example.com/a", title="A", quote="Yes", start=0, end=3)
USAGE = Usage(
    input=900, cache_read=100, cache_write=50, cache_write_1h=20, output=80, reasoning=30,
    input_audio=10, output_audio=5, searches=2,
)  # fmt: skip
BY_HAND: dict[str, tuple[Delta, ...]] = {
    "text": (TextDelta("Yes"), Finish("stop", USAGE)),
    "several texts": (
        TextDelta("One."), PartEnd(), TextDelta("Two."), PartEnd(), Finish("stop", USAGE),
    ),
    "reasoning": (
        ThinkingDelta("Let me "), ThinkingDelta("see."), PartEnd(), TextDelta("Yes"),
        Finish("stop", USAGE),
    ),
    "signed reasoning": (
        ThinkingDelta("Let me see."), ThinkingDelta("", signature="c2ln"), PartEnd(),
        TextDelta("Yes"), Finish("stop", USAGE),
    ),
    "encrypted reasoning": (
        ThinkingDelta("", redacted="ZW5j", id="rs_1"), PartEnd(), TextDelta("Yes"),
        Finish("stop", USAGE),
    ),
    "a call": (
        TextDelta("I look."), PartEnd(), ToolCallDelta(0, "call_1", "look"),
        ToolCallDelta(0, arguments='{"at": '), ToolCallDelta(0, arguments='"Rome"}'),
        Finish("tool_calls", USAGE),
    ),
    "calls at once": (
        ToolCallDelta(0, "call_1", "look", '{"at":"Rome"}'),
        ToolCallDelta(1, "call_2", "look", '{"at":"Oslo"}'),
        ToolCallDelta(2, "call_3", "rest", "{}"),
        Finish("tool_calls", USAGE),
    ),
    "a refusal": (RefusalDelta("I will not."), Finish("stop", USAGE)),
    "sources": (
        TextDelta("Yes"), CitationDelta(SOURCE), PartEnd(), Finish("stop", USAGE),
    ),
    "probabilities": (TextDelta("Yes", 1, (LOGPROB,)), Finish("stop", USAGE)),
    "a provider's own part": (
        OpaqueDelta("elsewhere", {"type": "thing"}), TextDelta("Yes"), Finish("stop", USAGE),
    ),
    "no more room": (TextDelta("Yes"), Finish("length", USAGE)),
    "filtered": (TextDelta("Yes"), Finish("content_filter", USAGE)),
    "a stop sequence": (TextDelta("Yes"), Finish("stop", USAGE, stop_sequence="END")),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("wire", WIRES)
async def test_every_noun_is_told_or_in_the_table(doors: InProcess, wire: str, name: str) -> None:
    lost = await _lost(doors, wire, BY_HAND[name])
    assert set(lost) <= set(ANSWERS[wire]), lost


@pytest.mark.parametrize("wire", WIRES)
async def test_what_the_table_names_is_really_lost(doors: InProcess, wire: str) -> None:
    lost: set[str] = set()
    for deltas in BY_HAND.values():
        lost |= set(await _lost(doors, wire, deltas))
    assert set(ANSWERS[wire]) <= lost
