"""Bodies of the older text wire become prompts; what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.base import Completion, Message, Prompt, Sampling, Text
from homeport.daemon.api.openai.completions_read import MAX_PROMPTS, read
from homeport.daemon.api.stops import MAX_STOPS
from homeport.policies.errors import BadRequest


def prompts(**body: Any) -> list[Prompt]:
    return read(json.dumps(body).encode(), {})[0]


def test_a_text() -> None:
    (prompt,) = prompts(prompt="Once upon", model="auto", suffix="the end", echo=True)
    assert prompt.messages == (Message("user", (Text("Once upon"),)),)
    assert prompt.completion == Completion("Once upon", "the end", echo=True)
    assert (prompt.wire, prompt.raw, prompt.stream) == ("openai-completions", b"", False)


def test_several_texts_are_prompts_of_their_own() -> None:
    made = prompts(prompt=["a", "b"], stream=True)
    assert [p.completion.prompt for p in made if p.completion] == ["a", "b"]
    assert all(prompt.stream for prompt in made)


def test_every_knob_has_its_noun() -> None:
    (prompt,) = prompts(
        prompt=["a"], max_tokens=9, temperature=0.5, top_p=0.9, top_k=5, min_p=0.1, seed=3,
        stop=["x", ""], presence_penalty=1, frequency_penalty=-1, logprobs=2, n=1, best_of=1,
        user="u", grammar="root ::= [0-9]",
    )  # fmt: skip
    assert prompt.sampling == Sampling(
        temperature=0.5, top_p=0.9, top_k=5, min_p=0.1, seed=3, stop=("x",), max_tokens=9,
        presence_penalty=1, frequency_penalty=-1, logprobs=True, top_logprobs=2,
    )  # fmt: skip
    assert prompt.extras == {"user": "u", "grammar": "root ::= [0-9]"}
    assert prompts(prompt="a", logprobs=0)[0].sampling.logprobs
    assert prompts(prompt="a", max_tokens=-1, top_k=-1)[0].sampling == Sampling()
    assert prompts(prompt="a", stop="x")[0].sampling.stop == ("x",)


def test_usage_is_asked_for() -> None:
    body = {"prompt": "a", "stream_options": {"include_usage": True}}
    assert read(json.dumps(body).encode(), {})[1]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a"] * (MAX_PROMPTS + 1)}, "prompt"),
        ({"prompt": [1, 2]}, "prompt[0]"),
        ({"prompt": ["a", [1]]}, "prompt[1]"),
        ({"prompt": "a", "n": 2}, "n"),
        ({"prompt": "a", "best_of": 2}, "best_of"),
        ({"prompt": "a", "n": 0}, "n"),
        ({"prompt": "a", "echo": True, "logprobs": 1}, "logprobs"),
        ({"prompt": "a", "logprobs": True}, "logprobs"),
        ({"prompt": "a", "suffix": 1}, "suffix"),
        ({"prompt": "a", "max_tokens": 0}, "max_tokens"),
        ({"prompt": "a", "stop": ["x"] * (MAX_STOPS + 1)}, "stop"),
        ({"prompt": "a", "temperature": "hot"}, "temperature"),
        ({"prompt": "a", "homeport": {"polcy": "x"}}, "homeport.polcy"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        prompts(**body)
    assert (caught.value.status, caught.value.param) == (400, param)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadRequest, match="valid JSON"):
        read(b'{"prompt": "a", "\xff": 1}', {})
