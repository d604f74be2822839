"""The demonstration's own home: no key of the person's, nothing left behind."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from homeport.client.errors import NoDaemon
from homeport.lab.demo import stage
from homeport.lab.demo.cast import LAB_KEY, on_stage


def test_keys_addresses_and_proxies_are_taken_out(tmp_path: Path) -> None:
    yours = {
        "OPENAI_API_KEY": "sk-real",
        "ANTHROPIC_AUTH_TOKEN": "real",
        "GROQ_API_KEY": "real",
        "OPENAI_BASE_URL": "http://x",
        "OLLAMA_HOST": "x",
        "HOMEPORT_URL": "x",
        "HTTPS_PROXY": "x",
        "https_proxy": "x",
        "PATH": "/bin",
        "LANG": "C.UTF-8",
    }
    clean = stage.clean_environment(yours, tmp_path)
    assert set(clean) == {"PATH", "LANG", "HOMEPORT_HOME", "HOMEPORT_SOCKET", "LAB_KEY"}
    assert "real" not in str(clean)


async def test_the_config_names_the_labs_servers_alone() -> None:
    async with on_stage() as cast:
        config = tomllib.loads(stage.config_for(cast))
    places = {server["name"]: server["place"] for server in config["server"]}
    assert places == {"openai": "cloud", "mistral": "cloud", "home": "local"}
    assert config["listen"]["port"] == 0
    assert not config["ollama"]["enabled"]
    assert not config["models"]["scan_stores"]
    assert LAB_KEY not in str(config)


async def test_a_daemon_that_ends_at_once_is_said_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(stage, "config_for", lambda _: "nonsense = 1")
    async with on_stage() as cast:
        with pytest.raises(stage.NoStage, match="did not start"):
            async with stage.built(cast, None):
                pass
    assert list(tmp_path.glob("homeport-demo-*")) == []  # noqa: ASYNC240  # nothing waits for it


def test_without_an_engine_or_its_model_there_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOMEPORT_HOME", str(tmp_path))
    assert stage.demonstration_model() is None


def test_where_the_daemon_listens(tmp_path: Path) -> None:
    where = stage.destination(stage.clean_environment({}, tmp_path))
    with pytest.raises(NoDaemon):
        where.dial()
    assert stage.program("homeport.tui")[-1] == "homeport.tui"
