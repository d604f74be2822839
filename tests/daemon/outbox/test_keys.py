"""Servers that know a request again by its key: what was cut off is asked there again, once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.daemon.outbox import outcome
from homeport.lab.server import LabServer
from support.outboxes import OVER, Shelf, chat, kept, shelf

MODEL = "skies/lab-fast"


@asynccontextmanager
async def sky(folder: Path, lab: LabServer, header: str) -> AsyncIterator[Shelf]:
    """An outbox before one provider."""
    adapter = OpenAICompatibleAdapter(
        "skies", lab.base_url, place="cloud", only=("lab-fast",), idempotency_header=header
    )
    async with shelf(folder, [adapter], priced=[MODEL]) as here:
        yield here


async def spent(here: Shelf, folder: Path) -> tuple[int, int]:
    """Nano-dollars of the day: what the sums in memory say, and the entries on disk, once all
    that has ended is in both."""
    await here.home.router.settled()
    await here.home.rooms.decisions.flush()
    kept_sums = here.home.rooms.ledger.spend_view().windows[0].spent_nano
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        return kept_sums, db.execute("SELECT sum(cost_nano) FROM entry").fetchone()[0]


@pytest.mark.parametrize("fault", ["reset:times=1", "cut:times=1", "hang_up:times=2"])
async def test_what_was_cut_off_is_asked_again_and_worked_on_and_charged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(outcome, "FIRST_WAIT_MS", 10)
    async with (
        LabServer("openai", script="Because.", faults=[fault], honours_keys=True) as lab,
        sky(tmp_path, lab, "Idempotency-Key") as here,
    ):
        await here.put(kept("a", body=chat("Why?", MODEL), model=MODEL))
        item = await here.becomes("a", *OVER)
        sent, answer = lab.log.prompts, (await here.outbox.get("a")).answer
        assert await spent(here, tmp_path) == (item.cost_nano, item.cost_nano)
        await here.home.rooms.ledger.charged_once([item.decision], "another/model")
        assert await spent(here, tmp_path) == (item.cost_nano, item.cost_nano)
    assert item.state == "answered"
    assert item.cost_nano
    assert b"Because." in answer
    assert [one.replayed for one in sent] == [False] + [True] * (len(sent) - 1)
    assert len({one.headers["idempotency-key"] for one in sent}) == 1
    assert len({one.body for one in sent}) == 1, "to the byte"
    assert not sent[0].json["stream"]


async def test_who_knows_no_keys_gets_none_and_the_person_is_asked(tmp_path: Path) -> None:
    async with (
        LabServer("openai", faults=["reset:times=1"]) as lab,
        sky(tmp_path, lab, "") as here,
    ):
        await here.put(kept("a", body=chat("Why?", MODEL), model=MODEL))
        assert (await here.becomes("a", *OVER)).state == "uncertain"
        (sent,) = lab.log.prompts
    assert "idempotency-key" not in sent.headers
    assert sent.json["stream"]


async def test_what_was_turned_away_is_sent_anew_under_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "FIRST_WAIT_MS", 10)
    async with (
        LabServer("openai", script="Yes.", faults=["500:times=1"], honours_keys=True) as lab,
        sky(tmp_path, lab, "Idempotency-Key") as here,
    ):
        await here.put(kept("a", body=chat("Why?", MODEL), model=MODEL))
        assert (await here.becomes("a", *OVER)).state == "answered"
        keys = [one.headers["idempotency-key"] for one in lab.log.prompts]
    assert len(set(keys)) == len(keys) == 2


async def test_a_person_sends_the_key_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "MOST_SENDINGS", 1)
    async with (
        LabServer("openai", script="Yes.", faults=["reset:times=1"], honours_keys=True) as lab,
        sky(tmp_path, lab, "Idempotency-Key") as here,
    ):
        await here.put(kept("a", body=chat("Why?", MODEL), model=MODEL))
        assert (await here.becomes("a", *OVER)).state == "uncertain"
        await here.outbox.retry("a")
        assert (await here.becomes("a", "answered")).state == "answered"
        assert [one.replayed for one in lab.log.prompts] == [False, True]


async def test_what_its_server_does_not_count_stays_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "FIRST_WAIT_MS", 10)
    script = {"text": "Because.", "usage": False}
    async with (
        LabServer("openai", script=script, faults=["cut:times=1"], honours_keys=True) as lab,
        sky(tmp_path, lab, "Idempotency-Key") as here,
    ):
        await here.put(kept("a", body=chat("Why?", MODEL), model=MODEL))
        item = await here.becomes("a", *OVER)
        in_memory, on_disk = await spent(here, tmp_path)
    assert item.state == "answered"
    assert item.cost_nano is not None
    assert in_memory == on_disk > item.cost_nano
