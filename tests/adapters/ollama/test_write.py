"""What a prompt becomes in Ollama's chat."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Completion,
    Document,
    Image,
    Message,
    Opaque,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.ollama.write import NotWritable, prompt_bytes, write, write_completion
from support.asks import PATIENT, model_card, user

CARD = model_card("ollama/m", context=4096)


def body(prompt: Prompt, card: Any = CARD, prefix: str = "") -> dict[str, Any]:
    return write(prompt, card, prefix=prefix, limits=PATIENT, keep_alive_s=None)[0]


def test_the_plain_request() -> None:
    assert body(user("hi")) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "options": {"num_predict": 100, "num_ctx": 4096},
        "truncate": False,
        "shift": False,
    }


def test_a_remote_model_keeps_its_own_window() -> None:
    options = body(user(), model_card("ollama/m", place="cloud", context=9))["options"]
    assert "num_ctx" not in options


def test_a_conversation_with_tools() -> None:
    prompt = Prompt(
        (
            Message("developer", (Text("be brief"),)),
            Message("assistant", (Thinking("hm"), ToolCall("1", "w", '{"a":1}'))),
            Message("tool", (ToolResult("1", "sunny"),)),
        )
    )
    function = {"name": "w", "arguments": {"a": 1}}
    assert body(prompt)["messages"] == [
        {"role": "system", "content": "be brief"},
        {
            "role": "assistant",
            "content": "",
            "thinking": "hm",
            "tool_calls": [{"id": "1", "function": function}],
        },
        {"role": "tool", "content": "sunny", "tool_name": "w", "tool_call_id": "1"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        Opaque("openai-chat", {}),
        Image(url="https://x/y"),
        Audio("QUJD", "audio/wav"),
        Document(data="eA==", media_type="application/pdf"),
        ToolResult("1", "x", attachments=(Document(url="https://x/y.pdf"),)),
        ToolCall("1", "f", "{broken"),
        ToolCall("1", "f", "[1]"),
    ],
)
def test_what_cannot_be_told(part: Any) -> None:
    with pytest.raises(NotWritable):
        body(Prompt((Message("user", (part,)),)))


def test_an_image_in_a_result_and_thoughts_that_nobody_else_can_read() -> None:
    prompt = Prompt(
        (
            Message("assistant", (Thinking("", redacted="abc"), ToolCall("1", "w", "{}"))),
            Message("tool", (ToolResult("1", "", attachments=(Image(data="QUJD"),)),)),
        )
    )
    call, result = body(prompt)["messages"]
    assert "thinking" not in call
    assert result["images"] == ["QUJD"]


@pytest.mark.parametrize("kind", ["custom", "server"])
def test_other_kinds_of_tools(kind: Any) -> None:
    with pytest.raises(NotWritable):
        body(user(tools=(Tool("f", kind=kind),)))


def test_a_conversation_is_no_raw_text() -> None:
    with pytest.raises(NotWritable):
        write_completion(user(), CARD, prefix="", limits=PATIENT, keep_alive_s=None)
    prompt = user(completion=Completion("x", suffix="yz"))
    assert prompt_bytes(prompt, "") == prompt_bytes(user(), "") + 2


def test_what_its_own_wire_says_reaches_it() -> None:
    extras = {
        "keep_alive": "1h", "think": "max", "later": 1, "model": "other",
        "options": {"num_gpu": 2, "num_ctx": 99, "temperature": 9},
    }  # fmt: skip
    card = model_card("ollama/m", context=4096, capabilities=("thinking",))
    sampling = Sampling(temperature=0.5, min_p=0.1, repeat_penalty=1.1, reasoning_effort="high")
    own = user(wire="ollama", extras=extras, sampling=sampling)
    written = write(own, card, prefix="", limits=PATIENT, keep_alive_s=9)[0]
    assert (written["keep_alive"], written["think"], written["later"]) == ("1h", "max", 1)
    assert written["model"] == "m"
    assert written["options"] == {
        "num_gpu": 2, "temperature": 0.5, "min_p": 0.1, "repeat_penalty": 1.1,
        "num_predict": 100, "num_ctx": 4096,
    }  # fmt: skip
    other = write(user(wire="openai-chat", extras=extras), card, prefix="", limits=PATIENT,
                  keep_alive_s=9)[0]  # fmt: skip
    assert (other["keep_alive"], "later" in other, "think" in other) == ("9s", False, False)


@pytest.mark.parametrize(
    ("sampling", "options", "dropped"),
    [
        (Sampling(reasoning_effort="low"), {}, ("reasoning_effort",)),
        (Sampling(reasoning_budget=0), {}, ()),
        (Sampling(), {"num_ctx": 9999}, ("num_ctx",)),
        (Sampling(), {"num_ctx": 512}, ()),
    ],
)
def test_what_is_dropped_is_named(sampling: Sampling, options: Any, dropped: Any) -> None:
    prompt = user(wire="ollama", extras={"options": options}, sampling=sampling)
    assert write(prompt, CARD, prefix="", limits=PATIENT, keep_alive_s=None)[1] == dropped


@pytest.mark.parametrize(
    ("name", "budget", "think"),
    [
        ("qwen3", 0, False), ("qwen3", 9, True), ("gpt-oss", 9, "low"),
        ("gpt-oss", 5000, "medium"), ("gpt-oss", 50_000, "high"),
    ],
)  # fmt: skip
def test_a_budget_of_reasoning(name: str, budget: int, think: Any) -> None:
    card = model_card(f"ollama/{name}", capabilities=("thinking",))
    assert body(user(sampling=Sampling(reasoning_budget=budget)), card)["think"] == think


def test_an_inline_image_by_url() -> None:
    prompt = Prompt((Message("user", (Image(url="data:image/png;base64,QUJD"),)),))
    assert body(prompt)["messages"][0]["images"] == ["QUJD"]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (None, ["f", "g"]),
        ("auto", ["f", "g"]),
        ("required", ["f", "g"]),
        ("none", None),
        ("g", ["g"]),
        ({"type": "function", "function": {"name": "g"}}, ["g"]),
        ({"name": "f"}, ["f"]),
    ],
)
def test_the_choice_of_tools(choice: Any, names: list[str] | None) -> None:
    written = body(user(tools=(Tool("f"), Tool("g")), tool_choice=choice))
    told = written.get("tools")
    assert (None if told is None else [tool["function"]["name"] for tool in told]) == names


def test_formats() -> None:
    assert body(user(response_format=ResponseFormat("json")))["format"] == "json"
    schema = {"type": "object"}
    assert body(user(response_format=ResponseFormat("json_schema", schema)))["format"] == schema


@pytest.mark.parametrize(
    ("name", "effort", "prefix", "think"),
    [
        ("qwen3", None, "", None),
        ("qwen3", "high", "", True),
        ("qwen3", "none", "", False),
        ("qwen3", "high", "Once", False),
        ("gpt-oss:20b", "low", "", "low"),
        ("gpt-oss:20b", "odd", "", "medium"),
    ],
)
def test_thinking(name: str, effort: str | None, prefix: str, think: Any) -> None:
    card = model_card(f"ollama/{name}", capabilities=("thinking",))
    written = body(user(sampling=Sampling(reasoning_effort=effort)), card, prefix)
    assert written.get("think") == think
    assert "think" not in body(user(sampling=Sampling(reasoning_effort=effort)))


def test_the_size_of_a_prompt() -> None:
    assert prompt_bytes(user("é"), "ab") == 4
    assert prompt_bytes(user("", tools=(Tool("find_it"),)), "") > len("find_it")
    file = Document(text="words " * 100)
    told = Message("user", (file, ToolResult("1", "x", attachments=(file,))))
    assert prompt_bytes(Prompt((told,)), "") > 1200


def test_a_file_of_plain_text_is_told_as_text() -> None:
    inline = Document(data="d29yZHM=", media_type="text/plain", name="n.txt")
    asked = Message("user", (Text("Read."), inline))
    result = ToolResult("1", "read", True, attachments=(Document(text="more"),))
    sent = body(Prompt((asked, Message("tool", (result,)))))
    told = [row["content"] for row in sent["messages"]]
    assert told == ["Read.\nn.txt:\nwords", "Error: read\ndocument:\nmore"]
