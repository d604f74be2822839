"""At the doors, with a real router behind them: weights move decisions, sessions are known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from homeport.daemon.routing.router import Router
from support.caching import CachingCloud, Clock, cloud_card, price
from support.doors import OpenHouse, Reply, open_house
from support.house import house

CHEAP, GOOD = "openai/gpt-4.1-nano", "openai/gpt-5.5"
PRICES = {CHEAP: price(0.1, 0.01, 0.4), GOOD: price(30.0, 3.0, 150.0)}
THRIFT, CARE = "budget=1,latency=0,quality=0", "budget=0,latency=0,quality=1"
HARD = "Prove that there are infinitely many primes, and derive a bound for the next one."
TURN = {"role": "user", "content": HARD}


@asynccontextmanager
async def doors(folder: Path) -> AsyncIterator[tuple[OpenHouse, Router]]:
    """The doors before a router that may choose a cheap or a good model."""
    cloud = CachingCloud([cloud_card(name) for name in PRICES], Clock())
    async with house(folder, [cloud]) as home, open_house(folder) as opened:
        home.around.prices.update(PRICES)
        home.set_policy(mode="cloud-only")
        opened.daemon.router = home.router  # type: ignore[assignment]
        yield opened, home.router
        await home.router.settled()


def route(reply: Reply) -> str:
    assert reply.status == 200, reply.body
    return reply.headers["x-homeport-route"]


@pytest.mark.parametrize(("weights", "model"), [(THRIFT, CHEAP), (CARE, GOOD)])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"model": "auto", "messages": [TURN]}),
        ("/v1/messages", {"model": "auto", "messages": [TURN], "max_tokens": 900}),
        ("/v1/responses", {"model": "auto", "input": HARD, "store": False}),
        ("/api/chat", {"model": "auto", "messages": [TURN], "stream": False}),
    ],
)
async def test_weights_in_a_header_move_the_decision_at_every_door(
    tmp_path: Path, path: str, body: dict[str, Any], weights: str, model: str
) -> None:
    async with doors(tmp_path) as (opened, _):
        assert route(await opened.ask("POST", path, body, x_homeport_weights=weights)) == model


async def test_weights_in_the_body_and_of_a_dry_run_move_it_too(tmp_path: Path) -> None:
    async with doors(tmp_path) as (opened, _):
        for weights, model in ((THRIFT, CHEAP), (CARE, GOOD)):
            wish = {"homeport": {"weights": weights}}
            body = {"model": "auto", "messages": [TURN], **wish}
            assert route(await opened.ask("POST", "/v1/chat/completions", body)) == model
            dry = {"prompt": HARD, "weights": weights}
            told = (await opened.ask("POST", "/homeport/v1/route", dry)).json
            assert told["steps"][0]["order"][0]["model"] == model


async def test_a_conversation_is_recognised_at_the_door_and_told_in_why(tmp_path: Path) -> None:
    history: list[dict[str, str]] = [{"role": "user", "content": f"{HARD} " * 100}]
    async with doors(tmp_path) as (opened, _):
        body = {"model": "auto", "messages": history}
        first = route(await opened.ask("POST", "/v1/chat/completions", body))
        history.append({"role": "assistant", "content": "Let p be prime."})
        said = [{"role": turn["role"], "text": turn["content"]} for turn in history]
        dry = {"messages": said, "prompt": HARD}
        told = (await opened.ask("POST", "/homeport/v1/route", dry)).json
        assert told["ask"]["session"].startswith("talk-")
        assert [model for model, _ in told["ask"]["warm"]] == [first]
        notes = {score["model"]: score["note"] for score in told["steps"][0]["order"]}
        assert "its prompt cache holds" in notes.pop(first)
        assert "prompt cache" not in "".join(notes.values())
