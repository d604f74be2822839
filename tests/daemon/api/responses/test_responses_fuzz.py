"""Whatever is sent to the Responses and text wires, the answer is in shape, and never a 500.

`HOMEPORT_PROVE=300` tries ten times so many examples of each kind.
"""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.daemon.api.responses.items import OPAQUE_ITEMS
from homeport.daemon.api.responses.request import ResponsesRequest
from support.doors import OpenHouse

PROVE = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
KINDS = st.sampled_from(
    ["message", "reasoning", "function_call", "function_call_output", "custom_tool_call",
     "custom_tool_call_output", "input_text", "output_text", "input_image", "input_file",
     "input_audio", "refusal", "summary_text", "function", "custom", "namespace", "web_search",
     "json_schema", "url_citation", "smoke_signal", *sorted(OPAQUE_ITEMS)]
)  # fmt: skip
FIELDS = st.sampled_from(
    ["type", "role", "content", "id", "call_id", "name", "arguments", "output", "input", "text",
     "summary", "encrypted_content", "image_url", "file_data", "annotations", "parameters",
     "strict", "tools", "description", "format", "schema", "status", "refusal", "input_audio"]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | KINDS
    | st.sampled_from(["user", "assistant", "c1", "homeport.1.AA", "data:a/b;base64,AA"])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)
THINGS = st.dictionaries(FIELDS, VALUES, max_size=5) | st.builds(
    lambda kind, rest: {**rest, "type": kind}, KINDS, st.dictionaries(FIELDS, VALUES, max_size=5)
)
CALLED = st.builds(
    lambda text, output: [
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": text},
        {"type": "function_call_output", "call_id": "c1", "output": output},
    ],
    st.text(max_size=5),
    st.text(max_size=5) | st.lists(THINGS, max_size=2),
)
MESSAGES = st.builds(
    lambda role, content: [{"role": role, "content": content}],
    st.sampled_from(["user", "assistant", "system", "developer"]),
    st.text(max_size=9) | st.lists(THINGS, max_size=2),
)
INPUTS = (
    st.text(max_size=9)
    | st.lists(MESSAGES | CALLED, max_size=3).map(
        lambda groups: [item for group in groups for item in group]
    )
    | st.lists(THINGS, max_size=3)
    | VALUES
)
USUAL = st.fixed_dictionaries(
    {"input": INPUTS},
    optional={
        "tools": st.lists(THINGS, max_size=2), "instructions": st.text(max_size=5),
        "text": st.builds(lambda form: {"format": form}, THINGS), "stream": st.booleans(),
        "reasoning": st.just({"effort": "low", "summary": "auto"}), "x": VALUES,
        "tool_choice": st.sampled_from(["auto", "none"]) | THINGS, "store": st.booleans(),
        "previous_response_id": st.sampled_from(["resp_hp_01test", "resp_none"]),
    },
)  # fmt: skip
STRANGE = st.fixed_dictionaries(
    {"input": INPUTS}, optional=dict.fromkeys(ResponsesRequest.__struct_fields__[1:], VALUES)
)
TEXTS = st.fixed_dictionaries(
    {"prompt": st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3) | VALUES},
    optional={
        "suffix": VALUES, "echo": st.booleans(), "logprobs": st.integers(-1, 6) | VALUES,
        "stop": VALUES, "stream": st.booleans(), "n": st.integers(0, 2), "x": VALUES,
        "stream_options": st.just({"include_usage": True}) | VALUES, "homeport": VALUES,
    },
)  # fmt: skip


async def send(house: OpenHouse, path: str, body: Any) -> None:
    reply = await house.ask("POST", path, json.dumps(body).encode())
    assert reply.status < 500, (path, body, reply.body)
    if reply.status >= 400:
        error = reply.json["error"]
        assert error["message"]
        assert error["type"] == "invalid_request_error"
    elif reply.headers["content-type"] == "application/json":
        assert reply.json["object"] in ("response", "text_completion")
    else:
        assert b"completed" in reply.body or reply.body.endswith(b"data: [DONE]\n\n")


@given(body=USUAL | STRANGE)
@settings(
    max_examples=PROVE or 120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_almost_right_responses(house: OpenHouse, body: dict[str, Any]) -> None:
    await send(house, "/v1/responses", body)


@given(body=TEXTS)
@settings(
    max_examples=PROVE or 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_almost_right_texts(house: OpenHouse, body: dict[str, Any]) -> None:
    await send(house, "/v1/completions", body)


async def test_deep_nesting_is_refused(house: OpenHouse) -> None:
    for field in ("input", "tools", "x", "metadata"):
        body = b'{"input": "hi", "%s": %s1%s}' % (field.encode(), b"[" * 5000, b"]" * 5000)
        reply = await house.ask("POST", "/v1/responses", body)
        assert reply.status == 400, reply.body
