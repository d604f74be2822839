"""Errors in Anthropic's shape, before an answer and in the middle of its stream."""

from __future__ import annotations

from typing import Any, Final

from homeport.policies.errors import HomeportError

TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""By status; every other one is an `invalid_request_error` below 500, else an `api_error`."""


def anthropic_error(error: HomeportError, request_id: str) -> dict[str, Any]:
    """The whole object; `error.homeport` holds our code and why nothing could be used."""
    other = "invalid_request_error" if error.status < 500 else "api_error"
    inner: dict[str, Any] = {
        "type": TYPES.get(error.status, other),
        "message": error.sentence,
        "homeport": {"code": error.code, "param": error.param},
    }
    if error.decision:
        vetoes = [{"model": v.model, "gate": v.gate, "reason": v.reason} for v in error.vetoes]
        inner["homeport"] |= {"decision": error.decision, "vetoes": vetoes}
    return {"type": "error", "error": inner, "request_id": request_id}


def retry_headers(error: HomeportError) -> list[tuple[bytes, bytes]]:
    """A budget that is used up, or a refusal, is the same in a moment: clients are told so."""
    lasting = error.blame in ("policy", "caller") and error.retry_after_s is None
    return [(b"x-should-retry", b"false")] if lasting else []
