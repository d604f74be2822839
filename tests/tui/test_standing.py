"""How a model stands, in words."""

from __future__ import annotations

import pytest
from msgspec import structs

from homeport.client import wire
from homeport.tui.history import Standing
from homeport.tui.standing import in_order, mishaps, since_words, state_role, state_word
from support import sights


@pytest.mark.parametrize(
    ("state", "word", "role"),
    [
        ("ready", "ready", ""),
        ("loadable", "asleep", "muted"),
        ("loading", "loading", "running"),
        ("failing", "failing", "bad"),
        ("missing", "missing", "faint"),
        ("unheard-of", "unheard-of", "faint"),
    ],
)
def test_every_state_has_a_word(state: str, word: str, role: str) -> None:
    model = structs.replace(sights.models()[0], state=state)
    assert (state_word(model), state_role(model)) == (word, role)


def test_a_change_that_was_not_seen_may_be_older() -> None:
    assert since_words(Standing("ready", sights.NOW_MS, True)) == "since 14:03"
    assert since_words(Standing("ready", sights.NOW_MS, False)) == "since before 14:03"
    assert since_words(None) == ""


def test_the_last_failure_of_each_model() -> None:
    rows = {row.id: row for row in sights.requests()}
    found = mishaps(rows)
    assert list(found) == [sights.SONNET]
    assert found[sights.SONNET].sentence == "the link was lost"


def test_a_failure_without_a_sentence_is_named_by_its_kind() -> None:
    attempt = wire.AttemptView("a/b", "cloud", 5, outcome="rate_limited")
    row = wire.RequestView("r", 5, "failed", attempts=(attempt,))
    assert mishaps({"r": row})["a/b"].sentence == "rate limited"


def test_the_nearest_come_first_and_there_those_that_can_answer() -> None:
    failing = structs.replace(sights.models()[0], id="a/failing", state="failing")
    names = [model.id for model in in_order((*sights.models()[3:], failing, *sights.models()[:3]))]
    assert names[0] == sights.QWEN
    assert names[3] == "a/failing"
    assert names[-1] == "mistral/mistral-large"
