"""The end of an answer: whole, truncated, and whatever way the bytes were cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    StatusDelta,
    TextDelta,
    ToolCallDelta,
    UsageDelta,
    Wired,
)
from homeport.adapters.http.pieces import tokens_in
from homeport.adapters.http.upstream_errors import Upstream
from homeport.adapters.openai.responses_read import ResponseReader
from homeport.adapters.openai.stream import StreamedAnswer, WholeAnswer, WiredAnswer, gathered

WHO = Upstream("p/m", "p", "host:1")
PIECE = b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n'
HELLO = PIECE % b"Hel" + PIECE % b"lo"
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


def text(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def kind(answer: StreamedAnswer) -> str:
    with pytest.raises(AttemptFailed) as caught:
        answer.raise_trouble(WHO, 2)
    assert caught.value.failure.sent_tokens == 2
    return caught.value.failure.kind


@given(st.lists(st.integers(0, 300)))
def test_any_cut_gives_the_same_answer(places: list[int]) -> None:
    body = HELLO + STOP + DONE
    edges = sorted({0, len(body), *(place % len(body) for place in places)})
    answer = StreamedAnswer()
    told = "".join(text(answer.feed(body[a:b])) for a, b in pairwise(edges))
    assert told == "Hello"
    assert answer.whole
    answer.raise_trouble(WHO, 0)


@pytest.mark.parametrize("body", [HELLO, HELLO + STOP, HELLO + DONE, HELLO + b'data: {"choi', b""])
def test_without_both_signs_of_the_end_it_is_truncated(body: bytes) -> None:
    answer = StreamedAnswer()
    answer.feed(body)
    if not body.endswith(DONE):
        answer.end()
    assert not answer.whole
    assert kind(answer) == "truncated"


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
@pytest.mark.parametrize(
    "last", [b"data: [DONE]", b"data:[DONE]\r\n", b": so\ndata: [DONE]\n", b"event: end\n" + DONE]
)
def test_a_last_word_without_its_blank_line(kind_of: type[StreamedAnswer], last: bytes) -> None:
    answer = kind_of()
    answer.feed(HELLO + STOP + last.removesuffix(b"\n"))
    answer.end()
    assert answer.whole


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
def test_events_that_hold_nothing(kind_of: type[StreamedAnswer]) -> None:
    answer = kind_of()
    answer.feed(b"data: \n\n" + HELLO + b"data:\n\n" + STOP + DONE)
    assert answer.whole
    answer.raise_trouble(WHO, 0)


def test_words_before_the_trouble_are_not_lost() -> None:
    answer = StreamedAnswer()
    assert text(answer.feed(HELLO + b"data: nonsense\n\n")) == "Hello"
    assert kind(answer) == "garbage"


COUNTED = (
    b'data: {"choices":[{"delta":{"content":"%s"}}],"usage":{"prompt_tokens":9,'
    b'"completion_tokens":%d}}\n\n'
)


def test_what_is_counted_on_the_way_is_told_behind_its_words() -> None:
    answer = StreamedAnswer()
    deltas = answer.feed(COUNTED % (b"Hel", 1) + COUNTED % (b"lo", 2) + PIECE % b"!")
    assert [type(delta) for delta in deltas] == [
        *(TextDelta, UsageDelta, TextDelta, UsageDelta, TextDelta)
    ]
    counts = [delta.usage.output for delta in deltas if isinstance(delta, UsageDelta)]
    assert counts == [1, 2]
    last = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}\n\n'
    assert answer.feed(STOP + last) == [], "the end tells it"
    assert answer.reader.usage.output == 3


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (PIECE % b"a" + COUNTED % (b"b", 2), [Wired, UsageDelta]),
        (COUNTED % (b"a", 1) + PIECE % b"b", [UsageDelta, Wired]),
        (b'data: {"choices":[],"usage":{"prompt_tokens":9}}\n\n', [UsageDelta]),
    ],
)
def test_beside_events_that_go_on_as_they_came_no_word_is_told_that_was_not_said(
    body: bytes, kinds: list[type]
) -> None:
    assert [type(delta) for delta in WiredAnswer().feed(body)] == kinds


def test_a_whole_body() -> None:
    answer = WholeAnswer()
    body = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    assert answer.feed(body[:9]) == answer.feed(body[9:]) == []
    assert text(answer.end()) == "Hi"
    assert answer.whole


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>", "garbage"),
        (b'{"choices":[{"message":{"content":"Hi"}}]}', "truncated"),
        (b'{"error":{"code":429}}', "rate_limited"),
    ],
)
def test_a_whole_body_that_is_none(body: bytes, told: str) -> None:
    answer = WholeAnswer()
    answer.feed(body)
    answer.end()
    assert kind(answer) == told


def test_a_whole_body_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.adapters.openai.stream.MAX_JSON_BYTES", 10)
    answer = WholeAnswer()
    answer.feed(b" " * 11)
    assert kind(answer) == "garbage"


def test_tokens_of_deltas() -> None:
    assert tokens_in(TextDelta("x", 3)) == 3
    assert tokens_in(ToolCallDelta(0)) == 1
    assert tokens_in(StatusDelta("loading")) == 0


@given(
    st.lists(
        st.one_of(
            st.builds(TextDelta, st.text(max_size=3), st.integers(1, 4)),
            st.builds(ToolCallDelta, st.integers(0, 2), arguments=st.text(max_size=2)),
        )
    )
)
def test_gathering_loses_no_text_no_token_and_no_order(deltas: list[Delta]) -> None:
    pieces = gathered(deltas)
    assert sum(map(tokens_in, pieces)) == sum(map(tokens_in, deltas))
    assert text(pieces) == text(deltas)
    others = [delta for delta in deltas if not isinstance(delta, TextDelta)]
    assert [delta for delta in pieces if not isinstance(delta, TextDelta)] == others
    assert not any(
        isinstance(one, TextDelta) and isinstance(two, TextDelta) for one, two in pairwise(pieces)
    )


EMOJI = "\U0001f600"


def delta_of(fields: str) -> bytes:
    return b'data: {"id":"c","choices":[{"index":0,"delta":{%s}}]}\n\n' % fields.encode()


def words_of(deltas: list[Delta]) -> list[str]:
    said = [
        one for delta in deltas for one in (delta.deltas if isinstance(delta, Wired) else [delta])
    ]
    told = [getattr(one, "arguments", None) or getattr(one, "text", "") for one in said]
    return [words for words in told if words]


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
@pytest.mark.parametrize(
    "field",
    [
        '"content":"%s"',
        '"reasoning_content":"%s"',
        '"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"%s"}}]',
    ],
)
def test_a_character_that_was_cut_in_two(kind_of: type[StreamedAnswer], field: str) -> None:
    answer = kind_of()
    pieces = ["Oh ", "my \\ud83d", "\\ude00!", " yes"]
    deltas = [delta for piece in pieces for delta in answer.feed(delta_of(field % piece))]
    answer.feed(STOP + DONE)
    answer.raise_trouble(WHO, 0)
    assert answer.whole
    assert words_of(deltas) == ["Oh ", "my ", f"{EMOJI}!", " yes"]


def test_a_character_that_was_cut_in_two_among_many_words() -> None:
    answer = StreamedAnswer()
    body = PIECE % b"a" * 9 + PIECE % b"\\ud83d" + PIECE % b"\\ude00" + PIECE % b"b" * 9
    assert text(answer.feed(body)) == "a" * 9 + EMOJI + "b" * 9


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
def test_half_a_character_at_the_end(kind_of: type[StreamedAnswer]) -> None:
    answer = kind_of()
    deltas = answer.feed(PIECE % b"so \\ud83d" + STOP + DONE)
    assert answer.whole
    assert words_of(deltas) == ["so ", "\ufffd"]


def test_what_goes_on_as_it_came_has_whole_characters_alone() -> None:
    answer = WiredAnswer()
    deltas = answer.feed(PIECE % b"\\ud83d" + PIECE % b"\\ude00")
    data = b"".join(delta.data for delta in deltas if isinstance(delta, Wired))
    assert EMOJI.encode() in data
    assert b"\\ud" not in data


def test_half_a_character_in_a_whole_body() -> None:
    answer = WholeAnswer()
    answer.feed(b'{"choices":[{"message":{"content":"Hi \\ud83d"},"finish_reason":"length"}]}')
    assert text(answer.end()) == "Hi \ufffd"
    assert answer.whole


CLOSED = b'{"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}'


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_last_event_without_its_blank_line(kind_of: type[StreamedAnswer], end: bytes) -> None:
    answer = kind_of(ResponseReader())
    word = b'data: {"type":"response.output_text.delta","output_index":0,"delta":"Hi"}\n\n'
    deltas = answer.feed(word + b"event: response.completed\ndata: " + CLOSED + end)
    assert words_of(deltas + answer.end()) == ["Hi"]
    assert answer.whole
    answer.raise_trouble(WHO, 0)


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
def test_a_last_word_or_error_without_its_blank_line_is_heard(
    kind_of: type[StreamedAnswer],
) -> None:
    answer = kind_of()
    deltas = answer.feed(HELLO + (PIECE % b"!").rstrip())
    assert words_of([*deltas, *answer.end()])[-1] == "!"
    assert kind(answer) == "truncated"
    failed = kind_of()
    failed.feed(HELLO + b'data: {"error":{"code":429}}')
    failed.end()
    assert kind(failed) == "rate_limited"


@pytest.mark.parametrize("kind_of", [StreamedAnswer, WiredAnswer])
def test_a_last_event_that_was_cut_is_no_whole_answer(kind_of: type[StreamedAnswer]) -> None:
    answer = kind_of(ResponseReader())
    answer.feed(b"data: " + CLOSED[:-1])
    assert answer.end() == []
    assert kind(answer) == "truncated"
