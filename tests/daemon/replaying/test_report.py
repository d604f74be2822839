"""What is told of prompts under both policies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.client.wire import Figure, Moved, ReplayReport
from homeport.daemon.replaying.redeciding import Choice, Compared, LeftOut, Seen
from homeport.daemon.replaying.report import report

HOME = Choice(model="h/home", place="local", quality=0.6, cost_nano=0, total_ms=2_000)
AWAY = Choice(model="c/away", place="cloud", quality=0.9, cost_nano=10_000_000, total_ms=1_000)
SAME = Compared(
    usual=HOME, made=HOME, other=HOME, chance=1.0, had_chance=True, private=False,
    kept_home=False, may_leave=True, seen=Seen(cost_nano=0, total_ms=2_500, good=1.0),
)  # fmt: skip
MOVED = replace(SAME, other=AWAY, had_chance=False, seen=Seen(cost_nano=0, total_ms=3_000))


def told(*compared: Compared, left_out: dict[LeftOut, int] | None = None) -> ReplayReport:
    return report(compared, left_out or {}, policy="out", against="default", since_ms=7)


def test_overlap_is_said_as_it_is() -> None:
    found = told(*[SAME] * 72, *[MOVED] * 28)
    assert found.sentence == (
        "72 % of the prompts would take the same way; for the rest the figures are predictions."
    )
    assert found.overlap.startswith("Only 72 % of these choices ever had a chance")
    assert all(figure.weighted is None for figure in found.figures)
    assert found.moved == (Moved("h/home", "c/away", 28),)
    assert found.same is not None
    assert found.same.low is not None
    assert found.same.low < 0.72 == found.same.value


def test_predictions_beside_what_was_seen() -> None:
    cost, quality, time = told(*[SAME] * 72, *[MOVED] * 28).figures
    assert cost.other is not None
    assert cost.other.value == pytest.approx(2_800_000)
    assert cost.then == Figure(0.0, 0.0, 0.0, 100)
    assert cost.difference is not None
    assert cost.difference.low is not None
    assert cost.difference.low > 0
    assert quality.seen == Figure(1.0, 1.0, 1.0, 72)
    assert quality.difference is not None
    assert quality.difference.value == pytest.approx(0.28 * 0.3)
    assert time.seen is not None
    assert time.seen.value == pytest.approx(0.72 * 2_500 + 0.28 * 3_000)
    assert time.seen_same == Figure(2_500.0, 2_500.0, 2_500.0, 72)


def test_where_all_had_a_chance_what_was_seen_is_weighed() -> None:
    lucky = replace(MOVED, made=AWAY, chance=0.2, had_chance=True, seen=Seen(good=0.5))
    unlucky = replace(MOVED, chance=0.8, had_chance=True, seen=Seen(good=1.0))
    found = told(*[lucky] * 40, *[unlucky] * 160)
    quality = found.figures[1]
    assert quality.weighted is not None
    assert quality.weighted.value == pytest.approx(0.5)
    assert quality.doubly_robust is not None
    assert quality.doubly_robust.value == pytest.approx(0.9 + (0.5 - 0.9))
    assert found.overlap == ""


def test_what_goes_out_and_what_is_refused_is_counted() -> None:
    opened = replace(MOVED, kept_home=True)
    leak = replace(SAME, private=True)
    nobody = replace(SAME, other=Choice())
    before = replace(SAME, usual=Choice(), made=Choice())
    found = told(opened, leak, nobody, before)
    assert found.private_out == 1
    assert (found.opened, found.refused, found.refused_then) == (found.opened,) * 3
    assert found.opened is not None
    assert found.opened.value == 0.25
    assert found.figures[0].other is not None
    assert found.figures[0].other.rows == 2
    assert Moved("", "h/home", 1) in found.moved
    assert Moved("h/home", "", 1) in found.moved


def test_nothing_to_tell_is_told() -> None:
    found = told(left_out={LeftOut.NOT_LOGGED: 3})
    assert found.sentence == "No prompt of that time can be decided again."
    assert found.left_out == (("its measurements were not logged", 3),)
    assert found.same is None
    assert told(SAME).sentence == "All prompts would take the same way."
