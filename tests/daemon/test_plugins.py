"""Adapters are found by their entry points, and a broken one harms nobody."""

from __future__ import annotations

import pytest

from homeport.adapters.base import Setup
from homeport.daemon.config.settings import Config
from homeport.daemon.plugins import (
    adapter_kinds,
    adapters_of,
    build_safely,
    close_safely,
    servers_of,
)


def test_the_adapters_of_this_project_are_found_like_any_other() -> None:
    names = {kind.__name__ for kind in adapter_kinds()}
    wanted = {"EchoAdapter", "LlamaCppAdapter", "OllamaAdapter", "OpenAICompatibleAdapter"}
    assert names >= wanted


def test_a_setup_without_servers_builds_without_a_word_from_outside(tmp_path: object) -> None:
    setup = Setup(
        settings={},
        models_dir=str(tmp_path),
        cache_dir=str(tmp_path),
        environment={},
        credential=lambda _: None,
    )
    assert "llamacpp" in {adapter.provider for adapter in adapters_of(setup)}


class Broken:
    """An adapter that can be neither built nor closed."""

    provider = "broken"

    @classmethod
    def build(cls, setup: object) -> list[object]:
        raise ValueError("odd")

    async def close(self) -> None:
        raise ValueError("odd")


async def test_a_broken_adapter_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    assert build_safely(Broken, None) == []  # type: ignore[arg-type]
    await close_safely(Broken())  # type: ignore[arg-type]
    assert "cannot be built" in caplog.text
    assert "cannot be closed" in caplog.text


def test_servers_are_told_apart_by_what_they_are_built_from() -> None:
    assert servers_of(Config()) == servers_of(Config(mode="balanced"))
    assert servers_of(Config()) != servers_of(Config(keys={"openai": "env:KEY"}))
