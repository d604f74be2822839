"""A request without a prompt loads a model, or lets it go."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import ollama
import pytest

from homeport.adapters.llamacpp import LlamaCppAdapter
from support import scripted_worker
from support.engine import adapter_for
from support.gguf_files import write_gguf
from support.polling import until
from support.upstreams import OllamaServer
from support.whole_daemon import WholeDaemon, whole_daemon


@asynccontextmanager
async def with_engine(
    folder: Path, model: str = "tiny"
) -> AsyncIterator[tuple[WholeDaemon, LlamaCppAdapter]]:
    """A daemon whose one model runs in a scripted worker."""
    write_gguf(folder / f"{model}.gguf")
    command = (sys.executable, str(Path(scripted_worker.__file__)))
    engine = adapter_for(folder, command=command)
    async with whole_daemon() as daemon:
        fleet = daemon.daemon.fleet
        old = fleet.replace_adapters([engine])
        await fleet.refresh()
        try:
            yield daemon, engine
        finally:
            for adapter in old:
                await adapter.close()


async def test_the_engine_loads_and_lets_go(tmp_path: Path) -> None:
    async with (
        with_engine(tmp_path) as (daemon, engine),
        ollama.AsyncClient(host=daemon.open_url) as sdk,
    ):
        loaded = await sdk.generate("llamacpp/tiny")
        assert (loaded.done, loaded.done_reason, loaded.response) == (True, "load", "")
        assert set(engine.loaded()) == {"llamacpp/tiny"}
        (running,) = (await sdk.ps()).models
        assert (running.model, running.expires_at is not None) == ("llamacpp/tiny", True)
        (let_go,) = [line async for line in await sdk.chat("tiny", [], stream=True, keep_alive=0)]
        assert (let_go.done_reason, let_go.message.content) == ("unload", "")
        assert engine.loaded() == {}
        assert (await sdk.ps()).models == []
        again = await sdk.generate("tiny", "say 2", keep_alive=0)
        assert again.response == "w0 w1 "
        await until(lambda: engine.loaded() == {})


async def test_the_engine_keeps_a_model_for_as_long_as_it_is_told(tmp_path: Path) -> None:
    async with with_engine(tmp_path) as (daemon, engine):

        def left() -> float | None:
            return engine.loaded()["llamacpp/tiny"].idle_left_s

        await daemon.lines("/api/generate", {"model": "tiny", "keep_alive": "24h"})
        assert 80_000 < (left() or 0) <= 86_400
        await daemon.lines("/api/generate", {"model": "tiny", "prompt": "say 1", "keep_alive": -1})
        await until(lambda: left() is None)
        await daemon.lines("/api/generate", {"model": "tiny", "prompt": "say 1"})
        await until(lambda: (left() or 0) > 0)
        assert (left() or 0) <= 600


async def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    async with with_engine(tmp_path, "broken") as (daemon, engine):
        reply = await daemon.ask("POST", "/api/generate", {"model": "broken", "stream": False})
        assert reply.status == 503
        assert reply.json["error"] == "The scripted model is broken."
        assert engine.loaded() == {}


async def test_another_ollama_is_told() -> None:
    async with OllamaServer() as server:
        config = f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
        config += "[models]\nscan_stores = false\n"
        async with whole_daemon(config=config) as daemon:
            await daemon.lines("/api/generate", {"model": "test:1b", "keep_alive": "0s"})
            order = server.requests[-1]
            assert (order.path, order.json["keep_alive"]) == ("/api/generate", 0)
            body = {"model": "test:1b", "prompt": "hi", "keep_alive": 0, "options": {"num_gpu": 1}}
            await daemon.lines("/api/generate", body)
            prompt = server.requests[-1].json
            assert (prompt["prompt"], prompt["options"]["num_gpu"]) == ("hi", 1)
            assert prompt["keep_alive"] == 0


@pytest.mark.parametrize("model", ["auto", "local", "auto:best", "echo/calm"])
async def test_what_holds_nothing_in_memory_is_loaded_at_once(model: str) -> None:
    async with whole_daemon("name=calm") as daemon:
        (line,) = await daemon.lines("/api/chat", {"model": model})
        assert (line["model"], line["done_reason"]) == (model, "load")


async def test_an_unknown_model_is_not_loaded() -> None:
    async with whole_daemon("name=calm") as daemon:
        reply = await daemon.ask("POST", "/api/generate", {"model": "nobody"})
        assert reply.status == 404
        assert reply.json["error"].startswith("model 'nobody' not found")
