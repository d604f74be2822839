"""A cloud that fails in every way, a model at home, and the official SDK between them.

The cloud is a real HTTP server on this machine, in OpenAI's shape, that the
config calls `cloud`; it keeps every request, so that what left can be counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest

from homeport.daemon.money.price_table import FORMAT
from homeport.daemon.probes.routes import interface_up
from support.daemon import QUIET_CONFIG, RunningDaemon, running
from support.upstreams import Fault, OpenAIServer

CUTS = int(os.environ.get("HOMEPORT_PROVE") or 12)
"""`HOMEPORT_PROVE=200` cuts so many streams."""
MODEL = "gpt-4o-mini"
PIECES = [f"{' ' if number else ''}w{number}é" for number in range(40)]
WHOLE = "".join(PIECES)
ECHO = f"name=home;words={WHOLE}"
SECRET = "the heron nests under the third pier"
MESSAGES: Any = [{"role": "user", "content": f"Remember: {SECRET}."}]
INPUT_NANO, OUTPUT_NANO = 150, 600
"""What a token of the model costs, in nano-dollars."""

pytestmark = pytest.mark.skipif(
    not interface_up(), reason="without any network interface every cloud model is out of reach"
)


@dataclass
class Stage:
    """The daemon, its cloud, and the SDK."""

    daemon: RunningDaemon
    cloud: OpenAIServer
    sdk: openai.AsyncOpenAI

    async def newest(self) -> dict[str, Any]:
        """The last request that ended."""
        reply = await self.daemon.ask("GET", "/homeport/v1/decisions?limit=1")
        (request,) = reply.json["requests"]
        return dict(request)

    async def outcomes(self) -> list[str]:
        return [attempt["outcome"] for attempt in (await self.newest())["attempts"]]

    def leaked(self) -> bool:
        """Whether a word of the prompt was ever sent to the cloud."""
        return any(b"heron" in request.body for request in self.cloud.requests)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of prices, made once."""
    table = tmp_path_factory.mktemp("prices") / f"prices-{FORMAT}.json"
    command = [sys.executable, "-m", "homeport.daemon.money.price_compiler", str(table)]
    subprocess.run(command, check=True, timeout=120)
    return table


@asynccontextmanager
async def staged(
    folder: Path,
    prices: Path,
    *,
    mode: str = "prefer-cloud",
    more: str = "",
    echo: str = ECHO,
) -> AsyncIterator[Stage]:
    """A home beside a cloud that works, with the cloud's models and prices known."""
    models = {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
    async with OpenAIServer(PIECES, models=models) as cloud:
        cloud.usage = {"prompt_tokens": 9, "completion_tokens": 40, "total_tokens": 49}
        config = (
            f'mode = "{mode}"\n{QUIET_CONFIG}[timeouts]\nfirst_token_s = 1.0\ngap_s = 1.0\n{more}'
            f'[[server]]\nname = "openai"\nurl = "{cloud.url}"\nplace = "cloud"\n'
            f'key = "env:CLOUD_KEY"\nmodels = ["{MODEL}"]\n'
        )
        (folder / "cache").mkdir(parents=True)
        (folder / "cache" / prices.name).symlink_to(prices)
        further = {"HOMEPORT_ECHO": echo} if echo else {}
        async with running(folder, config=config, CLOUD_KEY="sk-cloud-0123456789", **further) as up:
            await known(up)
            sdk = openai.AsyncOpenAI(base_url=f"{up.url}/v1", api_key=up.token, max_retries=0)
            async with sdk:
                yield Stage(up, cloud, sdk)


async def known(daemon: RunningDaemon) -> None:
    """Wait until the cloud's model is there with its price."""
    async with asyncio.timeout(20):
        while True:
            models = (await daemon.ask("GET", "/homeport/v1/models")).json["models"]
            priced = [m for m in models if m["place"] == "cloud" and m["input_nano_per_mtok"]]
            if priced:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def stage(tmp_path: Path, prices: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "h", prices) as made:
        yield made


@dataclass
class Streamed:
    """One stream as the SDK saw it."""

    text: str
    ids: set[str]
    usages: list[Any]
    finishes: list[str]
    marks: list[dict[str, Any]]


async def stream(stage: Stage, **options: Any) -> Streamed:
    """One prompt through the SDK, streamed to its end."""
    chunks = await stage.sdk.chat.completions.create(
        model="auto", messages=MESSAGES, stream=True,
        stream_options={"include_usage": True}, **options,
    )  # fmt: skip
    seen = [chunk async for chunk in chunks]
    choices = [chunk.choices[0] for chunk in seen if chunk.choices]
    return Streamed(
        text="".join(choice.delta.content or "" for choice in choices),
        ids={chunk.id for chunk in seen},
        usages=[chunk.usage for chunk in seen if chunk.usage],
        finishes=[choice.finish_reason for choice in choices if choice.finish_reason],
        marks=[c.model_extra["homeport"] for c in seen if "homeport" in (c.model_extra or {})],
    )


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


@pytest.mark.parametrize("fault", BEFORE, ids=lambda fault: f"{fault.kind}-{fault.status}")
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


@pytest.mark.parametrize("kind", DURING)
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


# -- money


WORST_NANO = 8192 * OUTPUT_NANO
"""About what is reserved for an answer whose longest length nobody named."""
LIMIT_USD = 0.0051


@pytest.mark.parametrize("at_limit", ["local", "refuse"])
async def test_at_the_limit_it_goes_home_or_refuses(
    tmp_path: Path, prices: Path, at_limit: str
) -> None:
    limit = f'[budget]\nday_usd = {LIMIT_USD}\nat_limit = "{at_limit}"\n'
    async with staged(tmp_path / "h", prices, more=limit) as stage:
        last = await until_the_limit(stage)
        assert 2 <= stage.cloud.prompts < 30
        budgets = (await stage.daemon.ask("GET", "/homeport/v1/budgets")).json
        (day,) = [window for window in budgets["windows"] if window["window"] == "day"]
        assert day["spent_nano"] == stage.cloud.prompts * (9 * INPUT_NANO + 40 * OUTPUT_NANO)
        assert day["limit_nano"] - day["spent_nano"] < WORST_NANO * 1.1
    if at_limit == "local":
        assert last == "echo/home"
    else:
        assert isinstance(last, openai.RateLimitError)
        assert "budget" in last.message
        assert last.response.headers["x-homeport-decision"]


async def until_the_limit(stage: Stage) -> str | openai.RateLimitError:
    """Ask until the cloud is not asked any more; where it went then, or how it was refused."""
    for _ in range(40):
        before = stage.cloud.prompts
        try:
            answer = await stream(stage)
        except openai.RateLimitError as refused:
            return refused
        assert answer.text == WHOLE
        if stage.cloud.prompts == before:
            return str(answer.marks[-1]["route"])
    raise AssertionError("the limit was never reached")


async def test_a_cost_limit_of_one_prompt_keeps_it_at_home(stage: Stage) -> None:
    headers = {"x-homeport-max-cost": "0.000001"}
    assert (await stream(stage, extra_headers=headers)).marks[-1]["route"] == "echo/home"
    assert stage.cloud.prompts == 0


# -- what stays at home


PRIVATE: list[dict[str, Any]] = [
    {"extra_headers": {"x-homeport-privacy": "private"}},
    {"extra_body": {"homeport": {"private": True}}},
    {"extra_body": {"homeport": {"privacy": "private", "policy": "prefer-cloud"}}},
    {"extra_headers": {"x-homeport-policy": "local-only"}},
]


@pytest.mark.parametrize("options", PRIVATE, ids=range(len(PRIVATE)))
async def test_a_private_prompt_never_leaves(stage: Stage, options: dict[str, Any]) -> None:
    assert (await stream(stage, **options)).marks[-1]["route"] == "echo/home"
    assert stage.cloud.prompts == 0
    assert not stage.leaked()


async def test_a_private_prompt_does_not_leave_when_home_fails_or_the_cloud_is_named(
    tmp_path: Path, prices: Path
) -> None:
    async with staged(tmp_path / "h", prices, echo="name=home;fault=reset;fault_at=2") as stage:
        for model in ("auto", "cloud", MODEL, f"openai/{MODEL}"):
            with pytest.raises((openai.APIStatusError, openai.APIError)):
                await drained(stage, model)
        refused = await stage.daemon.ask(
            "POST", "/homeport/v1/ask", {"prompt": SECRET, "private": True, "policy": "cloud-only"}
        )
        assert refused.status == 403
        assert stage.cloud.prompts == 0
        assert not stage.leaked()


async def drained(stage: Stage, model: str) -> None:
    """A private prompt for that model, read to its end."""
    chunks = await stage.sdk.chat.completions.create(
        model=model, messages=MESSAGES, stream=True,
        extra_headers={"x-homeport-privacy": "private"},
    )  # fmt: skip
    async for _ in chunks:
        pass


async def test_offline_counts_at_once(stage: Stage) -> None:
    assert (await stream(stage)).marks[-1]["route"] == f"openai/{MODEL}"
    await stage.daemon.ask("POST", "/homeport/v1/link", {"offline": True})
    sent = stage.cloud.prompts
    assert (await stream(stage)).marks[-1]["route"] == "echo/home"
    with pytest.raises(openai.APIStatusError) as caught:
        await stage.sdk.chat.completions.create(
            model="auto", messages=MESSAGES, extra_headers={"x-homeport-policy": "cloud-only"}
        )
    assert "homeport online" in caught.value.message
    assert stage.cloud.prompts == sent
    await stage.daemon.ask("POST", "/homeport/v1/link", {"offline": False})
    assert (await stream(stage)).marks[-1]["route"] == f"openai/{MODEL}"


async def test_going_offline_brings_a_running_answer_home(stage: Stage) -> None:
    stage.cloud.fault = Fault("stall", at=5)
    running_stream = asyncio.create_task(stream(stage))
    await asyncio.wait_for(stage.cloud.stalled.wait(), 20)
    await stage.daemon.ask("POST", "/homeport/v1/link", {"offline": True})
    answer = await running_stream
    assert (answer.text, answer.finishes, len(answer.ids)) == (WHOLE, ["stop"], 1)
    first, *_ = (await stage.newest())["attempts"]
    assert first["outcome"] in ("reset", "link_lost")


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
