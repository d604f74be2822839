"""Answers of servers at home, mended: reasoning and calls that came as text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Completion,
    Delta,
    Finish,
    FinishReason,
    Prompt,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    Tool,
    ToolCallDelta,
    Wired,
)
from homeport.adapters.mending import home_answer
from homeport.adapters.mending.home_answer import mended
from support.asks import model_card

WEATHER = Tool("weather", "", {"type": "object", "properties": {"days": {"type": "integer"}}})
CALL = '<tool_call>{"name": "weather", "arguments": {"days": "3"}}</tool_call>'


async def given_deltas(deltas: Sequence[Delta]) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


def asked(**fields: Any) -> Prompt:
    return Prompt((), **{"tools": (WEATHER,), **fields})


async def hear(
    deltas: Sequence[Delta],
    prompt: Prompt | None = None,
    prefix: str = "",
    closers: set[str] | None = None,
    **card: Any,
) -> list[Delta]:
    shown = mended(given_deltas(deltas), prompt or asked(), model_card(**card), prefix, closers)
    return [delta async for delta in shown]


def words(*pieces: str, reason: FinishReason = "stop") -> list[Delta]:
    return [*map(TextDelta, pieces), Finish(reason)]


def text_of(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def thoughts_of(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, ThinkingDelta))


def calls_of(deltas: Sequence[Delta]) -> list[tuple[int, str, str]]:
    made = [delta for delta in deltas if isinstance(delta, ToolCallDelta)]
    return [(delta.index, delta.name, delta.arguments) for delta in made]


def finish_of(deltas: Sequence[Delta]) -> Finish:
    assert isinstance(deltas[-1], Finish)
    return deltas[-1]


async def test_what_needs_no_mending_is_passed_on() -> None:
    plain = words("Hello", " there")
    assert await hear(plain, asked(tools=())) == plain
    assert await hear(plain) == plain


async def test_a_cloud_model_and_raw_text_are_left_alone() -> None:
    odd = words("<think>hm</think>", CALL)
    assert await hear(odd, place="cloud") == odd
    assert await hear(odd, asked(completion=Completion("x"))) == odd


async def test_reasoning_and_calls_are_told_apart() -> None:
    answer = f"<think>hm</think>Well. {CALL}"
    for pieces in ([answer], list(answer)):
        heard = await hear(words(*pieces))
        assert thoughts_of(heard) == "hm"
        assert text_of(heard) == "Well. "
        assert calls_of(heard) == [(0, "weather", '{"days":3}')]
        assert finish_of(heard).reason == "tool_calls"


async def test_without_tools_a_call_is_text() -> None:
    assert text_of(await hear(words(CALL), asked(tools=()))) == CALL
    assert text_of(await hear(words(CALL), asked(tool_choice="none"))) == CALL


async def test_tokens_and_logprobs_are_kept_with_their_words() -> None:
    pieces = [TextDelta(c, 1, (TokenLogprob(c, -0.5),)) for c in "<b>hi"]
    heard = await hear([*pieces, Finish("stop")])
    shown = [delta for delta in heard if isinstance(delta, TextDelta)]
    assert text_of(heard) == "<b>hi"
    assert sum(delta.tokens for delta in shown) == 5
    assert "".join(token.token for delta in shown for token in delta.logprobs) == "<b>hi"


async def test_a_server_that_tells_apart_by_itself_is_believed() -> None:
    native: list[Delta] = [
        ThinkingDelta("hm"),
        TextDelta("<think> is a tag."),
        ToolCallDelta(0, "c", "weather", "{}"),
        Finish("tool_calls"),
    ]
    assert await hear(native) == native
    required = asked(tool_choice="required")
    assert calls_of(await hear(native, required)) == [(0, "weather", "{}")]


async def test_the_wires_own_bytes_go_on_until_something_is_mended() -> None:
    def wired(text: str) -> Wired:
        return Wired("openai-chat", text.encode(), (TextDelta(text),))

    end = Finish("stop", wire="openai-chat", raw=b"end")
    whole: list[Delta] = [wired("Hello"), wired(" you"), end]
    assert await hear(whole) == whole
    assert await hear(whole, asked(tools=())) == whole
    thought: list[Delta] = [wired("<think>a"), wired("</think>b"), wired("c"), end]
    heard = await hear(thought, asked(tools=()))
    assert (thoughts_of(heard), text_of(heard)) == ("a", "bc")
    assert not [delta for delta in heard if isinstance(delta, Wired)]
    assert finish_of(heard).raw == b""


async def test_half_a_call_at_the_end_is_none() -> None:
    heard = await hear(words("Hm. ", CALL[:30], reason="length"))
    assert (text_of(heard), calls_of(heard)) == ("Hm. ", [])
    assert finish_of(heard).reason == "length"
    whole = await hear(words(CALL + "<tool_call>{", reason="length"))
    assert len(calls_of(whole)) == 1


async def test_a_call_past_mending_fails_with_what_to_tell_the_model() -> None:
    said = '<tool_call>{"name": "fly", "arguments": {}}</tool_call>'
    with pytest.raises(AttemptFailed) as caught:
        await hear(words("Hm. ", said))
    assert caught.value.failure.kind == "bad_call"
    assert "fly" not in caught.value.failure.sentence
    assert caught.value.failure.sent_tokens == 1
    assert "there is no tool `fly`" in caught.value.problem
    assert caught.value.said == said


async def test_a_call_that_is_required() -> None:
    required = asked(tool_choice="required")
    assert calls_of(await hear(words("Sure. ", CALL), required)) == [(0, "weather", '{"days":3}')]
    for none in ("It is warm.", '{"name": "Alice"}'):
        with pytest.raises(AttemptFailed) as caught:
            await hear(words(none), required)
        assert caught.value.problem == home_answer.NO_CALL
        assert caught.value.failure.sent_tokens == 0
    cut = await hear(words("Sure. ", reason="length"), required)
    assert finish_of(cut).reason == "length"


async def test_json_that_is_no_call_is_shown() -> None:
    alice = '{"name": "Alice", "age": 3}'
    assert text_of(await hear(words(*alice))) == alice


async def test_one_call_where_only_one_may_be_and_none_twice() -> None:
    assert len(calls_of(await hear(words(CALL, CALL)))) == 1
    other = CALL.replace('"3"', "4")
    assert len(calls_of(await hear(words(CALL, other)))) == 2
    one = asked(parallel_tool_calls=False)
    assert len(calls_of(await hear(words(CALL, other), one))) == 1


async def test_made_up_results_are_left_out() -> None:
    heard = await hear(words(CALL, "\n<tool_response>warm</tool_response>"))
    assert (text_of(heard), len(calls_of(heard))) == ("", 1)
    kept = await hear(words(CALL, "\nOne moment."))
    assert text_of(kept) == "One moment."


async def test_a_tag_that_the_prompt_opened_is_known_by_the_models_name() -> None:
    heard = await hear(words("hm", "</think>", "Yes."), name="deepseek-r1:7b")
    assert (thoughts_of(heard), text_of(heard)) == ("hm", "Yes.")
    begun = await hear(words("Yes."), prefix="I say: ", name="deepseek-r1:7b")
    assert text_of(begun) == "Yes."


async def test_words_that_were_only_supposed_to_be_reasoning_are_told_once() -> None:
    heard = await hear(words("It is ", "warm."), name="deepseek-r1:7b")
    assert (thoughts_of(heard), text_of(heard)) == ("", "It is warm.")
    called = ToolCallDelta(0, "c", "weather", "{}")
    beside = await hear([TextDelta("I look."), called, Finish("stop")], name="deepseek-r1:7b")
    assert (thoughts_of(beside), text_of(beside)) == ("", "I look.")


async def test_reasoning_is_told_as_it_comes_where_the_model_was_seen_to_close_it() -> None:
    closers: set[str] = set()
    said = words("hm", " so", "</think>", "Yes.")
    first = await hear(said, closers=closers, name="deepseek-r1:7b")
    again = await hear(said, closers=closers, name="deepseek-r1:7b")
    assert [delta.text for delta in first if isinstance(delta, ThinkingDelta)] == ["hm so"]
    assert [delta.text for delta in again if isinstance(delta, ThinkingDelta)] == ["hm", " so"]
    assert text_of(first) == text_of(again) == "Yes."
    cut = await hear(words("hm", reason="length"), closers=closers, name="deepseek-r1:7b")
    assert (thoughts_of(cut), text_of(cut)) == ("hm", "")
    own = await hear(words("<think>a</think>b"), closers=(seen := set()), name="deepseek-r1:7b")
    assert (thoughts_of(own), text_of(own), seen) == ("a", "b", set())


async def test_signs_of_life_while_a_call_is_held() -> None:
    stream = mended(given_deltas(words(CALL[:20], CALL[20:])), asked(), model_card(), "")
    stream._told -= 2 * home_answer.SIGN_OF_LIFE_S  # type: ignore[attr-defined]
    assert isinstance(await anext(stream), StatusDelta)
    assert calls_of([delta async for delta in stream])


async def test_closing_it_closes_the_stream_beneath() -> None:
    closed = []

    async def endless() -> AsyncIterator[Delta]:
        try:
            while True:
                yield TextDelta("x")
        finally:
            closed.append(True)

    stream: Any = mended(endless(), asked(), model_card(), "")
    await anext(stream)
    await stream.aclose()
    assert closed


async def test_half_a_surrogate_pair_in_a_call() -> None:
    text = CALL.replace('"3"', '"3", "note": "\\ud83d"')
    (call, _) = await hear(words(text))
    assert isinstance(call, ToolCallDelta)
    assert call.arguments == '{"days":3,"note":"\ufffd"}'


async def test_calls_in_text_do_not_take_the_places_of_calls_that_came_as_such() -> None:
    told = [ToolCallDelta(0, "a", "weather", "{}"), ToolCallDelta(1, "b", "weather", "{}")]
    first, second, third, finish = await hear([*told, *words(CALL, reason="tool_calls")])
    assert [first, second] == told
    assert isinstance(third, ToolCallDelta)
    assert (third.index, third.arguments) == (2, '{"days":3}')
    assert isinstance(finish, Finish)
    assert finish.reason == "tool_calls"
