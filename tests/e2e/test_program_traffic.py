"""What programs send that no specification told of, through the real daemon to each wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeport.lab.server import LabServer
from support.daemon import RunningDaemon, running
from support.doors import Reply

SCRIPT = 'text(await tools.sh("ls"));\n// "quoted"'
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /(.|\\n)+/"}
EXEC = {"type": "custom", "name": "exec", "description": "Runs a script.", "format": GRAMMAR}
NAP = {"type": "function", "name": "nap", "parameters": {"type": "object"}, "strict": False}
OFFER = {
    "type": "additional_tools", "id": "at_1", "role": "developer",
    "tools": [
        {"type": "namespace", "name": "functions", "description": "", "tools": [EXEC]},
        {"type": "namespace", "name": "clock", "description": "Time.", "tools": [NAP]},
    ],
}  # fmt: skip
SEARCH = {"type": "web_search", "external_web_access": False}
RUN = {"name": "exec", "arguments": {"input": SCRIPT}}
CALLS = {"text": "Done.", "tool_calls": [RUN, {"name": "clock__nap", "arguments": {}}]}
WIRES = {
    "openai": "lab/lab-fast", "anthropic": "anthropic/lab-fast",
    "gemini": "gemini/lab-fast", "ollama": "ollama/lab-home:8b",
}  # fmt: skip


@pytest.fixture(params=list(WIRES))
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[LabServer]:
    async with LabServer(request.param, script=CALLS) as server:
        yield server


@pytest.fixture
async def model(request: pytest.FixtureRequest) -> str:
    return WIRES[request.node.callspec.params["lab"]]


@pytest.fixture
async def daemon(tmp_path: Path, lab: LabServer) -> AsyncIterator[RunningDaemon]:
    config = f'[[server]]\nname = "lab"\nurl = "{lab.origin}/v1"\n'
    keys = {"ANTHROPIC_API_KEY": "k", "GEMINI_API_KEY": "k"}
    at = dict.fromkeys(("ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OLLAMA_HOST"), lab.origin)
    async with running(tmp_path, config=config, **keys, **at) as started:
        yield started


def said(reply: Reply) -> list[dict[str, Any]]:
    assert reply.status == 200, reply.body
    lines = [line[6:] for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


async def test_codex(daemon: RunningDaemon, model: str) -> None:
    """Tools in an item, by namespace; a script as free text; an offer that nobody asked for."""
    asked: dict[str, Any] = {
        "model": model, "stream": True, "store": False, "parallel_tool_calls": True,
        "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "low"},
        "tools": [SEARCH],
        "input": [OFFER, {"type": "message", "role": "user", "content": "List the files."}],
    }  # fmt: skip
    told = said(await daemon.ask("POST", "/v1/responses", asked))
    whole = told[-1]["response"]
    assert whole["homeport"]["route"] == model
    assert "tools.web_search" in whole["homeport"]["dropped"]
    calls = [item for item in whole["output"] if item["type"].endswith("_call")]
    run, nap = calls
    assert (run["type"], run["namespace"], run["name"]) == ("custom_tool_call", "functions", "exec")
    assert run["input"] == SCRIPT
    assert (nap["type"], nap["namespace"], nap["name"]) == ("function_call", "clock", "nap")
    pieces = [e for e in told if e["type"] == "response.custom_tool_call_input.delta"]
    assert "".join(piece["delta"] for piece in pieces) == SCRIPT

    heard = [
        {"type": "custom_tool_call_output", "call_id": run["call_id"], "output": "a.txt"},
        {"type": "function_call_output", "call_id": nap["call_id"], "output": "rested"},
    ]
    again = {**asked, "input": [*asked["input"], *calls, *heard]}
    whole = said(await daemon.ask("POST", "/v1/responses", again))[-1]["response"]
    assert whole["output"][-1]["content"][0]["text"] == "Done."


async def test_items_of_another_provider(daemon: RunningDaemon, model: str) -> None:
    """A conversation that was begun at OpenAI goes on elsewhere, and what is lost is named."""
    items = [
        {"type": "compaction", "encrypted_content": "gAAAA"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "local_shell_call", "call_id": "c1", "status": "completed",
         "action": {"type": "exec", "command": ["ls"]}},
        {"type": "local_shell_call_output", "call_id": "c1", "output": "a.txt"},
        {"type": "message", "role": "user", "content": "And then?"},
    ]  # fmt: skip
    reply = await daemon.ask("POST", "/v1/responses", {"model": model, "input": items})
    assert reply.status == 200, reply.body
    assert reply.headers["x-homeport-dropped"] == "input.compaction,input.web_search_call"
