"""`POST /homeport/v1/replay` over a real socket: which policy is replayed, and since when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from homeport.daemon.bus import now_ms
from homeport.daemon.replaying.redeciding import Other
from homeport.daemon.replaying.report import report
from support.doors import OpenHouse, open_house

REPLAY = "/homeport/v1/replay"


class ScriptedReplayer:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Other, int]] = []

    async def replay(self, other: Other, *, since_ms: int, against: str) -> wire.ReplayReport:
        self.asked.append((other, since_ms))
        return report([], {}, policy=other.name, against=against, since_ms=since_ms)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[OpenHouse]:
    async with open_house(tmp_path) as opened:
        opened.daemon.replayer = ScriptedReplayer()
        yield opened


async def asked(house: OpenHouse, **wanted: Any) -> Other:
    reply = await house.ask("POST", REPLAY, wanted)
    told = msgspec.json.decode(reply.body, type=wire.ReplayReport, strict=True)
    other, since_ms = house.daemon.replayer.asked[-1]
    assert (told.policy, told.against, told.since_ms) == (other.name, "default", since_ms)
    return other


async def test_a_policy_by_its_name(house: OpenHouse) -> None:
    other = await asked(house, policy="frugal", since_s=60)
    assert (other.name, other.mode) == ("frugal", "prefer-local")
    assert other.rules == house.daemon.shelf.rules("frugal")
    ago_s = (now_ms() - house.daemon.replayer.asked[-1][1]) / 1000
    assert 60 <= ago_s < 600


async def test_a_mode_keeps_the_rules_that_are_in_force(house: OpenHouse) -> None:
    other = await asked(house, policy="cloud-only")
    assert other.mode == "cloud-only"
    assert other.rules == house.daemon.shelf.rules("default")


async def test_a_text_with_what_it_includes(house: OpenHouse) -> None:
    text = 'mode = "balanced"\ncloud_share = 0.3\ninclude = ["frugal"]\n'
    other = await asked(house, text=text, path="/x/mine.toml")
    assert (other.name, other.mode, other.cloud_share) == ("mine", "balanced", 0.3)
    assert other.rules == house.daemon.shelf.rules("frugal")


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({}, "needs a policy"),
        ({"policy": "frugl"}, "Did you mean 'frugal'?"),
        ({"policy": "frugal", "since_s": 0}, "since_s"),
        ({"text": "mode = 3"}, "mode"),
        ({"text": 'include = ["nothing-like-it"]'}, "nothing-like-it"),
    ],
)
async def test_what_cannot_be_replayed_says_why(
    house: OpenHouse, wanted: dict[str, Any], word: str
) -> None:
    reply = await house.ask("POST", REPLAY, wanted)
    assert reply.status == 400
    assert word in reply.body.decode()
    assert not house.daemon.replayer.asked
