"""A conversation that a provider keeps goes to a server of its wire, and to no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.doors import Reply, open_house
from support.house import house as real_house
from support.scripted import Script, ScriptedAdapter, card

WIRE = "openai-responses"
HELD = {"input": "go on", "previous_response_id": "resp_theirs"}


async def asked(folder: Path, *wires: str, **body: Any) -> Reply:
    """The answer where one model at home answers faster, and one speaks these wires."""
    (folder / "books").mkdir()
    models = [card("any/near"), card("any/theirs", wires=wires)]
    adapter = ScriptedAdapter({model.id: Script(("Yes.",)) for model in models}, models)
    async with real_house(folder / "books", [adapter]) as real, open_house(folder) as doors:
        doors.daemon.router = real.router  # type: ignore[assignment] # the real one
        return await doors.ask("POST", "/v1/responses", {"model": "any/near", **body})


@pytest.mark.parametrize("more", [{}, {"background": True, "stream": True}])
async def test_it_goes_where_it_may_be_known(tmp_path: Path, more: dict[str, Any]) -> None:
    reply = await asked(tmp_path, "openai-chat", WIRE, **HELD, **more)
    assert (reply.status, reply.headers["x-homeport-route"]) == (200, "any/theirs")


@pytest.mark.parametrize("more", [{}, {"background": True}])
async def test_nowhere_else(tmp_path: Path, more: dict[str, Any]) -> None:
    reply = await asked(tmp_path, "openai-chat", **HELD, **more)
    assert reply.json["error"]["code"] == "previous_response_not_found"
    assert "Only a server of OpenAI's Responses wire" in reply.json["error"]["message"]


async def test_items_that_others_cannot_read_are_said_otherwise(tmp_path: Path) -> None:
    looked = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    said = {"type": "message", "role": "user", "content": "and?"}
    reply = await asked(tmp_path, "openai-chat", input=[looked, said])
    assert reply.status == 200, reply.body
    assert reply.json["homeport"]["dropped"] == ["input.web_search_call"]
