"""What `homeport replay` says, sends and ends with."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.replay import seconds
from homeport.client.wire import Figure, Moved, ReplayFigure, ReplayReport
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]

CENT = 10_000_000.0
REPORT = ReplayReport(
    policy="frugal",
    against="default",
    since_ms=1,
    prompts=1200,
    same=Figure(0.72, 0.694, 0.745, 1200),
    supported=0.72,
    private_out=0,
    opened=Figure(0.0, 0.0, 0.003, 1200),
    refused_then=Figure(0.0, 0.0, 0.003, 1200),
    refused=Figure(0.01, 0.006, 0.017, 1200),
    figures=(
        ReplayFigure(
            "cost", Figure(CENT, 0.9 * CENT, 1.1 * CENT, 1200), Figure(CENT / 2, rows=20),
            Figure(-CENT / 2, -0.6 * CENT, -0.4 * CENT, 1200), None, None, None, None,
        ),
        ReplayFigure(
            "quality", Figure(0.8, 0.79, 0.81, 1200), Figure(0.75, 0.74, 0.76, 1200),
            Figure(-0.05, -0.06, -0.04, 1200), Figure(0.7, rows=9), None,
            Figure(0.71, 0.6, 0.82, 90), Figure(0.72, 0.65, 0.79, 90),
        ),
    ),
    moved=(Moved("openai/large", "llamacpp/small", 336), Moved("openai/large", "", 12)),
    left_out=(("its measurements were not logged", 3),),
    sentence="72 % of the prompts would take the same way; "
    "for the rest the figures are predictions.",
    overlap="Only 72 % had a chance.",
)  # fmt: skip
SAID = """\
frugal over 1,200 prompts (in force now: default)
72 % of the prompts would take the same way; for the rest the figures are predictions.

prompts
same way                  72.0 % (69.4 to 74.5)
private and let out       0
kept home then, out here  0.0 % (0.0 to 0.3)
refused then              0.0 % (0.0 to 0.3)
refused here              1.0 % (0.6 to 1.7)
"""


def test_the_comparison(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST replay"] = REPORT
    ran = homeport("replay", "--policy", "frugal", "--since", "2w")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(SAID)
    for line in (
        "quality, weighted: 0.710 (0.600 to 0.820)",
        "quality, doubly robust: 0.720 (0.650 to 0.790)",
        "Only 72 % had a chance.",
        "openai/large  llamacpp/small      336",
        "openai/large  nobody               12",
    ):
        assert line in ran.out
    assert fake.last("POST replay").body == {"policy": "frugal", "since_s": 14 * 86_400}


def test_a_file_is_sent_as_it_is(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mode = 'balanced'\n", "utf-8")
    fake.answers["POST replay"] = REPORT
    assert homeport("replay", "--policy", str(file), "--json").status == 0
    sent = fake.last("POST replay").body
    assert sent == {"text": "mode = 'balanced'\n", "path": str(file), "since_s": 30 * 86_400}


def test_a_file_that_is_not_there_is_said(fake: FakeDaemon, homeport: Type) -> None:
    ran = homeport("replay", "--policy", "nowhere.toml")
    assert ran.status == 1
    assert ran.err == "nowhere.toml cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(("text", "found"), [("30d", 2_592_000), ("90m", 5400), ("1w", 604_800)])
def test_times(text: str, found: int) -> None:
    assert seconds(text) == found


@pytest.mark.parametrize("text", ["", "30", "0d", "d", "-1d", "99999d", "1y"])
def test_what_is_no_time_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="write 30d, 12h or 2w"):
        seconds(text)
