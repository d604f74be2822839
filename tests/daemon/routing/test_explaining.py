"""What `homeport why` shows, from a decision's record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from homeport.adapters.base import TextDelta
from homeport.daemon.replaying.redeciding import Other
from homeport.daemon.routing.asking import MODES
from homeport.daemon.routing.explaining import explain
from support.house import house
from support.scripted import Script, ScriptedAdapter, card, prompt

A, B = "scripted/a", "scripted/b"


async def test_every_step_and_every_candidate_is_shown(tmp_path: Path) -> None:
    adapter = ScriptedAdapter(
        {A: Script(words=("x",), fails="overloaded"), B: Script()},
        [card(A, parameters=30 * 10**9), card(B), card("scripted/small", context=1)],
    )
    async with house(tmp_path, [adapter]) as home:
        async with home.router.answer(prompt("secret words")) as answer:
            text = [d.text async for d in answer.deltas() if isinstance(d, TextDelta)]
        await home.router.settled()
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get(answer.id)
    assert text
    assert record is not None
    why = explain(record, "identical")
    first, second = why.steps
    assert next(score.model for score in first.order) == A
    assert {score.model for score in first.order} | {v.model for v in first.vetoes} == {
        A,
        B,
        "scripted/small",
    }
    assert (first.after, second.after) == ("", "scripted/a broke")
    assert all(abs(sum(v for _, v in s.terms) - s.utility) < 1e-9 for s in first.order)
    assert {mode for mode, _ in why.what_if} == set(MODES) - {"prefer-local"}
    assert "secret" not in str(why)


async def test_what_if_tells_of_every_other_policy(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({A: Script()}, [card(A)])
    nowhere = Other(name="nowhere", mode="cloud-only", weights=None, rules=())
    async with house(tmp_path, [adapter]) as home:
        async with home.router.answer(prompt()) as answer:
            async for _ in answer.deltas():
                pass
        await home.router.settled()
        await home.rooms.decisions.flush()
        record = await home.rooms.decisions.get(answer.id)
    assert record is not None
    same = replace(nowhere, name=record.steps[0].policy.name)
    other = dict(explain(record, "identical", (nowhere, same)).what_if)
    assert other["policy nowhere"].startswith("none: ")
    assert f"policy {same.name}" not in other


async def test_what_if_really_judges_by_the_other_mode(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({A: Script()}, [card(A)])
    async with house(tmp_path, [adapter]) as home:
        home.set_policy(mode="local-only")
        why = await home.router.explain(prompt())
    other = dict(why.what_if)
    assert other["cloud-only"].startswith("none: ")
    assert other["balanced"].startswith(f"{A}: ")
