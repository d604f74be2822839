"""What `homeport cache` shows and forgets, and what `ask --cache` sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.client import wire
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]
ROW = wire.CacheRow("sky/best", 3, 4096, 12, 21_300_000, 1_700_000_000_000, 1_700_000_100_000)
REPORT = wire.CacheReport(
    True, False, 86_400, 10_000, 67_108_864, (ROW,), 11, 1, 5, 2, 21_300_000, "/state/cache.db"
)


def test_what_is_kept_is_shown_by_model(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET cache"] = REPORT
    ran = homeport("cache")
    assert ran.status == 0
    row = next(line for line in ran.out.splitlines() if line.startswith("sky/best"))
    assert row.split()[1:6] == ["3", "4", "kB", "12", "$0.0213"]
    assert (
        "11 given again, 1 of near prompts, 5 not there (71% were there), $0.0213 saved" in ran.out
    )
    assert "off (cache.near)" in ran.out
    assert "trouble" not in ran.out
    assert '"near_hits": 1' in homeport("cache", "show", "--json").out


def test_nothing_kept_and_why(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET cache"] = wire.CacheReport(
        False, True, 60, 1, 1, (), 0, 0, 0, 0, 0, "/x", "It cannot be opened."
    )
    out = homeport("cache").out
    assert "No answer is kept." in out
    assert "It cannot be opened." in out
    assert "cache.exact" in out
    assert "on, by words alone" in out
    fake.answers["GET cache"] = msgspec.structs.replace(
        REPORT, near=True, near_embedding="ollama/all-minilm"
    )
    assert "on, with ollama/all-minilm" in homeport("cache").out


def test_all_or_one_is_forgotten(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST cache"] = wire.CacheCleared(1)
    assert homeport("cache", "clear").out == "1 answer is forgotten.\n"
    assert fake.last("POST cache").body == {"clear": True}
    homeport("cache", "clear", "7f3a", "--json")
    assert fake.last("POST cache").body == {"forget": "7f3a"}
    assert homeport("cache", "show", "7f3a").status == 2
