"""`homeport doctor --probe`: the cost first, then a table of what was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from homeport.client import wire
from homeport.client.wire import Trouble
from support.fake_daemon import FakeDaemon, Refusal

Type = Callable[..., Any]
MODEL = "ollama/small"
HOME = wire.ProbePlan(MODEL, "local", ("answer", "tools"), 0)
DEAR = wire.ProbePlan("openai/big", "cloud", ("answer", "tools"), 20_000_000)
REPORT = wire.ProbeReport(
    MODEL,
    "local",
    1_795_000_000_000,
    (
        wire.TrialView("answer", "yes", ms=2_300),
        wire.TrialView("tools", "no", "It called no tool.", labelled=True, ms=640),
        wire.TrialView("images", "unknown", "It is overloaded.", labelled=False),
    ),
    unable=("tools",),
    tokens_per_s=27.4,
)


def test_a_model_at_home_is_tried_at_once(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers |= {"GET doctor": HOME, "POST doctor": REPORT}
    ran = homeport("doctor", "--probe", MODEL)
    assert ran.status == 0
    assert fake.last("POST doctor").body == {"probe": MODEL, "spend": False}
    assert "with 2 exercises" in ran.err
    lines = ran.out.splitlines()
    (tools,) = [line for line in lines if line.startswith("tools")]
    assert tools.split()[:3] == ["tools", "yes", "NO"]
    assert "It called no tool." in tools
    assert "Speed: 27.4 tokens a second." in lines
    assert lines[-1] == "It is not used for prompts that need it to call tools."


def test_a_cloud_model_is_tried_only_with_leave(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers |= {"GET doctor": DEAR, "POST doctor": REPORT}
    ran = homeport("doctor", "--probe", "openai/big")
    assert ran.status == 3
    assert "costs at most $0.02" in ran.err
    assert "homeport doctor --probe openai/big --yes" in ran.err
    assert "POST doctor" not in fake.routes()
    assert homeport("doctor", "--probe", "openai/big", "--yes").status == 0
    assert fake.last("POST doctor").body == {"probe": "openai/big", "spend": True}


def test_an_unknown_price_is_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET doctor"] = wire.ProbePlan("x/y", "cloud", (), None)
    ran = homeport("doctor", "--probe", "x/y")
    assert (ran.status, "its price is unknown" in ran.err) == (3, True)


def test_json_is_the_report(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers |= {"GET doctor": HOME, "POST doctor": REPORT}
    ran = homeport("doctor", "--probe", MODEL, "--json")
    assert json.loads(ran.out)["unable"] == ["tools"]


def test_nothing_found_and_money_spent(fake: FakeDaemon, homeport: Type) -> None:
    spent = wire.ProbeReport(MODEL, "cloud", 1, (), cost_nano=3_000_000)
    fake.answers |= {"GET doctor": DEAR, "POST doctor": spent}
    out = homeport("doctor", "--probe", MODEL, "--yes").out
    assert "Cost: $0.003" in out
    assert "Nothing was found that it claims and cannot do." in out


def test_an_unknown_model_is_said(fake: FakeDaemon, homeport: Type) -> None:
    trouble = Trouble("model_not_found", "caller", "There is no model `x` to try.")
    fake.answers["GET doctor"] = Refusal(trouble, 404)
    ran = homeport("doctor", "--probe", "x")
    assert ran.status == 2
    assert "There is no model `x` to try." in ran.err
