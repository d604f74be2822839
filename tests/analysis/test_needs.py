"""Capabilities and urgency."""

from __future__ import annotations

from homeport.analysis.facts import Facts, Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.needs import needs_of, urgency_of


def test_needs_follow_from_the_facts() -> None:
    assert needs_of(Facts()) == ()
    assert needs_of(Facts(response_format="json")) == ("json",)
    assert needs_of(Facts(tools=1, images=2, logprobs=True)) == ("images", "logprobs", "tools")


def test_urgency_is_the_callers_word_or_the_texts() -> None:
    calm = focus_of([Turn("user", "Sort these, there is no rush.")])
    assert urgency_of(calm, Facts()) == "batch"
    assert urgency_of(calm, Facts(urgency="interactive")) == "interactive"
    assert urgency_of(focus_of([Turn("user", "Sort these.")]), Facts()) == "interactive"
