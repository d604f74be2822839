"""From Gemini requests to prompts: every field, both spellings, every recorded request."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Message,
    Opaque,
    Prompt,
    Text,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolResult,
)
from homeport.daemon.api.gemini.read import read, read_counted
from homeport.daemon.api.gemini.signatures import signature_shown
from homeport.policies.errors import BadRequest
from support.recordings import for_each, load, recordings

HI: Any = [{"role": "user", "parts": [{"text": "hi"}]}]
PNG = base64.b64encode(b"\x89PNG\xff\xfe").decode()
TEXT = base64.b64encode("Größe".encode()).decode()


def prompt_of(body: dict[str, Any], **headers: str) -> Prompt:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return read(json.dumps(body).encode(), named, "auto", stream=False)


def of(*parts: Any, role: str = "user") -> tuple[Any, ...]:
    """The parts of one turn."""
    message = prompt_of({"contents": [{"role": role, "parts": list(parts)}]}).messages[-1]
    return message.parts


def both(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The body in both spellings."""

    def snake(value: Any) -> Any:
        if isinstance(value, list):
            return [snake(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in name): snake(inner)
            for name, inner in value.items()
        }

    return [body, snake(body)]


FULL: dict[str, Any] = {
    "contents": HI,
    "systemInstruction": {"parts": [{"text": "You are."}]},
    "tools": [
        {"functionDeclarations": [
            {"name": "f", "description": "Does.", "parameters": {
                "type": "OBJECT",
                "properties": {
                    "a": {"type": "STRING", "nullable": True, "enum": ["x"], "format": "enum"},
                    "b": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "1"},
                },
                "required": ["a"],
            }, "behavior": "BLOCKING"},
        ]},
        {"googleSearch": {}}, {"codeExecution": {}, "urlContext": {}},
    ],
    "toolConfig": {
        "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]},
        "retrievalConfig": {"languageCode": "de"},
    },
    "generationConfig": {
        "temperature": 0.5, "topP": 0.9, "topK": 40.0, "seed": 7, "maxOutputTokens": 99,
        "stopSequences": ["END"], "presencePenalty": 0.1, "frequencyPenalty": 0.2,
        "responseLogprobs": True, "logprobs": 3, "candidateCount": 1,
        "responseMimeType": "application/json", "responseSchema": {"type": "OBJECT"},
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 1024},
        "mediaResolution": "MEDIA_RESOLUTION_LOW", "responseModalities": ["TEXT"],
    },
    "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    "aLaterField": {"x": 1},
}  # fmt: skip


@pytest.mark.parametrize("body", both(FULL), ids=["camel", "snake"])
def test_every_field(body: dict[str, Any]) -> None:
    prompt = prompt_of(body)
    assert prompt.messages == (
        Message("system", (Text("You are."),)),
        Message("user", (Text("hi"),)),
    )
    function, *server = prompt.tools
    assert (function.name, function.description) == ("f", "Does.")
    assert function.extras == {"behavior": "BLOCKING"}
    assert function.parameters == {
        "type": "object",
        "properties": {
            "a": {"type": ["string", "null"], "enum": ["x", None]},
            "b": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        },
        "required": ["a"],
    }
    assert [(tool.kind, tool.name) for tool in server] == [
        ("server", "googleSearch"), ("server", "codeExecution"), ("server", "urlContext"),
    ]  # fmt: skip
    assert prompt.tool_choice == {"type": "function", "function": {"name": "f"}}
    sampling = prompt.sampling
    assert (sampling.temperature, sampling.top_p, sampling.top_k, sampling.seed) == (
        0.5,
        0.9,
        40,
        7,
    )
    assert (sampling.max_tokens, sampling.stop) == (99, ("END",))
    assert (sampling.presence_penalty, sampling.frequency_penalty) == (0.1, 0.2)
    assert (sampling.logprobs, sampling.top_logprobs) == (True, 3)
    assert (sampling.reasoning_budget, sampling.reasoning_effort) == (1024, None)
    assert prompt.response_format.kind == "json_schema"
    assert prompt.response_format.schema == {"type": "object"}
    assert set(prompt.extras) == {
        "safetySettings", "aLaterField", "generationConfig", "toolConfig",
    }  # fmt: skip
    generation = prompt.extras["generationConfig"]
    assert generation["mediaResolution"] == "MEDIA_RESOLUTION_LOW"
    assert "responseSchema" not in generation
    assert json.loads(prompt.raw) == body


def test_shapes_of_answers() -> None:
    def kind(**config: Any) -> str:
        return prompt_of({"contents": HI, "generationConfig": config}).response_format.kind

    assert kind() == kind(responseMimeType="text/plain") == "text"
    assert kind(responseMimeType="application/json") == "json"
    assert kind(responseJsonSchema={"type": "object"}) == "json_schema"


@pytest.mark.parametrize(
    ("calling", "choice"),
    [
        ({"mode": "AUTO"}, "auto"),
        ({"mode": "none"}, "none"),
        ({"mode": "ANY"}, "required"),
        ({"mode": "VALIDATED"}, None),
        ({}, "auto"),
        (
            {"mode": "ANY", "allowedFunctionNames": ["a", "b"]},
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [
                        {"type": "function", "function": {"name": "a"}},
                        {"type": "function", "function": {"name": "b"}},
                    ],
                },
            },
        ),
    ],
)
def test_which_tool(calling: Any, choice: Any) -> None:
    config = {"functionCallingConfig": calling}
    assert prompt_of({"contents": HI, "toolConfig": config}).tool_choice == choice


def test_thinking_levels_and_budgets() -> None:
    def sampling(**config: Any) -> tuple[Any, Any]:
        body = {"contents": HI, "generationConfig": {"thinkingConfig": config}}
        found = prompt_of(body).sampling
        return found.reasoning_effort, found.reasoning_budget

    assert sampling(thinkingLevel="LOW") == ("low", None)
    assert sampling(thinkingBudget=0) == (None, 0)
    assert sampling(thinkingBudget=-1) == (None, None)


def test_media() -> None:
    urlsafe = PNG.replace("/", "_").replace("+", "-").rstrip("=")
    assert of({"inlineData": {"mimeType": "image/png", "data": urlsafe}}) == (
        Image(data=PNG, media_type="image/png"),
    )
    assert of({"inline_data": {"mime_type": "audio/wav", "data": PNG}}) == (
        Audio(data=PNG, media_type="audio/wav"),
    )
    pdf = {"mimeType": "application/pdf", "data": PNG, "displayName": "a.pdf"}
    assert of({"inlineData": pdf}) == (
        Document(data=PNG, media_type="application/pdf", name="a.pdf"),
    )
    assert of({"inlineData": {"mimeType": "text/plain", "data": TEXT}}) == (
        Document(text="Größe", media_type="text/plain"),
    )
    assert of({"fileData": {"mimeType": "image/png", "fileUri": "https://a/b.png"}}) == (
        Image(url="https://a/b.png", media_type="image/png"),
    )
    assert of({"fileData": {"mimeType": "application/pdf", "fileUri": "https://a/b"}}) == (
        Document(url="https://a/b", media_type="application/pdf"),
    )


@pytest.mark.parametrize(
    "part",
    [
        {"inlineData": {"mimeType": "video/mp4", "data": PNG}},
        {"fileData": {"fileUri": "https://www.youtube.com/watch?v=1"}},
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/1"}},
        {"executableCode": {"code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}, "thoughtSignature": "c2ln"},
        {"inlineData": {"mimeType": "image/png", "data": PNG}, "videoMetadata": {"fps": 1}},
        {"a_later_part": 1},
    ],
)
def test_what_only_gemini_can_read_is_carried_whole(part: Any) -> None:
    assert of(part) == (Opaque("gemini", part),)


def test_thoughts_and_their_signatures() -> None:
    parts = of(
        {"text": "hm, ", "thought": True},
        {"text": "so", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "Yes.", "thoughtSignature": "c2ln"},
        role="model",
    )
    assert parts == (
        Thinking("hm, so", "gemini:c2ln", {"thought": True}),
        Text("Yes."),
        Thinking("", "gemini:c2ln"),
    )


def test_reasoning_of_another_provider_comes_back_as_its_own() -> None:
    shown = signature_shown("openai", ThinkingDelta("", "s", "hidden", "rs_1"))
    for signature in (shown, shown.replace("+", "-").replace("/", "_")):
        (thought,) = of(
            {"text": "hm", "thought": True, "thoughtSignature": signature}, role="model"
        )
        assert isinstance(thought, Thinking)
        assert (thought.signature, thought.redacted, thought.id) == ("s", "hidden", "rs_1")
        assert thought.extras["signed_by"] == "openai"
    shown = signature_shown("anthropic", ThinkingDelta("", "s"))
    (thought,) = of({"text": "hm", "thought": True, "thoughtSignature": shown}, role="model")
    assert isinstance(thought, Thinking)
    assert "signed_by" not in thought.extras


def test_calls_and_results_find_each_other() -> None:
    call: Any = {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c2ln"}
    image: Any = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    body = {
        "contents": [
            {"role": "model", "parts": [call, {"functionCall": {"name": "f", "id": "x"}}]},
            {"role": "function", "parts": [
                {"functionResponse": {"name": "f", "response": {"error": "no"}}},
                {"functionResponse": {"name": "f", "id": "x", "response": {"a": 1},
                                      "parts": [image]}},
                {"text": "and?"},
            ]},
        ]
    }  # fmt: skip
    assistant, tool, user = prompt_of(body).messages
    one, two = assistant.parts
    assert one == ToolCall("call_0", "f", '{"a":1}', {"thoughtSignature": "c2ln"})
    assert two == ToolCall("x", "f", "{}")
    first, second = tool.parts
    assert isinstance(first, ToolResult)
    assert isinstance(second, ToolResult)
    assert (first.call_id, first.text, first.is_error) == ("call_0", "no", True)
    assert (second.call_id, second.text) == ("x", '{"a":1}')
    assert second.attachments == (Image(data=PNG, media_type="image/png"),)
    assert user == Message("user", (Text("and?"),))


def test_shorter_ways_to_write() -> None:
    assert prompt_of({"contents": "hi"}).messages == (Message("user", (Text("hi"),)),)
    assert prompt_of({"contents": {"parts": {"text": "hi"}}}).messages[0].text == "hi"
    told = prompt_of({"contents": HI, "system_instruction": "You are."})
    assert told.messages[0] == Message("system", (Text("You are."),))
    listed = prompt_of({"contents": HI, "systemInstruction": [{"text": "You are."}]})
    assert listed.messages[0] == Message("system", (Text("You are."),))


def test_turns_that_only_google_holds() -> None:
    prompt = prompt_of({"contents": HI, "cachedContent": "cachedContents/1"})
    assert prompt.messages[0].parts == (Opaque("gemini", {"cachedContent": "cachedContents/1"}),)
    assert prompt.extras["cachedContent"] == "cachedContents/1"


def test_wishes() -> None:
    labels = prompt_of({"contents": HI, "homeport": {"private": True, "tags": "a,b"}}).labels
    assert (labels.private, labels.tags) == (True, ("a", "b"))
    assert prompt_of({"contents": HI}, x_homeport_policy="local-only").labels.policy == "local-only"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "contents"),
        ({"contents": []}, "contents"),
        ({"contents": 7}, "contents"),
        ({"contents": [7]}, "contents"),
        ({"contents": [{"role": "robot", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"text": 7}]}]}, "contents[0].parts[0].text"),
        ({"contents": [{"parts": [{"functionCall": {}}]}]},
         "contents[0].parts[0].functionCall.name"),
        ({"contents": [{"parts": [{"functionResponse": {}}]}]},
         "contents[0].parts[0].functionResponse.name"),
        ({"contents": [{"parts": [{"inlineData": {"data": "%"}}]}]},
         "contents[0].parts[0].inlineData.data"),
        ({"contents": [{"parts": [{"fileData": {}}]}]}, "contents[0].parts[0].fileData.fileUri"),
        ({"contents": HI, "tools": [{"functionDeclarations": [{}]}]},
         "tools[0].functionDeclarations[0].name"),
        ({"contents": HI, "toolConfig": {"functionCallingConfig": {"mode": "X"}}},
         "toolConfig.functionCallingConfig.mode"),
        ({"contents": HI, "homeport": {"nope": 1}}, "homeport"),
        *(
            ({"contents": HI, "generationConfig": {name: value}}, f"generationConfig.{name}")
            for name, value in {
                "temperature": 3, "topP": "x", "topK": 1.5, "maxOutputTokens": 0, "seed": True,
                "candidateCount": 2, "responseModalities": ["IMAGE"], "stopSequences": "END",
                "responseMimeType": "image/png", "responseSchema": [], "responseLogprobs": 1,
            }.items()
        ),
        ({"contents": HI, "generationConfig": {"thinkingConfig": {"thinkingLevel": "MAX"}}},
         "generationConfig.thinkingConfig.thinkingLevel"),
    ],
)  # fmt: skip
def test_what_cannot_be(body: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        prompt_of(body)
    assert caught.value.param == param


def test_a_count_may_hold_the_whole_request() -> None:
    inner = {"model": "models/x", "contents": HI, "tools": []}
    body = json.dumps({"generateContentRequest": inner, "homeport": {"private": True}}).encode()
    prompt = read_counted(body, {}, "auto")
    assert prompt.messages[0].text == "hi"
    assert prompt.labels.private
    assert json.loads(prompt.raw) == inner


RECORDED = recordings("gemini-generate", "gemini-stream", "gemini-count-tokens")


@for_each(RECORDED)
def test_recorded_requests(path: Path) -> None:
    """Nothing of what real programs sent is lost: each part is there by its kind."""
    body = load(path)["request"]["body"]
    prompt = prompt_of(body)
    calls = [p for m in prompt.messages for p in m.parts if isinstance(p, ToolCall)]
    results = [p for m in prompt.messages for p in m.parts if isinstance(p, ToolResult)]
    rows = [part for turn in body["contents"] for part in turn["parts"]]
    assert len(calls) == sum("functionCall" in row for row in rows)
    assert len(results) == sum("functionResponse" in row for row in rows)
    assert {result.call_id for result in results} <= {call.id for call in calls}
    told = "".join(m.text for m in prompt.messages if m.role != "system")
    assert told == "".join(row["text"] for row in rows if "text" in row and not row.get("thought"))
