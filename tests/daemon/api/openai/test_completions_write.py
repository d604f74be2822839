"""Answers in the shapes of the older text wire."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import (
    Completion,
    Delta,
    Finish,
    Prompt,
    Sampling,
    StatusDelta,
    TextDelta,
    TokenLogprob,
    Usage,
    Wired,
)
from homeport.daemon.api.openai.completions_write import Chunks, Written, completion_object
from support.doors import a_view

VIEW = a_view()
END = Finish("stop", Usage(input=3, output=2))


def prompt(**completion: Any) -> Prompt:
    return Prompt((), completion=Completion("Once", **completion))


def chunks_of(data: bytes) -> list[dict[str, Any]]:
    *lines, done = [line for line in data.decode().split("\n\n") if line]
    assert done == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def write(*answers: tuple[Prompt, tuple[Delta, ...]], with_usage: bool = False) -> Chunks:
    chunks = Chunks(17, len(answers), with_usage=with_usage)
    for index, (asked, deltas) in enumerate(answers):
        written = Written(asked, index, VIEW)
        for delta in deltas:
            chunks.encode((written, delta))
    return chunks


def test_a_stream() -> None:
    chunks = Chunks(17, 1, with_usage=False)
    written = Written(prompt(), 0, VIEW)
    data = b"".join(
        chunks.encode((written, delta))
        for delta in (StatusDelta("queued"), TextDelta(" upon"), TextDelta(""), END)
    )
    text, last = chunks_of(data + chunks.end())
    assert text == {
        "id": "cmpl-01test", "object": "text_completion", "created": 17, "model": "echo/words",
        "choices": [{"text": " upon", "index": 0, "logprobs": None, "finish_reason": None}],
    }  # fmt: skip
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["homeport"]["decision"] == "01test"


def test_usage_comes_last_where_it_is_asked_for() -> None:
    chunks = Chunks(17, 1, with_usage=True)
    data = chunks.encode((Written(prompt(), 0, VIEW), END)) + chunks.end()
    ended, last = chunks_of(data)
    assert (ended["usage"], "homeport" in ended) == (None, False)
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 5)


def test_the_prompt_is_repeated() -> None:
    chunks = write((prompt(echo=True), (TextDelta(" upon"), END)))
    assert completion_object(chunks.written, 17)["choices"][0]["text"] == "Once upon"


def test_probabilities() -> None:
    asked = Prompt((), sampling=Sampling(logprobs=True, top_logprobs=1))
    first = TokenLogprob(" up", -0.5, ((" up", -0.5), (" a", -2.0)))
    second = TokenLogprob("on", -0.25)
    chunks = write((asked, (TextDelta(" up", 1, (first,)), TextDelta("on", 1, (second,)), END)))
    whole = completion_object(chunks.written, 17)
    assert whole["choices"][0]["logprobs"] == {
        "tokens": [" up", "on"], "token_logprobs": [-0.5, -0.25],
        "top_logprobs": [{" up": -0.5}, {}], "text_offset": [0, 3],
    }  # fmt: skip
    streamed = Chunks(17, 1, with_usage=False)
    written = Written(asked, 0, VIEW)
    streamed.encode((written, TextDelta(" up", 1, (first,))))
    data = streamed.encode((written, TextDelta("on", 1, (second,)))) + b"data: [DONE]\n\n"
    assert chunks_of(data)[0]["choices"][0]["logprobs"]["text_offset"] == [3]


def test_several_answers_add_up() -> None:
    wired = Wired("openai-completions", b"", (TextDelta(" b"),))
    chunks = write((prompt(), (TextDelta(" a"), END)), (prompt(), (wired, END)))
    whole = completion_object(chunks.written, 17)
    assert [(c["index"], c["text"]) for c in whole["choices"]] == [(0, " a"), (1, " b")]
    assert whole["usage"]["prompt_tokens"] == 6
    assert whole["homeport"]["cost_nano"] == 0


def test_unknown_usage_is_no_number() -> None:
    chunks = write((prompt(), (END,)), (prompt(), (Finish("tool_calls"),)))
    whole = completion_object(chunks.written, 17)
    assert whole["usage"] is None
    assert whole["choices"][1]["finish_reason"] == "stop"
