"""Messages as turns: roles in alternation, results first, space and prefill."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.parts import NotWritable
from homeport.adapters.anthropic.turns import Conversation, conversation_of
from homeport.adapters.base import Message, Part, Role, Text, Thinking, ToolCall, ToolResult

OLD, NEW = traits_of("claude-sonnet-4-5"), traits_of("claude-opus-4-8")


def said(role: Role, *parts: str | Part) -> Message:
    return Message(role, tuple(Text(p) if isinstance(p, str) else p for p in parts))


def turns(*messages: Message, traits: Any = OLD, **options: Any) -> Conversation:
    return conversation_of(messages, traits, **({"same_wire": False} | options))


def shape(conversation: Conversation) -> list[tuple[str, list[str]]]:
    return [
        (turn.role, [str(b.get("text", b["type"])) for b in turn.blocks])
        for turn in conversation.turns
    ]


def test_system_messages_at_the_head_are_apart_and_turns_alternate() -> None:
    conversation = turns(
        said("system", "a"),
        said("developer", "b"),
        said("user", "one"),
        said("user", "two"),
        said("assistant", "three", ToolCall("c", "f", "{}")),
        said("tool", ToolResult("c", "out")),
        said("user", "four"),
        said("tool", ToolResult("d", "late")),
    )
    assert [block["text"] for block in conversation.system] == ["a", "b"]
    assert shape(conversation) == [
        ("user", ["one", "two"]),
        ("assistant", ["three", "tool_use"]),
        ("user", ["tool_result", "tool_result", "four"]),
    ]
    assert not conversation.is_prefilled


def test_a_system_message_between_turns() -> None:
    messages = (said("user", "one"), said("system", "now"), said("user", "two"))
    assert shape(turns(*messages)) == [("user", ["one", "<system>now</system>", "two"])]
    assert [role for role, _ in shape(turns(*messages, traits=NEW))] == ["user", "system", "user"]
    # Where it may not stand, for it follows no user's turn.
    messages = (said("user", "one"), said("assistant", "x"), said("system", "now"))
    assert shape(turns(*messages, traits=NEW))[-1] == ("user", ["<system>now</system>"])


def test_blank_parts_and_messages_are_left_out() -> None:
    conversation = turns(said("user", "one", " "), said("assistant", ""), said("user", "two"))
    assert shape(conversation) == [("user", ["one", "two"])]


@pytest.mark.parametrize("messages", [(), (said("assistant", "hi"), said("user", "x"))])
def test_the_user_comes_first(messages: tuple[Message, ...]) -> None:
    assert shape(turns(*messages))[0] == ("user", ["Go on."])


@pytest.mark.parametrize(
    ("prefix", "text", "tail"),
    [("The capital", "The capital", ""), ("So \n", "So", " \n"), (" So", " So", "")],
)
def test_a_started_answer_is_the_last_turn_and_does_not_end_in_space(
    prefix: str, text: str, tail: str
) -> None:
    conversation = turns(said("user", "q"), prefix=prefix)
    assert conversation.is_prefilled
    assert shape(conversation)[-1] == ("assistant", [text])
    assert conversation.tail == tail


def test_a_start_of_nothing_but_space_is_no_turn() -> None:
    conversation = turns(said("user", "q"), prefix=" \n")
    assert not conversation.is_prefilled
    assert conversation.tail == " \n"


def test_what_the_newest_refuse() -> None:
    with pytest.raises(NotWritable):
        turns(said("user", "q"), traits=NEW, prefix="So")
    with pytest.raises(NotWritable):
        turns(said("user", "q"), said("assistant", "{"), traits=NEW)
    # Handed back to the provider that paused it.
    assert turns(said("user", "q"), said("assistant", "x"), traits=NEW, same_wire=True).is_prefilled


def test_calls_made_without_signed_reasoning() -> None:
    call, result = ToolCall("c", "f", "{}"), said("tool", ToolResult("c", "x"))
    bare = turns(said("user", "q"), said("assistant", call), result, same_wire=True)
    assert bare.awaits_thinking
    thought = said("assistant", Thinking("hm", "sig"), call)
    assert not turns(said("user", "q"), thought, result, same_wire=True).awaits_thinking
    assert turns(said("user", "q"), thought, result, same_wire=False).awaits_thinking
    assert not turns(said("user", "q"), said("assistant", "x"), said("user", "y")).awaits_thinking


ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
PARTS = st.lists(
    st.builds(Text, st.sampled_from(["a", "", " ", "b "]))
    | st.builds(ToolResult, st.just("c"), st.just("x"))
    | st.builds(ToolCall, st.just("c"), st.just("f"), st.just("{}")),
    max_size=3,
)
MESSAGES = st.lists(
    st.builds(lambda role, parts: Message(role, tuple(parts)), ROLES, PARTS), max_size=6
)


@given(MESSAGES, st.sampled_from(["", " ", "So ", "So"]), st.booleans())
def test_any_conversation_is_in_order(messages: list[Message], prefix: str, is_new: bool) -> None:
    try:
        conversation = turns(*messages, traits=NEW if is_new else OLD, prefix=prefix)
    except NotWritable:
        assert is_new
        return
    roles = [turn.role for turn in conversation.turns]
    assert roles[0] == "user"
    assert all(a != b or a == "system" for a, b in pairwise(roles))
    assert all(turn.blocks for turn in conversation.turns)
    if conversation.is_prefilled and prefix.strip():
        last = conversation.turns[-1].blocks[-1]
        assert str(last["text"]) + conversation.tail == prefix
