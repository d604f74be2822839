"""Requests of Anthropic's wire as prompts, and back again without a loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.write import write
from homeport.adapters.base import Prompt, Text
from homeport.daemon.api.anthropic.read import read
from homeport.daemon.routing.sessions import Sessions
from homeport.policies.errors import BadRequest
from support.recordings import for_each, load, recordings

RECORDED = recordings("anthropic-messages", "anthropic-count-tokens")
HI: Any = [{"role": "user", "content": "hi"}]


def prompt(**fields: Any) -> Prompt:
    return read(json.dumps({"messages": HI} | fields).encode(), {})


def meaning(body: dict[str, Any]) -> dict[str, Any]:
    """A body in one of its equal forms: strings as blocks, turns of one role as one."""
    turns: list[dict[str, Any]] = []
    for turn in body["messages"]:
        blocks = [_block(block) for block in _blocks(turn["content"])]
        if turns and turns[-1]["role"] == turn["role"] != "system":
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": turn["role"], "content": blocks})
    rest = {name: value for name, value in body.items() if name not in ("stream", "max_tokens")}
    if "tools" in rest:
        rest["tools"] = [{k: v for k, v in tool.items() if v != ""} for tool in rest["tools"]]
    if "system" in rest:
        rest["system"] = _blocks(rest["system"])
    return rest | {"messages": turns}


def _blocks(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] != "tool_result":
        return block
    content = _blocks(block.get("content") or [])
    return {k: v for k, v in block.items() if v is not False} | {"content": content}


def test_what_changes_with_every_request_is_for_anthropic_alone() -> None:
    def asked(number: str) -> Prompt:
        header = f"x-anthropic-billing-header: cc_version=2.1.177; cc_entrypoint=cli; cch={number};"
        blocks = [{"type": "text", "text": header}, {"type": "text", "text": "You are careful."}]
        return prompt(system=blocks)

    one, other = asked("36ee5"), asked("0aaa9")
    assert one.messages == other.messages
    assert one.messages[0].text == "You are careful."
    assert b"36ee5" in one.raw
    assert Sessions().trail_of(one).instructions == 1
    quoted = prompt(system="Explain x-anthropic-billing-header: what is it?")
    assert "x-anthropic-billing-header" in quoted.messages[0].text


@for_each(RECORDED)
def test_recorded_requests_are_written_anew_without_a_loss(path: Path) -> None:
    body = load(path)["request"]["body"]
    asked = read(json.dumps(body).encode(), {})
    asked = msgspec.structs.replace(asked, raw=b"")
    written = write(asked, model=body["model"], max_tokens=4096, traits=traits_of(body["model"]))
    again = json.loads(written.body)
    if "top_k" in written.dropped or again.get("thinking") != body.get("thinking"):
        pytest.skip("this model does not take it as it was")
    if (
        "effort" in (body.get("output_config") or {})
        and again["output_config"] != body["output_config"]
    ):
        pytest.skip("this model does not know the effort")
    assert meaning(again) == meaning(body)


def test_everything_with_a_noun() -> None:
    mark = {"type": "ephemeral"}
    asked = prompt(
        model="claude-opus-4-8",
        max_tokens=0,
        system=[{"type": "text", "text": "s", "cache_control": mark}],
        stop_sequences=["END", ""],
        temperature=0.5,
        top_p=0.9,
        top_k=-1,
        stream=True,
        thinking={"type": "enabled", "budget_tokens": 2048},
        output_config={"effort": "high", "format": {"type": "json_schema", "schema": {"a": 1}}},
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
        tools=[
            {
                "name": "f",
                "input_schema": {"type": "object"},
                "strict": True,
                "defer_loading": True,
            },
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        ],
        metadata={"user_id": "u"},
        later=1,
        homeport={"policy": "balanced"},
    )
    sampling = asked.sampling
    assert asked.labels.model == "claude-opus-4-8"
    assert asked.labels.policy == "balanced"
    assert (sampling.max_tokens, sampling.stop, sampling.top_k) == (1, ("END",), None)
    assert (sampling.reasoning_budget, sampling.reasoning_effort) == (2048, "high")
    assert asked.response_format.schema == {"a": 1}
    assert (asked.tool_choice, asked.parallel_tool_calls, asked.stream) == ("required", False, True)
    assert asked.messages[0].parts == (Text("s", {"cache_control": mark}),)
    function, search = asked.tools
    assert (function.kind, function.strict, function.extras) == (
        "function", True, {"defer_loading": True},
    )  # fmt: skip
    assert (search.kind, search.wire, search.extras["max_uses"]) == ("server", "anthropic", 3)
    assert set(asked.extras) == {"thinking", "output_config", "metadata", "later"}
    assert asked.wire == "anthropic"
    assert json.loads(asked.raw)["later"] == 1


@pytest.mark.parametrize(
    ("choice", "canonical"),
    [
        (None, None),
        ({"type": "auto"}, "auto"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "f"}, {"type": "function", "function": {"name": "f"}}),
        ({"type": "odd"}, None),
    ],
)
def test_choices(choice: Any, canonical: Any) -> None:
    assert prompt(tool_choice=choice).tool_choice == canonical


@pytest.mark.parametrize(
    ("thinking", "budget"),
    [
        ({"type": "disabled"}, 0),
        ({"type": "adaptive"}, None),
        ({"type": "between_tools"}, None),
        ({"type": "enabled"}, None),
    ],
)
def test_thinking(thinking: Any, budget: int | None) -> None:
    asked = prompt(thinking=thinking)
    assert asked.sampling.reasoning_budget == budget
    assert asked.extras["thinking"] == thinking


def test_headers() -> None:
    headers = {
        b"anthropic-beta": b"a,b", b"anthropic-version": b"2023-06-01", b"x-api-key": b"k",
        b"x-claude-code-session-id": b"s", b"x-homeport-privacy": b"private",
    }  # fmt: skip
    asked = read(json.dumps({"messages": HI}).encode(), headers)
    assert asked.forward == (("anthropic-beta", "a,b"), ("anthropic-version", "2023-06-01"))
    assert (asked.labels.session, asked.labels.private) == ("s", True)
    named = headers | {b"x-homeport-session": b"mine"}
    assert read(json.dumps({"messages": HI}).encode(), named).labels.session == "mine"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages.0.content.0.type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]},
         "messages.0.content.0.text"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": 1}]}]},
         "messages.0.content.0.source"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "i"}]}]},
         "messages.0.content.0.name"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"tools": [{}]}, "tools.0.name"),
        ({"tools": [{"name": "f", "input_schema": 1}]}, "tools.0.input_schema"),
        ({"thinking": {"type": "enabled", "budget_tokens": "x"}}, "thinking.budget_tokens"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema"),
        ({"stop_sequences": ["x"] * 99}, "stop_sequences"),
        ({"homeport": {"nope": 1}}, "homeport.nope"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(fields: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        prompt(**fields)
    assert caught.value.param == param


SCALARS = st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=4)
NAMES = st.sampled_from(
    ["type", "text", "source", "data", "content", "input", "id", "name", "thinking", "signature",
     "tool_use_id", "media_type", "url", "file_id", "cache_control", "citations", "title"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["text", "image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking",
     "search_result", "server_tool_use", "base64", "url", "file", "content"]
)  # fmt: skip
BLOCKS = st.builds(
    lambda kind, rest, source: {**rest, "type": kind} | source,
    KINDS,
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.just({}) | st.builds(
        lambda kind, rest: {"source": {**rest, "type": kind}}, KINDS,
        st.dictionaries(NAMES, VALUES, max_size=3),
    ),
)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"messages": st.lists(
        st.fixed_dictionaries({
            "role": st.sampled_from(["user", "assistant", "system"]),
            "content": st.text(max_size=5) | st.lists(BLOCKS | VALUES, max_size=3),
        }), max_size=3)},
    optional={
        "system": VALUES | st.lists(BLOCKS, max_size=2), "tools": st.lists(BLOCKS, max_size=2),
        "thinking": VALUES, "output_config": VALUES, "tool_choice": VALUES, "stream": VALUES,
    },
)  # fmt: skip


@given(BODIES)
def test_any_body_is_a_prompt_that_can_be_written_or_a_refusal(body: dict[str, Any]) -> None:
    try:
        asked = read(json.dumps(body).encode(), {})
    except BadRequest:
        return
    for raw in (asked.raw, b""):
        again = msgspec.structs.replace(asked, raw=raw)
        try:
            written = write(again, model="m", max_tokens=99, traits=traits_of("claude-opus-4-1"))
        except ValueError:
            continue
        assert json.loads(written.body)["messages"]
