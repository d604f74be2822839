"""What is kept of a request, and how it is asked again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.daemon.outbox.doors import kept_headers, refuse_strange_url, whole_body, whole_path
from homeport.policies.errors import BadRequest

CHAT = "/v1/chat/completions"


def again(path: str, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(whole_body(path, json.dumps(body).encode()))
    return made


def test_it_comes_whole_and_now() -> None:
    asked = {
        "model": "a",
        "stream": True,
        "stream_options": {},
        "homeport": {"defer": True, "client": "x"},
    }
    assert again(CHAT, **asked) == {"model": "a", "stream": False, "homeport": {"client": "x"}}
    assert again("/v1/responses", background=True, input="x") == {"input": "x", "stream": False}


def test_our_own_wire_and_gemini_s_have_no_such_field() -> None:
    assert again("/homeport/v1/ask", prompt="x", defer="online") == {"prompt": "x"}
    assert again("/v1beta/models/a:generateContent", contents=[]) == {"contents": []}
    assert again("/v1/embeddings", input="x") == {"input": "x"}


def test_every_other_byte_is_as_it_came() -> None:
    body = b'{"seed": 1.0e0, "messages": [ {"a" : "\\u00e9"} ]}'
    assert b'[ {"a" : "\\u00e9"} ]' in whole_body(CHAT, body)
    assert b"1.0e0" in whole_body(CHAT, body)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(BadRequest):
        whole_body(CHAT, b"[]")


def test_gemini_s_stream_becomes_one_object() -> None:
    path = "/v1beta/models/a/b:streamGenerateContent"
    assert whole_path(path, "alt=sse") == ("/v1beta/models/a/b:generateContent", "")
    assert whole_path(CHAT, "a=b") == (CHAT, "a=b")


def test_no_secret_is_kept() -> None:
    headers = {
        b"authorization": b"Bearer secret", b"x-api-key": b"secret", b"x-goog-api-key": b"secret",
        b"cookie": b"secret", b"x-homeport-defer": b"true", b"x-homeport-session": b"s",
        b"anthropic-version": b"2023-06-01", b"user-agent": b"sdk/1",
    }  # fmt: skip
    names = {"x-homeport-session", "anthropic-version", "user-agent"}
    kept = kept_headers(headers)
    assert {name for name, _ in kept} == names
    assert "secret" not in repr(kept)


def test_a_line_names_a_door_for_prompts() -> None:
    refuse_strange_url("/v1/responses")
    with pytest.raises(BadRequest, match="/v1/images"):
        refuse_strange_url("/v1/images/generations")
