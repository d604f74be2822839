"""Errors in the shape of the wire that asked."""

from __future__ import annotations

import json

import msgspec
import pytest

from homeport.client.wire import Trouble
from homeport.daemon.api.errors import error_body, error_headers, wire_of
from homeport.policies import errors
from homeport.policies.errors import HomeportError, NotFound, OverBudget, Refused
from homeport.policies.model import Veto

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
KINDS = [kind for kind in KINDS if issubclass(kind, HomeportError)]


def test_the_path_names_the_wire() -> None:
    assert wire_of("/v1/models") == "openai"
    assert wire_of("/api/chat") == "ollama"
    assert wire_of("/homeport/v1/ask") == "homeport"
    assert wire_of("/") == "homeport"


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_every_shape(kind: type[HomeportError]) -> None:
    error = kind("What happened. What to do.")
    openai = json.loads(error_body(error, "openai"))["error"]
    assert openai["message"] == "What happened. What to do."
    assert openai["code"] == error.code
    assert isinstance(openai["type"], str)
    assert json.loads(error_body(error, "ollama")) == {"error": "What happened. What to do."}
    ours = msgspec.json.decode(error_body(error, "homeport"), type=dict[str, Trouble])["error"]
    assert (ours.code, ours.blame) == (error.code, error.blame)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
     (405, "invalid_request_error"), (415, "invalid_request_error"), (429, "rate_limit_error"),
     (500, "server_error"), (503, "server_error")],
)  # fmt: skip
def test_openai_types_follow_the_status(status: int, expected: str) -> None:
    error = HomeportError("No.", status=status)
    assert json.loads(error_body(error, "openai"))["error"]["type"] == expected


def test_param_retry_and_decision() -> None:
    error = OverBudget(
        "No.", retry_after_s=30, decision="01x", vetoes=[Veto(model="m", gate="g", reason="r")]
    )
    assert error_headers(error) == [(b"retry-after", b"30"), (b"x-homeport-decision", b"01x")]
    shown = json.loads(error_body(error, "openai"))["error"]
    assert shown["homeport"]["vetoes"] == [{"model": "m", "gate": "g", "reason": "r"}]
    assert error_headers(Refused("No.")) == []
    assert (
        json.loads(error_body(NotFound("No.", param="model"), "openai"))["error"]["param"]
        == "model"
    )
