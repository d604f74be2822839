"""What a prompt becomes in an OpenAI chat completion request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    Completion,
    Image,
    Message,
    Opaque,
    Prompt,
    Refusal,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.openai.write import NotWritable, write, write_completion
from homeport.adapters.providers import PROVIDERS, SERVER, SERVERS
from homeport.daemon.api.openai.chat_read import read
from support.asks import user
from support.recordings import for_each, load, recordings


def body(prompt: Prompt, provider: str = "", model: str = "m", **options: Any) -> dict[str, Any]:
    dialect = PROVIDERS.get(provider, SERVER)
    written = write(prompt, model=model, max_tokens=50, dialect=dialect, **options)
    decoded: dict[str, Any] = json.loads(written.body)
    return decoded


def dropped(prompt: Prompt, provider: str, model: str = "m") -> tuple[str, ...]:
    return write(prompt, model=model, max_tokens=5, dialect=PROVIDERS[provider]).dropped


def rows(*messages: Message, provider: str = "", wire: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body(Prompt(messages, wire=wire), provider)["messages"]
    return found


def test_the_plain_request() -> None:
    assert body(user("hi")) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 50,
    }


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ("openai", "max_completion_tokens"),
        ("mistral", "max_tokens"),
        ("xai", "max_completion_tokens"),
    ],
)
def test_the_bound_on_the_answer(provider: str, field: str) -> None:
    assert body(user(), provider)[field] == 50


def test_mistral_is_not_asked_for_usage_nor_sent_strange_fields() -> None:
    prompt = user(extras={"store": True}, wire="openai-chat", sampling=Sampling(seed=4))
    written = body(prompt, "mistral")
    assert "stream_options" not in written
    assert "store" not in written
    assert written["random_seed"] == 4


def test_every_knob() -> None:
    sampling = Sampling(
        temperature=0.1,
        top_p=0.2,
        top_k=3,
        seed=4,
        stop=("a", "b"),
        presence_penalty=0.5,
        frequency_penalty=0.6,
        logprobs=True,
        top_logprobs=7,
        reasoning_effort="low",
    )
    written = body(user(sampling=sampling))
    for name in ("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty"):
        assert written[name] == getattr(sampling, name)
    assert written["stop"] == ["a", "b"]
    assert (written["logprobs"], written["top_logprobs"]) == (True, 7)
    assert written["reasoning_effort"] == "low"
    assert dropped(user(sampling=sampling), "openai", "gpt-4o") == ("top_k",)
    assert set(dropped(user(sampling=sampling), "openai", "gpt-5.1-mini")) > {"temperature", "stop"}
    assert set(dropped(user(sampling=sampling), "openai", "o3")) > {"temperature", "logprobs"}
    assert "logprobs" in dropped(user(sampling=sampling), "groq")


def test_knobs_at_zero_are_sent() -> None:
    written = body(user(sampling=Sampling(temperature=0.0, seed=0)))
    assert (written["temperature"], written["seed"]) == (0.0, 0)


def test_roles() -> None:
    developer = Message("developer", (Text("be brief"),))
    assert rows(developer, provider="openai")[0]["role"] == "developer"
    assert rows(developer)[0]["role"] == "system"


def test_a_conversation_with_tools() -> None:
    told = rows(
        Message("user", (Text("weather?"),)),
        Message("assistant", (Thinking("hm"), Text("let me see"), ToolCall("1", "w", '{"a":1}'))),
        Message("tool", (ToolResult("1", "sunny"), ToolResult("2", "rain"))),
        Message("user", (ToolResult("3", "late"), Text("and now?"))),
    )
    function = {"name": "w", "arguments": '{"a":1}'}
    assert told == [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": "let me see",
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "2", "content": "rain"},
        {"role": "tool", "tool_call_id": "3", "content": "late"},
        {"role": "user", "content": "and now?"},
    ]


def test_a_call_without_words_has_null_content() -> None:
    (row,) = rows(Message("assistant", (ToolCall("1", "f", "{}"),)))
    assert row["content"] is None


def test_tools_and_the_choice() -> None:
    tools = (Tool("f", "does", {"type": "object"}, True), Tool("g"))
    written = body(user(tools=tools, tool_choice="required", parallel_tool_calls=False))
    assert written["tools"][0]["function"] == {
        "name": "f",
        "description": "does",
        "parameters": {"type": "object"},
        "strict": True,
    }
    assert written["tool_choice"] == "required"
    assert written["parallel_tool_calls"] is False
    named = {"type": "function", "function": {"name": "f"}}
    for choice in ("f", {"type": "tool", "name": "f"}, named):
        assert body(user(tools=tools, tool_choice=choice))["tool_choice"] == named
    assert "tool_choice" not in body(user(tool_choice="auto"))


def test_response_formats() -> None:
    assert body(user(response_format=ResponseFormat("json")))["response_format"] == {
        "type": "json_object"
    }
    wanted = ResponseFormat("json_schema", {"type": "object"}, "shape", True)
    schema = {"name": "shape", "schema": {"type": "object"}, "strict": True}
    assert body(user(response_format=wanted))["response_format"] == {
        "type": "json_schema",
        "json_schema": schema,
    }


def test_images() -> None:
    (row,) = rows(
        Message(
            "user",
            (
                Text("what is this"),
                Image(url="https://x/y.png", extras={"detail": "low"}),
                Image(data="QUJD", media_type="image/jpeg"),
            ),
        ),
        wire="openai-chat",
    )
    assert row["content"] == [
        {"type": "text", "text": "what is this"},
        {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,QUJD"}},
    ]


def test_what_came_by_the_same_wire_goes_on_by_it() -> None:
    parts = (
        Text("cached", extras={"cache_control": {"type": "ephemeral"}}),
        Opaque("openai-chat", {"type": "input_audio", "input_audio": {"data": "x"}}),
    )
    message = Message("user", parts, name="me", extras={"x": 1})
    prompt = Prompt((message,), wire="openai-chat", extras={"user": "u", "model": "no", "n": 5})
    written = body(prompt)
    assert written["user"] == "u"
    assert written["model"] == "m"
    assert "n" not in written
    assert written["messages"] == [
        {
            "x": 1,
            "role": "user",
            "name": "me",
            "content": [
                {"type": "text", "text": "cached", "cache_control": {"type": "ephemeral"}},
                {"type": "input_audio", "input_audio": {"data": "x"}},
            ],
        }
    ]


def test_what_came_by_another_wire_is_not_passed_off() -> None:
    prompt = Prompt((Message("user", (Opaque("anthropic", {"type": "document"}),)),))
    with pytest.raises(NotWritable):
        body(prompt)
    plain = Prompt(
        (Message("user", (Text("a", extras={"cache_control": 1}),), extras={"x": 1}),),
        wire="anthropic",
        extras={"metadata": 1},
    )
    written = body(plain)
    assert written["messages"] == [{"role": "user", "content": "a"}]
    assert "metadata" not in written


def test_an_own_refusal_is_told_as_text() -> None:
    assert rows(Message("assistant", (Refusal("no"),))) == [{"role": "assistant", "content": "no"}]


def test_several_texts_are_kept_apart_on_the_same_wire() -> None:
    parts = (Text("a"), Text("b"))
    assert rows(Message("user", parts))[0]["content"] == "a\nb"
    assert rows(Message("assistant", parts))[0]["content"] == "ab"
    assert len(rows(Message("user", parts), wire="openai-chat")[0]["content"]) == 2


def test_prefixes() -> None:
    written = body(user("hi"), prefix="Once", prefix_fields={"continue_final_message": True})
    assert written["messages"][-1] == {"role": "assistant", "content": "Once"}
    assert written["continue_final_message"] is True
    assert body(user("hi"), "mistral", prefix="Once")["messages"][-1]["prefix"] is True
    assert "continue_final_message" not in body(user(), prefix_fields={"continue_final_message": 1})


def test_knobs_that_only_some_servers_have() -> None:
    prompt = user(sampling=Sampling(min_p=0.1, repeat_penalty=1.1))
    for server, name in (("llama-server", "repeat_penalty"), ("vllm", "repetition_penalty")):
        written = write(prompt, model="m", max_tokens=5, dialect=SERVERS[server])
        told = json.loads(written.body)
        assert (told["min_p"], told[name], written.dropped) == (0.1, 1.1, ())
    assert dropped(prompt, "openai") == ("min_p", "repeat_penalty")


def test_a_model_that_need_not_reason_takes_every_knob() -> None:
    calm = user(sampling=Sampling(temperature=0.5, reasoning_effort="none"))
    assert dropped(calm, "openai", "gpt-5.2") == ()
    assert dropped(calm, "openai", "gpt-5") == ("temperature",)
    assert dropped(user(sampling=Sampling(temperature=0.5)), "openai", "gpt-5-chat-latest") == ()


def test_raw_text() -> None:
    prompt = user(completion=Completion("Once", suffix="end"), sampling=Sampling(logprobs=True))
    dialect = SERVERS["llama-server"]
    written = write_completion(prompt, model="m", max_tokens=5, dialect=dialect, prefix=" upon")
    assert json.loads(written.body) == {
        "model": "m",
        "prompt": "Once upon",
        "suffix": "end",
        "logprobs": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
    }
    with pytest.raises(NotWritable):
        write_completion(user(), model="m", max_tokens=5, dialect=dialect)


# The caller's own bytes


def patched(raw: bytes, provider: str = "") -> tuple[dict[str, Any], bytes]:
    prompt, _ = read(raw, {})
    written = write(prompt, model="m", max_tokens=50, dialect=PROVIDERS.get(provider, SERVER))
    return json.loads(written.body), written.body


def test_the_callers_bytes_go_on() -> None:
    messages = b'[ {"role":"user", "content":"h\\u0069", "mood": 1.50} ]'
    raw = b'{"x": 1.10, "model":"auto","homeport":{"private":true},"messages":%s,' % messages
    raw += b'"max_tokens":9,"stream":true,"stream_options":{"include_obfuscation":false}}'
    told, written = patched(raw, "openai")
    assert messages in written
    assert b'"x":1.10' in written
    assert told == {
        "x": 1.1,
        "model": "m",
        "messages": [{"role": "user", "content": "hi", "mood": 1.5}],
        "max_completion_tokens": 50,
        "stream": True,
        "stream_options": {"include_obfuscation": False, "include_usage": True},
    }


def test_only_a_stream_is_handed_back_as_it_comes() -> None:
    for stream in (True, False):
        raw = json.dumps({"messages": [{"role": "user", "content": "a"}], "stream": stream})
        prompt, _ = read(raw.encode(), {})
        assert write(prompt, model="m", max_tokens=5, dialect=SERVER).wired is stream
        begun = write(prompt, model="m", max_tokens=5, dialect=SERVER, prefix="b")
        assert not begun.wired


def test_what_the_server_does_not_take_is_left_out_of_the_bytes() -> None:
    raw = {
        "messages": [{"role": "developer", "content": "be"}, {"role": "user", "content": "a"}],
        "seed": 7,
        "top_k": 5,
        "temperature": None,
        "safe_prompt": True,
        "store": False,
        "reasoning_effort": "low",
    }
    prompt, _ = read(json.dumps(raw).encode(), {})
    written = write(prompt, model="m", max_tokens=5, dialect=PROVIDERS["mistral"])
    assert json.loads(written.body) == {
        "messages": [{"role": "system", "content": "be"}, {"role": "user", "content": "a"}],
        "random_seed": 7,
        "safe_prompt": True,
        "reasoning_effort": "high",
        "model": "m",
        "stream": True,
        "max_tokens": 5,
    }
    assert written.dropped == ("store", "top_k")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
OUR_OWN = ("n", "stop", "tools", "top_k")
"""Names that are known: they are read, and told as the provider takes them."""
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: name not in OUR_OWN)


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_unknown_fields_arrive_as_they_were(fields: dict[str, Any]) -> None:
    own = {"messages": [{"role": "user", "content": "a", "extra": fields}], "stream": True}
    told, _ = patched(json.dumps({**fields, **own}).encode())
    assert {n: told[n] for n in fields if n not in own} == {
        n: value for n, value in fields.items() if n not in own
    }
    assert told["messages"] == own["messages"]


PROVIDER = {"openai-chat": "openai", "openrouter-chat": "openrouter", "together-chat": "together"}


@for_each(recordings(*PROVIDER))
def test_recorded_requests_arrive_at_their_provider_unchanged(path: Path) -> None:
    asked = load(path)["request"]["body"]
    if not isinstance(asked, dict):
        return
    told, _ = patched(json.dumps(asked).encode(), PROVIDER[path.parent.name])
    ours = ("model", "stream", "stream_options", "max_tokens", "max_completion_tokens")
    before = {n: v for n, v in asked.items() if n not in ours and v is not None}
    assert {n: v for n, v in told.items() if n not in ours} == before
