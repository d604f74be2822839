"""Shares of the deadline: learned from a model's own answers, bounded by the config."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import AttemptView, RequestView
from homeport.daemon.fleet.shares import ANSWERS_TO_TELL, Shares

MODEL = "sky/a"


def seen(*starts_ms: int, gap_ms: int | None = 100) -> Shares:
    shares = Shares()
    for start_ms in starts_ms:
        shares.note(MODEL, start_ms, gap_ms)
    return shares


def test_until_enough_is_known_all_that_the_config_allows_is_given() -> None:
    few = seen(*[200] * (ANSWERS_TO_TELL - 1))
    assert few.first_token_s(MODEL, 200, 60.0) == 60.0
    assert few.gap_s(MODEL, 30.0) == 30.0
    assert seen().first_token_s("sky/b", 1, 60.0) == 60.0


@pytest.mark.parametrize(
    ("start_ms", "predicted_ms", "most_s", "share_s"),
    [
        (200, 300, 60.0, 5.0),
        (200, 4_000, 60.0, 12.0),
        (20_000, 300, 60.0, 30.0),
        (90_000, 300, 60.0, 60.0),
        (200, 300, 3.0, 3.0),
    ],
    ids=["the least", "predicted", "the slowest", "the config", "a stricter config"],
)
def test_the_first_token_has_its_share(
    start_ms: int, predicted_ms: int, most_s: float, share_s: float
) -> None:
    shares = seen(*[start_ms] * ANSWERS_TO_TELL)
    assert shares.first_token_s(MODEL, predicted_ms, most_s) == share_s


def test_a_gap_has_four_times_the_longest_of_late() -> None:
    assert seen(*[1] * 9, gap_ms=100).gap_s(MODEL, 30.0) == 10.0
    assert seen(*[1] * 9, gap_ms=5_000).gap_s(MODEL, 30.0) == 20.0
    assert seen(*[1] * 9, gap_ms=None).gap_s(MODEL, 30.0) == 30.0


def test_who_was_cut_off_has_more_the_next_time() -> None:
    shares = seen(*[200] * ANSWERS_TO_TELL)
    waits = []
    for _ in range(8):
        waits.append(shares.first_token_s(MODEL, 200, 60.0))
        shares.cut_off(MODEL, "first_token_timeout", round(1000 * waits[-1]))
        shares.cut_off(MODEL, "stall", 10_000)
        shares.cut_off(MODEL, "reset", 1)
    assert waits == sorted(waits)
    assert (waits[0], waits[1], waits[-1]) == (5.0, 7.5, 60.0)
    assert shares.gap_s(MODEL, 60.0) == 40.0


def test_what_earlier_runs_saw_is_known_again() -> None:
    done = AttemptView(
        MODEL, "cloud", 1_000, loaded_ms=2_000, first_token_ms=12_000, ended_ms=20_000,
        outcome="done", longest_gap_ms=4_000,
    )  # fmt: skip
    broken = AttemptView(MODEL, "cloud", 1_000, first_token_ms=59_000, outcome="stall")
    shares = Shares()
    for _ in range(ANSWERS_TO_TELL):
        shares.recall(RequestView("1", 0, "done", attempts=(done, broken)))
    assert shares.first_token_s(MODEL, 100, 60.0) == 15.0
    assert shares.gap_s(MODEL, 60.0) == 16.0
    assert repr(shares) == "Shares(1 models)"


@given(
    st.lists(st.integers(0, 10**7), max_size=30), st.integers(0, 10**7), st.floats(0.001, 86_400)
)
def test_a_share_is_never_more_than_the_config_allows(
    starts_ms: list[int], predicted_ms: int, most_s: float
) -> None:
    shares = seen(*starts_ms)
    assert min(most_s, 5.0) <= shares.first_token_s(MODEL, predicted_ms, most_s) <= most_s
    assert min(most_s, 10.0) <= shares.gap_s(MODEL, most_s) <= most_s
