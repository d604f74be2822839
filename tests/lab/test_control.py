"""The lab's own routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from homeport.lab.server import LabServer

PROMPT = {"model": "lab-fast", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def lab() -> AsyncIterator[LabServer]:
    async with LabServer(script="Hello.") as server:
        yield server


async def ask(lab: LabServer, method: str, path: str, value: Any = None) -> httpx.Response:
    async with httpx.AsyncClient(base_url=lab.origin) as client:
        return await client.request(method, path, json=value)


async def test_faults_are_put_added_and_taken_away(lab: LabServer) -> None:
    await ask(lab, "POST", "/lab/faults", {"faults": ["500"]})
    added = await ask(lab, "POST", "/lab/faults", {"faults": [{"kind": "502"}], "add": True})
    assert [row["fault"] for row in added.json()["faults"]] == ["500", "502"]
    replaced = await ask(lab, "POST", "/lab/faults", "reset@1")
    assert [row["fault"] for row in replaced.json()["faults"]] == ["reset@1"]
    assert (await ask(lab, "DELETE", "/lab/faults")).json() == {"faults": []}


async def test_a_script_is_changed(lab: LabServer) -> None:
    await ask(lab, "POST", "/lab/script", {"text": "Goodbye."})
    answer = await ask(lab, "POST", "/v1/chat/completions", PROMPT)
    assert answer.json()["choices"][0]["message"]["content"] == "Goodbye."


async def test_the_log_is_told_and_cleared(lab: LabServer) -> None:
    await ask(lab, "POST", "/v1/chat/completions", PROMPT)
    told = (await ask(lab, "GET", "/lab/log?last=1&contains=heron")).json()
    assert (told["received"], told["contains"]) == (1, False)
    assert told["requests"][0]["outcome"] == "whole"
    await ask(lab, "DELETE", "/lab/log")
    assert (await ask(lab, "GET", "/lab/log")).json()["received"] == 0


@pytest.mark.parametrize(
    ("method", "path", "value", "status"),
    [
        ("POST", "/lab/faults", {"faults": ["nonsense"]}, 400),
        ("POST", "/lab/script", {"wrds": 1}, 400),
        ("POST", "/lab/script", None, 400),
        ("GET", "/lab/nothing", None, 404),
        ("GET", "/lab/log?last=x", None, 400),
        ("GET", "/lab/log?last=-1", None, 400),
    ],
)
async def test_refusals(lab: LabServer, method: str, path: str, value: Any, status: int) -> None:
    refused = await ask(lab, method, path, value)
    assert refused.status_code == status
    assert refused.json()["error"]


async def test_control_is_no_request_of_the_log(lab: LabServer) -> None:
    await ask(lab, "GET", "/lab/log")
    assert len(lab.log) == 0
