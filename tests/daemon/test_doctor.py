"""The doctor says what is wrong, and the command that helps."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.client.wire import (
    Address,
    GpuView,
    KeyView,
    LinkView,
    MachineView,
    ModelView,
    OutboxView,
    SpendView,
    WindowView,
)
from homeport.daemon.doctor import GIB, NO_CONFIG, Found, examine
from homeport.daemon.sandbox.limits import Availability
from support.scripted import failure

WELL = Found(
    address=Address(socket="/run/h.sock", url="http://127.0.0.1:4663"),
    tcp_wanted=True,
    config_path="/c/config.toml",
    config_error="",
    engine_installed=True,
    models=(ModelView(id="llamacpp/m", place="local", state="ready"),),
    broken_files=(),
    troubles={},
    configured=frozenset({"mine"}),
    keys=(KeyView(provider="openai", state="valid", source="keyring"),),
    link=LinkView(state="online"),
    machine=MachineView(
        cores=4,
        memory_total_bytes=16 * GIB,
        memory_free_bytes=8 * GIB,
        gpus=(GpuView(name="A card"),),
        disk_free_bytes=100 * GIB,
    ),
    spend=SpendView(windows=(WindowView("day", 10, 0, 0, 0),)),
    better_model="qwen",
)


def findings(**changes: Any) -> list[tuple[str, str, str]]:
    import msgspec

    found = msgspec.structs.replace(WELL, **changes)
    return [(f.area, f.level, f.command) for f in examine(found) if f.level != "ok"]


def test_where_all_is_well_nothing_is_to_be_done() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("changes", "area", "level", "command"),
    [
        ({"models": ()}, "models", "error", "homeport models add qwen"),
        ({"models": (), "better_model": ""}, "models", "error", "homeport models add default"),
        (
            {"models": (ModelView("llamacpp/d", "local", "ready", demonstration=True),)},
            "models",
            "warning",
            "homeport models add qwen",
        ),
        ({"broken_files": (("/m.gguf", "cut short"),)}, "models", "warning", ""),
        ({"engine_installed": False}, "engine", "warning", 'pip install "homeport[engine]"'),
        ({"troubles": {"mine": failure("mine", "refused")}}, "servers", "warning", ""),
        ({"troubles": {"ollama": failure("ollama", "garbage")}}, "servers", "warning", ""),
        ({"keys": ()}, "keys", "note", "homeport keys add openai"),
        (
            {"keys": (KeyView("groq", "refused", "file"),)},
            "keys",
            "error",
            "homeport keys add groq",
        ),
        (
            {"keys": (KeyView("groq", "untested", "file"),)},
            "keys",
            "note",
            "homeport keys test groq",
        ),
        ({"link": LinkView(by_choice=True)}, "link", "note", "homeport online"),
        ({"outbox": OutboxView(uncertain=2)}, "outbox", "warning", "homeport outbox"),
        ({"outbox": OutboxView(sentence="It is damaged.")}, "outbox", "error", ""),
        ({"link": LinkView(state="offline", reason="no route")}, "link", "warning", ""),
        ({"spend": SpendView()}, "budget", "warning", "homeport budget --day 2 --month 20"),
        ({"config_error": "line 3"}, "config", "error", "homeport config edit"),
        (
            {"address": Address(socket="/run/h.sock")},
            "daemon",
            "warning",
            "homeport config set listen.port 0 && homeport restart",
        ),
        ({"machine": MachineView(disk_free_bytes=GIB)}, "machine", "warning", ""),
        ({"price_trouble": "The disk is full."}, "prices", "error", ""),
        ({"doubted_prices": ["It is far off."]}, "prices", "error", ""),
        ({"doubted_limits": ["It covers nothing."]}, "budget", "warning", "homeport budget"),
        ({"scorer_trouble": "The scorer mine failed."}, "scorer", "warning", ""),
        ({"ledger_trouble": "The disk is full."}, "ledger", "error", ""),
    ],
)
def test_each_trouble_is_named_with_its_remedy(
    changes: dict[str, Any], area: str, level: str, command: str
) -> None:
    assert findings(**changes) == [(area, level, command)]


@pytest.mark.parametrize(("runs", "level"), [(True, "ok"), (False, "note")])
def test_whether_programs_are_run_is_said(runs: bool, level: str) -> None:
    import msgspec

    sandbox = Availability(runs=runs, sentence="Here is why.")
    found = msgspec.structs.replace(WELL, sandbox=sandbox)
    said = [(f.level, f.sentence) for f in examine(found) if f.area == "sandbox"]
    assert said == [(level, "Here is why.")]


def test_what_is_unknown_is_said_to_be_unknown() -> None:
    import msgspec

    found = msgspec.structs.replace(WELL, machine=MachineView())
    said = [f.sentence for f in examine(found) if f.area == "machine"]
    assert said == ["cores unknown, unknown memory. No GPU."]


def test_no_config_file_is_no_fault() -> None:
    import msgspec

    found = msgspec.structs.replace(WELL, config_path="")
    said = [(f.level, f.sentence) for f in examine(found) if f.area == "config"]
    assert said == [("ok", NO_CONFIG)]


def test_servers_that_nobody_asked_for_are_named_together() -> None:
    import msgspec

    troubles = {name: failure(name, "refused") for name in ("vllm", "jan")}
    found = msgspec.structs.replace(WELL, troubles=troubles)
    said = [f.sentence for f in examine(found) if f.area == "servers"]
    assert said == ["Not running here: jan, vllm."]


def embedder(place: str = "local", *capabilities: str) -> ModelView:
    return ModelView(
        id="ollama/all-minilm:latest",
        place=place,  # type: ignore[arg-type]
        state="ready",
        capabilities=capabilities or ("embeddings",),
    )


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([], "is not there"),
        ([embedder("lan")], "is not on this machine"),
        ([embedder("local", "tools")], "makes no vectors"),
        ([embedder()], ""),
    ],
)
def test_the_model_that_compares_prompts_has_to_be_at_home(
    models: list[ModelView], said: str
) -> None:
    import msgspec

    found = msgspec.structs.replace(WELL, near_embedding="ollama/all-minilm", models=models)
    (cache,) = [finding for finding in examine(found) if finding.area == "cache"]
    assert cache.level == ("warning" if said else "ok")
    assert said in cache.sentence
    assert cache.command == ""


def test_another_that_would_do_is_named() -> None:
    wanted = "homeport config set cache.near_embedding ollama/all-minilm:latest"
    found = findings(near_embedding="ollama/e5", models=[embedder()])
    assert ("cache", "warning", wanted) in found
