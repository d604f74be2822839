"""Google's errors, by what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.gemini.errors import GeminiUpstream

WHO = GeminiUpstream("gemini/m", "gemini", "g.example")
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}


def error(code: int, status: str, message: str = "", *details: Any) -> dict[str, Any]:
    body = {"code": code, "status": status, "message": message, "details": list(details)}
    return {"error": body}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (error(400, "INVALID_ARGUMENT", "", BAD_KEY), "unauthorized"),
        (error(400, "INVALID_ARGUMENT", "API key not valid."), "unauthorized"),
        (error(403, "PERMISSION_DENIED"), "unauthorized"),
        (error(404, "NOT_FOUND", "models/x is not found"), "missing"),
        (error(429, "RESOURCE_EXHAUSTED"), "rate_limited"),
        (error(500, "INTERNAL"), "overloaded"),
        (error(503, "UNAVAILABLE"), "overloaded"),
        (error(504, "DEADLINE_EXCEEDED"), "overloaded"),
        (error(400, "INVALID_ARGUMENT", "bad"), "rejected"),
        (error(400, "FAILED_PRECONDITION", "enable billing"), "rejected"),
        (
            error(
                400,
                "INVALID_ARGUMENT",
                "The input token count (9) exceeds the maximum number of tokens allowed (8).",
            ),
            "context_overflow",
        ),
        (
            error(400, "INVALID_ARGUMENT", "Requests ending with a model turn are not supported"),
            "unsupported",
        ),
    ],
)
def test_kinds(body: dict[str, Any], kind: str) -> None:
    status = body["error"]["code"]
    answered = WHO.answered(status, {}, body, now_s=0).failure
    assert (answered.kind, answered.status) == (kind, status)
    assert WHO.answered(status, {}, [body], now_s=0).failure.kind == kind
    assert WHO.said(body, 3).failure.kind == kind
    assert WHO.said(body, 3).failure.sent_tokens == 3


def test_how_long_to_wait() -> None:
    body = error(429, "RESOURCE_EXHAUSTED", "", {"@type": "x"}, RETRY)
    assert WHO.answered(429, {}, body, now_s=0).failure.retry_after_ms == 34_070
    assert WHO.answered(429, {"retry-after": "2"}, body, now_s=0).failure.retry_after_ms == 2000
    assert WHO.said(body).failure.retry_after_ms == 34_070
    odd = error(429, "RESOURCE_EXHAUSTED", "", RETRY | {"retryDelay": "soon"})
    assert WHO.answered(429, {}, odd, now_s=0).failure.retry_after_ms is None


def test_only_known_words_are_shown() -> None:
    body = error(400, "the prompt itself", "more of the prompt", BAD_KEY)
    sentence = WHO.answered(400, {}, body, now_s=0).failure.sentence
    assert "HTTP 400, API_KEY_INVALID" in sentence
    assert "prompt itself" not in sentence


@pytest.mark.parametrize("body", [None, "text", [], {}, {"error": 1}, {"error": {"details": 1}}])
def test_any_body_is_survived(body: Any) -> None:
    assert WHO.answered(500, {}, body, now_s=0).failure.kind == "overloaded"
    assert WHO.said(body).failure.kind == "overloaded"
