"""Answers that are given again: what is found, what dies, what is never kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from homeport.adapters.base import (
    CacheWish,
    Delta,
    Image,
    Limits,
    Message,
    Permit,
    Prompt,
    Sampling,
    Text,
    TextDelta,
    ThinkingDelta,
    Tool,
    ToolCallDelta,
    Usage,
)
from homeport.client.wire import RequestView
from homeport.daemon.money.price import flat
from homeport.daemon.storage.decision_record import replay
from homeport.policies.errors import HomeportError, NotFound, Refused
from homeport.policies.model import ModelCard
from homeport.policies.rules.rule import Condition, Orders, Rule, Trait
from support.cached import ON, CachedHouse, cached_house, cool
from support.scripted import Script, ScriptedAdapter, card, prompt
from support.turned_clock import TurnedClock

STRICT = Condition(traits=(Trait(fact="tag", words=("strict",)),))


def one_model(model: str = "local/a", **fields: object) -> ScriptedAdapter:
    return ScriptedAdapter({model: Script()}, [card(model, **fields)])


def outcome(view: RequestView) -> str:
    return view.cache.outcome if view.cache is not None else ""


async def test_the_same_prompt_is_answered_from_the_cache(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model]) as house:
        first, asked = await house.ask()
        again, view = await house.ask()
        assert house.house.rooms.ledger.spend_view().requests_today == 1
    assert first == again == "Hello there."
    assert len(model.asked) == 1
    assert outcome(asked) == "miss"
    assert view.cache is not None
    assert (view.cache.outcome, view.cache.of) == ("hit", asked.id)
    assert (view.model, view.place, view.cost_nano, view.attempts) == ("local/a", "local", 0, ())
    assert asked.id in view.because


async def test_what_was_decided_and_judged_replays(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        await house.ask()
        _, view = await house.ask()
        await house.house.rooms.decisions.flush()
        record = await house.house.rooms.decisions.get(view.id)
    assert record is not None
    step = record.steps[0]
    assert step.kept is not None
    assert (step.kept.of, step.kept_out) == (view.cache.of if view.cache else "", "")
    assert replay(record) == "identical"
    untrue = replace(step, kept=replace(step.kept, price_now="another"))
    assert replay(replace(record, steps=(untrue,))) == "different"


class Spoken(ScriptedAdapter):
    """Says what a test gives it, and how it ends."""

    deltas: tuple[Delta, ...] = ()

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        for delta in self.deltas:
            yield delta
        async for delta in super().stream(
            prompt, card, prefix=prefix, limits=limits, permit=permit
        ):
            yield delta


async def test_reasoning_calls_and_counts_are_those_of_the_original(tmp_path: Path) -> None:
    usage = Usage(input=7, output=9, reasoning=2, cache_read=3)
    model = Spoken({"local/a": Script(words=("Hello", " there"), usage=usage)}, [card("local/a")])
    model.deltas = (
        ThinkingDelta("I "),
        ThinkingDelta("think.", signature="seal"),
        ToolCallDelta(0, "call-1", "look", '{"a": 1}'),
    )
    async with cached_house(tmp_path, [model]) as house:
        first, _ = await house.deltas("Why?")
        again, view = await house.deltas("Why?")
    *_, was = first
    *told, ended = again
    assert told == [*model.deltas, TextDelta("Hello there", tokens=2)]
    assert ended == was
    assert (view.input_tokens, view.output_tokens) == (7, 9)


async def test_off_is_off(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model], exact=False) as house:
        for _ in range(2):
            _, view = await house.ask()
            assert view.cache is None
    assert not house.path.exists()
    assert not (tmp_path / "secret").exists()


async def test_a_prompt_can_ask_for_it_and_against_it(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model], exact=False) as house:
        await house.ask(cool("Why?", ON))
        assert outcome((await house.ask(cool("Why?", ON)))[1]) == "hit"
        assert (await house.ask(cool("Why?", CacheWish("off"))))[1].cache is None
        assert outcome((await house.ask(cool("Why?", CacheWish("refresh"))))[1]) == "miss"
        named = CacheWish(namespace="drafts")
        assert outcome((await house.ask(cool("Why?", named)))[1]) == "miss"
    assert len(model.asked) == 4


async def test_what_is_not_to_be_stored_is_given_what_is_and_keeps_nothing(tmp_path: Path) -> None:
    model = one_model()
    reads = CacheWish(keeps=False)
    async with cached_house(tmp_path, [model], exact=False) as house:
        assert outcome((await house.ask(cool("Why?", reads)))[1]) == "miss"
        assert await house.kept() == 0
        await house.ask(cool("Why?", ON))
        assert outcome((await house.ask(cool("Why?", reads)))[1]) == "hit"
    assert len(model.asked) == 2


async def test_only_gives_what_is_kept_or_nothing(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model]) as house:
        with pytest.raises(NotFound) as caught:
            await house.ask(cool("Why?", CacheWish("only")))
        assert caught.value.code == "not_cached"
        await house.house.rooms.decisions.flush()
        record = await house.house.rooms.decisions.get(caught.value.decision)
        assert record is not None
        assert record.view.state == "failed"
        await house.ask(cool("Why?"))
        assert outcome((await house.ask(cool("Why?", CacheWish("only"))))[1]) == "hit"
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (prompt("Why?"), "temperature"),
        (cool("Why?", private=True), "private"),
        (cool("Why?", tags=("side-effect",)), "side-effect"),
        (cool("Why?"), ""),
        (
            Prompt(
                (Message("user", (Text("What is it?"), Image(url="https://x.test/a.png"))),),
                sampling=Sampling(temperature=0),
            ),
            "named",
        ),
    ],
    ids=["warm", "private", "side-effect", "plain", "by-reference"],
)
async def test_what_is_looked_at(tmp_path: Path, asked: Prompt, said: str) -> None:
    model = one_model(capabilities=("images",))
    async with cached_house(tmp_path, [model]) as house:
        _, view = await house.ask(asked)
        assert view.cache is not None
        assert outcome(view) == ("bypass" if said else "miss")
        assert said.lower() in view.cache.sentence.lower()
        assert await house.kept() == (0 if said else 1)


async def test_tools_of_a_provider_are_never_cached(tmp_path: Path) -> None:
    searching = Tool("web_search", kind="server", wire="openai-responses")
    asked = Prompt(cool("News?").messages, tools=(searching,), sampling=Sampling(temperature=0))
    model = one_model(capabilities=("tools", "server_tools"))
    async with cached_house(tmp_path, [model]) as house:
        assert outcome((await house.ask(asked))[1]) == "bypass"
        assert await house.kept() == 0


@pytest.mark.parametrize(
    "script",
    [
        Script(fails="rejected"),
        Script(words=("I'm sorry, but I can't help with that.",)),
        Script(usage=Usage(input=7, output=3, searches=1)),
        Script(words=()),
    ],
    ids=["failed", "refused", "searched", "empty"],
)
async def test_what_is_never_kept(tmp_path: Path, script: Script) -> None:
    model = ScriptedAdapter({"local/a": script}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        for _ in range(2):
            with suppress(HomeportError):
                await house.ask()
        assert await house.kept() == 0
    assert len(model.asked) >= 2


async def test_an_answer_whose_caller_went_away_is_not_kept(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model]) as house:
        async with house.router.answer(cool("Why?")) as answer:
            await anext(answer.deltas())
        await answer.settled.wait()
        assert await house.kept() == 0
        assert outcome((await house.ask(cool("Why?")))[1]) == "miss"


# What dies


async def asked_twice(house: CachedHouse, between: object = None) -> RequestView:
    await house.ask()
    if callable(between):
        between()
    return (await house.ask())[1]


async def test_entries_die_with_their_time(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()], ttl_s=10) as house:
        house.clock.ahead_ms = 0
        view = await asked_twice(house, lambda: setattr(house.clock, "ahead_ms", 9_000))
        assert outcome(view) == "hit"
        house.clock.ahead_ms = 10_500
        assert outcome((await house.ask())[1]) == "miss"


async def test_a_clock_that_is_set_back_lets_nothing_live_longer(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()], ttl_s=3600) as house:
        await house.ask()
        house.clock.ahead_ms = -30 * 86_400_000
        assert outcome((await house.ask())[1]) == "hit"
        assert await house.kept() == 1
    async with cached_house(tmp_path, [one_model()], ttl_s=3600) as later:
        later.clock.ahead_ms = -30 * 86_400_000
        assert outcome((await later.ask())[1]) == "miss"


async def test_entries_die_with_the_policy(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        view = await asked_twice(house, lambda: house.house.set_policy(explore=0.01))
        assert outcome(view) == "miss"
        assert view.cache is not None
        assert "policy" in view.cache.sentence
        house.house.set_policy(explore=0.0)
        assert outcome((await house.ask())[1]) == "miss"


async def test_entries_die_with_their_price(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        prices = house.house.around.prices
        prices["local/a"] = flat(1000, 1000, source="a test")
        view = await asked_twice(house, lambda: prices.update({"local/a": flat(2, 2, source="x")}))
        assert outcome(view) == "miss"
        assert view.cache is not None
        assert "price" in view.cache.sentence


class Changing(ScriptedAdapter):
    """Has something changed while it answers for the first time."""

    change: Callable[[], object] | None = None

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        async for delta in super().stream(
            prompt, card, prefix=prefix, limits=limits, permit=permit
        ):
            change, self.change = self.change, None
            if change is not None:
                change()
            yield delta


@pytest.mark.parametrize("changes", ["policy", "price"])
async def test_what_changes_while_it_is_answered_kills_the_answer(
    tmp_path: Path, changes: str
) -> None:
    model = Changing({"local/a": Script()}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        prices = house.house.around.prices
        prices["local/a"] = flat(1000, 1000, source="a test")
        changed = {
            "policy": lambda: house.house.set_policy(explore=0.01),
            "price": lambda: prices.update({"local/a": flat(2, 2, source="x")}),
        }
        model.change = changed[changes]
        view = await asked_twice(house)
        assert outcome(view) == "miss"
        assert view.cache is not None
        assert changes in view.cache.sentence
        assert outcome((await house.ask())[1]) == "hit"


async def test_entries_die_with_the_weights_of_their_model(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model]) as house:
        await house.ask()
        model.cards[0] = replace(model.cards[0], version="another")
        await house.house.rooms.fleet.refresh()
        view = (await house.ask())[1]
        assert outcome(view) == "miss"
        assert view.cache is not None
        assert "weights" in view.cache.sentence


async def test_a_model_that_is_gone_gives_nothing_more(tmp_path: Path) -> None:
    first, second = one_model("local/a"), one_model("local/b")
    async with cached_house(tmp_path, [first, second]) as house:
        _, asked = await house.ask()
        for model in (first, second):
            model.cards[:] = [one for one in model.cards if one.id != asked.model]
        await house.house.rooms.fleet.refresh()
        view = (await house.ask())[1]
    assert outcome(view) == "miss"
    assert view.model != asked.model


async def test_a_rule_that_keeps_its_model_out_keeps_its_answer_out(tmp_path: Path) -> None:
    tagged = Rule(name="no a", when=STRICT, then=Orders(deny=("local/a",)))
    async with cached_house(tmp_path, [one_model("local/a")]) as house:
        house.house.set_policy(rules=(tagged,))
        await house.ask(cool("Why?"))
        with pytest.raises(Refused):
            await house.ask(cool("Why?", tags=("strict",)))
        assert outcome((await house.ask(cool("Why?")))[1]) == "hit"


# What does not matter


async def test_neither_the_link_nor_money_is_needed(tmp_path: Path) -> None:
    cloud = one_model("sky/a", place="cloud")
    async with cached_house(tmp_path, [cloud]) as house:
        house.house.around.prices["sky/a"] = flat(10**9, 10**9, source="a test")
        _, paid = await house.ask()
        house.house.around.links["cloud"] = "offline"
        _, offline = await house.ask()
        _, broke = await house.ask(cool("Why is the sky blue?", max_cost_nano=0))
    assert paid.cost_nano
    assert outcome(offline) == outcome(broke) == "hit"
    assert offline.cache is not None
    assert offline.cache.saved_nano == paid.cost_nano
    assert len(cloud.asked) == 1


async def test_what_would_be_given_is_known_without_being_given(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        assert not await house.router.has_kept(cool("Why?"))
        await house.ask("Why?")
        assert await house.router.has_kept(cool("Why?"))
        assert not await house.router.has_kept(cool("Why?", CacheWish("refresh")))
        assert not await house.router.has_kept(prompt("Why?"))
        house.house.around.prices["local/a"] = flat(1, 1, source="a test")
        assert not await house.router.has_kept(cool("Why?"))
        assert (await house.caching.report()).hits == 0
        house.bounds = replace_bounds(house, exact=False)
        assert not await house.router.has_kept(cool("Why?"))


async def test_a_private_prompt_gets_nothing_of_the_cloud_and_gives_nothing_away(
    tmp_path: Path,
) -> None:
    home, cloud = one_model("local/a"), one_model("sky/a", place="cloud")
    async with cached_house(tmp_path, [home, cloud], private=True) as house:
        await house.ask(cool("Why?", private=True))
        assert outcome((await house.ask(cool("Why?", private=True)))[1]) == "hit"
        assert outcome((await house.ask(cool("Why?")))[1]) == "miss"
        house.bounds = replace_bounds(house, private=False)
        await house.caching().kept.prune()
        assert await house.kept() == 1
        assert outcome((await house.ask(cool("Why?", private=True)))[1]) == "bypass"


def replace_bounds(house: CachedHouse, **changes: object) -> object:
    import msgspec

    return msgspec.structs.replace(house.bounds, **changes)


async def test_a_lesser_answer_is_not_given_where_a_better_one_can_be_had(tmp_path: Path) -> None:
    small = one_model("local/a", parameters=10**9)
    large = one_model("sky/a", place="cloud", parameters=900 * 10**9)
    async with cached_house(tmp_path, [small, large]) as house:
        house.house.set_policy(mode="prefer-cloud")
        house.house.around.links["cloud"] = "offline"
        _, asked = await house.ask()
        assert asked.model == "local/a"
        assert outcome((await house.ask())[1]) == "hit"
        house.house.around.links["cloud"] = "ok"
        _, better = await house.ask()
    assert (outcome(better), better.model) == ("miss", "sky/a")


# Together


async def test_who_comes_meanwhile_waits_for_the_one_answer(tmp_path: Path) -> None:
    model = one_model()
    async with cached_house(tmp_path, [model]) as house:
        told = await asyncio.gather(*(house.ask() for _ in range(8)))
    assert len(model.asked) == 1
    assert {text for text, _ in told} == {"Hello there."}
    assert sorted(outcome(view) for _, view in told) == ["hit"] * 7 + ["miss"]


async def test_where_the_first_fails_the_next_one_asks(tmp_path: Path) -> None:
    model = ScriptedAdapter({"local/a": Script(fails="rejected")}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        told = await asyncio.gather(*(house.ask() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, Exception) for one in told)
    assert len(model.asked) >= 3


async def test_where_the_first_goes_away_the_next_one_asks(tmp_path: Path) -> None:
    model = ScriptedAdapter({"local/a": Script(hangs=True)}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        async with house.router.answer(cool("Why?")) as answer:
            await anext(answer.deltas())
            model.scripts["local/a"] = Script()
            waiting = house.rooms.tasks.create_task(house.ask("Why?"))
            while house.router.in_flight < 2:
                await asyncio.sleep(0)
        text, view = await waiting
    assert (text, outcome(view)) == ("Hello there.", "miss")
    assert len(model.asked) == 2


async def test_nobody_waits_for_longer_than_half_its_time(tmp_path: Path) -> None:
    clock = TurnedClock()
    model = ScriptedAdapter({"local/a": Script(hangs=True)}, [card("local/a")])
    async with cached_house(tmp_path, [model]) as house:
        first = house.router.answer(cool("Why?"))
        async with first as answer:
            await anext(answer.deltas())
            model.scripts["local/a"] = Script()
            asking = house.ask(cool("Why?", deadline_ms=16_000))
            waiting = house.rooms.tasks.create_task(asking)
            while house.rooms.bus.requests()[-1].state != "queued":
                await asyncio.sleep(0)
            await clock.turn(9)
            text, view = await waiting
    assert text == "Hello there."
    assert outcome(view) == "miss"


# What happens to the file


async def test_the_bound_keeps_what_was_used_last(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()], entries=2) as house:
        for word in ("one", "two"):
            await house.ask(word)
        house.clock.ahead_ms = 1000
        await house.ask("one")
        house.clock.ahead_ms = 2000
        await house.ask("three")
        assert await house.kept() == 2
        assert outcome((await house.ask("one"))[1]) == "hit"
        assert outcome((await house.ask("two"))[1]) == "miss"


async def test_the_bytes_are_bounded_too(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()], bytes=8000) as house:
        for number in range(30):
            await house.ask(f"Why {number}?")
        (row,) = (await house.caching.report()).rows
        assert 4000 < row.bytes <= 8000 * (1 + 1 / 16)
        assert outcome((await house.ask("Why 29?"))[1]) == "hit"
        assert outcome((await house.ask("Why 0?"))[1]) == "miss"


async def test_a_damaged_file_is_begun_anew_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache.db").write_bytes(b"no database at all" * 999)
    async with cached_house(tmp_path, [one_model()]) as house:
        assert outcome(await asked_twice(house)) == "hit"
    assert (tmp_path / "cache.db.broken").read_bytes().startswith(b"no database")
    said = [one.message for one in caplog.records if "cache of answers was damaged" in one.message]
    assert len(said) == 1


async def test_what_is_kept_outlives_the_daemon(tmp_path: Path) -> None:
    for wanted in ("miss", "hit"):
        async with cached_house(tmp_path, [one_model()]) as house:
            assert outcome((await house.ask())[1]) == wanted


async def test_a_page_that_is_damaged_costs_what_was_kept_and_no_answer(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        await house.ask()
    damage(tmp_path / "cache.db")
    async with cached_house(tmp_path, [one_model()]) as house:
        text, view = await house.ask()
        assert (text, outcome(view)) == ("Hello there.", "miss")
        assert outcome(await asked_twice(house)) == "hit"
    assert (tmp_path / "cache.db.broken").exists()


def damage(path: Path) -> None:
    """Every page but the first, which says what the file is."""
    pages = path.read_bytes()
    path.write_bytes(pages[:4096] + b"\xa5" * (len(pages) - 4096))


def delete(folder: Path) -> None:
    """What somebody does who wants to be rid of it."""
    for path in folder.glob("cache.db*"):
        path.unlink()


async def test_a_file_that_is_deleted_meanwhile_is_begun_anew(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        assert outcome(await asked_twice(house)) == "hit"
        delete(tmp_path)
        assert outcome(await asked_twice(house)) == "hit"
        assert house.path.stat().st_mode & 0o777 == 0o600


async def test_where_it_cannot_be_kept_prompts_are_asked(tmp_path: Path) -> None:
    (tmp_path / "cache.db").mkdir()
    async with cached_house(tmp_path, [one_model()]) as house:
        text, view = await house.ask()
        report = await house.caching.report()
    assert text == "Hello there."
    assert outcome(view) == "miss"
    assert report.trouble


async def test_the_report_counts(tmp_path: Path) -> None:
    async with cached_house(tmp_path, [one_model()]) as house:
        await asked_twice(house)
        await house.ask(prompt("warm"))
        report = await house.caching.report()
        assert (report.hits, report.misses, report.bypassed) == (1, 1, 1)
        assert [(row.model, row.answers, row.hits) for row in report.rows] == [("local/a", 1, 1)]
        assert await house.caching().clear() == 1
        assert (await house.caching.report()).rows == ()
        assert not house.path.exists()
        assert outcome(await asked_twice(house)) == "hit"
