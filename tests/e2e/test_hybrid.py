"""A cloud that fails in every way, and a model at home that goes on with its answer."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import openai
import pytest

from support.daemon import running
from support.hybrid import (
    INPUT_NANO,
    MESSAGES,
    MODEL,
    OUTPUT_NANO,
    PIECES,
    QUIET_S,
    SECRET,
    SHORT_S,
    WHOLE,
    Stage,
    staged,
    stream,
)
from support.interfaces import needs_an_interface
from support.upstreams import Fault, OpenAIServer

CUTS = int(os.environ.get("HOMEPORT_PROVE") or 12)
"""`HOMEPORT_PROVE=200` cuts so many streams."""

pytestmark = needs_an_interface


async def test_the_cloud_answers_and_is_paid_to_the_nano_dollar(stage: Stage) -> None:
    answer = await stream(stage)
    assert (answer.text, answer.finishes) == (WHOLE, ["stop"])
    assert answer.marks[-1]["route"] == f"openai/{MODEL}"
    request = await stage.newest()
    assert (request["place"], request["certain"]) == ("cloud", True)
    assert request["cost_nano"] == 9 * INPUT_NANO + 40 * OUTPUT_NANO
    spend = (await stage.daemon.ask("GET", "/homeport/v1/spend?by=place")).json
    assert {row["group"]: row["cost_nano"] for row in spend["rows"]} == {
        "cloud": request["cost_nano"]
    }
    assert "sk-cloud" not in stage.daemon.log
    assert SECRET not in stage.daemon.log


async def test_a_proxy_of_this_machine_is_used_with_the_key_of_its_provider(tmp_path: Path) -> None:
    """`OPENAI_BASE_URL` as other programs read it: no line of config is needed."""
    models = {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
    async with OpenAIServer(PIECES, models=models) as proxy:
        shell = {"OPENAI_BASE_URL": proxy.url, "OPENAI_API_KEY": "sk-proxy-0123456789"}
        async with running(tmp_path / "h", **shell) as daemon:
            asked = {"prompt": "hi", "model": MODEL}
            lines = [line async for line in daemon.lines("POST", "/homeport/v1/ask", asked)]
            assert lines[-1]["result"]["response"] == WHOLE
            assert lines[-1]["result"]["place"] == "local"
            assert proxy.requests[-1].headers["authorization"] == "Bearer sk-proxy-0123456789"
            assert "sk-proxy" not in daemon.log


SILENT = ("slow_headers", "stall")
BEFORE = [
    Fault("status", status=500, body={"error": {"message": "boom"}}),
    Fault("status", status=503, body=b"<html>busy</html>"),
    Fault("status", status=401, body={"error": {"message": "bad key"}}),
    Fault("status", status=404, body={"error": {"message": "no model"}}),
    Fault("status", status=400, body={"error": {"code": "context_length_exceeded"}}),
    Fault("slow_headers"),
    Fault("stall"),
    Fault("reset"),
    Fault("garbage"),
    Fault("wrong_type"),
]


@pytest.mark.parametrize(
    ("fault", "quiet_s"),
    [(fault, SHORT_S if fault.kind in SILENT else QUIET_S) for fault in BEFORE],
    ids=[f"{fault.kind}-{fault.status}" for fault in BEFORE],
)
async def test_what_fails_before_its_first_word_is_answered_at_home(
    stage: Stage, fault: Fault
) -> None:
    stage.cloud.fault = fault
    answer = await stream(stage)
    assert (answer.text, answer.finishes, len(answer.ids)) == (WHOLE, ["stop"], 1)
    assert answer.marks[-1]["route"] == "echo/home"
    outcomes = await stage.outcomes()
    assert outcomes[-1] == "done"
    assert 2 <= len(outcomes) <= 3


async def test_a_cloud_that_is_not_there_is_answered_at_home(stage: Stage) -> None:
    await stage.cloud.__aexit__()
    answer = await stream(stage)
    assert (answer.text, answer.marks[-1]["route"]) == (WHOLE, "echo/home")
    whole = await stage.sdk.chat.completions.create(model="auto", messages=MESSAGES)
    assert whole.choices[0].message.content == WHOLE


async def test_a_rate_limit_is_kept_for_as_long_as_it_said(stage: Stage) -> None:
    stage.cloud.fault = Fault("status", status=429, headers=(("Retry-After", "600"),), body={})
    assert (await stream(stage)).text == WHOLE
    assert stage.cloud.prompts == 1
    stage.cloud.fault = None
    assert (await stream(stage)).marks[-1]["route"] == "echo/home"
    assert stage.cloud.prompts == 1, "it is left alone"
    models = (await stage.daemon.ask("GET", "/homeport/v1/models")).json["models"]
    states = {model["id"]: model["state"] for model in models}
    assert states[f"openai/{MODEL}"] == "failing"


async def test_a_rate_limit_with_nobody_else_is_passed_on(tmp_path: Path, prices: Path) -> None:
    async with staged(tmp_path / "h", prices, echo="") as stage:
        stage.cloud.fault = Fault("status", status=429, headers=(("Retry-After", "7"),), body={})
        with pytest.raises(openai.APIStatusError) as caught:
            await stream(stage)
        assert caught.value.status_code in (429, 502, 503)
        assert caught.value.response.headers["retry-after"] == "7"


DURING = ["reset", "cut_body", "clean_end", "bad_json", "error_in_stream", "stall"]


@pytest.mark.parametrize(
    ("kind", "quiet_s"),
    [(kind, SHORT_S if kind in SILENT else QUIET_S) for kind in DURING],
    ids=DURING,
)
async def test_a_stream_that_is_cut_goes_on_at_home_as_one(stage: Stage, kind: Any) -> None:
    stage.cloud.fault = Fault(kind, at=7)
    answer = await stream(stage)
    assert answer.text == WHOLE
    assert (len(answer.ids), len(answer.usages), answer.finishes) == (1, 1, ["stop"])
    assert answer.usages[0].completion_tokens >= 40
    assert (await stage.outcomes())[-1] == "done"
    why = (await stage.daemon.ask("GET", "/homeport/v1/decisions/last")).json
    assert why["replay"] == "identical"
    assert why["request"]["certain"] is False


async def test_the_longest_answer_is_counted_over_a_cut(stage: Stage) -> None:
    stage.cloud.fault = Fault("reset", at=7)
    answer = await stream(stage, max_tokens=10)
    assert (answer.text, answer.finishes) == ("".join(PIECES[:10]), ["length"])
    assert answer.usages[0].completion_tokens == 10


async def test_a_tool_call_that_is_cut_is_never_given_out_as_whole(stage: Stage) -> None:
    parts = ('{"a":', "1}")
    calls = [{"index": 0, "function": {"arguments": part}} for part in parts]
    calls[0] |= {"id": "c1", "type": "function"}
    calls[0]["function"] |= {"name": "look"}  # type: ignore[operator]
    stage.cloud.pieces = [{"delta": {"tool_calls": [call]}} for call in calls]
    stage.cloud.finish_reason = "tool_calls"
    tools: Any = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
    assert (await stream(stage, tools=tools)).finishes == ["tool_calls"]
    stage.cloud.fault = Fault("reset", at=1)
    with pytest.raises(openai.APIError, match="broke before the answer was whole"):
        await stream(stage, tools=tools)


async def test_no_character_is_lost_or_doubled_however_often_it_is_cut(
    tmp_path: Path, prices: Path
) -> None:
    chance = random.Random(4663)  # noqa: S311 - no secret
    broken = 0
    async with staged(tmp_path / "h", prices) as stage:
        for _ in range(CUTS):
            stage.cloud.words = shattered(chance)
            stage.cloud.fault = Fault(chance.choice(DURING[:-1]), at=chance.randrange(1, 30))
            answer = await stream(stage)
            broken += answer.text != WHOLE
            assert (answer.text, len(answer.ids), answer.finishes) == (WHOLE, 1, ["stop"])
            assert (await stage.newest())["attempts"][0]["sent_tokens"] > 0
            # A whole answer closes the breaker, so that the next cut is one of the cloud again.
            stage.cloud.fault = None
            assert (await stream(stage)).marks[-1]["route"] == f"openai/{MODEL}"
    print(f"\n{CUTS} cuts: {broken} answers with lost or doubled characters")


def shattered(chance: random.Random) -> list[str]:
    """The whole text in pieces that end anywhere, in the middle of words too."""
    pieces, rest = [], WHOLE
    while rest:
        length = chance.randrange(1, 8)
        pieces.append(rest[:length])
        rest = rest[length:]
    return pieces


async def test_a_prompt_that_only_the_cloud_may_answer_says_why_it_cannot(
    tmp_path: Path, prices: Path
) -> None:
    async with staged(tmp_path / "h", prices, mode="cloud-only") as stage:
        stage.cloud.fault = Fault("status", status=500, body={})
        with pytest.raises(openai.APIStatusError) as caught:
            await stream(stage)
        assert caught.value.status_code == 502
        assert f"openai/{MODEL}" in caught.value.message
        assert json.loads(caught.value.response.content)["error"]["homeport"]["decision"]
