"""The providers, their keys and their last attempts."""

from __future__ import annotations

import pytest

from homeport.client import wire
from homeport.tui.provider_lines import provider_lines
from homeport.tui.reducer import apply
from homeport.tui.state import State
from homeport.tui.words import line_width
from support import sights


def said(snapshot: wire.Snapshot, width: int = 100) -> list[str]:
    state = apply(State(), snapshot)
    return ["".join(text for text, _ in line).rstrip() for line in provider_lines(state, width)]


def test_those_that_were_tried_come_first_with_how_it_went() -> None:
    lines = said(sights.snapshot())
    assert "█ answered, x failed" in lines[0]
    assert lines[1] == "  ollama        here · 2 models · 4 of 4 answered · first token 158ms"
    assert lines[2].strip() == "████"
    assert "key valid · 1 model · 1 of 2 answered" in lines[3]
    assert lines[4].strip() == "█x"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (wire.KeyView("groq", "valid", "keyring", sights.NOW_MS), "valid, keyring, tested 14:03"),
        (wire.KeyView("groq", "untested"), "key not tested yet"),
        (wire.KeyView("groq", "refused", sentence="Ask for another one."), "key refused"),
        (wire.KeyView("groq", "refused", sentence="Ask for another one."), "Ask for another one."),
        (wire.KeyView("groq", "absent"), "without a key: groq"),
    ],
)
def test_every_state_of_a_key_has_its_words(key: wire.KeyView, words: str) -> None:
    lines = said(sights.snapshot(keys=(key,), models=(), requests=()))
    assert words in "\n".join(lines)


def test_a_cancelled_attempt_says_nothing_of_its_provider() -> None:
    attempt = wire.AttemptView("a/b", "cloud", 5, ended_ms=9, outcome="cancelled")
    row = wire.RequestView("r", 5, "cancelled", attempts=(attempt, attempt))
    lines = said(sights.snapshot(requests=(row,), models=(), keys=()))
    assert "x" not in lines[2]


def test_nobody_at_all() -> None:
    lines = said(sights.snapshot(requests=(), models=(), keys=()))
    assert lines == ["PROVIDERS", "  none is in use"]


@pytest.mark.parametrize("width", [44, 60])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    keys = tuple(wire.KeyView(f"\u202eprovider-{n}", "absent") for n in range(30))
    state = apply(State(), sights.snapshot(keys=keys))
    assert all(line_width(line) <= width for line in provider_lines(state, width))
