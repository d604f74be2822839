"""The person's rules on the way of a prompt: kept from its first decision to its last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import Inputs, Labels
from homeport.daemon.routing.embedding import Embeddings
from homeport.daemon.storage.decision_record import DecisionRecord, replay
from homeport.policies.errors import BadRequest, HomeportError, Refused
from homeport.policies.model import Weights
from homeport.policies.rules.rule import Condition, Orders, Rule, Trait
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B, CLOUD = "scripted/a", "scripted/b", "scripted/cloud"


def tagged(name: str, tag: str, **orders: Any) -> Rule:
    when = Condition(traits=(Trait(fact="tag", words=(tag,)),))
    return Rule(name=name, when=when, then=Orders(**orders))


PRIVATE, IDLE = tagged("secrets", "secret", private=True), tagged("idle", "x", refuse="No.")


def three(a: Script) -> ScriptedAdapter:
    """Two models here and a better one in the cloud."""
    cards = [
        card(A, parameters=30 * 10**9),
        card(B, parameters=8 * 10**9),
        card(CLOUD, parameters=400 * 10**9, place="cloud"),
    ]
    return ScriptedAdapter({A: a, B: Script(), CLOUD: Script()}, cards)


async def asked(home: House, **labels: Any) -> DecisionRecord:
    """Ask, and give what was written down about it."""
    try:
        async with home.router.answer(prompt(labels=Labels(**labels))) as answer:
            async for _ in answer.deltas():
                pass
    finally:
        await home.router.settled()
        await home.rooms.decisions.flush()
    record = await home.rooms.decisions.get(home.rooms.bus.requests()[-1].id)
    assert record is not None
    return record


async def test_what_a_rule_keeps_private_is_so_for_everybody(tmp_path: Path) -> None:
    async with house(tmp_path, [three(Script(words=(), fails="reset"))]) as home:
        home.set_policy(mode="prefer-cloud", rules=(IDLE, PRIVATE))
        record = await asked(home, tags=("secret",))
    assert record.view.private
    assert record.ask.privacy == "private"
    assert len(record.steps) > 1
    for step in record.steps:
        assert CLOUD not in [score.model for score in step.decision.order]
        assert step.ask.privacy == "normal"
        assert [said.rule for said in step.decision.ruling.by] == ["secrets"]
        assert [rule.name for rule in step.policy.rules] == ["secrets"]
    assert replay(record) == "identical"


async def test_a_rule_that_goes_away_in_between_still_holds(tmp_path: Path) -> None:
    async with house(tmp_path, [three(Script(words=("So ",), fails="reset"))]) as home:
        home.set_policy(mode="prefer-cloud", rules=(PRIVATE,))
        async with home.router.answer(prompt(labels=Labels(tags=("secret",)))) as answer:
            async for _ in answer.deltas():
                home.set_policy(rules=())
        await home.router.settled()
        assert answer.view.private
        assert {attempt.place for attempt in answer.view.attempts} == {"local"}


@pytest.mark.parametrize("target", ["local", "auto:local-only", A])
async def test_an_alias_that_goes_away_in_between_still_holds(tmp_path: Path, target: str) -> None:
    async with house(tmp_path, [three(Script(words=("So ",), fails="reset"))]) as home:
        home.set_policy(mode="prefer-cloud", aliases=(("work", target),))
        async with home.router.answer(prompt(labels=Labels(model="work"))) as answer:
            async for _ in answer.deltas():
                home.set_policy(aliases=())
        await home.router.settled()
        assert len(answer.view.attempts) > 1
        assert {attempt.place for attempt in answer.view.attempts} == {"local"}


async def test_a_refusal_of_a_rule_is_told_with_its_sentence(tmp_path: Path) -> None:
    async with house(tmp_path, [three(Script())]) as home:
        home.set_policy(rules=(IDLE,))
        with pytest.raises(Refused, match=r"The rule `idle` refuses: No\.") as refused:
            await asked(home, tags=("x",))
        assert refused.value.status == 403


async def test_a_policy_can_be_named_for_one_prompt(tmp_path: Path) -> None:
    async with house(tmp_path, [three(Script())]) as home:
        record = await asked(home, policy="frugal")
        assert record.steps[0].policy.name == "frugal"
        assert record.steps[0].policy.weights == Weights(budget=0.6, latency=0.1, quality=0.3)
        with pytest.raises(BadRequest, match="Did you mean 'frugal'") as unknown:
            await asked(home, model="auto:frugel")
        assert unknown.value.code == "unknown_policy"


async def test_weights_of_the_caller_are_decided_with(tmp_path: Path) -> None:
    async with house(tmp_path, [three(Script())]) as home:
        record = await asked(home, weights=(0.0, 0.0, 1.0))
        (first, *_) = record.steps[0].decision.order
        terms = dict(first.terms)
        assert terms["quality"] == round(first.quality, 4)
        assert terms["waiting"] == 0.0


async def test_rules_hold_for_embeddings_too(tmp_path: Path) -> None:
    one = card(CLOUD, place="cloud", capabilities=("embeddings",))
    async with house(tmp_path, [ScriptedAdapter({CLOUD: Script()}, [one])]) as home:
        home.set_policy(rules=(PRIVATE,))
        labels = Labels(model=CLOUD, tags=("secret",))
        with pytest.raises(HomeportError, match="private"):
            await Embeddings(home.rooms).embed(Inputs(("secret words",), labels=labels))
