"""Errors in Anthropic's shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.daemon.api.anthropic.errors import anthropic_error, retry_headers
from homeport.daemon.api.errors import error_reply, wire_of
from homeport.policies.errors import (
    BadRequest,
    DaemonTrouble,
    HomeportError,
    NotAllowed,
    NothingAnswered,
    OverBudget,
    Refused,
    TooLarge,
)
from homeport.policies.model import Veto


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("No."), "invalid_request_error"),
        (BadRequest("No.", status=415), "invalid_request_error"),
        (NotAllowed("No."), "authentication_error"),
        (Refused("No."), "permission_error"),
        (TooLarge("No."), "request_too_large"),
        (OverBudget("No."), "rate_limit_error"),
        (NothingAnswered("No."), "api_error"),
        (DaemonTrouble("No."), "overloaded_error"),
    ],
)
def test_types(error: HomeportError, kind: str) -> None:
    assert anthropic_error(error, "r")["error"]["type"] == kind


def test_a_refusal_says_why_and_that_asking_again_does_not_help() -> None:
    error = Refused("No.", vetoes=[Veto(model="m", gate="place", reason="Too far.")], decision="d")
    body, headers = error_reply(error, "anthropic")
    told = json.loads(body)
    assert told["request_id"] == "d"
    assert told["error"]["homeport"]["vetoes"] == [
        {"model": "m", "gate": "place", "reason": "Too far."}
    ]
    assert dict(headers) == {
        b"request-id": b"d", b"x-homeport-decision": b"d", b"x-should-retry": b"false",
    }  # fmt: skip
    assert retry_headers(DaemonTrouble("Busy.", retry_after_s=1)) == []


@pytest.mark.parametrize(
    ("path", "headers", "wire"),
    [
        ("/v1/messages", (), "anthropic"),
        ("/v1/messages/count_tokens", (), "anthropic"),
        ("/v1/models", (), "openai"),
        ("/v1/models", (b"anthropic-version",), "anthropic"),
        ("/api/chat", (b"anthropic-version",), "ollama"),
    ],
)
def test_whose_a_request_is(path: str, headers: Any, wire: str) -> None:
    assert wire_of(path, headers) == wire
