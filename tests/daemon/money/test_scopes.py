"""Limits of weeks and sessions, and of single providers, models, clients and tags."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.config.settings import BudgetLimits
from homeport.daemon.money.raises import Raise, Raises
from homeport.daemon.money.scopes import (
    WINDOWS,
    Before,
    Limit,
    Scopes,
    ends_ms,
    limits_in,
    period_of,
)
from homeport.daemon.money.windows import day_of, week_ends_ms
from support.asks import ask
from support.ledgers import NOON_MS, a_reservation

DAY = day_of(NOON_MS)
DAY_MS = 86_400_000
MINE: dict[str, Any] = {"client": "editor", "session": "one", "tags": ("work",)}


def scopes(*limits: Limit, before: tuple[Before, ...] = (), raises: Raises | None = None) -> Scopes:
    return Scopes(limits, before, raises or Raises())


@pytest.mark.parametrize(
    ("scope", "name", "counts"),
    [
        ("all", "", True),
        ("provider", "openai", True),
        ("provider", "sky", False),
        ("model", "openai/gpt-5", True),
        ("model", "gpt-5", False),
        ("client", "editor", True),
        ("client", "shell", False),
        ("tag", "work", True),
        ("tag", "play", False),
    ],
)
@pytest.mark.parametrize("window", ["day", "week", "month", "session"])
def test_what_is_held_counts_where_its_labels_say(
    window: Any, scope: Any, name: str, counts: bool
) -> None:
    limit = Limit(window=window, scope=scope, name=name, nano=1000)
    made = scopes(limit)
    mine = a_reservation(400, **MINE)
    made.hold(mine, DAY, 400)
    made.hold(mine, DAY, -400)
    made.book(mine, DAY, 300)
    made.hold(mine, DAY, 400)
    (view,) = made.views(NOON_MS)
    assert (view.spent_nano, view.reserved_nano) == ((300, 400) if counts else (0, 0))
    assert made.too_small(mine, NOON_MS, 300) is None
    refused = made.too_small(mine, NOON_MS, 301)
    assert (refused is not None) == counts
    if refused is not None:
        assert (refused.window, refused.scope, refused.name) == (window, scope, name)


def test_of_several_limits_the_one_with_the_least_left_is_told() -> None:
    made = scopes(Limit(window="week", nano=500), Limit(window="day", nano=900, scope="all"))
    refused = made.too_small(a_reservation(), NOON_MS, 1000)
    assert refused is not None
    assert (refused.window, refused.left_nano) == ("week", 500)


def test_each_period_starts_with_nothing_spent() -> None:
    made = scopes(*[Limit(window=window, nano=100) for window in ("day", "week", "month")])
    made.book(a_reservation(), DAY, 100)
    assert made.too_small(a_reservation(), NOON_MS, 1) is not None
    next_month = NOON_MS + 31 * DAY_MS
    assert made.too_small(a_reservation(), next_month, 100) is None


def test_sessions_are_apart_and_outside_of_one_there_is_no_limit() -> None:
    made = scopes(Limit(window="session", nano=100))
    made.book(a_reservation(session="one"), DAY, 80)
    made.book(a_reservation(session="two"), DAY, 20)
    assert made.too_small(a_reservation(session="one"), NOON_MS, 21) is not None
    assert made.too_small(a_reservation(session="two"), NOON_MS, 21) is None
    assert made.too_small(a_reservation(), NOON_MS, 1000) is None
    assert made.views(NOON_MS)[0].spent_nano == 80  # the one that spent most is shown


def test_a_prompt_is_given_the_windows_that_may_hold_for_it() -> None:
    made = scopes(
        Limit(window="day", scope="provider", name="sky", nano=1),
        Limit(window="day", scope="client", name="editor", nano=2),
        Limit(window="day", scope="client", name="shell", nano=3),
        Limit(window="day", scope="tag", name="work", nano=4),
        Limit(window="session", nano=5),
        Limit(window="request", nano=6),
    )
    windows = list(made.windows(ask(client="editor", tags=("work",), session="s"), NOON_MS))
    assert [window.limit_nano for window in windows] == [1, 2, 4, 5]
    assert [window.limit_nano for window in made.windows(ask(), NOON_MS)] == [1]
    assert windows[0].covers("sky/best")
    assert not windows[0].covers("openai/gpt-5")


def test_what_was_spent_before_is_known() -> None:
    month = period_of("month", DAY)
    made = scopes(
        Limit(window="month", scope="provider", name="sky", nano=10),
        Limit(window="week", nano=10),
        before=([(month, 4), (month, 3)], []),
    )
    assert [view.spent_nano for view in made.views(NOON_MS)] == [7, 0]


def test_what_is_learned_of_a_session_takes_the_place_of_what_was_thought() -> None:
    made = scopes(
        Limit(window="session", nano=100),
        Limit(window="session", scope="tag", name="work", nano=100),
    )
    mine = a_reservation(session="one", tags=("work",))
    made.book(mine, DAY, 5)
    made.hold(mine, DAY, 10)
    assert made.knows("")
    assert not made.knows("one")
    made.learn("one", [("", ("work",), 45), ("editor", (), 25)])
    assert made.knows("one")
    windows = list(made.windows(ask(session="one", tags=("work",)), NOON_MS))
    assert [(of.spent_nano, of.reserved_nano) for of in windows] == [(70, 10), (45, 10)]


def test_of_very_many_sessions_those_that_hold_something_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("homeport.daemon.money.scopes.MOST_SESSIONS", 2)
    made = scopes(Limit(window="session", nano=100))
    made.hold(a_reservation(session="held"), DAY, 10)
    for name in ("held", "done", "third"):
        made.learn(name, [("", (), 30)])
    assert [name for name in ("held", "done", "third") if made.knows(name)] == ["third"]
    made.learn("held", [("", (), 30)])
    (window,) = made.windows(ask(session="held"), NOON_MS)
    assert (window.spent_nano, window.reserved_nano) == (30, 10)


def test_without_a_limit_of_sessions_there_is_nothing_to_learn() -> None:
    assert scopes(Limit(window="day", nano=1)).knows("any")


def test_a_raise_holds_for_its_own_period() -> None:
    raises = Raises()
    raises.add(Raise(window="week", period=period_of("week", DAY), nano=50, at_ms=0))
    made = scopes(Limit(window="week", nano=100), raises=raises)
    assert made.too_small(a_reservation(), NOON_MS, 150) is None
    assert made.too_small(a_reservation(), NOON_MS + 7 * DAY_MS, 150) is not None


def test_limits_are_read_from_tables_of_the_config() -> None:
    found = limits_in(BudgetLimits(week_usd=1.5, request_usd=0), ("week", "session", "request"))
    assert [(limit.window, limit.nano) for limit in found] == [
        ("week", 1_500_000_000),
        ("request", 0),
    ]
    assert set(WINDOWS) >= {"week", "session", "request"}


def test_what_has_no_end_has_none() -> None:
    assert ends_ms("session", NOON_MS) == 0
    assert ends_ms("week", NOON_MS) == week_ends_ms(NOON_MS)
