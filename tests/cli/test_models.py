"""What `homeport models` says, and how it fetches one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import cloud_model, model

Type = Callable[..., Any]

MODELS = (
    "model                  place  state    context  parameters   size  speed  in/Mtok  out/Mtok"
    "  can               note\n"
    "llamacpp/smollm2-135m  local  ready         8k   135M Q4_1  98 MB  135/s       $0        $0"
    "  json,json_schema  a demonstration model\n"
    "openai/gpt-5.5         cloud  missing     400k                              $1.25       $10"
    "  tools,images      no key\n"
)


@pytest.mark.parametrize("words", [[], ["list"], ["--list"]])
def test_models(fake: FakeDaemon, homeport: Type, words: list[str]) -> None:
    fake.answers["GET models"] = {"models": (cloud_model(), model())}
    ran = homeport("models", *words)
    assert (ran.status, ran.out, ran.err) == (0, MODELS, "")
    assert fake.last("GET models").query == ""


def test_refreshing_looks_again(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET models"] = {"models": (model(),)}
    homeport("models", "--refresh")
    assert fake.last("GET models").query == "refresh=1"


def test_json_is_every_model(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET models"] = {"models": (model(), cloud_model())}
    told = homeport("models", "--list", "--json").json()["models"]
    assert msgspec.convert(told, tuple[wire.ModelView, ...]) == (model(), cloud_model())


def test_no_models_names_the_command(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET models"] = {"models": ()}
    assert "homeport models add default" in homeport("models").out


def test_an_unknown_price_is_not_nothing(fake: FakeDaemon, homeport: Type) -> None:
    unpriced = cloud_model(input_nano_per_mtok=None, output_nano_per_mtok=None)
    fake.answers["GET models"] = {"models": (unpriced,)}
    assert homeport("models").out.count("$?") == 2


LEARNED = wire.LearnedView(
    "code", 61.2, 4.4, 15, "12 checks and 3 thumbs at code", True, 140, 0.04,
    "calibrated on 140 answers, error 0.04",
)  # fmt: skip
TAUGHT = """
what its answers have taught
task  ability  from                            confidence
code  61 ± 4   12 checks and 3 thumbs at code  calibrated on 140 answers, error 0.04
"""


@pytest.mark.parametrize("name", ["llamacpp/smollm2-135m", "smollm2-135m"])
def test_one_is_shown_with_what_was_learned(fake: FakeDaemon, homeport: Type, name: str) -> None:
    fake.answers["GET models"] = {"models": (cloud_model(), model(learned=(LEARNED,)))}
    ran = homeport("models", name)
    assert (ran.status, ran.err) == (0, "")
    assert "model       llamacpp/smollm2-135m\n" in ran.out
    assert ran.out.endswith(TAUGHT)
    told = homeport("models", name, "--json").json()
    assert msgspec.convert(told, wire.ModelView) == model(learned=(LEARNED,))


def test_one_that_was_never_judged(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET models"] = {"models": (cloud_model(),)}
    assert "Nothing yet: homeport feedback" in homeport("models", "gpt-5.5").out


def test_a_name_that_no_model_or_several_have(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET models"] = {"models": (model(), model(id="other/smollm2-135m"))}
    ran = homeport("models", "smollm2-135m")
    assert (ran.status, ran.out) == (1, "")
    assert "Several models are named smollm2-135m" in ran.err
    assert "There is no model named x. There are: llamacpp/sm" in homeport("models", "x").err


@pytest.mark.parametrize(
    "words",
    [["add"], ["add", ""], ["list", "x"], ["--from", "x"], ["list", "--folder", "x"]],
)
def test_wrong_usage(homeport: Type, words: list[str]) -> None:
    ran = homeport("models", *words)
    assert ran.status == 2
    assert "homeport models add" in ran.err


@pytest.fixture
def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The words that the program was started with, in the place of Python's own."""
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\n')
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    return lambda: (tmp_path / "words").read_text().split()[3:]


@pytest.mark.parametrize(
    "words",
    [
        ["--list"],
        ["--list", "--json"],
        ["default", "--from", "a.gguf"],
        ["default", "--from", "a.gguf", "--folder", "here", "--json"],
    ],
)
def test_what_the_program_takes_is_passed_on(
    fake: FakeDaemon, homeport: Type, fetching: Callable[[], list[str]], words: list[str]
) -> None:
    fake.answers["GET models"] = {"models": ()}
    assert homeport("models", "add", *words).status == 0
    assert fetching() == words


@pytest.mark.parametrize("status", [0, 1])
def test_fetching_is_a_program_and_its_status_counts(
    fake: FakeDaemon,
    homeport: Type,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\nexit {status}\n')
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    fake.answers["GET models"] = {"models": ()}
    assert homeport("models", "add", "default", "--json").status == status
    words = (tmp_path / "words").read_text().split()
    assert words == ["-P", "-m", "homeport.daemon.download", "default", "--json"]
    assert fake.routes() == (["GET models"] if status == 0 else [])
