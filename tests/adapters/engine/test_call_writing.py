"""Calls in an answer while it is written: whole or not at all, at any boundary of pieces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.call_format import (
    JSON_ALONE,
    LISTED,
    NAMED,
    TAGGED,
    CallFormat,
)
from homeport.adapters.engine.call_writing import Call, CallWriting

F, G = Call("f", '{"a": "x}y</tool_call>"}'), Call("g", "{}")
F_JSON = '{"name": "f", "arguments": {"a": "x}y</tool_call>"}}'
G_JSON = '{"name": "g", "arguments": {}}'


def writing(form: CallFormat = TAGGED, **fields: Any) -> CallWriting:
    wanted = {"parallel": True, "begun": False, "bare": True, **fields}
    return CallWriting(form, ("f", "g"), **wanted)


def hear(calls: CallWriting, pieces: list[str]) -> tuple[str, list[Call]]:
    """Words and calls, as a generator would hear them that stops when all is over."""
    made: list[str | Call] = []
    for piece in pieces:
        made += calls.feed(piece)
        if calls.over:
            break
    words = "".join(one for one in made if isinstance(one, str))
    return words + calls.end(), [one for one in made if isinstance(one, Call)]


CASES = [
    (TAGGED, f"Hm. <tool_call>\n{F_JSON}\n</tool_call>", "Hm. ", [F]),
    (TAGGED, f"<tool_call>{F_JSON}</tool_call>\n<tool_call>{G_JSON}</tool_call>", "", [F, G]),
    (TAGGED, f"<tool_call>{F_JSON}</tool_call>\nThe result is 7.", "", [F]),
    (TAGGED, f"<tool_call>{F_JSON}</tool_call><tool_call>{F_JSON}</tool_call>", "", [F]),
    (TAGGED, f"<tool_call>{F_JSON[:-9]}", "", []),
    (TAGGED, G_JSON, "", [G]),
    (TAGGED, f"Say `<tool_call>`: {G_JSON}", f"Say `<tool_call>`: {G_JSON}", []),
    (TAGGED, "A <tool", "A <tool", []),
    (LISTED, f"[TOOL_CALLS] [{F_JSON}, {G_JSON}]", "", [F, G]),
    (NAMED, '[TOOL_CALLS]g[ARGS]{}[TOOL_CALLS]f[ARGS]{"a": 1}', "", [G, Call("f", '{"a": 1}')]),
    (JSON_ALONE, '{"name": "g", "parameters": {}}; ' + G_JSON, "", [G]),
    (
        JSON_ALONE,
        '<|python_tag|>{"name": "g", "parameters": {"b": 1}}',
        "",
        [Call("g", '{"b": 1}')],
    ),
]


@pytest.mark.parametrize(("form", "answer", "words", "calls"), CASES)
def test_calls_are_heard(form: CallFormat, answer: str, words: str, calls: list[Call]) -> None:
    assert hear(writing(form), [answer]) == (words, calls)


@given(data=st.data(), case=st.sampled_from(CASES))
def test_boundaries_of_pieces_change_nothing(
    data: st.DataObject, case: tuple[CallFormat, str, str, list[Call]]
) -> None:
    form, answer, words, calls = case
    places = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=8)))
    pieces = [answer[a:b] for a, b in zip([0, *places], [*places, len(answer)], strict=True)]
    assert hear(writing(form), pieces) == (words, calls)


def test_it_says_when_to_hold_the_sampler() -> None:
    calls = writing()
    assert not calls.is_writing
    calls.feed('Hm. <tool_call>\n{"na')
    assert calls.is_writing
    assert calls.begun == '\n{"na'
    calls.feed('me": "g", "arguments": {}}')
    assert not calls.is_writing
    assert calls.count == 1
    assert not calls.over


def test_one_call_is_the_end_where_only_one_may_be() -> None:
    calls = writing(parallel=False, begun=True)
    assert calls.is_writing
    assert calls.feed(F_JSON) == [F]
    assert calls.over


def test_what_turns_out_to_be_no_call_is_words() -> None:
    calls = writing()
    assert calls.feed("<tool_call>\n<function=") == []
    assert calls.give_up() == "<tool_call>\n<function="
    assert calls.feed("f>") == ["f>"]
    assert calls.end() == ""


def test_json_that_was_asked_for_is_no_call() -> None:
    assert hear(writing(bare=False), [G_JSON]) == (G_JSON, [])


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (TAGGED, r'<tool_call>{"name": "f", "arguments": {"a": "\ud83d"}}</tool_call>'),
        (NAMED, r'[TOOL_CALLS]f[ARGS]{"a": "\ud83d"}'),
    ],
)
def test_half_a_surrogate_pair_can_be_sent_on(form: CallFormat, text: str) -> None:
    _, made = hear(writing(form), [text])
    assert made == [Call("f", '{"a": "?"}')]
