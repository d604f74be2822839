"""What `homeport stats` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from homeport.client import wire
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]
REPORT = wire.StatsReport(
    "model",
    0,
    14,
    (
        wire.StatRow("sky/best", 12, 3, 412.0, 1900.0, 4000.0, 61.25, 21_300_000, 0, 0.8),
        wire.StatRow("", 2, 2, None, None, None, None, 0, 1, None),
    ),
)
STATS = """\
model     prompts  errors  first token    p50    p95  tokens/s     cost  satisfied
sky/best       12  25.0 %       412 ms  1.9 s  4.0 s      61.2  $0.0213       80 %
(none)          2  100.0 %            ?      ?      ?         ?      ~$0          ?
"""


def test_each_group_is_a_row(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET stats"] = REPORT
    ran = homeport("stats", "--days", "3")
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows == [line.split() for line in STATS.splitlines()]
    assert fake.last("GET stats").query == "by=model&days=3"
    assert msgspec.json.decode(homeport("stats", "--json").out, type=wire.StatsReport) == REPORT


def test_nothing_asked_is_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET stats"] = wire.StatsReport("task", 0, 0, ())
    assert homeport("stats", "--by", "task").out == "Nothing was asked in this time.\n"
