"""Gemini's answer as it comes off the wire, to its end and a little beyond."""

from __future__ import annotations

import pytest

from homeport.adapters.base import TextDelta, ThinkingDelta, Wired
from homeport.adapters.gemini.raw import WiredAnswer
from homeport.adapters.gemini.stream import StreamedAnswer
from homeport.adapters.http.answer import MAX_JSON_BYTES
from homeport.adapters.http.pieces import tokens_in
from homeport.adapters.http.upstream_errors import Garbage
from support.gemini_server import sse


def chunk(text: str, **more: object) -> bytes:
    return sse({"candidates": [{"content": {"parts": [{"text": text}]}, **more}]})


def test_words_before_trouble_are_kept() -> None:
    read = StreamedAnswer()
    deltas = read.feed(chunk("a") + b"data: {\n\n" + chunk("b"))
    assert deltas == [TextDelta("a")]
    assert isinstance(read.trouble, Garbage)


def test_the_last_event_may_lack_its_blank_line() -> None:
    read = StreamedAnswer()
    assert read.feed(chunk("a", finishReason="STOP").rstrip()) == []
    assert read.end() == [TextDelta("a")]
    assert read.reader.ended


def test_a_body_of_json_is_bounded() -> None:
    read = StreamedAnswer(whole_body=True)
    read.feed(b"[" * (MAX_JSON_BYTES + 1))
    assert isinstance(read.trouble, Garbage)


@pytest.mark.parametrize(("delta", "count"), [(TextDelta("a", 5), 5), (ThinkingDelta("a"), 1)])
def test_tokens(delta: TextDelta | ThinkingDelta, count: int) -> None:
    assert tokens_in(delta) == count


@pytest.mark.parametrize("kind", [StreamedAnswer, WiredAnswer])
def test_a_character_that_was_cut_in_two(kind: type[StreamedAnswer]) -> None:
    read = kind()
    deltas = read.feed(chunk("a\ud83d") + chunk("\ude00b\ud83d") + chunk("", finishReason="STOP"))
    said = [d for one in deltas for d in (one.deltas if isinstance(one, Wired) else [one])]
    assert "".join(d.text for d in said if isinstance(d, TextDelta)) == "a\U0001f600b\ufffd"
    assert read.trouble is None
    assert read.reader.ended
    passed = b"".join(one.data for one in deltas if isinstance(one, Wired)) + read.ending
    assert b"\\ud" not in passed


def test_half_a_character_in_a_whole_body() -> None:
    read = StreamedAnswer(whole_body=True)
    read.feed(chunk("a\ud83d", finishReason="STOP").removeprefix(b"data: "))
    assert read.end() == [TextDelta("a\ufffd")]
