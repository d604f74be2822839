"""Errors in the shape of the wire that asked.

| wire | shape |
|---|---|
| OpenAI (`/v1/…`) | `{"error": {"message", "type", "param", "code", "homeport"}}` |
| Anthropic (`/v1/messages…`) | `{"type": "error", "error": {"type", "message"}, "request_id"}` |
| Gemini (`/v1beta/…`) | `{"error": {"code", "message", "status", "details"}}` |
| Ollama (`/api/…`) | `{"error": "sentence"}` |
| ours (everything else) | `{"error": Trouble}` |

`homeport` holds the decision's id and its vetoes, where something was decided; in
Anthropic's shape it is in the inner object, and in Gemini's. What is sent to `/v1/…` with an
`anthropic-version` is of that wire too, and so is what only Gemini's clients send there.
"""

from __future__ import annotations

import os
from collections.abc import Container
from typing import Any, Literal

import msgspec

from homeport.client.wire import Trouble, VetoView
from homeport.daemon.api.anthropic.errors import anthropic_error, retry_headers
from homeport.daemon.api.gemini.errors import gemini_error
from homeport.daemon.api.gemini.paths import is_gemini
from homeport.policies.errors import HomeportError

Wire = Literal["openai", "anthropic", "gemini", "ollama", "homeport"]

_encode = msgspec.json.Encoder().encode

OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
"""By status; every other one is an `invalid_request_error` below 500, else a `server_error`."""


def wire_of(path: str, headers: Container[bytes] = ()) -> Wire:
    """The wire that a request belongs to, by its path and the names of its headers."""
    if path.startswith("/v1/messages"):
        return "anthropic"
    if is_gemini(path, headers):
        return "gemini"
    if path.startswith("/v1/"):
        return "anthropic" if b"anthropic-version" in headers else "openai"
    return "ollama" if path.startswith("/api/") else "homeport"


def error_reply(error: HomeportError, wire: Wire) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body of an error on its wire, and its headers."""
    headers = error_headers(error)
    if wire in ("openai", "anthropic"):
        headers += retry_headers(error)
    if wire != "anthropic":
        return error_body(error, wire), headers
    request_id = error.decision or f"req_{os.urandom(8).hex()}"
    headers.append((b"request-id", request_id.encode("ascii", "replace")))
    return _encode(anthropic_error(error, request_id)), headers


def error_body(error: HomeportError, wire: Wire) -> bytes:
    """The JSON of an error on its wire."""
    if wire == "openai":
        return _encode({"error": openai_error(error)})
    if wire == "gemini":
        return _encode(gemini_error(error))
    if wire == "ollama":
        return _encode({"error": error.sentence})
    return _encode({"error": trouble(error)})


def error_headers(error: HomeportError) -> list[tuple[bytes, bytes]]:
    """`Retry-After` and the decision, where they are known."""
    headers = []
    if error.retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after_s))
    if error.decision:
        headers.append((b"x-homeport-decision", error.decision.encode("ascii", "replace")))
    return headers


def openai_error(error: HomeportError) -> dict[str, Any]:
    """The inner object of OpenAI's shape."""
    other = "invalid_request_error" if error.status < 500 else "server_error"
    shape: dict[str, Any] = {
        "message": error.sentence,
        "type": OPENAI_TYPES.get(error.status, other),
        "param": error.param,
        "code": error.code,
    }
    if error.decision:
        shape["homeport"] = {"decision": error.decision, "vetoes": _vetoes(error)}
    return shape


def trouble(error: HomeportError) -> Trouble:
    """The inner object of our own shape."""
    return Trouble(
        code=error.code,
        blame=error.blame,
        sentence=error.sentence,
        param=error.param,
        vetoes=_vetoes(error),
        decision=error.decision,
    )


def _vetoes(error: HomeportError) -> tuple[VetoView, ...]:
    return tuple(VetoView(model=v.model, gate=v.gate, reason=v.reason) for v in error.vetoes)
