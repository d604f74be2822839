"""Speeds: a guess by size, then what was seen."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.wire import AttemptView, RequestView
from homeport.daemon.fleet.speeds import Speeds, guess
from homeport.policies.model import ModelCard

SMALL = ModelCard(id="l/small", provider="l", name="small", place="local", size_bytes=10**8)
LARGE = ModelCard(id="l/large", provider="l", name="large", place="local", size_bytes=10**11)
CLOUD = ModelCard(id="c/x", provider="c", name="x", place="cloud")


def test_a_larger_model_is_guessed_slower() -> None:
    assert guess(SMALL).tokens_per_s > guess(LARGE).tokens_per_s
    assert guess(SMALL).load_ms < guess(LARGE).load_ms
    assert guess(CLOUD).load_ms == 0


def test_the_first_thing_seen_replaces_the_guess_and_the_next_is_blended() -> None:
    speeds = Speeds()
    see = {"input_tokens": 100, "load_ms": None, "first_token_ms": 100}
    speeds.note(SMALL, output_tokens=101, total_ms=10_100, **see)  # type: ignore[arg-type]
    assert speeds.of(SMALL).tokens_per_s == 10.0
    speeds.note(SMALL, output_tokens=101, total_ms=5_100, **see)  # type: ignore[arg-type]
    assert speeds.of(SMALL).tokens_per_s == 13.0
    assert speeds.seen(LARGE.id) is None


def test_a_short_prompt_says_nothing_of_a_long_one() -> None:
    speeds = Speeds()
    see = {"output_tokens": 9, "load_ms": None, "total_ms": 3_000}
    speeds.note(CLOUD, input_tokens=20, first_token_ms=2_000, **see)  # type: ignore[arg-type]
    assert speeds.of(CLOUD).prefill_per_s == guess(CLOUD).prefill_per_s
    assert not speeds.of(CLOUD).prefill_seen
    speeds.note(CLOUD, input_tokens=4_000, first_token_ms=4_000, **see)  # type: ignore[arg-type]
    assert speeds.of(CLOUD).prefill_per_s == 2_000
    assert speeds.of(CLOUD).prefill_seen


def test_away_from_here_the_start_is_the_median_of_the_last_short_prompts() -> None:
    speeds = Speeds()
    see = {"input_tokens": 20, "output_tokens": 9, "load_ms": None}
    for first_ms in (400, 500, 9_000):
        speeds.note(CLOUD, first_token_ms=first_ms, total_ms=first_ms + 500, **see)  # type: ignore[arg-type]
    assert speeds.of(CLOUD).overhead_ms == 500, "one slow answer says little of the next"
    for _ in range(9):
        speeds.note(CLOUD, first_token_ms=2_000, total_ms=2_500, **see)  # type: ignore[arg-type]
    assert speeds.of(CLOUD).overhead_ms == 2_000
    speeds.note(SMALL, first_token_ms=9_000, total_ms=9_500, **see)  # type: ignore[arg-type]
    assert speeds.of(SMALL).overhead_ms == guess(SMALL).overhead_ms, "here it is prefill"


def test_what_cannot_be_told_apart_is_not_recalled() -> None:
    attempt = AttemptView("c/x", "cloud", 0, first_token_ms=10, ended_ms=1_000, outcome="done")
    told = RequestView("1", 0, "done", attempts=(attempt,), input_tokens=9, output_tokens=90)
    change = msgspec.structs.replace
    for unclear in (
        change(told, attempts=(attempt, attempt)),
        change(told, state="failed"),
        change(told, attempts=(change(attempt, first_token_ms=None),)),
    ):
        speeds = Speeds()
        speeds.recall(unclear)
        assert not speeds.of(CLOUD).seen
    speeds.recall(told)
    assert speeds.of(CLOUD).seen
    assert repr(speeds) == "Speeds(1 models)"


def test_waiting_in_line_is_no_loading() -> None:
    speeds = Speeds()
    see = {"input_tokens": 20, "output_tokens": 9, "load_ms": 4_000}
    speeds.note(LARGE, first_token_ms=4_020, total_ms=5_000, **see)  # type: ignore[arg-type]
    assert speeds.of(LARGE).load_ms == guess(LARGE).load_ms
    speeds.note(LARGE, first_token_ms=4_020, total_ms=5_000, loads=True, **see)  # type: ignore[arg-type]
    assert speeds.of(LARGE).load_ms < guess(LARGE).load_ms
    assert speeds.of(LARGE).overhead_ms < 100


def test_what_is_read_at_once_is_read_fast() -> None:
    speeds = Speeds()
    speeds.note(
        LARGE, input_tokens=10_000, output_tokens=9, load_ms=None, first_token_ms=10, total_ms=100
    )
    assert speeds.of(LARGE).prefill_per_s == 1_000_000


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.one_of(st.none(), st.integers(0, 10**6)),
    st.integers(0, 10**6),
    st.integers(0, 10**7),
)
def test_speeds_stay_positive(
    tokens: int, output: int, load: int | None, first: int, total: int
) -> None:
    speeds = Speeds()
    for card in (SMALL, CLOUD):
        speeds.note(
            card,
            input_tokens=tokens,
            output_tokens=output,
            load_ms=load,
            first_token_ms=first,
            total_ms=total,
        )
        seen = speeds.of(card)
        assert seen.tokens_per_s > 0
        assert seen.prefill_per_s > 0
        assert seen.overhead_ms >= 0
        assert seen.load_ms >= 0
