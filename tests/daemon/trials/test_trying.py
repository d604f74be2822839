"""A model on trial: by the way of any prompt, and nobody but that model."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.client.wire import ProbeReport
from homeport.daemon.money.price import flat
from homeport.daemon.trials.tried import CLIENT, Tried
from homeport.daemon.trials.trying import Trying
from homeport.policies.errors import HomeportError, NotFound
from support.clever import EVERYTHING, Clever
from support.house import House, house
from support.scripted import card

MODEL = "scripted/clever"
LABELS = ("images", "json", "thinking", "tools")


async def report_of(home: House, folder: Path) -> ProbeReport:
    return await Trying(home.rooms, Tried(folder), MODEL).run()


def found(report: ProbeReport) -> dict[str, str]:
    return {trial.name: trial.found for trial in report.trials}


async def test_a_model_that_can_do_everything(tmp_path: Path) -> None:
    adapter = Clever(capabilities=LABELS)
    async with house(tmp_path, [adapter]) as home:
        report = await report_of(home, tmp_path)
        views = home.rooms.bus.requests()
    assert {trial.name: trial.sentence for trial in report.trials if trial.found != "yes"} == {}
    assert report.able == (
        "images",
        "json",
        "json_schema",
        "logprobs",
        "required_tools",
        "thinking",
        "tools",
    )
    assert (report.unable, report.cost_nano) == ((), 0)
    assert {view.client for view in views} == {CLIENT}
    assert all(prompt.labels.model == MODEL for prompt in adapter.prompts)
    labelled = {trial.name: trial.labelled for trial in report.trials}
    assert labelled["tools"] is True
    assert labelled["probabilities"] is False
    assert labelled["answer"] is None


async def test_what_fails_is_taken_from_the_card(tmp_path: Path) -> None:
    adapter = Clever(EVERYTHING - {"tools", "json_schema"}, capabilities=LABELS)
    tried = Tried(tmp_path)
    async with house(tmp_path, [adapter]) as home:
        report = await Trying(home.rooms, tried, MODEL).run()
        card_now = tried.amended(home.rooms.fleet.card(MODEL))
    assert found(report)["tools"] == "no"
    assert found(report)["tools required"] == "yes"
    assert report.unable == ("json_schema", "tools")
    assert "tools" not in card_now.capabilities
    assert "required_tools" in card_now.capabilities
    assert dict(card_now.lacks).keys() == {"json_schema", "tools"}
    remark = next(trial.sentence for trial in report.trials if trial.name == "tools")
    assert remark == "It called no tool."


async def test_failures_that_say_nothing_of_the_model(tmp_path: Path) -> None:
    fails = {"tools": "unsupported", "logprobs": "overloaded"}
    async with house(tmp_path, [Clever(fails=fails, capabilities=LABELS)]) as home:
        report = await report_of(home, tmp_path)
    assert found(report)["tools"] == "no"
    assert found(report)["probabilities"] == "unknown"
    assert "logprobs" not in (*report.able, *report.unable)
    assert report.unable == ("tools",)


async def test_what_is_not_claimed_and_dear_is_not_tried(tmp_path: Path) -> None:
    async with house(tmp_path, [Clever()]) as home:
        report = await report_of(home, tmp_path)
    assert not {"images", "thinking"} & set(found(report))
    assert found(report)["tools"] == "yes"


async def test_a_plan_says_what_it_may_cost(tmp_path: Path) -> None:
    async with house(tmp_path, [Clever(capabilities=LABELS)]) as home:
        plan = await Trying(home.rooms, Tried(tmp_path), MODEL).plan()
        assert (plan.model, plan.place, plan.worst_nano) == (MODEL, "local", 0)
        home.around.prices[MODEL] = flat(1_000_000_000, 1_000_000_000, source="test")
        dear = await Trying(home.rooms, Tried(tmp_path), MODEL).plan()
        assert dear.worst_nano is not None
        assert dear.worst_nano > 0
        home.around.prices[MODEL] = None
        assert (await Trying(home.rooms, Tried(tmp_path), MODEL).plan()).worst_nano is None


async def test_a_model_that_may_not_be_asked_is_an_error(tmp_path: Path) -> None:
    async with house(tmp_path, [Clever()]) as home:
        home.set_policy(mode="cloud-only")
        with pytest.raises(HomeportError):
            await report_of(home, tmp_path)
    assert Tried(tmp_path).of(card(MODEL)) is None


async def test_models_that_cannot_be_tried(tmp_path: Path) -> None:
    vectors = Clever(capabilities=("embeddings",))
    async with house(tmp_path, [vectors]) as home:
        with pytest.raises(NotFound, match="embeddings"):
            Trying(home.rooms, Tried(tmp_path), MODEL)
        with pytest.raises(NotFound, match="scripted/other"):
            Trying(home.rooms, Tried(tmp_path), "nobody")
