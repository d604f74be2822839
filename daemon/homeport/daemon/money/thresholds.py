"""How far each limit is spent, and whether an hour costs more than hours do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from homeport.client.units import money
from homeport.client.wire import AlertView, SpendView, WindowView
from homeport.daemon.money.windows import day_of, period_of

THRESHOLDS = (50, 80, 95, 100)
"""Per cent of a limit."""
PERIODS = ("day", "week", "month")
FEWEST_HOURS = 5
"""Hours with a cost that have to be known before another can be unusual."""
LEAST_NANO = 10_000_000
"""An hour of less than a cent is never worth a word."""
HOUR_MS = 3_600_000
Key = tuple[str, str, str, str, int, int]
"""Window, scope, name, period, limit and threshold."""


class Reached(msgspec.Struct, frozen=True):
    """One thing to be said once: the highest of the thresholds that were passed together."""

    alert: AlertView
    period: str
    thresholds: tuple[int, ...]
    limit_nano: int = 0
    """What they are thresholds of: of another limit all are told anew."""


def reached(view: SpendView, day: int) -> list[Reached]:
    """What every limit has come to, on a day."""
    windows = (*view.windows, *view.scoped)
    found = (_of_window(window, day) for window in windows if window.window in PERIODS)
    return [one for one in found if one is not None]


def _of_window(window: WindowView, day: int) -> Reached | None:
    limit = window.limit_nano
    if not limit:
        return None
    passed = tuple(of for of in THRESHOLDS if window.spent_nano * 100 >= of * limit)
    if not passed:
        return None
    whose = f" for {window.scope} {window.name}" if window.name else ""
    share = window.spent_nano * 100 // limit
    sentence = (
        f"{share} % of this {window.window}'s budget{whose} is spent: "
        f"{money(window.spent_nano)} of {money(limit)}."
    )
    alert = AlertView("threshold", sentence, window.window, window.scope, window.name, passed[-1])
    return Reached(alert, str(period_of(window.window, day)), passed, limit)


def unusual(hours: Mapping[int, int], hour: int, times: float) -> Reached | None:
    """Whether an hour costs more than `times` the usual one.

    `hours` holds what each cost. Usual is the median of the other hours that cost anything.
    """
    others = [cost for at, cost in hours.items() if at != hour and cost > 0]
    cost = hours.get(hour, 0)
    if times <= 0 or len(others) < FEWEST_HOURS or cost < LEAST_NANO:
        return None
    usual = sorted(others)[(len(others) - 1) // 2]
    if cost <= usual * times:
        return None
    sentence = (
        f"This hour has cost {money(cost)}, more than {times:g} times the usual "
        f"{money(usual)} of an hour."
    )
    return Reached(AlertView("anomaly", sentence, "hour"), str(hour), (round(times),))


def untold(found: Iterable[Reached], told: set[Key]) -> list[Reached]:
    """Those of which a threshold was not told yet."""
    return [one for one in found if any(key not in told for key in keys_of(one))]


def keys_of(one: Reached) -> list[Key]:
    """By these a thing is said once; the highest threshold is the last."""
    alert = one.alert
    window = (alert.window, alert.scope, alert.name, one.period, one.limit_nano)
    # However often the multiple is changed, an unusual hour is told once.
    named = (0,) if alert.kind == "anomaly" else one.thresholds
    return [(*window, threshold) for threshold in named]


def is_over(key: Key, now_ms: int) -> bool:
    """Whether the period has ended that a thing was said of."""
    window, period = key[0], key[3]
    if window == "hour":
        return period != str(now_ms // HOUR_MS)
    return period != str(period_of(window, day_of(now_ms)))
