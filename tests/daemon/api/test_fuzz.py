"""Whatever is sent to a door, the answer is well formed, and never a 500.

`HOMEPORT_PROVE=300` tries ten times so many examples of each kind.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.daemon.api.routes import ROUTES
from support.doors import OpenHouse

PROVE = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
POSTS = sorted(path for path, methods in ROUTES.items() if "POST" in methods)
FIELDS = st.sampled_from(
    ["messages", "model", "role", "content", "type", "text", "tools", "function", "name", "stop",
     "n", "stream", "homeport", "tags", "prompt", "set", "check", "action", "provider", "secret",
     "offline", "day_usd", "response_format", "json_schema", "schema", "max_tokens", "image_url",
     "input", "options", "think", "images", "format", "keep_alive"]
)  # fmt: skip
WORDS = st.sampled_from(["user", "assistant", "tool", "text", "image_url", "auto", "add", "data:,"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | WORDS
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)
DICTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)
PARTS = st.lists(
    st.fixed_dictionaries(
        {"type": st.just("text"), "text": st.text(max_size=9)}, optional={"x": VALUES}
    )
    | st.fixed_dictionaries({"type": st.text(min_size=1, max_size=5)}, optional={"x": VALUES}),
    max_size=3,
)
CALLS = st.lists(
    st.builds(lambda name, text: {"id": "c", "function": {"name": name, "arguments": text}},
              st.text(max_size=5), st.text(max_size=9)),
    max_size=2,
)  # fmt: skip
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant"]), "content": st.text() | PARTS},
        optional={"tool_calls": CALLS, "tool_call_id": st.text(max_size=4), "name": st.text()},
    ),
    min_size=1,
    max_size=3,
)
TOOLS = st.lists(
    st.builds(lambda name, schema: {"function": {"name": name, "parameters": schema}},
              st.text(max_size=5), DICTS)
    | st.builds(lambda kind, rest: {"type": kind, "x": rest}, st.text(max_size=5), VALUES),
    max_size=2,
)  # fmt: skip
FORMATS = st.builds(
    lambda schema: {"type": "json_schema", "json_schema": {"schema": schema}}, DICTS
) | st.just({"type": "json_object"})
USUAL = {
    "tools": TOOLS, "tool_choice": DICTS | st.text(), "response_format": FORMATS, "x": VALUES,
    "stop": st.lists(st.text()), "max_tokens": st.integers(1, 99), "stream": st.booleans(),
}  # fmt: skip
USUAL_CHATS = st.fixed_dictionaries({"messages": MESSAGES}, optional=USUAL)
STRANGE_CHATS = st.fixed_dictionaries(
    {"messages": MESSAGES | VALUES}, optional=dict.fromkeys(USUAL, VALUES)
)
CHATS = USUAL_CHATS | STRANGE_CHATS


async def send(house: OpenHouse, path: str, body: bytes) -> None:
    reply = await house.ask("POST", path, body)
    assert reply.status < 500, (path, body, reply.body)
    if reply.status >= 400:
        error = reply.json["error"]
        assert error if isinstance(error, str) else error.get("sentence") or error.get("message")


@pytest.mark.parametrize("path", POSTS)
@given(body=st.binary(max_size=120) | VALUES.map(lambda value: json.dumps(value).encode()))
@settings(
    max_examples=PROVE or 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_anything_to_every_route(house: OpenHouse, path: str, body: bytes) -> None:
    await send(house, path, body)


@given(body=CHATS)
@settings(
    max_examples=PROVE or 120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_almost_right_chats(house: OpenHouse, body: dict[str, Any]) -> None:
    await send(house, "/v1/chat/completions", json.dumps(body).encode())


ANTHROPIC_BLOCKS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(
            ["text", "image", "document", "tool_use", "tool_result", "thinking", "search_result"]
        )},
        optional={
            "text": st.text(max_size=9), "source": VALUES, "id": st.text(max_size=4),
            "name": st.text(max_size=4), "input": VALUES, "tool_use_id": st.text(max_size=4),
            "content": VALUES, "thinking": st.text(max_size=4), "signature": VALUES, "x": VALUES,
        },
    ),
    max_size=3,
)  # fmt: skip
ANTHROPIC_BODIES = st.fixed_dictionaries(
    {
        "messages": st.lists(
            st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["user", "assistant", "system"]),
                    "content": st.text(max_size=9) | ANTHROPIC_BLOCKS,
                }
            ),
            min_size=1,
            max_size=3,
        )
        | VALUES
    },
    optional={
        "system": ANTHROPIC_BLOCKS | VALUES, "tools": st.lists(DICTS) | VALUES, "thinking": VALUES,
        "tool_choice": DICTS | VALUES, "max_tokens": st.integers(-1, 99) | VALUES, "x": VALUES,
        "stream": st.booleans() | VALUES, "output_config": VALUES, "homeport": VALUES,
    },
)  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
@given(body=ANTHROPIC_BODIES)
@settings(
    max_examples=PROVE or 75,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_almost_right_messages(house: OpenHouse, path: str, body: dict[str, Any]) -> None:
    reply = await house.ask("POST", path, json.dumps(body).encode())
    assert reply.status < 500, (body, reply.body)
    if reply.status >= 400:
        assert reply.json["type"] == "error"
        assert reply.json["error"]["type"]
        assert reply.json["error"]["message"]


@given(path=st.text(st.characters(codec="latin-1", exclude_characters=" \r\n\x00#"), max_size=40))
@settings(
    max_examples=PROVE or 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_path(house: OpenHouse, path: str) -> None:
    request = f"GET /{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode("latin-1")
    assert (await house.send_raw(request)).status < 500
