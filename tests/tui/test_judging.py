"""What can be said of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.client import wire
from homeport.tui.judging import learned_words, why_not_judged
from support import sights


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("done", ""),
        ("streaming", "It is not answered yet."),
        ("failed", "There is no whole answer to judge."),
        ("cancelled", "There is no whole answer to judge."),
    ],
)
def test_only_whole_answers_are_judged(state: Any, reason: str) -> None:
    assert why_not_judged(wire.RequestView("r", 1, state)) == reason


def test_what_was_learned_is_one_line() -> None:
    reply = wire.FeedbackReply(
        sights.requests()[0], "down", sights.QWEN, "code", None, 0.7, 0.66, "4 thumbs at code"
    )
    assert learned_words(reply) == "Noted as bad: qwen3:14b at code, 0.70 before, 0.66 now."
