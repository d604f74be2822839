"""What was asked is the same by whichever door, unless a body says more than its prompt."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import CacheWish, Prompt
from homeport.daemon.api.anthropic import read as anthropic
from homeport.daemon.api.gemini import read as gemini
from homeport.daemon.api.ollama import read as ollama
from homeport.daemon.api.openai import chat_read
from homeport.daemon.api.responses import read as responses
from homeport.daemon.caching.key import canonical, near
from homeport.daemon.caching.plain import SHAPES

Body = dict[str, Any]
Asked = dict[str, Any]
"""A conversation without a wire: `system`, `turns`, `temperature`, `longest`, `stop`."""
VERSION = {b"anthropic-version": b"2023-06-01"}


def for_chat(asked: Asked) -> Body:
    system = [{"role": "system", "content": asked["system"]}] if asked["system"] else []
    turns = [{"role": role, "content": text} for role, text in asked["turns"]]
    body: Body = {"messages": [*system, *turns], "max_tokens": asked["longest"]}
    return body | {"temperature": asked["temperature"], "stop": asked["stop"]}


def for_anthropic(asked: Asked) -> Body:
    turns = [
        {"role": role, "content": [{"type": "text", "text": text}]} for role, text in asked["turns"]
    ]
    system = {"system": asked["system"]} if asked["system"] else {}
    body: Body = {"messages": turns, "max_tokens": asked["longest"]} | system
    return body | {"temperature": asked["temperature"], "stop_sequences": asked["stop"]}


def for_gemini(asked: Asked) -> Body:
    turns = [
        {"role": "model" if role == "assistant" else "user", "parts": [{"text": text}]}
        for role, text in asked["turns"]
    ]
    system = {"systemInstruction": {"parts": [{"text": asked["system"]}]}}
    config = {
        "temperature": asked["temperature"],
        "maxOutputTokens": asked["longest"],
        "stopSequences": asked["stop"],
    }
    return {"contents": turns, "generationConfig": config} | (system if asked["system"] else {})


def for_ollama(asked: Asked) -> Body:
    options = {
        "temperature": asked["temperature"],
        "num_predict": asked["longest"],
        "stop": asked["stop"],
    }
    return {"messages": for_chat(asked)["messages"], "options": options}


def for_responses(asked: Asked) -> Body:
    turns = [{"role": role, "content": text} for role, text in asked["turns"]]
    body: Body = {"input": turns, "max_output_tokens": asked["longest"]}
    body |= {"temperature": asked["temperature"]}
    return body | ({"instructions": asked["system"]} if asked["system"] else {})


def read_responses(raw: bytes) -> Prompt:
    """Nothing is waited for where no earlier answer is named."""
    reading = responses.read(raw, {}, cast("Any", None))
    try:
        reading.send(None)
    except StopIteration as done:
        return cast("Prompt", done.value.prompt)
    raise AssertionError("it waits")


def read_chat(raw: bytes) -> Prompt:
    return chat_read.read(raw, {})[0]


def read_anthropic(raw: bytes) -> Prompt:
    return anthropic.read(raw, VERSION)


def read_gemini(raw: bytes) -> Prompt:
    return gemini.read(raw, {}, "local", stream=False)


def read_ollama(raw: bytes) -> Prompt:
    return ollama.read_chat(raw, {}, str).prompt


DOORS: dict[str, tuple[Callable[[Asked], Body], Callable[[bytes], Prompt]]] = {
    "openai-chat": (for_chat, read_chat),
    "anthropic": (for_anthropic, read_anthropic),
    "gemini": (for_gemini, read_gemini),
    "ollama": (for_ollama, read_ollama),
    "openai-responses": (for_responses, read_responses),
}


def prompt_at(door: str, asked: Asked, **further: Any) -> Prompt:
    """As that door reads it."""
    write, read = DOORS[door]
    named = {} if door == "gemini" else {"model": "local"}  # which is in its path
    return read(json.dumps(write(asked) | named | further).encode())


TEXT = st.text(min_size=1, max_size=8).filter(str.strip)
CONVERSATIONS = st.fixed_dictionaries(
    {
        "system": st.just("") | TEXT,
        "turns": st.lists(TEXT, min_size=1, max_size=3).map(
            lambda texts: [
                ("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)
            ]
        ),
        "temperature": st.sampled_from([0, 0.0, 0.5, 1]),
        "longest": st.integers(1, 99),
        "stop": st.just([]) | st.lists(TEXT, min_size=1, max_size=2, unique=True),
    }
)


@given(CONVERSATIONS)
def test_the_same_conversation_has_one_key_at_every_door(asked: Asked) -> None:
    doors = [*DOORS] if not asked["stop"] else [d for d in DOORS if d != "openai-responses"]
    assert len({canonical(prompt_at(door, asked)) for door in doors}) == 1
    assert len({near(prompt_at(door, asked)) for door in doors}) == 1


@given(CONVERSATIONS, st.sampled_from(["system", "turns", "temperature", "longest", "stop"]),
       CONVERSATIONS, st.sampled_from([*DOORS]), st.sampled_from([*DOORS]))  # fmt: skip
def test_another_conversation_has_another_key_at_every_door(
    asked: Asked, field: str, other: Asked, door: str, next_door: str
) -> None:
    changed = asked | {field: other[field]}
    if "openai-responses" in (door, next_door):
        asked, changed = asked | {"stop": []}, changed | {"stop": []}
    keys = {canonical(prompt_at(door, asked)), canonical(prompt_at(next_door, changed))}
    assert len(keys) == (1 if changed == asked else 2)


ASKED: Asked = {
    "system": "Be brief.",
    "turns": [("user", "Why?")],
    "temperature": 0,
    "longest": 50,
    "stop": [],
}
MORE: list[tuple[str, Body]] = [
    ("openai-chat", {"logit_bias": {"9": 3}}),
    ("openai-chat", {"max_completion_tokens": 50}),
    ("openai-chat", {"verbosity": "low"}),
    ("openai-chat", {"messages": [{"role": "system", "content": "Be brief."},
                                  {"role": "user", "content": "Why?", "weight": 1}]}),
    ("openai-chat", {"response_format": {"type": "text", "strict": True}}),
    ("anthropic", {"thinking": {"type": "disabled"}}),
    ("anthropic", {"max_tokens": 0}),
    ("anthropic", {"tool_choice": {"type": "sometimes"}}),
    ("gemini", {"safetySettings": []}),
    ("ollama", {"options": {"temperature": 0, "num_predict": 50, "num_ctx": 512}}),
    ("ollama", {"options": {"temperature": 0, "num_predict": -1}}),
    ("ollama", {"think": False}),
    ("openai-responses", {"text": {"verbosity": "low"}}),
    ("openai-responses", {"tools": [{"type": "function", "name": "f", "parameters": {}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("door", "further"), MORE)
def test_a_body_that_says_more_stays_with_its_door(door: str, further: Body) -> None:
    asked = prompt_at(door, ASKED, **further)
    others = {canonical(prompt_at(one, ASKED)) for one in DOORS}
    assert canonical(asked) not in others
    assert json.loads(canonical(asked))["wire"] == door


@pytest.mark.parametrize("door", DOORS)
def test_what_changes_no_answer_says_no_more(door: str) -> None:
    further = {"stream": True, "user": "me", "metadata": {"a": "b"}}
    if door == "gemini":
        further = {"store": True}
    assert canonical(prompt_at(door, ASKED, **further)) == canonical(prompt_at(door, ASKED))
    assert door in SHAPES


FUNCTION = {"name": "look", "description": "looks", "parameters": {"type": "object"}}


def test_functions_are_the_same_by_either_wire() -> None:
    one = prompt_at("openai-chat", ASKED, tools=[{"type": "function", "function": FUNCTION}])
    schema = {"name": "look", "description": "looks", "input_schema": {"type": "object"}}
    other = prompt_at("anthropic", ASKED, tools=[schema], tool_choice={"type": "auto"})
    chosen = prompt_at(
        "openai-chat", ASKED, tools=[{"type": "function", "function": FUNCTION}], tool_choice="auto"
    )
    assert canonical(other) == canonical(chosen) != canonical(one)


def test_a_beta_header_stays_with_its_door() -> None:
    raw = json.dumps(for_anthropic(ASKED)).encode()
    plain = anthropic.read(raw, VERSION)
    beta = anthropic.read(raw, VERSION | {b"anthropic-beta": b"x"})
    assert canonical(plain) != canonical(beta)


async def test_our_own_door_and_programs_in_python_are_doors_too() -> None:
    wish = CacheWish(namespace="a")
    asked = prompt_at("openai-chat", ASKED)
    ours = Prompt(asked.messages, asked.labels, sampling=asked.sampling, wire="homeport")
    assert canonical(ours) == canonical(asked)
    assert canonical(ours, wish.namespace) != canonical(asked)
