"""A provider that takes prompts and never answers costs its share of the time once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from homeport.adapters.base import TextDelta
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.config.settings import Config, Timeouts
from homeport.daemon.routing.router import Router
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt
from support.upstreams import Fault, OpenAIServer

HOME = "scripted/home"
MODELS = {"object": "list", "data": [{"id": name, "object": "model"} for name in ("a", "b")]}


async def ask(home: House) -> list[tuple[str, str]]:
    """The answer's attempts."""
    async with home.router.answer(prompt()) as answer:
        assert [delta async for delta in answer.deltas() if isinstance(delta, TextDelta)]
    await home.router.settled()
    view = home.rooms.bus.requests()[-1]
    return [(attempt.model, attempt.outcome) for attempt in view.attempts]


HURRIED = Config(timeouts=Timeouts(first_token_s=1.0))


async def test_what_hangs_costs_its_share_once_for_all_its_models(tmp_path: Path) -> None:
    local = ScriptedAdapter({HOME: Script()}, [card(HOME, parameters=10**9)])
    async with OpenAIServer(models=MODELS, fault=Fault("slow_headers")) as server:
        away = OpenAICompatibleAdapter("sky", server.url, place="cloud")
        async with house(tmp_path, [local, away]) as home:
            home.set_policy(mode="prefer-cloud")
            home.router = Router(replace(home.rooms, config=lambda: HURRIED))
            first, second = await ask(home), await ask(home)
            assert first == [(first[0][0], "first_token_timeout"), (HOME, "done")]
            assert first[0][0].startswith("sky/")
            assert second == [(HOME, "done")]
            assert server.prompts == 1
            states = {view.id: view.state for view in home.rooms.fleet.views()}
            assert states == {"sky/a": "failing", "sky/b": "failing", HOME: "ready"}
