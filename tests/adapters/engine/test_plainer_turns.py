"""Plainer forms of a conversation: no word of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.frames import Turn, TurnCall
from homeport.adapters.engine.plainer_turns import (
    SHORT_ID,
    alternating,
    as_given,
    calls_as_words,
    merged_neighbours,
    told_first,
    with_objects,
    with_short_ids,
    with_text,
    without_system_role,
    without_tool_role,
)

CALL = TurnCall("call_1", "f", '{"a": 1}')
MADE = Turn("assistant", "Look.", (CALL,))
RESULT = Turn("tool", "7", (), "call_1", "f")


def test_system_words_without_a_user_become_the_users() -> None:
    assert without_system_role([Turn("system", "a")]) == [Turn("user", "a")]
    assert without_system_role([]) == []


turn_lists = st.lists(
    st.builds(Turn, st.sampled_from(["system", "user", "assistant", "tool"]), st.text(max_size=3)),
    max_size=6,
)


@given(turns=turn_lists)
def test_alternation_holds_and_no_word_is_lost(turns: list[Turn]) -> None:
    merged = alternating(turns)
    assert all(turn.role == ("user", "assistant")[at % 2] for at, turn in enumerate(merged))
    everything = "".join(turn.content for turn in merged)
    assert all(turn.content in everything for turn in turns)


def test_calls_as_words() -> None:
    said, told = calls_as_words((MADE, RESULT))
    assert said == Turn(
        "assistant", 'Look.\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
    )
    assert told == Turn("tool", "Result of f:\n7")
    assert without_tool_role((RESULT,)) == [Turn("user", "Result of f:\n7")]
    assert as_given((RESULT,)) == (RESULT,)


def test_neighbours_are_merged_and_tools_keep_their_role() -> None:
    turns = (Turn("user", "a"), Turn("user", "b"), Turn("assistant", "c"), MADE, RESULT, RESULT)
    merged = merged_neighbours(turns)
    assert merged == [
        Turn("user", "a\n\nb"),
        Turn("assistant", "c\n\nLook.", (CALL,)),
        RESULT,
        RESULT,
    ]


def test_more_system_words() -> None:
    assert told_first([Turn("user", "a")], "x") == [Turn("system", "x"), Turn("user", "a")]
    assert told_first([Turn("system", "a")], "x") == [Turn("system", "a\n\nx")]


def test_how_a_turn_is_spelled() -> None:
    assert with_objects(MADE)["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    assert with_text(MADE)["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'
    short = with_short_ids(MADE)["tool_calls"][0]["id"]
    assert len(short) == SHORT_ID
    assert with_short_ids(RESULT)["tool_call_id"] == short
    assert with_objects(RESULT)["name"] == "f"
    broken = Turn("assistant", "", (TurnCall("c", "f", "{"),))
    assert with_objects(broken)["tool_calls"][0]["function"]["arguments"] == "{"
    assert "tool_calls" not in with_objects(Turn("user", "a"))
