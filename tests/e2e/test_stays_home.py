"""What stays at home: at the limit of a budget, what is private, and everything while offline."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import openai
import pytest

from support.hybrid import (
    INPUT_NANO,
    MESSAGES,
    MODEL,
    OUTPUT_NANO,
    SECRET,
    WHOLE,
    Stage,
    staged,
    stream,
)
from support.interfaces import needs_an_interface
from support.upstreams import Fault

pytestmark = needs_an_interface


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
