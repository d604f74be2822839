"""Vectors on Ollama's wire, by its SDK, from a model of another Ollama."""

from __future__ import annotations

from collections.abc import AsyncIterator

import ollama
import pytest

from support.upstreams import OllamaModel, OllamaServer
from support.whole_daemon import WholeDaemon, whole_daemon

VECTORS = OllamaModel("nomic:latest", capabilities=("embedding",))


@pytest.fixture
async def server() -> AsyncIterator[OllamaServer]:
    async with OllamaServer(models=[OllamaModel(), VECTORS]) as started:
        yield started


@pytest.fixture
async def daemon(server: OllamaServer) -> AsyncIterator[WholeDaemon]:
    config = f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
    async with whole_daemon(config=config + "[models]\nscan_stores = false\n") as started:
        yield started


@pytest.mark.parametrize("name", ["nomic", "nomic:latest", "ollama/nomic:latest", "ollama/nomic"])
async def test_one_vector_for_each_text(
    daemon: WholeDaemon, server: OllamaServer, name: str
) -> None:
    async with ollama.AsyncClient(host=daemon.open_url) as sdk:
        one = await sdk.embed(name, "a")
        assert (one.model, one.embeddings, one.prompt_eval_count) == (name, [[0.0, 0.5]], 9)
        two = await sdk.embed(name, ["a", "b"], truncate=False, dimensions=2, keep_alive="5m")
        assert two.embeddings == [[0.0, 0.5], [1.0, 0.5]]
        body = server.requests[-1].json
        assert (body["truncate"], body["dimensions"], body["keep_alive"]) == (False, 2, "5m")
        older = await sdk.embeddings(name, "a")
        assert older.embedding == [0.0, 0.5]
        assert server.requests[-1].json["truncate"] is True


async def test_nothing_to_embed(daemon: WholeDaemon) -> None:
    reply = await daemon.ask("POST", "/api/embed", {"model": "nomic", "input": ""})
    assert reply.json["embeddings"] == []
    assert (await daemon.ask("POST", "/api/embeddings", {"model": "nomic"})).json == {
        "embedding": []
    }


async def test_models_that_do_not_embed(daemon: WholeDaemon) -> None:
    async with ollama.AsyncClient(host=daemon.open_url) as sdk:
        with pytest.raises(ollama.ResponseError) as caught:
            await sdk.embed("nobody", "a")
        assert (caught.value.status_code, "not found" in caught.value.error) == (404, True)
        with pytest.raises(ollama.ResponseError) as caught:
            await sdk.embed("test:1b", "a")
        assert caught.value.status_code == 400
    *_, last = await daemon.lines("/api/generate", {"model": "nomic", "prompt": "hi"})
    assert last["homeport"]["route"] == "ollama/test:1b"
    too_many = {"model": "nomic", "input": ["a"] * 2049}
    assert (await daemon.ask("POST", "/api/embed", too_many)).status == 400
