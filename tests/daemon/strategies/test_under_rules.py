"""Rules that hold for a prompt hold for each of its answers, and for who judges them."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.storage.decision_record import replay
from homeport.policies.rules.rule import Condition, Orders, Rule, Trait
from support.several import BEST, HOME, OTHER, SUM, TALK, says, several

SHORT = Condition(traits=(Trait(fact="input_tokens", high=60),))
AT_HOME = Rule(name="short stays", when=SHORT, then=Orders(private=True))


async def test_a_judge_that_reads_more_than_the_rule_speaks_of_is_still_under_it(
    tmp_path: Path,
) -> None:
    long = "wave after wave " * 80
    home = {HOME: [says(long)], OTHER: [says(long, "again")]}
    async with several(tmp_path, home, {BEST: [says("1")]}) as s:
        s.house.set_policy(rules=(AT_HOME,))
        told = await s.ask(TALK, "ensemble", models=(HOME, OTHER, BEST), method="judge", judge=BEST)
    assert s.sky.asked == []
    assert told.view.place == "local"
    assert told.record is not None
    assert replay(told.record) == "identical"
    judge = told.record.steps[-1]
    assert judge.branch == "judge"
    assert judge.ask.input_tokens > 60
    assert {veto.gate for veto in judge.decision.vetoes if veto.model == BEST} == {"privacy"}


async def test_an_escalation_is_under_the_rules_of_the_prompt(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("41"), says("43")]}, {BEST: [says("42")]}) as s:
        deny = Rule(name="not that one", then=Orders(deny=(BEST,)))
        s.house.set_policy(rules=(deny,))
        told = await s.ask(SUM, "verify")
    assert s.sky.asked == []
    assert told.text == "41"


async def test_a_rule_asks_for_a_strategy(tmp_path: Path) -> None:
    async with several(tmp_path, {HOME: [says("Waves.")], OTHER: [says("Foam.")]}) as s:
        s.house.set_policy(rules=(Rule(name="both", then=Orders(strategy="ensemble")),))
        told = await s.ask(TALK)
        single = await s.ask(TALK, "single")
    assert (told.view.strategy, single.view.strategy) == ("ensemble", "single")
