"""One decision as one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.tui.feed_lines import columns_for, cost, headline, reason, route, row_line
from homeport.tui.words import line_width
from support import sights

ROWS = {row.id[:2]: row for row in sights.requests()}


def text_of(row: wire.RequestView, width: int, *, chosen: bool = False) -> str:
    line = row_line(row, columns_for(width), sights.NOW_MS, chosen=chosen)
    return "".join(text for text, _ in line)


@given(st.sampled_from(sorted(ROWS)), st.integers(44, 200))
def test_a_row_is_exactly_as_wide_as_the_feed(id_: str, width: int) -> None:
    assert line_width(row_line(ROWS[id_], columns_for(width), 0, chosen=False)) == width


def test_the_cost_goes_first_when_there_is_little_room() -> None:
    assert "$0.0213" in text_of(ROWS["3c"], 80)
    assert "$0.0213" not in text_of(ROWS["3c"], 60)
    assert "needs 64k" in text_of(ROWS["3c"], 60)


def test_the_cursor_is_said_in_text() -> None:
    assert text_of(ROWS["1a"], 80, chosen=True).startswith("▸14:02:07")
    assert text_of(ROWS["1a"], 80).startswith(" 14:02:07")


def test_a_prompt_that_moved_shows_both_places() -> None:
    assert route(ROWS["7f"]) == "cloud→local"
    assert route(ROWS["3c"]) == "cloud"
    assert route(ROWS["5e"]) == "none"


def test_a_kept_answer_and_what_another_was_quicker_than_are_no_moves() -> None:
    kept = sights.kept_answer()
    assert route(kept) == "cache"
    assert "From the cache: openai/gpt-5.2-mini" in text_of(kept, 160)
    home, cloud = ROWS["1a"].attempts[0], ROWS["3c"].attempts[0]
    late = structs.replace(cloud, outcome="cancelled")
    hedged = structs.replace(ROWS["1a"], attempts=(home, late))
    assert route(hedged) == "local"
    assert route(structs.replace(hedged, attempts=(late,))) == "local"


def test_answers_side_by_side_are_no_move() -> None:
    home, cloud = ROWS["1a"].attempts[0], ROWS["3c"].attempts[0]
    both = structs.replace(ROWS["1a"], strategy="compare", attempts=(home, cloud, home))
    assert route(both) == "local+cloud"
    assert route(structs.replace(both, attempts=())) == "local"


def test_what_you_said_stands_at_the_end() -> None:
    for verdict, mark in (("up", "+"), ("down", "-"), ("edit", "~"), ("", "")):
        row = structs.replace(ROWS["1a"], verdict=verdict)
        assert text_of(row, 80).rstrip().endswith(f"$0 {mark}".rstrip())


def test_a_prompt_that_nobody_may_answer_shows_no_model() -> None:
    assert "  none  " in text_of(ROWS["5e"], 80)
    assert "over today's budget" in text_of(ROWS["5e"], 80)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("deciding", "being decided"),
        ("queued", "waiting for its turn"),
        ("loading", "loading model"),
        ("streaming", "fits"),
        ("done", "fits"),
        ("cancelled", "cancelled by the caller; fits"),
        ("failed", "fits"),
    ],
)
def test_the_reason_says_what_is_waited_for(state: str, words: str) -> None:
    assert reason(wire.RequestView("a", 0, state, because="fits")) == words


def test_a_failure_says_what_went_wrong() -> None:
    request = wire.RequestView("a", 0, "failed", because="fits", error="all models failed")
    assert reason(request) == "all models failed"


def test_money_is_known_estimated_unknown_or_open() -> None:
    done = ROWS["3c"]
    assert cost(done) == "$0.0213"
    assert cost(structs.replace(done, certain=False)) == "~$0.02"
    assert cost(structs.replace(done, cost_nano=None)) == "$?"
    assert cost(structs.replace(done, cost_nano=50_000)) == "<$0.0001"
    open_ended = structs.replace(done, cost_nano=None, state="streaming")
    assert cost(open_ended) == ""
    assert cost(structs.replace(open_ended, place="local")) == "$0"


def test_a_running_prompt_counts_the_seconds() -> None:
    assert "   9s " in text_of(ROWS["6f"], 80)


def test_the_headline() -> None:
    assert headline(ROWS["7f"]) == "cloud→local ollama/qwen3:14b answered in 2.8s for $0.0011"
    assert headline(ROWS["5e"]) == "Nobody answered: it was refused after 3ms"
    assert headline(wire.RequestView("a", 0, "deciding")) == "It is being decided"
