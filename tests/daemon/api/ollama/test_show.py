"""What editors and chat programs read of one model."""

from __future__ import annotations

from collections.abc import AsyncIterator

import ollama
import pytest

from homeport.client.wire import ModelView
from homeport.daemon.api.ollama.show import capabilities_of
from support.whole_daemon import WholeDaemon, whole_daemon

ECHO = "name=calm;context=4096;parameters=8000000000|name=long;context=32768;capabilities=json"


@pytest.fixture
async def daemon() -> AsyncIterator[WholeDaemon]:
    async with whole_daemon(ECHO) as started:
        yield started


async def test_one_model(daemon: WholeDaemon) -> None:
    async with ollama.AsyncClient(host=daemon.open_url) as sdk:
        shown = await sdk.show("echo/calm")
    assert shown.capabilities == ["completion", "tools", "vision", "thinking"]
    assert shown.modelinfo == {
        "general.architecture": "echo", "general.basename": "calm",
        "general.parameter_count": 8_000_000_000, "echo.context_length": 4096,
    }  # fmt: skip
    assert shown.details is not None
    assert (shown.details.family, shown.details.parameter_size) == ("echo", "8.0B")
    assert shown.parameters == "num_ctx 4096"
    assert shown.template == "{{ .System }} {{ .Prompt }} {{ .Tools }} {{ .Thinking }}"
    assert shown.modified_at is not None


@pytest.mark.parametrize("name", ["auto", "auto:latest", "local", "auto:local-only"])
async def test_a_word_can_do_what_the_models_behind_it_can(daemon: WholeDaemon, name: str) -> None:
    shown = (await daemon.ask("POST", "/api/show", {"model": name})).json
    assert shown["model_info"]["homeport.context_length"] == 32768
    assert shown["capabilities"] == ["completion", "tools", "vision", "thinking"]


async def test_names(daemon: WholeDaemon) -> None:
    for body in ({"model": "calm"}, {"name": "echo/calm:latest"}, {"model": "echo/calm"}):
        shown = await daemon.ask("POST", "/api/show", body)
        assert shown.json["model_info"]["general.basename"] == "calm"
    for name in ("gpt-5.5", "clam"):
        missing = await daemon.ask("POST", "/api/show", {"model": name})
        assert missing.status == 404
        assert missing.json["error"].startswith(f"model '{name}' not found")
    assert (await daemon.ask("POST", "/api/show", {})).status == 400


def test_a_model_that_gives_vectors_says_so() -> None:
    vectors = ModelView(id="a/v", place="local", state="ready", capabilities=("embeddings",))
    chat = ModelView(id="a/c", place="local", state="ready", capabilities=("fill", "tools"))
    assert capabilities_of([vectors]) == ["embedding"]
    assert capabilities_of([vectors, chat]) == ["completion", "tools", "insert"]
    assert capabilities_of([]) == ["completion"]
