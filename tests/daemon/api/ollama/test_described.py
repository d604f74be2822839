"""The description of Ollama's API: each path is served in its shape, or refused in a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.daemon.api.ollama.refused import INSTEAD
from homeport.daemon.api.routes import BELOW, ROUTES
from support import plain_yaml
from support.doors import OpenHouse, Reply
from support.json_shapes import Shapes
from support.upstreams import OllamaModel, OllamaServer
from support.whole_daemon import WholeDaemon, whole_daemon

DESCRIPTION = Path(__file__).parents[4].parent / "shared" / "specs" / "ollama-openapi.yaml"
PROVE = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
MODELS = (
    OllamaModel("gemma4", capabilities=("completion", "tools", "thinking", "vision", "insert")),
    OllamaModel("qwen3"),
    OllamaModel("embeddinggemma", capabilities=("embedding",)),
)
BEYOND = tuple(
    f".{name}: unknown"
    for name in ("homeport", "id", "function.index", "modelfile", "parent_model")
)
"""What we, and Ollama itself, say beside what is described."""

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="the description is not on this machine"
)


@cache
def description() -> dict[str, Any]:
    read: dict[str, Any] = plain_yaml.read(DESCRIPTION.read_text("utf-8"))
    return read


def operations() -> list[tuple[str, str]]:
    if not DESCRIPTION.exists():
        return []
    return [(path, m) for path, methods in description()["paths"].items() for m in methods]


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = description()["paths"][path][method]
    return found


def body_schema(path: str, method: str) -> dict[str, Any]:
    content: dict[str, Any] = operation(path, method)["requestBody"]["content"]["application/json"]
    return content


def faults(reply: Reply, path: str, method: str, kind: str = "application/json") -> list[str]:
    """Where an answer is not of its route's shape."""
    schema = operation(path, method)["responses"]["200"]["content"][kind]["schema"]
    values = [json.loads(line) for line in reply.body.splitlines()]
    found = [fault for value in values for fault in Shapes(description()).faults(value, schema)]
    return [fault for fault in found if not fault.endswith(BEYOND)]


def body_of(code: str) -> Any:
    """What a sample of `curl` sends."""
    _, _, text = code.partition("-d '")
    return json.loads(text.rpartition("'")[0] or "null")


def samples(path: str, method: str) -> list[Any]:
    """The bodies of the description's own samples."""
    given = operation(path, method).get("x-codeSamples", [])
    return [body_of(sample["source"]) for sample in given if sample["lang"] == "bash"]


@pytest.fixture
async def daemon() -> AsyncIterator[WholeDaemon]:
    async with OllamaServer(models=MODELS) as server:
        server.running = [{"model": "gemma4", "size": 900, "size_vram": 300}]
        config = f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
        async with whole_daemon(config=config + "[models]\nscan_stores = false\n") as started:
            yield started


@pytest.mark.parametrize(("path", "method"), operations())
def test_each_path_has_its_route(path: str, method: str) -> None:
    assert method.upper() in ROUTES[path]


def test_nothing_else_is_refused() -> None:
    served = {path.removeprefix("/api/").rstrip("/") for path in (*ROUTES, *BELOW)}
    assert set(INSTEAD) <= served


@pytest.mark.parametrize(("path", "method"), operations())
async def test_each_sample_is_answered_in_shape(
    daemon: WholeDaemon, path: str, method: str
) -> None:
    refused = path.removeprefix("/api/") in INSTEAD
    for body in samples(path, method):
        reply = await daemon.ask(method.upper(), path, body)
        if refused:
            assert (reply.status, list(reply.json)) == (403, ["error"])
            continue
        assert reply.status == 200, (body, reply.body)
        if body is None or len(reply.body.splitlines()) == 1:
            assert faults(reply, path, method) == []
        *lines, last = reply.body.splitlines()
        streamed = Reply(200, {}, b"\n".join(lines))
        if lines:
            assert faults(streamed, path, method, "application/x-ndjson") == []
            assert faults(Reply(200, {}, last), path, method) == []
        if isinstance(body, dict) and "stream" not in body and lines:
            whole = await daemon.ask(method.upper(), path, body | {"stream": False})
            assert faults(whole, path, method) == []


async def test_an_answer_with_all_that_there_is() -> None:
    echo = 'name=m;words=Hi you;thinking=hm;tool=f;arguments={"a": 1}'
    body = {
        "model": "m", "stream": False, "logprobs": True, "top_logprobs": 2, "think": True,
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    }  # fmt: skip
    async with whole_daemon(echo) as daemon:
        reply = await daemon.ask("POST", "/api/chat", body)
        assert faults(reply, "/api/chat", "post") == []
        assert {"thinking", "tool_calls"} < set(reply.json["message"])


def requests() -> st.SearchStrategy[tuple[str, str, Any]]:
    """A route, and a body of its described shape, or almost."""
    shapes = Shapes(description())
    return st.one_of(
        [
            st.tuples(
                st.just(path),
                st.just(method.upper()),
                shapes.values(body_schema(path, method)["schema"]),
            )
            for path, method in operations()
            if "requestBody" in operation(path, method)
        ]
    )


@given(data=st.data())
@settings(
    max_examples=PROVE or 75,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whatever_fits_the_description_is_answered(
    house: OpenHouse, data: st.DataObject
) -> None:
    path, method, body = data.draw(requests())
    if "model" in body:
        body["model"] = data.draw(st.sampled_from(["auto", "echo/words", body["model"]]))
    reply = await house.ask(method, path, body)
    assert reply.status < 500, (path, body, reply.body)
    if reply.status >= 400:
        assert list(reply.json) == ["error"]
        assert isinstance(reply.json["error"], str)
    elif path in ("/api/chat", "/api/generate"):
        last = json.loads(reply.body.splitlines()[-1])
        assert last["done"] is True
