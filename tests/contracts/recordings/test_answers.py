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
import pytest_asyncio

from homeport.adapters.base import Delta
from homeport.daemon.api.what_wires_say import ANSWERS
from support.answers import BY_HAND
from support.recordings import for_each, load, recordings
from support.said import said
from support.wires import WIRES, InProcess, hear

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InProcess]:
    """One for all: each prompt stands for itself."""
    made = InProcess(tmp_path_factory.mktemp("doors"))
    yield made
    await made.close()


@for_each(answered())
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
