"""Each kind of failure, and who goes on after it."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from homeport.policies.decide import next_after
from homeport.policies.model import Budget, Candidate, Failure, FailureKind, Policy
from homeport.policies.situation import situation_of
from homeport.policies.successor import (
    AGAIN_FIRST,
    AGAIN_LAST,
    AGAIN_LATER,
    FAILED,
    PROVIDER_SAID_NO,
    lateness,
)
from support.deciding import ask, candidate, cloud, failure

GIB = 1024**3
BAD = cloud("openai/bad", context=8_000, total_ms=5_000)
SISTER = cloud("openai/sister", context=4_000, total_ms=9_000)
OTHER = cloud("anthropic/other", host="b.example.com", context=100_000, total_ms=6_000)
HOME = candidate("llamacpp/home", context=8_000, total_ms=1_000, quality=0.2, continues=True)
FLEET = [BAD, SISTER, OTHER, HOME]


def order(history: list[Failure], fleet: list[Candidate] | None = None, **ask_: Any) -> list[str]:
    policy = Policy(mode="prefer-cloud", max_attempts=4)
    decision = next_after(ask(**ask_), fleet or FLEET, Budget(), policy, history)
    return [card.model for card in decision.order]


def after(kind: FailureKind) -> list[str]:
    return order([failure("openai/bad", kind)])


def test_every_kind_has_words() -> None:
    assert set(FAILED) == set(get_args(FailureKind))


@pytest.mark.parametrize(
    "kind", sorted(set(get_args(FailureKind)) - AGAIN_FIRST - AGAIN_LAST - AGAIN_LATER)
)
def test_what_failed_is_not_tried_again(kind: FailureKind) -> None:
    assert "openai/bad" not in after(kind)


@pytest.mark.parametrize("kind", sorted(PROVIDER_SAID_NO))
def test_a_provider_that_said_no_is_not_asked_again(kind: FailureKind) -> None:
    assert set(after(kind)) == {"anthropic/other", "llamacpp/home"}


def test_an_engine_at_home_that_rejects_a_prompt_speaks_for_one_model() -> None:
    fleet = [candidate("llamacpp/a"), candidate("llamacpp/b")]
    assert order([failure("llamacpp/a", "rejected")], fleet) == ["llamacpp/b"]
    assert order([failure("llamacpp/a", "content_refused")], fleet) == []


@pytest.mark.parametrize("kind", ["stall", "first_token_timeout"])
def test_after_a_wait_the_faster_come_first(kind: FailureKind) -> None:
    assert after(kind)[0] == "llamacpp/home"


@pytest.mark.parametrize("kind", ["refused", "connect_timeout", "overloaded", "rate_limited"])
def test_a_host_in_trouble_is_asked_last(kind: FailureKind) -> None:
    assert after(kind)[-2:] == ["openai/sister", "openai/bad"]


@pytest.mark.parametrize(
    ("kind", "changes", "again"),
    [
        ("refused", {}, True),
        ("connect_timeout", {}, True),
        ("rate_limited", {"status": 429}, True),
        ("rate_limited", {"status": 402}, False),
        ("overloaded", {"status": 503}, True),
        ("overloaded", {"status": 500}, False),
        ("overloaded", {"status": 503, "sent_tokens": 1}, False),
    ],
)
def test_what_had_not_begun_is_tried_once_more_after_all_others(
    kind: FailureKind, changes: dict[str, int], again: bool
) -> None:
    once = failure("openai/bad", kind, **changes)
    assert ("openai/bad" in order([once])) is again
    assert "openai/bad" not in order([once, once])


def test_the_next_one_is_rather_of_the_same_tier() -> None:
    strong = cloud("openai/strong", quality=0.9, total_ms=5_000)
    peer = cloud("anthropic/peer", host="b.example.com", quality=0.82, total_ms=4_500)
    light = candidate("llamacpp/light", quality=0.4, total_ms=1_000)
    fleet, cut = [strong, peer, light], [failure("openai/strong", "stall")]
    near = Policy(mode="prefer-local")
    first = [
        next_after(ask(task=task), fleet, Budget(), near, history).order[0].model
        for task, history in (("code", cut), ("chat", cut), ("code", []))
    ]
    assert first == ["anthropic/peer", "anthropic/peer", "llamacpp/light"]
    lost = next_after(ask(task="code"), fleet, Budget(), near, cut).order[-1]
    assert dict(lost.terms)["tier"] == -0.6
    nearer = [failure("openai/strong", "link_lost")]
    assert next_after(ask(), fleet, Budget(), near, nearer).order[0].model == "llamacpp/light"


def test_models_without_a_host_count_by_their_provider() -> None:
    fleet = [candidate("llamacpp/a"), candidate("llamacpp/b", quality=1.0), candidate("x/c")]
    history = [failure("llamacpp/a", "overloaded", status=500)]
    assert order(history, fleet) == ["x/c", "llamacpp/b"]


def test_an_overflow_goes_to_a_larger_window_only() -> None:
    unknown = cloud("box/unknown", context=None, quality=1.0)
    history = [failure("openai/bad", "context_overflow")]
    assert order(history, [*FLEET, unknown]) == ["anthropic/other", "box/unknown"]


def test_a_worker_that_died_gets_one_more_try_first() -> None:
    died = failure("llamacpp/home", "worker_died")
    assert order([died])[0] == "llamacpp/home"
    assert "llamacpp/home" not in order([died, died])
    assert "llamacpp/home" not in order([failure("llamacpp/home", "stall"), died])


def test_a_model_that_wrote_a_bad_call_is_told_so_and_tried_once_more_first() -> None:
    bad = failure("llamacpp/home", "bad_call")
    assert order([bad])[0] == "llamacpp/home"
    assert "llamacpp/home" not in order([bad, bad])


@pytest.mark.parametrize("kind", sorted(AGAIN_LAST))
def test_a_broken_stream_may_be_tried_again_after_all_others(kind: FailureKind) -> None:
    begun = failure("openai/bad", kind, sent_tokens=1)
    assert order([begun])[-1] == "openai/bad"
    assert "openai/bad" not in order([begun] * 2)
    later = order([begun, failure("openai/sister", "garbage")])
    assert later[-1] == "openai/bad"


@pytest.mark.parametrize("kind", sorted(AGAIN_LAST))
def test_what_may_have_been_charged_and_gave_nothing_is_not_asked_again(kind: FailureKind) -> None:
    free = candidate("llamacpp/home", worst_cost_nano=0)
    assert "openai/bad" not in after(kind)
    assert order([failure("llamacpp/home", kind)], [BAD, free])[-1] == "llamacpp/home"


def test_out_of_memory_prefers_what_is_smaller() -> None:
    big = candidate("llamacpp/big", memory_bytes=8 * GIB)
    bigger = candidate("llamacpp/bigger", memory_bytes=9 * GIB, quality=1.0)
    small = candidate("llamacpp/small", size_bytes=GIB, quality=0.1)
    history = [failure("llamacpp/big", "out_of_memory")]
    assert order(history, [big, bigger, small]) == ["llamacpp/small", "llamacpp/bigger"]


def test_a_lost_link_goes_nearer() -> None:
    box = candidate("box/lan", place="lan", host="nas", quality=0.1)
    nearer = order([failure("openai/bad", "link_lost")], [*FLEET, box])[:2]
    assert set(nearer) == {"box/lan", "llamacpp/home"}
    assert order([failure("openai/gone", "link_lost")])[0] == "llamacpp/home"


def test_used_up_money_leaves_what_is_free() -> None:
    assert after("budget") == ["llamacpp/home"]


def test_used_up_time_leaves_nothing() -> None:
    assert after("deadline") == []


def test_an_answer_that_began_is_continued_by_who_can() -> None:
    cannot = candidate("x/cannot", quality=1.0, capabilities=("completion",))
    cut, fleet = [failure("openai/bad", "reset")], [*FLEET, cannot]
    assert "x/cannot" in order(cut, fleet, answer_tokens=20)
    assert "x/cannot" not in order(cut, fleet, answer_tokens=20, needs=("completion",))


def test_a_failed_model_that_is_gone_is_known_by_its_id() -> None:
    assert set(order([failure("openai/gone", "unauthorized")])) == {
        "anthropic/other",
        "llamacpp/home",
    }
    assert order([failure("openai/gone", "context_overflow")])


def test_after_the_last_try_nothing_is_left() -> None:
    history = [failure("openai/bad", "stall"), failure("openai/sister", "reset")]
    decision = next_after(ask(), FLEET, Budget(), Policy(max_attempts=2), history)
    assert decision.order == ()
    assert {veto.gate for veto in decision.vetoes} == {"attempts"}
    assert decision.because.startswith("gave up after 2 tries")


def test_without_a_history_nobody_is_late() -> None:
    situation = situation_of(ask(), FLEET, Budget(), Policy(), ())
    assert [lateness(one, situation) for one in FLEET] == [0, 0, 0, 0]


def late(history: list[Failure]) -> list[int]:
    """Of each of the fleet."""
    situation = situation_of(ask(), FLEET, Budget(), Policy(max_attempts=9), history)
    return [lateness(one, situation) for one in FLEET]


def test_steps_behind_by_hand() -> None:
    """The fleet is bad, sister, other and home; the first two share a host."""
    assert late([failure("llamacpp/home", "worker_died")]) == [1, 1, 1, 0]
    assert late([failure("llamacpp/home", "worker_died")] * 2) == [0, 0, 0, 0]
    assert late([failure("openai/bad", "reset")]) == [2, 1, 0, 0]
    assert late([failure("openai/bad", "reset"), failure("openai/sister", "garbage")]) == [
        2, 2, 0, 0,
    ]  # fmt: skip
    assert late([failure("openai/bad", "overloaded")]) == [2, 1, 0, 0]


def test_a_provider_is_told_by_the_card_and_not_by_the_id() -> None:
    fleet = [candidate("a/x", provider="shared"), candidate("b/y", provider="shared")]
    assert order([failure("a/x", "unauthorized")], fleet) == []
    apart = [candidate("a/x", provider="one"), candidate("a/y", provider="two")]
    assert order([failure("a/x", "unauthorized")], apart) == ["a/y"]


@pytest.mark.parametrize(("failed", "other"), [(None, 8_000), (8_000, None), (None, None)])
def test_an_overflow_of_windows_that_nobody_knows_excludes_nothing(
    failed: int | None, other: int | None
) -> None:
    fleet = [candidate("a/x", context=failed), candidate("b/y", context=other)]
    assert order([failure("a/x", "context_overflow")], fleet) == ["b/y"]


def test_out_of_memory_says_nothing_of_models_elsewhere_or_of_sizes_unknown() -> None:
    """1 is behind the others: it runs here too, and is not known to be smaller."""
    big = candidate("llamacpp/big", memory_bytes=8 * GIB)
    others = [
        cloud("openai/far", memory_bytes=9 * GIB),
        candidate("llamacpp/unknown"),
        candidate("llamacpp/less", memory_bytes=7 * GIB),
        candidate("llamacpp/same", memory_bytes=8 * GIB),
    ]
    history = [failure("llamacpp/big", "out_of_memory")]
    situation = situation_of(ask(), [big, *others], Budget(), Policy(), history)
    assert [lateness(one, situation) for one in others] == [0, 1, 0, 1]
    unknown = candidate("llamacpp/big")
    situation = situation_of(ask(), [unknown, *others], Budget(), Policy(), history)
    assert [lateness(one, situation) for one in others] == [0, 1, 1, 1]
    situation = situation_of(ask(), others, Budget(), Policy(), history)
    assert [lateness(one, situation) for one in others] == [0, 0, 0, 0]
