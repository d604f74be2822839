"""What `homeport budget` says and sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from homeport.cli.budget import pace_text
from homeport.client import wire
from support.fake_daemon import FakeDaemon
from support.views import spend

Type = Callable[..., Any]

BUDGET = """\
window  limit  spent  reserved   left  until
day     $2.00  $0.43     $0.02  $1.55  2026-11-21 15:02:07
month    none  $7.90        $0         2026-11-22 14:02:07
"""


def test_budget(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET budgets"] = spend()
    ran = homeport("budget")
    assert (ran.status, ran.out, ran.err) == (0, BUDGET, "")


RAISED = "The raise of the running day comes on top.\n"

PACED = """
pace         $0.65 a day is left; a cent has to bring 0.031
cloud share  20 % wanted, 19 % of the last answers; a call has to bring -0.120
"""


def test_what_is_kept_to_a_pace_is_told(fake: FakeDaemon, homeport: Type) -> None:
    money = wire.PaceView("money", 650_000_000.0, None, 0.031)
    calls = wire.PaceView("calls", 0.2, 0.187, -0.12)
    view = msgspec.structs.replace(spend(), paces=(money, calls))
    fake.answers["GET budgets"] = view
    assert homeport("budget").out == BUDGET + PACED


def test_a_share_of_nothing_yet_is_unknown() -> None:
    view = wire.PaceView("calls", 0.2, None, 0.0)
    assert pace_text(view) == "20 % wanted, nothing known yet; a call has to bring 0.000"


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["--day", "2"], {"day_usd": 2.0}),
        (["--day", "$0.5", "--month", "20"], {"day_usd": 0.5, "month_usd": 20.0}),
        (["--day", "none"], {"day_usd": None}),
        (["--month", "0"], {"month_usd": 0.0}),
        (["set", "--week", "8", "--request", "0.1"], {"week_usd": 8.0, "request_usd": 0.1}),
        (
            ["set", "--session", "1", "--client", "editor"],
            {"session_usd": 1.0, "scope": "client", "name": "editor"},
        ),
        (
            ["raise", "--day", "3", "--model", "sky/best"],
            {"raise": "day", "usd": 3.0, "scope": "model", "name": "sky/best"},
        ),
        (["refuse"], {"refuse": ""}),
        (["set", "--day", "1", "--tag", ""], {"day_usd": 1.0, "scope": "tag", "name": ""}),
    ],
)
def test_only_what_is_named_is_set(
    fake: FakeDaemon, homeport: Type, words: list[str], sent: dict[str, Any]
) -> None:
    fake.answers["POST budgets"] = spend()
    ran = homeport("budget", *words)
    assert (ran.status, ran.out) == (0, BUDGET)
    assert fake.last("POST budgets").body == sent


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["set", "--day", "1.5", "--month", "9"], RAISED),
        (["set", "--day", "2"], ""),
        (["set", "--day", "1.5", "--client", "editor"], ""),
        (["raise", "--day", "1.5"], ""),
    ],
)
def test_a_limit_that_was_raised_before_says_so(
    fake: FakeDaemon, homeport: Type, words: list[str], told: str
) -> None:
    fake.answers["POST budgets"] = spend()
    assert homeport("budget", *words).err == told


@pytest.mark.parametrize(
    "words",
    [
        ["show", "--day", "2"],
        ["set"],
        ["refuse", "--day", "2"],
        ["raise"],
        ["raise", "--day", "0"],
        ["raise", "--day", "none"],
        ["raise", "--session", "2"],
        ["raise", "--day", "2", "--week", "2"],
    ],
)
def test_what_is_missing_is_said(homeport: Type, words: list[str]) -> None:
    ran = homeport("budget", *words)
    assert (ran.status, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1


def test_one_scope_at_a_time(homeport: Type) -> None:
    ran = homeport("budget", "--day", "2", "--tag", "work", "--client", "editor")
    assert ran.status == 2
    assert "not allowed with" in ran.err


def test_a_limit_that_covers_nothing_is_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET budgets"] = msgspec.structs.replace(spend(), notes=("It covers nothing.",))
    ran = homeport("budget")
    assert (ran.out, ran.err) == (BUDGET, "It covers nothing.\n")


def test_every_further_limit_has_its_row(fake: FakeDaemon, homeport: Type) -> None:
    week = wire.WindowView("week", 10**9, 250_000_000, 0, 0, scope="tag", name="work")
    fake.answers["GET budgets"] = msgspec.structs.replace(spend(), scoped=(week,))
    told = homeport("budget").out.splitlines()[-1]
    assert told.split() == ["week,", "tag", "work", "$1.00", "$0.25", "$0", "$0.75"]


@pytest.mark.parametrize("amount", ["-1", "lots", "", "nan", "inf", "1e9", "1000001"])
def test_what_is_no_amount_is_wrong_usage(homeport: Type, amount: str) -> None:
    ran = homeport("budget", f"--day={amount}")
    assert ran.status == 2
    assert "write 2, 0.5 or none" in ran.err


def test_json_is_the_view(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET budgets"] = spend()
    told = homeport("budget", "--json").out
    assert msgspec.json.decode(told, type=wire.SpendView) == spend()
