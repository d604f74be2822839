"""What Ollama's clients are told of the models that are there, and of those in memory."""

from __future__ import annotations

from datetime import datetime

import ollama
import pytest

from homeport.client.wire import ModelView
from homeport.daemon.api.ollama.listing import details_of, digest, row_of, row_of_word
from support.asks import model_card
from support.upstreams import OllamaModel, OllamaServer
from support.whole_daemon import whole_daemon

SINCE = "2026-01-02T03:04:05.000000006Z"
VIEW = ModelView(
    id="llamacpp/smol", place="local", state="ready", context=2048, parameters=134_515_008,
    quantisation="Q4_1", size_bytes=98_000_000,
)  # fmt: skip


def test_a_row() -> None:
    row = row_of(VIEW, model_card("llamacpp/smol", architecture="llama"), SINCE)
    assert row == {
        "name": "llamacpp/smol", "model": "llamacpp/smol", "modified_at": SINCE,
        "size": 98_000_000, "digest": row["digest"],
        "details": {
            "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
            "parameter_size": "134.5M", "quantization_level": "Q4_1",
        },
    }  # fmt: skip
    assert row["digest"] == row_of(VIEW, None, SINCE)["digest"]
    assert len(row["digest"]) == 64


def test_what_is_unknown_is_empty_and_never_made_up() -> None:
    view = ModelView(id="openai/gpt-5.5", place="cloud", state="ready")
    details = details_of(view, None)
    assert (details["format"], details["parameter_size"], details["family"]) == ("", "", "openai")
    assert row_of_word("auto", SINCE)["size"] == 0
    assert digest("auto") != digest("local")


@pytest.mark.parametrize(("method", "empty"), [("GET", False), ("HEAD", True)])
async def test_tags(method: str, empty: bool) -> None:
    async with whole_daemon("name=calm") as daemon:
        reply = await daemon.ask(method, "/api/tags")
        assert reply.status == 200
        assert (reply.body == b"") is empty
        async with ollama.AsyncClient(host=daemon.open_url) as sdk:
            listed = (await sdk.list()).models
            assert [model.model for model in listed] == ["auto", "local", "cloud", "echo/calm"]
            assert isinstance(listed[-1].modified_at, datetime)
            for model in listed[:2] + listed[3:]:
                assert (await sdk.generate(model.model or "", "hi")).done


async def test_models_in_memory() -> None:
    async with OllamaServer(models=[OllamaModel("qwen3:8b", context=40960)]) as server:
        server.running = [{"model": "qwen3:8b", "size": 900, "size_vram": 300}]
        config = f'[ollama]\nurl = "{server.origin}"\n[probing]\nlocal_ports = false\n'
        config += "[models]\nscan_stores = false\n"
        async with whole_daemon(config=config) as daemon:
            async with ollama.AsyncClient(host=daemon.open_url) as sdk:
                (model,) = (await sdk.list()).models[3:]
                assert (model.details and model.details.quantization_level) == "Q4_K_M"
                (running,) = (await sdk.ps()).models
            assert (running.model, running.size, running.size_vram) == ("ollama/qwen3:8b", 900, 300)
            assert running.context_length == 8192
