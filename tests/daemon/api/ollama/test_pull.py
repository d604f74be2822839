"""Downloads are handed on to a real Ollama; the rest of its store is refused."""

from __future__ import annotations

import ollama
import pytest

from support.upstreams import Fault, OllamaServer
from support.whole_daemon import whole_daemon


def config_for(server: OllamaServer) -> str:
    return (
        f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
        "[models]\nscan_stores = false\n"
    )


async def test_a_download_comes_line_by_line_and_whole() -> None:
    async with OllamaServer() as server, whole_daemon(config=config_for(server)) as daemon:
        async with ollama.AsyncClient(host=daemon.open_url) as sdk:
            steps = [step async for step in await sdk.pull("qwen3", stream=True)]
            assert [step.status for step in steps] == ["pulling manifest", "pulling x", "success"]
            assert steps[1].total == 9
            assert (await sdk.pull("ollama/qwen3", insecure=True)).status == "success"
        pulls = [r.json for r in server.requests if r.path == "/api/pull"]
        assert [pull["model"] for pull in pulls] == ["qwen3", "qwen3"]
        assert pulls[1]["insecure"] is True


@pytest.mark.parametrize("at", [0, 1])
async def test_a_download_that_fails_is_told(at: int) -> None:
    async with OllamaServer() as server, whole_daemon(config=config_for(server)) as daemon:
        server.fault = Fault("clean_end", at=at)
        async with ollama.AsyncClient(host=daemon.open_url) as sdk:
            with pytest.raises(ollama.ResponseError, match="before 'qwen3' was fetched"):
                async for _ in await sdk.pull("qwen3", stream=True):
                    pass
            server.fault = Fault("status", status=404, body={"error": "no such manifest"})
            with pytest.raises(ollama.ResponseError) as caught:
                await sdk.pull("qwen3")
            assert caught.value.status_code == 404


async def test_nothing_is_fetched_while_offline() -> None:
    async with OllamaServer() as server, whole_daemon(config=config_for(server)) as daemon:
        await daemon.daemon.set_offline(True)
        reply = await daemon.ask("POST", "/api/pull", {"model": "qwen3"})
        assert (reply.status, "Nothing was fetched" in reply.json["error"]) == (503, True)


async def test_without_an_ollama_the_way_is_told() -> None:
    async with whole_daemon() as daemon:
        reply = await daemon.ask("POST", "/api/pull", {"model": "qwen3"})
        assert reply.status == 403
        assert "homeport models add" in reply.json["error"]
        assert (await daemon.ask("POST", "/api/pull", {})).status == 400
