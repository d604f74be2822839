"""Whatever is sent to Gemini's wire, the answer is in its shape, and never a 500."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.daemon.api.gemini.paths import METHODS
from support.doors import OpenHouse

PROVE = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
NAMES = st.sampled_from(
    ["contents", "parts", "text", "role", "functionCall", "function_call", "name", "args", "id",
     "functionResponse", "response", "inlineData", "mimeType", "data", "fileData", "fileUri",
     "thought", "thoughtSignature", "tools", "functionDeclarations", "parameters", "type",
     "generationConfig", "generation_config", "homeport", "content", "requests", "cachedContent"]
)  # fmt: skip
WORDS = st.sampled_from(["user", "model", "function", "image/png", "text/plain", "aGk=", "ANY"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | WORDS
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
TABLES = st.dictionaries(NAMES, VALUES, max_size=3)
MEDIA = st.fixed_dictionaries({"mimeType": WORDS | VALUES, "data": WORDS | VALUES})
PART = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(max_size=9), "thought": st.booleans() | VALUES, "inlineData": MEDIA,
        "thoughtSignature": WORDS | VALUES,
        "functionCall": st.fixed_dictionaries({"name": WORDS}, optional={"args": VALUES}),
        "functionResponse": st.fixed_dictionaries(
            {"name": WORDS}, optional={"response": TABLES, "parts": st.lists(TABLES) | VALUES}
        ),
        "fileData": TABLES, "executableCode": VALUES,
    },
)  # fmt: skip
TURN = st.fixed_dictionaries(
    {"parts": st.lists(PART, max_size=3) | VALUES}, optional={"role": WORDS | VALUES}
)
SCHEMA = st.fixed_dictionaries(
    {"type": st.sampled_from(["OBJECT", "STRING", "ARRAY"]) | VALUES},
    optional={
        "properties": TABLES, "items": VALUES, "nullable": st.booleans(), "enum": VALUES,
        "anyOf": VALUES, "minItems": VALUES, "format": st.just("enum"),
    },
)  # fmt: skip
TOOL = st.fixed_dictionaries(
    {},
    optional={
        "functionDeclarations": st.lists(
            st.fixed_dictionaries({"name": st.text(max_size=5)}, optional={"parameters": SCHEMA}),
            max_size=2,
        ),
        "googleSearch": VALUES,
    },
)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "temperature": VALUES, "topK": VALUES, "max_output_tokens": st.integers(-1, 99) | VALUES,
        "stopSequences": st.lists(st.text(max_size=3)) | VALUES, "responseSchema": SCHEMA | VALUES,
        "responseMimeType": st.just("application/json") | VALUES, "thinkingConfig": VALUES,
        "candidateCount": st.integers(0, 2), "responseLogprobs": VALUES, "logprobs": VALUES,
    },
)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"contents": st.lists(TURN, min_size=1, max_size=3) | VALUES},
    optional={
        "systemInstruction": TURN | VALUES, "tools": st.lists(TOOL, max_size=2) | VALUES,
        "toolConfig": VALUES, "generationConfig": CONFIG | VALUES, "homeport": VALUES,
        "cachedContent": VALUES, "x": VALUES, "content": TURN | VALUES,
        "requests": st.lists(st.fixed_dictionaries({"content": TURN}), max_size=2) | VALUES,
        "generateContentRequest": VALUES,
    },
)  # fmt: skip


async def send(house: OpenHouse, method: str, body: bytes) -> None:
    reply = await house.ask("POST", f"/v1beta/models/auto:{method}", body)
    assert reply.status < 500, (body, reply.body)
    if reply.status >= 400:
        error = reply.json["error"]
        assert error["code"] == reply.status
        assert error["message"]
        assert error["status"].isupper()
    elif method == "generateContent":
        assert reply.json["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize("method", METHODS)
@given(body=BODIES)
@settings(
    max_examples=PROVE or 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_almost_right_bodies(house: OpenHouse, method: str, body: dict[str, Any]) -> None:
    await send(house, method, json.dumps(body).encode())


@pytest.mark.parametrize("method", METHODS)
@given(body=st.binary(max_size=120) | VALUES.map(lambda value: json.dumps(value).encode()))
@settings(
    max_examples=PROVE or 15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_anything(house: OpenHouse, method: str, body: bytes) -> None:
    await send(house, method, body)
