"""A stream is cut where what was set aside for it is used up, whatever its provider does."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.anthropic.adapter import AnthropicAdapter
from homeport.adapters.base import Adapter, Delta, Finish, Prompt, Sampling, TextDelta
from homeport.adapters.gemini.adapter import GeminiAdapter
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.daemon.storage.decision_record import replay
from homeport.lab.server import LabServer
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

DOLLAR = 10**9
SKY, HOME = "sky/large", "home/small"
TALKS_ON = {"words": 600, "heeds_max_tokens": False, "usage": False}


async def told(home: House, asked: Prompt) -> tuple[str, list[Delta]]:
    """The words, and all deltas."""
    async with home.router.answer(asked) as answer:
        deltas = [delta async for delta in answer.deltas()]
    await home.router.settled()
    return "".join(d.text for d in deltas if isinstance(d, TextDelta)), deltas


def at(wire: str, lab: LabServer) -> Adapter:
    if wire == "anthropic":
        return AnthropicAdapter(lab.base_url)
    return (
        GeminiAdapter(lab.base_url)
        if wire == "gemini"
        else OpenAICompatibleAdapter("lab", lab.base_url)
    )


@pytest.mark.parametrize("wire", ["openai", "anthropic", "gemini"])
async def test_a_provider_that_ignores_the_bound_is_cut_off_at_it(
    tmp_path: Path, wire: str
) -> None:
    async with LabServer(wire, script=TALKS_ON) as lab:
        adapter = at(wire, lab)
        async with house(tmp_path, [adapter], limits=LedgerLimits(day_nano=DOLLAR)) as home:
            model = home.rooms.fleet.ids()[0]
            for each in home.rooms.fleet.ids():
                home.around.prices[each] = flat(DOLLAR, 5 * DOLLAR, source="a test")
            home.set_policy(aliases=(("it", model),))
            asked = prompt(sampling=Sampling(max_tokens=60), stream=True)
            text, deltas = await told(home, asked)
            assert isinstance(deltas[-1], Finish)
            assert deltas[-1].reason == "length"
            view = home.rooms.bus.requests()[-1]
            assert [attempt.outcome for attempt in view.attempts] == ["budget"]
            assert view.because.endswith("used up what was set aside for it")
            record = await home.rooms.decisions.get("last")
            assert record is not None
            assert view.cost_nano is not None
            assert view.cost_nano <= record.steps[0].decision.order[0].worst_cost_nano
            assert 60 <= len(text.split()) < 300
            spent = home.rooms.ledger.spend_view().windows[0]
            assert (spent.spent_nano, spent.reserved_nano) == (view.cost_nano, 0)
            assert not view.certain


def a_sky(*, words: int, bound: int) -> ScriptedAdapter:
    """One cloud model that may say `bound` words, and says `words`."""
    large = card(SKY, place="cloud", max_output=bound, price_ref="x/y", parameters=400 * 10**9)
    adapter = ScriptedAdapter({SKY: Script(words=[" word"] * words)}, [large])
    adapter.origin = "https://api.example"
    return adapter


def priced(home: House) -> None:
    home.around.prices[SKY] = flat(0, DOLLAR, source="a test")
    home.set_policy(mode="prefer-cloud")


async def test_it_is_handed_over_to_a_model_at_home(tmp_path: Path) -> None:
    here = ScriptedAdapter({HOME: Script(words=(" and", " home"))}, [card(HOME, parameters=10**8)])
    sky = a_sky(words=90, bound=40)
    async with house(tmp_path, [sky, here], limits=LedgerLimits(day_nano=DOLLAR)) as home:
        priced(home)
        text, deltas = await told(home, prompt())
        assert text == " word" * 41 + " and home"
        assert isinstance(deltas[-1], Finish)
        assert deltas[-1].reason == "stop"
        assert here.asked == [(HOME, " word" * 41)]
        view = home.rooms.bus.requests()[-1]
        assert [attempt.outcome for attempt in view.attempts] == ["budget", "done"]
        assert view.cost_nano == 40 * DOLLAR // 10**6
        record = await home.rooms.decisions.get("last")
        assert record is not None
        assert replay(record) == "identical"


async def test_who_keeps_to_the_bound_is_not_cut_off(tmp_path: Path) -> None:
    sky = a_sky(words=40, bound=40)
    async with house(tmp_path, [sky], limits=LedgerLimits(day_nano=DOLLAR)) as home:
        priced(home)
        text, deltas = await told(home, prompt())
        assert (text, len(deltas)) == (" word" * 40, 41)
        assert home.rooms.bus.requests()[-1].attempts[-1].outcome == "done"
