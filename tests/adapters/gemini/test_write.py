"""Every recorded request can be said, and what Gemini cannot take is named."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Document,
    Image,
    Message,
    Opaque,
    Part,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.gemini.contents import NotWritable
from homeport.adapters.gemini.write import generation_of, write
from support.asks import user
from support.recordings import for_each, load, recordings

REQUESTS = [
    path
    for path in recordings("gemini-generate", "gemini-stream")
    if "contents" in load(path)["request"]["body"]
]
KNOBS = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "stopSequences": "stop",
    "seed": "seed",
}
SPELLINGS = {
    "parameters_json_schema": "parametersJsonSchema",
    "include_thoughts": "includeThoughts",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
}


class Read:
    """A recorded body as the prompt that means it, and as what is expected of its writing."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.expected = spelled(body)
        self.prompt = Prompt(
            messages=(*self._system(), *map(self._message, self.expected["contents"])),
            tools=tuple(self._tools()),
            tool_choice=self._choice(),
            response_format=self._shape(),
            sampling=self._sampling(),
            wire="gemini",
            extras=self._extras(),
        )

    def _system(self) -> list[Message]:
        system = self.expected.get("systemInstruction")
        if not system:
            return []
        # Google reads no role there.
        system.pop("role", None)
        return [Message("system", tuple(Text(part["text"]) for part in system["parts"]))]

    def _message(self, turn: dict[str, Any]) -> Message:
        parts = [part for row in turn["parts"] for part in self._parts(row)]
        return Message("assistant" if turn["role"] == "model" else "user", tuple(parts))

    def _parts(self, row: dict[str, Any]) -> list[Part]:
        signature = row.get("thoughtSignature", "")
        if "functionCall" in row:
            call = row["functionCall"]
            extras = {"thoughtSignature": signature} if signature else {}
            return [ToolCall(call["id"], call["name"], json.dumps(call["args"]), extras)]
        if "functionResponse" in row:
            return [self._result(row["functionResponse"])]
        if "inlineData" in row:
            file = row["inlineData"]
            return [Document(data=file["data"], media_type=file["mimeType"])]
        if "fileData" in row:
            file = row["fileData"]
            return [Document(url=file["fileUri"], media_type=file["mimeType"])]
        if not set(row) <= {"text", "thought", "thoughtSignature"}:
            return [Opaque("gemini", row)]
        signed = f"gemini:{signature}" if signature else ""
        if row.get("thought"):
            return [Thinking(row["text"], signed, {"thought": True})]
        return [Text(row["text"]), *([Thinking("", signed)] if signed else [])]

    def _result(self, response: dict[str, Any]) -> ToolResult:
        held = response["response"]
        attached = tuple(self._parts(row)[0] for row in response.get("parts", ()))
        text = held["error"] if set(held) == {"error"} else json.dumps(held)
        return ToolResult(
            response["id"],
            "" if attached and not held else text,
            is_error=set(held) == {"error"},
            attachments=attached,  # type: ignore[arg-type]
        )

    def _tools(self) -> list[Tool]:
        tools = []
        for row in self.expected.get("tools", ()):
            for function in row.get("functionDeclarations", ()):
                # The older schemas of OpenAPI mean the same in JSON schema.
                if "parameters" in function:
                    function["parametersJsonSchema"] = lowered(function.pop("parameters"))
                schema = function.get("parametersJsonSchema", {})
                tools.append(Tool(function["name"], function["description"], schema))
            if "functionDeclarations" not in row:
                name = next(iter(row))
                tools.append(Tool(name, kind="server", wire="gemini", extras=row))
        return tools

    def _choice(self) -> dict[str, Any] | str | None:
        calling = self.expected.get("toolConfig", {}).get("functionCallingConfig")
        if not calling or "functionDeclarations" not in json.dumps(self.expected["tools"]):
            return None
        names = calling.get("allowedFunctionNames")
        if names:
            mode = "required" if calling["mode"] == "ANY" else "auto"
            tools = [{"name": name} for name in names]
            return {"type": "allowed_tools", "mode": mode, "tools": tools}
        return {"AUTO": "auto", "ANY": "required", "NONE": "none"}.get(calling["mode"])

    def _shape(self) -> ResponseFormat:
        config = self.expected.get("generationConfig", {})
        if "responseJsonSchema" in config:
            return ResponseFormat("json_schema", config["responseJsonSchema"])
        return ResponseFormat("json" if "responseMimeType" in config else "text")

    def _sampling(self) -> Sampling:
        config = self.expected.get("generationConfig", {})
        return Sampling(**{ours: config[name] for name, ours in KNOBS.items() if name in config})

    def _extras(self) -> dict[str, Any]:
        kept = {"safetySettings", "cachedContent", "generationConfig", "toolConfig", "labels"}
        return {name: value for name, value in self.expected.items() if name in kept}


def spelled(value: Any) -> Any:
    """Google's two spellings of its names are one."""
    if isinstance(value, dict):
        return {SPELLINGS.get(name, name): spelled(inner) for name, inner in value.items()}
    return [spelled(item) for item in value] if isinstance(value, list) else value


def lowered(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: value.lower() if name == "type" and isinstance(value, str) else lowered(value)
            for name, value in schema.items()
        }
    return [lowered(item) for item in schema] if isinstance(schema, list) else schema


def in_any_order(rows: list[Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def model_of(path: Path) -> str:
    uri: str = load(path)["request"]["uri"]
    return uri.rpartition("models/")[2].partition(":")[0]


@for_each(REQUESTS)
def test_every_recorded_request_can_be_said(path: Path) -> None:
    read = Read(load(path)["request"]["body"])
    written = write(read.prompt, model=model_of(path), max_tokens=99)
    body = json.loads(written.body)
    assert written.dropped == ()
    # The one thing that is always added: an answer has to have a bound.
    config = body["generationConfig"]
    assert config.pop("maxOutputTokens") == 99
    read.expected.get("generationConfig", {}).pop("maxOutputTokens", None)
    expected = {"generationConfig": {}} | read.expected
    if "tools" in expected:
        assert in_any_order(body.pop("tools")) == in_any_order(expected.pop("tools"))
    assert body == expected


def written(prompt: Prompt, model: str = "gemini-2.5-flash", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(write(prompt, model=model, max_tokens=7, **more).body)
    return body


def config_of(sampling: Sampling, model: str = "gemini-2.5-flash") -> dict[str, Any]:
    config: dict[str, Any] = written(user(sampling=sampling), model)["generationConfig"]
    return config


def test_every_knob_has_its_name() -> None:
    sampling = Sampling(
        temperature=0.5,
        top_p=0.6,
        top_k=7,
        seed=8,
        stop=("a", "b"),
        presence_penalty=0.1,
        frequency_penalty=0.2,
        logprobs=True,
        top_logprobs=3,
    )
    assert config_of(sampling) == {
        "maxOutputTokens": 7,
        "temperature": 0.5,
        "topP": 0.6,
        "topK": 7,
        "seed": 8,
        "stopSequences": ["a", "b"],
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "responseLogprobs": True,
        "logprobs": 3,
    }


def test_knobs_without_a_name_are_told() -> None:
    sampling = Sampling(min_p=0.1, repeat_penalty=1.1, reasoning_effort="low")
    prompt = user(sampling=sampling, tools=(Tool("f"),), parallel_tool_calls=False)
    dropped = write(prompt, model="gemini-2.0-flash", max_tokens=7).dropped
    assert dropped == ("min_p", "parallel_tool_calls", "reasoning_effort", "repeat_penalty")


@pytest.mark.parametrize(
    ("model", "asked", "thinking"),
    [
        ("gemini-3-flash-preview", {"reasoning_effort": "low"}, ("thinkingLevel", "low", True)),
        ("gemini-3-flash-preview", {"reasoning_effort": "xhigh"}, ("thinkingLevel", "high", True)),
        (
            "gemini-3-flash-preview",
            {"reasoning_effort": "none"},
            ("thinkingLevel", "minimal", False),
        ),
        ("gemini-3-pro-preview", {"reasoning_effort": "none"}, ("thinkingLevel", "low", False)),
        ("gemini-3-pro-preview", {"reasoning_budget": 4000}, ("thinkingBudget", 4000, True)),
        ("gemini-2.5-flash", {"reasoning_effort": "medium"}, ("thinkingBudget", 8192, True)),
        ("gemini-2.5-flash", {"reasoning_effort": "none"}, ("thinkingBudget", 0, False)),
        ("gemini-2.5-flash", {"reasoning_budget": 99999}, ("thinkingBudget", 24576, True)),
        ("gemini-2.5-flash-lite", {"reasoning_budget": 5}, ("thinkingBudget", 512, True)),
        ("gemini-2.5-pro", {"reasoning_budget": 0}, ("thinkingBudget", 128, False)),
        ("gemini-2.5-pro", {"reasoning_effort": "odd"}, ("thinkingBudget", -1, True)),
    ],
)
def test_how_much_to_think(model: str, asked: dict[str, Any], thinking: Any) -> None:
    name, amount, shown = thinking
    config = config_of(Sampling(**asked), model)
    assert config["thinkingConfig"] == {name: amount, "includeThoughts": shown}


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("f", {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        ({"type": "any"}, {"mode": "ANY"}),
        ({"type": "tool", "name": "f"}, {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (
            {"type": "function", "function": {"name": "f"}},
            {"mode": "ANY", "allowedFunctionNames": ["f"]},
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"function": {"name": "f"}}]},
            },
            {"mode": "VALIDATED", "allowedFunctionNames": ["f"]},
        ),
    ],
)
def test_choices_of_tools(choice: Any, calling: dict[str, Any]) -> None:
    body = written(user(tools=(Tool("f"),), tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": calling}


@pytest.mark.parametrize(
    "prompt",
    [
        user(tools=(Tool("web_search", kind="server", wire="openai-responses"),)),
        user(tools=(Tool("free", kind="custom"),)),
        user(tools=(Tool("f"),), tool_choice={"type": "mcp", "server": "x"}),
        user(tools=(Tool("f"),), response_format=ResponseFormat("json")),
    ],
)
def test_what_cannot_be_said_is_refused(prompt: Prompt) -> None:
    with pytest.raises(NotWritable):
        written(prompt)


def test_the_third_generation_calls_tools_and_is_held_to_a_schema() -> None:
    shape = ResponseFormat("json_schema", {"type": "object", "$schema": "x"})
    body = written(user(tools=(Tool("f"),), response_format=shape), "gemini-3-flash-preview")
    assert body["generationConfig"]["responseMimeType"] == "application/json"
    assert body["generationConfig"]["responseJsonSchema"] == {"type": "object"}


def test_googles_own_fields_may_come_by_any_wire() -> None:
    extras = {"google": {"safety_settings": [1]}, "cachedContent": "c", "user": "u"}
    body = written(user(wire="openai-chat", extras=extras))
    assert body["safetySettings"] == [1]
    assert body["cachedContent"] == "c"
    assert "user" not in body


def test_gemma_takes_no_system_instruction() -> None:
    prompt = Prompt((Message("system", (Text("s"),)), Message("user", (Text("u"),))))
    body = written(prompt, "gemma-3-27b-it")
    assert "systemInstruction" not in body
    assert [turn["parts"] for turn in body["contents"]] == [[{"text": "s"}], [{"text": "u"}]]


def test_a_system_message_alone_is_the_prompt() -> None:
    body = written(Prompt((Message("system", (Text("s"),)),)))
    assert body["contents"] == [{"role": "user", "parts": [{"text": "s"}]}]


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("gemini-2.5-pro", (2, 5)),
        ("gemini-3-flash-preview", (3, 0)),
        ("gemini-3.1-flash-lite", (3, 1)),
        ("gemini-1.5-flash", (1, 5)),
        ("gemini-flash-latest", (3, 0)),
        ("gemini-robotics-er-1.5-preview", (1, 5)),
        ("gemma-3-27b-it", (0, 0)),
    ],
)
def test_generations(name: str, generation: tuple[int, int]) -> None:
    assert generation_of(name) == generation


def test_a_whole_conversation() -> None:
    """A picture, two calls made together, their results in two messages, and a prefix."""
    prompt = Prompt(
        (
            Message("user", (Text("look"), Image(data="AAAA", media_type="image/png"))),
            Message(
                "assistant",
                (
                    Text("let me see"),
                    Thinking("", "gemini:t"),
                    ToolCall("1", "f", "{}", {"thoughtSignature": "s"}),
                    ToolCall("2", "g", '{"a": 1}'),
                ),
            ),
            Message("tool", (ToolResult("1", "one"),)),
            Message("tool", (ToolResult("2", '{"b": 2}', is_error=True),)),
            Message("user", (Document(text="words", name="a.txt"),)),
        )
    )
    body = written(prompt, "gemini-3-flash-preview", prefix="Well")
    words = base64.b64encode(b"words").decode()
    assert body["contents"] == [
        {
            "role": "user",
            "parts": [
                {"text": "look"},
                {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
            ],
        },
        {
            "role": "model",
            "parts": [
                {"text": "let me see", "thoughtSignature": "t"},
                {"functionCall": {"name": "f", "args": {}, "id": "1"}, "thoughtSignature": "s"},
                {"functionCall": {"name": "g", "args": {"a": 1}, "id": "2"}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "f", "response": {"output": "one"}, "id": "1"}},
                {"functionResponse": {"name": "g", "response": {"error": '{"b": 2}'}, "id": "2"}},
            ],
        },
        {"role": "user", "parts": [{"inlineData": {"mimeType": "text/plain", "data": words}}]},
        {"role": "model", "parts": [{"text": "Well"}]},
    ]


def test_what_came_by_the_same_wire_is_said_again() -> None:
    result = ToolResult(
        "c",
        "3",
        extras={"name": "f", "response": {"result": "3"}, "more": {"scheduling": "SILENT"}},
    )
    prompt = Prompt(
        (
            Message("system", (Opaque("gemini", {"cachedContent": "cachedContents/1"}),)),
            Message("assistant", (ToolCall("c", "f", "{}"),)),
            Message("tool", (result,)),
        ),
        tools=(Tool("f", extras={"behavior": "BLOCKING"}, wire="gemini"),),
        sampling=Sampling(reasoning_budget=512),
        wire="gemini",
        extras={
            "cachedContent": "cachedContents/1",
            "generationConfig": {"thinkingConfig": {"thinkingBudget": 512}, "mediaResolution": "X"},
        },
    )
    body = json.loads(write(prompt, model="gemini-2.5-flash", max_tokens=9).body)
    assert body["cachedContent"] == "cachedContents/1"
    assert "systemInstruction" not in body
    assert body["contents"][-1]["parts"][0]["functionResponse"] == {
        "name": "f", "response": {"result": "3"}, "scheduling": "SILENT", "id": "c",
    }  # fmt: skip
    assert body["tools"][0]["functionDeclarations"][0]["behavior"] == "BLOCKING"
    config = body["generationConfig"]
    assert config["mediaResolution"] == "X"
    assert config["thinkingConfig"] == {"thinkingBudget": 512, "includeThoughts": False}
