"""What a model says, sorted: reasoning, words and calls, with their tokens."""

from __future__ import annotations

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine import speech as module
from homeport.adapters.engine.call_format import TAGGED
from homeport.adapters.engine.call_writing import CallWriting
from homeport.adapters.engine.frames import Called, Calling, Chunk, FromWorker
from homeport.adapters.engine.speech import Speech
from homeport.adapters.mending.thinking_tags import ThinkingSplitter

CALL = '<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>'


def speech(frames: list[FromWorker]) -> Speech:
    calls = CallWriting(TAGGED, ("f",), parallel=True, begun=False, bare=True)
    return Speech(7, frames.append, ThinkingSplitter(), calls)


def test_everything_is_sorted_and_its_tokens_counted_once() -> None:
    frames: list[FromWorker] = []
    said = speech(frames)
    text = f"<think>hm</think>Well. {CALL}"
    for character in text:
        said.say(character, 1, (TokenLogprob(character, -1.0),))
    said.end(cut=False)
    thoughts = [f for f in frames if isinstance(f, Chunk) and f.thinking]
    words = [f for f in frames if isinstance(f, Chunk) and not f.thinking]
    (called,) = [f for f in frames if isinstance(f, Called)]
    assert "".join(f.text for f in thoughts) == "hm"
    assert "".join(f.text for f in words) == "Well. "
    assert (called.name, called.arguments) == ("f", '{"a": 1}')
    assert all(not f.logprobs for f in thoughts)
    assert sum(f.tokens for f in (*thoughts, *words, called)) == len(text) - len("</tool_call>")


def test_half_a_call_is_nothing_and_half_a_mark_is_words() -> None:
    frames: list[FromWorker] = []
    half = speech(frames)
    half.say(CALL[:30], 1, ())
    half.end(cut=True)
    assert frames == []
    mark = speech(frames)
    mark.say("a <tool", 2, ())
    mark.end(cut=True)
    assert frames == [Chunk(7, "a ", 2), Chunk(7, "<tool", 0)]


def test_words_that_only_looked_like_a_call() -> None:
    frames: list[FromWorker] = []
    said = speech(frames)
    said.say("<tool_call>x", 1, ())
    said.give_up_call()
    said.say("y", 1, ())
    assert "".join(f.text for f in frames if isinstance(f, Chunk)) == "<tool_call>xy"
    assert not said.is_over


def test_a_long_call_gives_signs_of_life() -> None:
    frames: list[FromWorker] = []
    said = speech(frames)
    said._told -= 2 * module.SIGN_OF_LIFE_S
    said.say(CALL[:30], 1, ())
    assert frames == [Calling(7)]


def test_without_a_splitter_or_calls_words_are_words() -> None:
    frames: list[FromWorker] = []
    plain = Speech(7, frames.append, None, None)
    plain.say("<think>{", 1, ())
    plain.end(cut=False)
    assert frames == [Chunk(7, "<think>{", 1)]
