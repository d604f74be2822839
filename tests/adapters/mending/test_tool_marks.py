"""Where a call begins in text, and where text only looks like one."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.mending.tool_marks import MARKS, MarkFinder, begins_call, names_known


def find(pieces: list[str]) -> tuple[str, str, str]:
    """What was shown, the mark, and what is held."""
    finder = MarkFinder()
    shown = "".join(map(finder.feed, pieces))
    return shown, finder.found, finder.held


FOUND = [
    ("Let me look. <tool_call>\n{", "Let me look. ", "<tool_call>"),
    ('{"name": "f", ', "", "{"),
    (' [{"name": "f"', "", "{"),
    ("{'name': 'f', ", "", "{"),
    ('Sure:\n```json\n{"name": "f"}\n```', "Sure:\n", "{"),
    ("<|python_tag|>{", "", "<|python_tag|>"),
    ("a`b` <function=f>", "a`b` ", "<function="),
    ("```py\nx\n```\n<tool_call>", "```py\nx\n```\n", "<tool_call>"),
]
NONE = [
    "Say `<tool_call>` to call.",
    "```xml\n<tool_call>{}</tool_call>\n```",
    '{"colour": "red"}',
    "{} is empty",
    "[1, 2, 3]",
    "```json\n[1]\n```",
    "a < b and <tools> too",
    "function f(x) { return x }",
]


@pytest.mark.parametrize(("text", "shown", "mark"), FOUND)
def test_a_call_is_found(text: str, shown: str, mark: str) -> None:
    for pieces in ([text], list(text)):
        said, found, held = find(pieces)
        assert (said, found) == (shown, mark)
        assert said + held == text


@pytest.mark.parametrize("text", NONE)
def test_talk_is_no_call(text: str) -> None:
    for pieces in ([text], list(text)):
        shown, found, held = find(pieces)
        assert not found
        assert shown + held == text


@given(text=st.text(alphabet='<tool_call>`{"name": x}[\n', max_size=40), data=st.data())
def test_no_character_is_lost_and_boundaries_change_nothing(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    whole, cut = find([text]), find([text[:at], text[at:]])
    assert whole[0] + whole[2] == text
    assert cut[0] + cut[2] == text
    assert whole[1] == cut[1]


def test_json_of_a_call_by_its_first_key() -> None:
    assert begins_call('{"name"') == "yes"
    assert begins_call('{ "na') == "unknown"
    assert begins_call("{") == "unknown"
    assert begins_call("[") == "unknown"
    assert begins_call('{"x') == "no"
    assert begins_call("{1") == "no"
    assert begins_call("[1") == "no"


def test_json_of_a_call_by_a_known_name() -> None:
    known = partial(names_known, names=("get_time",))
    assert known('{"name": "get_time"') == "yes"
    assert known('{"name": "get_') == "unknown"
    assert known('{"name"') == "unknown"
    assert known('{"na') == "unknown"
    assert known('{"name": "Alice"') == "no"
    assert known('{"name": "Al') == "no"
    assert known('{"name": 3') == "no"
    assert known('{"type": "function"') == "no"


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_is_found_behind_words(mark: str) -> None:
    text = f"Some words of fun {mark}"
    for pieces in ([text], list(text), ["Some words of fun ", mark[:1], mark[1:]]):
        assert find(pieces)[1] == mark


def test_marks_are_no_starts_of_each_other() -> None:
    assert not [(a, b) for a in MARKS for b in MARKS if a != b and b.startswith(a)]


@pytest.mark.parametrize("piece", ["[[[[", "    ", "\n[ \n"])
def test_what_never_becomes_a_call_is_not_held_for_ever(piece: str) -> None:
    for opening in ("", "```\n"):
        shown, found, held = find([opening, *[piece] * 2000, "<tool_call>"])
        assert found == ("" if opening else "<tool_call>")
        assert shown + held == f"{opening}{piece * 2000}<tool_call>"
        assert len(held) <= len("<tool_call>")
