"""What a sending came to."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.daemon.outbox import moves
from homeport.daemon.outbox.errand import Errand
from homeport.daemon.outbox.outcome import MOST_SENDINGS, at_worst, is_final, move_after, wait_ms
from homeport.daemon.outbox.posting import NeedsTheLink, Posted
from homeport.policies.errors import (
    BadRequest,
    DaemonTrouble,
    HomeportError,
    NothingAnswered,
    OverBudget,
    Refused,
)
from support.outboxes import kept

NOW = 1_795_262_400_000


def errand(**known: Any) -> Errand:
    made = Errand("a", None, lambda: NOW, stays_home=False)  # type: ignore[arg-type]
    for name, value in known.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("error", "known", "final"),
    [
        (BadRequest("no"), {}, True),
        (Refused("a rule"), {}, True),
        (OverBudget("spent"), {}, False),
        (NothingAnswered("busy", code="nothing_ready"), {}, False),
        (NothingAnswered("rejected"), {"last": "rejected", "left": True}, True),
        (NothingAnswered("limited"), {"last": "rate_limited", "left": True}, False),
        (DaemonTrouble("full", code="too_many_requests"), {}, False),
        (DaemonTrouble("broken", code="internal_error"), {}, True),
    ],
)
def test_what_would_be_the_same_tomorrow(
    error: HomeportError, known: dict[str, Any], final: bool
) -> None:
    assert is_final(error, errand(**known), 0) is final


def test_a_prompt_is_turned_away_only_so_often() -> None:
    limited = errand(last="rate_limited", left=True)
    assert not is_final(NothingAnswered("limited"), limited, MOST_SENDINGS - 2)
    assert is_final(NothingAnswered("limited"), limited, MOST_SENDINGS - 1)
    assert not is_final(NothingAnswered("no link"), errand(), 1000)


def test_waits_grow_and_are_spread_and_have_an_end() -> None:
    busy = NothingAnswered("busy")
    assert (wait_ms(busy, 0, 0.0), wait_ms(busy, 0, 1.0)) == (2500, 5000)
    assert wait_ms(busy, 3, 1.0) == 40_000
    assert wait_ms(busy, 10_000, 1.0) == moves.LONGEST_WAIT_MS
    assert wait_ms(OverBudget("spent"), 0, 0.0) == 60_000


def test_what_a_server_says_is_waited_for_but_not_for_a_thousand_days() -> None:
    assert wait_ms(NothingAnswered("busy", retry_after_s=90), 0, 0.0) == 90_000
    told = NothingAnswered("busy", retry_after_s=86_400_000)
    assert wait_ms(told, 0, 0.0) == moves.LONGEST_WAIT_MS


def test_what_left_and_is_not_known_is_uncertain_whatever_the_error_says() -> None:
    sending = moves.leaves(kept("a", at_ms=NOW), "d", "sky/a", NOW)
    posted = Posted(502, b"{}", NothingAnswered("Tried sky/a."))
    moved = move_after(posted, errand(unsure="The connection broke.", left=True), 0, NOW, 0)(
        sending
    )
    assert moved is not None
    assert moved.item.state == "uncertain"
    assert moved.item.sentence == f"The connection broke. {moves.CUT_OFF}."


def test_what_needs_the_link_waits_for_it() -> None:
    posted = Posted(503, b"{}", NeedsTheLink("It waits for the link."))
    moved = move_after(posted, errand(), 0, NOW, 0)(kept("a", asks_home=True))
    assert moved is not None
    assert (moved.item.state, moved.item.asks_home) == ("queued", False)


def test_what_a_dead_daemon_left_says_what_is_booked() -> None:
    sending = moves.leaves(kept("a", at_ms=NOW), "d", "sky/a", NOW)
    moved = at_worst(sending, NOW, {"d": 77})
    assert (moved.item.state, moved.item.cost_nano) == ("uncertain", 77)
    assert "booked at its worst" in moved.item.sentence


def test_whose_server_knows_it_is_asked_again_with_the_same_key() -> None:
    left = moves.leaves(kept("a", at_ms=NOW), "d", "sky/a", NOW, key="k")
    cut = errand(unsure="It broke", is_known=True, left=True)
    asked = move_after(Posted(502, b"", NothingAnswered("It broke.")), cut, 0, NOW, 0.0)(left)
    assert asked is not None
    assert (asked.item.state, asked.item.pinned, asked.item.key) == ("queued", "sky/a", "k")
    later = moves.leaves(asked, "e", "sky/a", NOW + 9, key="another")
    assert (later.item.key, later.item.keyed_ms) == ("k", NOW)
    rejected = errand(pinned="sky/a", left=True, last="rejected")
    over = move_after(Posted(502, b"", NothingAnswered("No.")), rejected, 1, NOW, 0.0)(later)
    assert over is not None
    assert (over.item.state, over.item.sentence) == ("uncertain", f"No. {moves.CUT_OFF}.")
    again = moves.again(over, NOW + moves.HOUR_MS)
    assert (again.item.pinned, again.item.key) == ("sky/a", "k")
    assert moves.again(over, NOW + moves.KEYS_KEPT_MS).item.pinned == ""


@pytest.mark.parametrize(
    ("tries", "age_ms", "state"),
    [(0, 0, "queued"), (MOST_SENDINGS, 0, "uncertain"), (0, moves.KEYS_KEPT_MS, "uncertain")],
)
def test_a_key_is_not_sent_for_ever(tries: int, age_ms: int, state: str) -> None:
    left = moves.leaves(kept("a", at_ms=NOW), "d", "sky/a", NOW, key="k")
    cut, now_ms = errand(unsure="It broke", is_known=True, left=True), NOW + age_ms
    move = move_after(Posted(502, b"", NothingAnswered("It broke.")), cut, tries, now_ms, 0.0)
    moved = move(left)
    assert moved is not None
    assert moved.item.state == state


@pytest.mark.parametrize(("key", "state"), [("k", "queued"), ("", "uncertain")])
def test_what_a_daemon_that_died_had_sent_is_asked_again_where_it_is_known(
    key: str, state: str
) -> None:
    left = moves.leaves(kept("a", at_ms=NOW), "d", "sky/a", NOW, key=key)
    assert at_worst(left, NOW, {}).item.state == state
