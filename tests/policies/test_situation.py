"""What is worked out once for all candidates."""

from __future__ import annotations

from homeport.policies.model import Budget, Policy
from homeport.policies.situation import situation_of
from support.deciding import ask, candidate, cloud, failure


def test_who_stays_home_and_why() -> None:
    fleet = [candidate()]
    for wanted, why in [
        (ask(privacy="private", mode="cloud-only"), "private"),
        (ask(mode="local-only"), "local-only"),
        (ask(requested_model="auto:local-only"), "local-only"),
        (ask(requested_model="local"), "local"),
        (ask(), ""),
    ]:
        assert situation_of(wanted, fleet, Budget(), Policy(), ()).stays_home == why


def test_context_counts_the_answer_once() -> None:
    begun = ask(input_tokens=1_000, output_tokens=300, answer_tokens=100)
    assert situation_of(begun, [], Budget(), Policy(), ()).context_needed == 1_300
    longer = ask(input_tokens=1_000, output_tokens=300, answer_tokens=500)
    assert situation_of(longer, [], Budget(), Policy(), ()).context_needed == 1_501


def test_the_failed_are_looked_up() -> None:
    one, other = candidate(total_ms=77), cloud()
    history = [failure("gone/m", "stall"), failure(one.card.id, "stall")]
    situation = situation_of(ask(), [one, other], Budget(), Policy(), history)
    assert dict(situation.failed) == {one.card.id: one.card}
    assert situation.failed_total_ms == 77


def test_a_pin_bounds_how_far_its_fallback_goes() -> None:
    fleet = [candidate("llamacpp/home"), cloud()]
    for name, farthest in [("llamacpp/home", 0), ("openai/gpt-5.5", 2), ("auto", 2)]:
        situation = situation_of(ask(requested_model=name), fleet, Budget(), Policy(), ())
        assert situation.farthest == farthest
