"""What `homeport spend reconcile` says."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]
COSTS = """\
usage_date_utc,cost_usd
2026-11-19,0.50
2026-11-20,0.25000004
"""
BOOKED = wire.BookedReport(
    "anthropic",
    (
        wire.BookedDay("2026-11-19", 480_000_000, 100_000_000, 10, 5, 3),
        wire.BookedDay("2026-11-20", 250_000_100, 0, 10, 5, 2),
    ),
)


@pytest.fixture
def costs(tmp_path: Path) -> str:
    path = tmp_path / "costs.csv"
    path.write_text(COSTS)
    return str(path)


def test_each_day_is_shown_both_ways(fake: FakeDaemon, homeport: Type, costs: str) -> None:
    fake.answers["GET spend/booked"] = BOOKED
    ran = homeport("spend", "reconcile", costs)
    assert ran.status == 1
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[1] == ["2026-11-19", "~$0.48", "$0.50", "+$0.02", "$0.10"]
    assert rows[2][:3] == ["2026-11-20", "$0.25", "$0.25"]
    assert "anthropic: 1 of 2 days differ" in ran.out
    query = fake.last("GET spend/booked").query
    assert query == "provider=anthropic&since=2026-11-19&until=2026-11-20"


def test_what_agrees_ends_well_and_days_on_one_side_count(
    fake: FakeDaemon, homeport: Type, costs: str
) -> None:
    days = (wire.BookedDay("2026-11-20", 250_000_040, 0, 1, 1, 1),)
    fake.answers["GET spend/booked"] = wire.BookedReport("mine", days)
    ran = homeport("spend", "reconcile", costs, "--provider", "mine", "--json")
    told = json.loads(ran.out)
    assert ran.status == 1
    assert [day["difference_nano"] for day in told["days"]] == [500_000_000, 0]
    assert [day["agrees"] for day in told["days"]] == [False, True]


def test_an_export_of_tokens_is_held_against_tokens(
    fake: FakeDaemon, homeport: Type, tmp_path: Path
) -> None:
    path = tmp_path / "usage.csv"
    path.write_text("usage_date_utc,usage_input_tokens_no_cache,usage_output_tokens\n"
                    "2026-11-19,10,5\n")  # fmt: skip
    days = (wire.BookedDay("2026-11-19", 7, 0, 10, 5, 1),)
    fake.answers["GET spend/booked"] = wire.BookedReport("anthropic", days)
    ran = homeport("spend", "reconcile", str(path))
    assert ran.status == 0
    assert ran.out.splitlines()[1].split() == ["2026-11-19", "10", "10", "5", "5"]


def test_a_provider_is_asked_itself_where_there_is_no_file(
    fake: FakeDaemon, homeport: Type
) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    first, last = (today - datetime.timedelta(days=ago) for ago in (3, 1))
    outside = today - datetime.timedelta(days=9)
    page = {"data": [{"date": str(last), "usage": 0.25}, {"date": str(outside), "usage": 9}]}
    fake.answers["POST spend/charged"] = wire.ChargedReport("openrouter", "or.test:443", (page,))
    days = (wire.BookedDay(str(last), 240_000_000, 0, 1, 1, 1),)
    fake.answers["GET spend/booked"] = wire.BookedReport("openrouter", days)
    ran = homeport("spend", "reconcile", "--provider", "openrouter", "--days", "3", "--json")
    assert ran.status == 1
    told = {day["day"]: day["difference_nano"] for day in json.loads(ran.out)["days"]}
    assert told == {str(first): 0, str(last): 10_000_000}
    asked = {"provider": "openrouter", "since": str(first), "until": str(last)}
    assert fake.last("POST spend/charged").body == asked
    assert "or.test:443 was asked." in ran.err


def test_nothing_charged_and_nothing_booked_agree(fake: FakeDaemon, homeport: Type) -> None:
    page = {"object": "page", "data": [], "has_more": False, "next_page": None}
    fake.answers["POST spend/charged"] = wire.ChargedReport("openai", "o.test:443", (page,))
    fake.answers["GET spend/booked"] = wire.BookedReport("openai", ())
    ran = homeport("spend", "reconcile", "--provider", "openai")
    assert ran.status == 0
    assert "openai: 0 of 1 days differ" in ran.out


def test_what_cannot_be_read_is_said(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name, word in (
        (str(tmp_path / "nowhere"), "cannot be read"),
        (str(tmp_path), "cannot be read"),
        (str(tmp_path / "bytes"), "not UTF-8"),
    ):
        ran = homeport("spend", "reconcile", name)
        assert ran.status != 0
        assert word in ran.err
    assert homeport("spend", "reconcile").status == 2
    assert homeport("spend", "report", "costs.csv").status == 2
    assert homeport("spend", "--book").status == 2


DONE = wire.ReconciledReport(
    "anthropic",
    (
        wire.ReconciledDays(
            *("2026-11-19", "2026-11-19", "", 500_000_000, 380_000_000),
            *(100_000_000, 120_000_000, 2, 4, ""),
        ),
        wire.ReconciledDays(
            *("2026-11-20", "2026-11-21", "a/b", 0, 0, 70_000_000, 70_000_000, 1, 0, ""),
        ),
    ),
)


def test_what_was_charged_is_booked_on_whole_days_alone(
    fake: FakeDaemon, homeport: Type, costs: str
) -> None:
    agreeing = (wire.BookedDay("2026-11-19", 500_000_000, 0, 10, 5, 3), BOOKED.days[1])
    fake.answers["GET spend/booked"] = wire.BookedReport("anthropic", agreeing)
    fake.answers["POST spend/reconcile"] = DONE
    ran = homeport("spend", "reconcile", costs, "--book")
    assert ran.status == 0
    assert fake.last("POST spend/reconcile").body == {
        "provider": "anthropic",
        "days": [{"day": "2026-11-19", "model": "", "nano": 500_000_000}],
    }
    assert fake.routes() == ["POST spend/reconcile", "GET spend/booked"], "then it is looked at"
    *_, first, second = ran.out.splitlines()
    assert first == "2026-11-19: 2 estimates of $0.10 stand at $0.12 from here on, as was charged."
    assert second == "2026-11-20 to 2026-11-21 a/b: 1 estimate stands at $0.07, as was charged."


def test_what_could_not_be_booked_is_said(fake: FakeDaemon, homeport: Type, costs: str) -> None:
    fake.answers["GET spend/booked"] = wire.BookedReport("anthropic", ())
    why = wire.ReconciledDays("2026-11-19", "2026-11-19", "", 0, 0, 0, 0, 1, 0, "Others ask too.")
    fake.answers["POST spend/reconcile"] = wire.ReconciledReport("anthropic", (why,))
    ran = homeport("spend", "reconcile", costs, "--book", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["reconciled"][0]["sentence"] == "Others ask too."
    ran = homeport("spend", "reconcile", costs, "--book")
    assert "2026-11-19: nothing is booked. Others ask too." in ran.out


def test_of_a_provider_that_is_asked_the_days_between_cost_nothing(
    fake: FakeDaemon, homeport: Type
) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    first, between, last = (today - datetime.timedelta(days=ago) for ago in (3, 2, 1))
    page = {
        "data": [
            {"date": str(first), "usage": 0.25, "model": "openai/gpt-4.1"},
            {"date": str(last), "usage": 0.5, "model": "openai/o9"},
        ]
    }
    fake.answers["POST spend/charged"] = wire.ChargedReport("openrouter", "or.test:443", (page,))
    fake.answers["GET spend/booked"] = wire.BookedReport("openrouter", ())
    fake.answers["POST spend/reconcile"] = wire.ReconciledReport("openrouter", ())
    ran = homeport("spend", "reconcile", "--provider", "openrouter", "--days", "9", "--book")
    assert "No estimate stands in these days." in ran.out
    assert fake.last("POST spend/reconcile").body["days"] == [
        {"day": str(first), "model": "openai/gpt-4.1", "nano": 250_000_000},
        {"day": str(last), "model": "openai/o9", "nano": 500_000_000},
        {"day": str(between), "model": "", "nano": 0},
    ]


def test_tokens_alone_book_nothing(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text("usage_date_utc,usage_input_tokens_no_cache,usage_output_tokens\n"
                    "2026-11-19,10,5\n")  # fmt: skip
    ran = homeport("spend", "reconcile", str(path), "--book")
    assert ran.status != 0
    assert "tells tokens and no charges" in ran.err
    assert fake.routes() == []
