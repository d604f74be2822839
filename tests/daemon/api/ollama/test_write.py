"""From deltas to Ollama's wire, line by line and whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from homeport.adapters.base import (
    Citation,
    CitationDelta,
    Delta,
    Finish,
    PartEnd,
    Prompt,
    RefusalDelta,
    Sampling,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Wired,
)
from homeport.daemon.api.ollama.read import Asked
from homeport.daemon.api.ollama.write import (
    Lines,
    Say,
    chat_piece,
    error_line,
    generate_piece,
)
from homeport.policies.errors import NothingAnswered, Refused
from support.doors import a_view


def lines_for(say: Say = chat_piece, *, thinks: bool = True, logprobs: bool = False) -> Lines:
    prompt = Prompt((), sampling=Sampling(logprobs=logprobs, top_logprobs=1))
    return Lines(Asked(prompt, "m:latest", False, None, thinks), say)


def streamed(deltas: Sequence[Delta], lines: Lines) -> list[Any]:
    text = b"".join(map(lines.encode, deltas)) + lines.end(a_view())
    return [json.loads(line) for line in text.splitlines()]


def whole(deltas: Sequence[Delta], lines: Lines) -> Any:
    for delta in deltas:
        lines.gather(delta)
    return lines.whole(a_view())


ALL: tuple[Delta, ...] = (
    ThinkingDelta("hm"),
    Wired("other", b"", (TextDelta("Hi"), PartEnd())),
    TextDelta(""),
    RefusalDelta(" no"),
    CitationDelta(Citation("https://x")),
    ToolCallDelta(1, "b", "g", '{"x"'),
    ToolCallDelta(0, "", "f", ""),
    ToolCallDelta(1, arguments=":1}"),
    Finish("tool_calls", Usage(input=5, output=None), extras={"images": ["QUJD"]}),
)
CALLS = [
    {"function": {"index": 0, "name": "f", "arguments": {}}},
    {"id": "b", "function": {"index": 1, "name": "g", "arguments": {"x": 1}}},
]


def test_lines() -> None:
    thought, text, refusal, called, last = streamed(ALL, lines_for())
    assert thought["message"] == {"role": "assistant", "content": "", "thinking": "hm"}
    assert (text["message"]["content"], refusal["message"]["content"]) == ("Hi", " no")
    assert called["message"]["tool_calls"] == CALLS
    assert [line["done"] for line in (thought, text, refusal, called)] == [False] * 4
    assert last["message"] == {"role": "assistant", "content": "", "images": ["QUJD"]}
    assert (last["done"], last["done_reason"], last["model"]) == (True, "stop", "m:latest")
    assert (last["prompt_eval_count"], "eval_count" in last) == (5, False)
    assert last["homeport"]["route"] == "echo/words"


def test_the_same_whole() -> None:
    answer = whole(ALL, lines_for())
    assert answer["message"] == {
        "role": "assistant", "content": "Hi no", "thinking": "hm", "tool_calls": CALLS,
        "images": ["QUJD"],
    }  # fmt: skip
    assert (answer["done"], answer["prompt_eval_count"]) == (True, 5)


def test_generate() -> None:
    thought, text, _, _, last = streamed(ALL, lines_for(generate_piece))
    assert (thought["response"], thought["thinking"], text["response"]) == ("", "hm", "Hi")
    assert (last["response"], last["image"]) == ("", "QUJD")
    answer = whole(ALL, lines_for(generate_piece))
    assert (answer["response"], answer["thinking"]) == ("Hi no", "hm")


def test_reasoning_that_nobody_wants_to_see() -> None:
    assert "thinking" not in json.dumps(streamed(ALL, lines_for(thinks=False)))
    assert "thinking" not in whole(ALL, lines_for(thinks=False))["message"]


OWN = (
    Wired("ollama", b'{"model":"x","message":{"thinking":"hm","new":1}}', (ThinkingDelta("hm"),)),
    Wired("ollama", b'{"model":"x","message":{"content":"Hi"},"later":2}', (TextDelta("Hi"),)),
    Finish("stop", wire="ollama", raw=b'{"model":"x","done":true,"eval_count":99,"later":3}'),
)


def test_lines_of_another_ollama_keep_what_nobody_here_knows() -> None:
    thought, text, last = streamed(OWN, lines_for())
    assert thought == {"model": "m:latest", "message": {"thinking": "hm", "new": 1}}
    assert text == {"model": "m:latest", "message": {"content": "Hi"}, "later": 2}
    assert (last["model"], last["later"], "eval_count" in last) == ("m:latest", 3, False)
    text, last = streamed(OWN, lines_for(thinks=False))
    assert text["message"] == {"content": "Hi"}
    assert whole(OWN, lines_for())["message"]["content"] == "Hi"


def test_a_line_that_already_has_the_name_goes_through_as_it_came() -> None:
    data = b'{"model" : "m:latest", "message": {"content": "H\\u0069"}, "later": 1.50}'
    lines = lines_for()
    assert lines.encode(Wired("ollama", data, (TextDelta("Hi"),))) == data + b"\n"
    other = data.replace(b"m:latest", b"x")
    patched = lines.encode(Wired("ollama", other, (TextDelta("Hi"),)))
    assert patched == b'{"model":"m:latest","message":{"content": "H\\u0069"},"later":1.50}\n'


def test_logprobs_only_where_they_were_asked_for() -> None:
    token = TokenLogprob("é", -0.5, (("é", -0.5), ("e", -1.0)))
    deltas = (TextDelta("é", 1, (token,)), Finish("stop"))
    shown = {"token": "é", "logprob": -0.5, "bytes": [195, 169]}
    assert streamed(deltas, lines_for(logprobs=True))[0]["logprobs"] == [
        shown | {"top_logprobs": [shown]}
    ]
    assert "logprobs" not in streamed(deltas, lines_for())[0]
    assert len(whole(deltas, lines_for(logprobs=True))["logprobs"]) == 1


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]", "x", "[" * 2000])
def test_a_broken_call_is_never_sent(arguments: str) -> None:
    call = ToolCallDelta(0, "a", "f", arguments)
    with pytest.raises(NothingAnswered) as caught:
        streamed((call, Finish("tool_calls")), lines_for())
    assert caught.value.code == "broken_tool_call"
    (last,) = streamed((call, Finish("length")), lines_for())
    assert (last["done_reason"], "tool_calls" in last["message"]) == ("length", False)


def test_a_sign_of_life_says_nothing() -> None:
    line = json.loads(lines_for().beat())
    assert (line["message"]["content"], line["done"]) == ("", False)


def test_the_end_of_what_cannot_be_finished() -> None:
    assert json.loads(error_line(Refused("No."))) == {"error": "No."}


def test_a_filtered_answer_ends_with_a_word_of_the_wire() -> None:
    deltas = (TextDelta("Hi"), Finish("content_filter"))
    assert streamed(deltas, lines_for())[-1]["done_reason"] == "stop"
    assert whole(deltas, lines_for())["done_reason"] == "stop"
