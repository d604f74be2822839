"""The outbox as a whole: what is kept is sent once, when it may, and nothing is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from homeport.client import paths
from homeport.daemon.api.house import House as ApiHouse
from homeport.daemon.bus import now_ms
from homeport.daemon.config.settings import OutboxBounds
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.outbox import moves, outbox
from homeport.daemon.outbox.item import CHANGED_ON_DISK
from homeport.daemon.outbox.items import Items
from homeport.daemon.outbox.pump import METERED
from homeport.daemon.storage.outbox import OutboxFile
from homeport.policies.errors import BadRequest, DaemonTrouble, NotFound, TooLarge
from support.house import house
from support.notes import hold
from support.outboxes import OVER, Home, Shelf, chat, kept, off_peak_but_not_now, shelf
from support.proving import cloud
from support.scripted import Script, ScriptedAdapter, card

CLOUD = "scripted/c"
AWAY = "No network interface is up."


def sky(**script: Any) -> ScriptedAdapter:
    """One model in the cloud."""
    return cloud(key=Script(**script))


def home() -> ScriptedAdapter:
    """One model on this machine."""
    return ScriptedAdapter({"zz/home": Script()}, [card("zz/home")])


async def text_of(here: Shelf, item_id: str) -> Any:
    import json

    answer = json.loads((await here.outbox.get(item_id)).answer)
    return answer["choices"][0]["message"]["content"]


async def test_what_waits_is_sent_when_the_link_is_back(tmp_path: Path) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter], priced=[CLOUD]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
        assert here.outbox.view().sentence == AWAY
        await asyncio.sleep(0.05)
        assert adapter.asked == []
        here.set_link()
        item = await here.becomes("a", *OVER)
        assert (item.state, item.answered_by, item.status) == ("answered", CLOUD, 200)
        assert item.cost_nano == 10_000
        assert await text_of(here, "a") == "Hello there."
        assert len(adapter.asked) == 1


async def test_it_survives_a_restart_and_is_sent_then(tmp_path: Path) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
    async with shelf(tmp_path, [adapter]) as here:
        assert (await here.becomes("a", *OVER)).state == "answered"


async def test_what_a_daemon_that_died_had_sent_asks_the_person(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
        left = lambda one: moves.leaves(one, "req-1", CLOUD, 5)  # noqa: E731
        await here.outbox._items.change("a", left)
    adapter = sky()
    async with shelf(tmp_path, [adapter]) as here:
        item = await here.item("a")
        assert (item.state, item.decision) == ("uncertain", "req-1")
        assert CLOUD in item.sentence
        assert "booked at its worst" in item.sentence
        assert here.outbox.view().uncertain == 1
        await asyncio.sleep(0.05)
        assert adapter.asked == []
        await here.outbox.retry("a")
        assert (await here.becomes("a", *OVER)).state == "answered"
        assert len(adapter.asked) == 1


@pytest.mark.parametrize("fault", [{"fails": "reset"}, {"ends_early": True}])
async def test_what_was_cut_off_is_uncertain_and_never_sent_again_by_itself(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    adapter = sky(words=("Hello",), **fault)
    async with shelf(tmp_path, [adapter, home()], priced=[CLOUD]) as here:
        await here.put(kept("a"))
        item = await here.becomes("a", *OVER)
        assert item.state == "uncertain"
        assert moves.CUT_OFF in item.sentence
        assert item.cost_nano is not None
        assert item.cost_nano > 0
        assert len(adapter.asked) == 1


async def test_what_was_turned_away_is_tried_again(tmp_path: Path) -> None:
    adapter = sky(words=(), fails="rate_limited")
    async with shelf(tmp_path, [adapter]) as here:
        await here.put(kept("a"))
        async with asyncio.timeout(10):
            while not (item := await here.item("a")).tries:
                await asyncio.sleep(0.01)
        assert item.state == "queued"
        assert item.next_ms - item.since_ms <= 5_000
        assert item.next_ms - item.at_ms >= 2_500
        adapter.scripts[CLOUD] = Script()
        here.home.inner.rooms.fleet.note_success(CLOUD)
        here.clock.ahead_ms = 60_000
        here.outbox._pump.wake()
        assert (await here.becomes("a", *OVER)).state == "answered"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (chat("Why?", "no-such-model"), 404, "no model named"),
        (b'{"model": "cloud", "messages": []}', 400, "`messages` is empty"),
        (b"[]", 400, "expected `object`"),
    ],
)
async def test_what_can_never_be_answered_has_failed_with_its_error(
    tmp_path: Path, body: bytes, status: int, said: str
) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        await here.put(kept("a", body=body))
        item = await here.becomes("a", *OVER)
        assert (item.state, item.status) == ("failed", status)
        assert said in item.sentence
        assert b'"error"' in (await here.outbox.get("a")).answer


async def test_over_a_budget_it_waits_for_the_window(tmp_path: Path) -> None:
    limits = LedgerLimits(day_nano=1)
    async with shelf(tmp_path, [sky()], priced=[CLOUD], limits=limits) as here:
        await here.put(kept("a"))
        async with asyncio.timeout(10):
            while not (item := await here.item("a")).tries:
                await asyncio.sleep(0.01)
        assert item.state == "queued"
        assert "budget" in item.sentence
        assert item.next_ms - here.clock() > 50_000


async def test_lines_of_a_file_that_home_may_answer_need_no_link(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky(), home()]) as here:
        here.set_link(AWAY)
        line = {"batch": "b" * 8, "asks_home": True}
        await here.put(
            kept("near", body=chat("Why?", "local"), custom_id="1", **line),
            kept("far", body=chat("Why?", "cloud"), custom_id="2", **line),
        )
        assert (await here.becomes("near", *OVER)).answered_by == "zz/home"
        async with asyncio.timeout(10):
            while not (far := await here.item("far")).sentence:
                await asyncio.sleep(0.01)
        assert far.state == "queued"
        here.set_link()
        assert (await here.becomes("far", *OVER)).answered_by == CLOUD


async def test_a_metered_link_is_left_alone_unless_that_is_allowed(tmp_path: Path) -> None:
    from msgspec.structs import replace

    async with shelf(tmp_path, [sky()]) as here:
        here.home.link.view = replace(here.home.link.view, metered=True)
        await here.put(kept("a"))
        assert here.outbox.view().sentence == METERED
        await asyncio.sleep(0.05)
        assert (await here.item("a")).state == "queued"
        bounds = replace(here.home.config.outbox, metered=True)
        here.home.config = replace(here.home.config, outbox=bounds)
        here.outbox._pump.wake()
        await here.becomes("a", "answered")


async def test_not_everybody_comes_the_moment_that_the_link_is_back(tmp_path: Path) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter], jitter_s=1e6) as here:
        here.set_link(AWAY)
        await here.put(kept("a"), kept("b", batch="b" * 8, custom_id="1", asks_home=True))
        async with asyncio.timeout(10):
            while (await here.item("b")).sentence == "":
                await asyncio.sleep(0.01)
        here.set_link()
        await asyncio.sleep(0.05)
        assert set((await here.states()).values()) == {"queued"}
        assert adapter.asked == []


async def test_off_peak_waits_for_its_hours(tmp_path: Path) -> None:
    from msgspec.structs import replace

    async with shelf(tmp_path, [sky()]) as here:
        with pytest.raises(BadRequest, match=r"outbox\.off_peak"):
            await here.put(kept("a", when="off-peak"))
        hours = off_peak_but_not_now()
        here.home.config = replace(
            here.home.config, outbox=replace(here.home.config.outbox, off_peak=hours)
        )
        await here.put(kept("a", when="off-peak"))
        assert hours in here.outbox.view().sentence
        await asyncio.sleep(0.05)
        assert (await here.item("a")).state == "queued"
        here.clock.ahead_ms = 2 * moves.HOUR_MS
        here.outbox._pump.wake()
        await here.becomes("a", "answered")


async def test_what_waited_too_long_has_failed_and_can_be_sent_again(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()], days=2) as here:
        here.set_link(AWAY)
        await here.put(kept("a", sentence=AWAY))
        here.clock.ahead_ms = 3 * moves.DAY_MS
        here.outbox._pump.wake()
        item = await here.becomes("a", *OVER)
        assert item.state == "failed"
        assert item.sentence == (
            f"It waited for more than 2 days and was not sent. The last time: {AWAY}"
        )
        here.set_link()
        await here.outbox.retry("a")
        await here.becomes("a", "answered")


async def test_the_person_can_cancel_before_and_while_it_is_sent(tmp_path: Path) -> None:
    adapter = sky(hangs=True)
    async with shelf(tmp_path, [adapter]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"), kept("b"))
        assert (await here.outbox.drop("a")).state == "cancelled"
        here.set_link()
        await here.becomes("b", "sending")
        dropped = await here.outbox.drop("b")
        assert dropped.state == "cancelled"
        assert moves.CUT_OFF in dropped.sentence
        assert adapter.closed == 1
        await here.outbox.drop("b")
        with pytest.raises(NotFound):
            await here.outbox.get("b")
        with pytest.raises(moves.WrongState):
            await here.outbox.mark_read("a")


async def test_a_stop_in_the_middle_leaves_it_for_the_person(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky(hangs=True)]) as here:
        await here.put(kept("a"))
        await here.becomes("a", "sending")
    async with shelf(tmp_path, [sky()]) as here:
        assert (await here.item("a")).state == "uncertain"


async def test_a_stop_before_the_first_step_ends(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
        pump, (item,) = here.outbox._pump, here.outbox._items.queued()
        pump._start(item, here.clock())
        async with asyncio.timeout(10):
            await pump.close()
        assert repr(pump) == "Pump(0 on their way)"
        assert (await here.item("a")).state == "queued"


async def test_an_item_that_was_changed_on_disk_is_not_sent(tmp_path: Path) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"), kept("b"))
    with sqlite3.connect(paths.outbox_path()) as raw:
        raw.execute("UPDATE item SET body = replace(body, 'Why', 'How') WHERE id = 'a'")
        raw.execute("UPDATE item SET head = 'nonsense' WHERE id = 'b'")
    raw.close()
    async with shelf(tmp_path, [adapter]) as here:
        await asyncio.sleep(0.05)
        for name in ("a", "b"):
            item = await here.item(name)
            assert (item.state, item.sentence) == ("failed", CHANGED_ON_DISK)
            with pytest.raises(BadRequest):
                await here.outbox.retry(name)
            await here.outbox.drop(name)
        assert await here.states() == {}
        assert adapter.asked == []


async def test_one_that_is_changed_while_it_waits_is_not_sent_either(tmp_path: Path) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
        with sqlite3.connect(paths.outbox_path()) as raw:
            raw.execute("UPDATE item SET batch = 'other' WHERE id = 'a'")
        raw.close()
        here.set_link()
        assert (await here.becomes("a", *OVER)).sentence == CHANGED_ON_DISK
        assert adapter.asked == []


async def test_a_file_that_is_damaged_is_left_as_it_is_and_said() -> None:
    paths.outbox_path().parent.mkdir(parents=True, exist_ok=True)
    paths.outbox_path().write_bytes(b"not a database, but something of yours" * 200)
    items = Items(OutboxFile(paths.outbox_path()), OutboxBounds, lambda _: None)
    with pytest.raises(DaemonTrouble) as told:
        await items.open()
    assert told.value.code == "database_broken"
    assert paths.outbox_path().read_bytes().startswith(b"not a database")


async def test_a_damaged_file_is_said_and_stops_nothing_else(tmp_path: Path) -> None:
    paths.outbox_path().parent.mkdir(parents=True, exist_ok=True)
    paths.outbox_path().write_bytes(b"not a database" * 200)
    async with house(tmp_path, [sky()]) as inner:
        home: Any = Home(inner, OutboxBounds())
        api = ApiHouse(home, lambda: None)
        assert api.has_outbox
        api.look_into_the_outbox()
        async with asyncio.timeout(10):
            while not home.outbox_view().sentence:
                await asyncio.sleep(0.01)
        assert "damaged" in home.outbox_view().sentence
        with pytest.raises(DaemonTrouble):
            await api.outbox.put([kept("a")])
        await api.close()


async def test_a_file_that_is_put_back_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AGAIN_S", 0.01)
    async with shelf(tmp_path, [sky()]) as here:
        here.set_link(AWAY)
        await here.put(kept("a"))
    away = paths.outbox_path().with_name("away.db")
    paths.outbox_path().rename(away)
    paths.outbox_path().write_bytes(b"not a database" * 200)
    async with house(tmp_path, [sky()]) as inner:
        home: Any = Home(inner, OutboxBounds())
        api = ApiHouse(home, lambda: None)
        api.look_into_the_outbox()
        async with asyncio.timeout(10):
            while not home.outbox_view().sentence:
                await asyncio.sleep(0.01)
            away.replace(paths.outbox_path())
            while not home.outbox_view().queued and not home.outbox_view().answered:
                await asyncio.sleep(0.01)
        assert home.outbox_view().sentence == ""
        await api.close()


@pytest.mark.parametrize("days", [7.0, 1e-9], ids=["due", "expired"])
async def test_one_that_cannot_be_read_holds_up_neither_the_others_nor_the_processor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: float
) -> None:
    adapter = sky()
    async with shelf(tmp_path, [adapter], days=days, at_once=1) as here:
        here.set_link(AWAY)
        if days < 1:
            here.clock.ahead_ms = -1000
        await here.put(kept("a", at_ms=here.clock() + 1000), kept("b", at_ms=here.clock() + 1000))
        with sqlite3.connect(paths.outbox_path()) as raw:
            raw.execute("DELETE FROM item WHERE id = 'a'")
        raw.close()
        here.clock.ahead_ms = 0
        here.set_link()
        await here.becomes("b", *OVER)
        for _ in range(20):
            here.outbox._pump.wake()
            await asyncio.sleep(0)
        await here.outbox._pump._round()
        assert caplog.text.count("a cannot be read or written") == 1
        assert (await here.states())["a"] == "queued"


async def test_bounds_are_kept_and_nothing_of_what_is_too_much_is(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()], items=2, item_bytes=1024, bytes=4096) as here:
        here.set_link(AWAY)
        with pytest.raises(TooLarge, match="1,024") as large:
            await here.put(kept("big", "x" * 1024))
        assert large.value.code == "item_too_large"
        await here.put(kept("a"))
        with pytest.raises(TooLarge, match=r"outbox\.items") as full:
            await here.put(kept("b"), kept("c"))
        assert full.value.code == "outbox_full"
        assert await here.states() == {"a": "queued"}
        await here.put(kept("b"))


async def test_the_same_line_twice_is_kept_once(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        here.set_link(AWAY)
        line = {"batch": "b" * 8}
        assert await here.put(kept("a", custom_id="1", **line)) == 1
        assert await here.put(kept("x", custom_id="1", **line), kept("b", custom_id="2", **line))
        assert await here.states() == {"a": "queued", "b": "queued"}
        assert here.outbox.lines_of("bbbb") == ["a", "b"]


async def test_what_was_put_by_somebody_who_has_gone_is_known(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "outbox.db")
    items = Items(file, OutboxBounds, lambda _: None)
    await items.open()
    gone = asyncio.ensure_future(items.put([kept("a")]))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await (await file.database()).flush()
    assert [item.id for item in items.queued()] == ["a"]
    await file.close()


async def test_what_moves_on_while_it_is_put_has_moved_on(tmp_path: Path) -> None:
    file = OutboxFile(tmp_path / "outbox.db")
    items = Items(file, OutboxBounds, lambda _: None)
    await items.open()
    release = hold(await file.database())
    putting = asyncio.ensure_future(items.put([kept("a")]))
    await asyncio.sleep(0)
    moving = asyncio.ensure_future(items.change("a", lambda it: moves.cancelled(it, now_ms())))
    await asyncio.sleep(0)
    release.set()
    assert await putting == 1
    assert items.heads == {"a": await moving}
    assert items.queued() == []
    await file.close()


async def test_an_answer_is_kept_until_it_was_read_and_a_line_is_known_for_longer(
    tmp_path: Path,
) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        await here.put(kept("a"), kept("b", batch="b" * 8, custom_id="1"))
        await here.becomes("a", "answered")
        await here.becomes("b", "answered")
        here.clock.ahead_ms = 365 * moves.DAY_MS
        await here.outbox.prune()
        assert await text_of(here, "a") == "Hello there."
        await here.outbox.mark_read("a")
        await here.outbox.mark_read("b")
        await here.outbox.prune()
        assert await text_of(here, "a") == "Hello there."
        here.clock.ahead_ms += 2 * moves.HOUR_MS
        await here.outbox.prune()
        assert await here.states() == {"b": "answered"}
        assert (await here.item("b")).bytes == 0
        assert await here.put(kept("c", batch="b" * 8, custom_id="1")) == 0
        here.clock.ahead_ms += 91 * moves.DAY_MS
        await here.outbox.prune()
        assert await here.states() == {}


async def test_every_change_is_told_with_the_counts(tmp_path: Path) -> None:
    async with shelf(tmp_path, [sky()]) as here:
        with here.home.bus.watch() as watcher:
            told = watcher.__aiter__()
            await anext(told)
            await here.put(kept("a", "a secret word"))
            seen = []
            while "answered" not in seen:
                event: Any = await anext(told)
                if type(event).__name__ == "OutboxChanged":
                    seen.append(event.item.state)
                    assert "secret" not in repr(event)
        assert seen == ["queued", "sending", "answered"]
        assert here.outbox.view().answered == 1


async def test_only_so_many_are_sent_at_once_and_each_client_has_its_turn(tmp_path: Path) -> None:
    adapter = sky(hangs=True)
    async with shelf(tmp_path, [adapter], at_once=2) as here:
        here.set_link(AWAY)
        await here.put(*(kept(f"a{n}", client="batch") for n in range(5)))
        await here.put(kept("b", client="editor"))
        here.set_link()
        await here.becomes("b", "sending")
        await here.becomes("a0", "sending")
        states = await here.states()
        assert [name for name, state in states.items() if state == "sending"] == ["a0", "b"]


async def test_embeddings_leave_once_too(tmp_path: Path) -> None:
    """The scripted model makes none: that is an error of the door, and nothing has left."""
    async with shelf(tmp_path, [sky()]) as here:
        body = b'{"model": "scripted/c", "input": "Why?", "stream": true}'
        await here.put(kept("a", path="/v1/embeddings", body=body))
        item = await here.becomes("a", *OVER)
        assert (item.state, item.status) == ("failed", 400)
