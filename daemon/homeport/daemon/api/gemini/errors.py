"""Errors in Google's shape, before an answer and in the middle of its stream."""

from __future__ import annotations

from typing import Any, Final

from homeport.policies.errors import HomeportError

STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""By status; every other one is `INVALID_ARGUMENT` below 500, else `INTERNAL`."""
_DETAIL: Final = "type.googleapis.com/google.rpc."


def gemini_error(error: HomeportError) -> dict[str, Any]:
    """The whole object; `error.homeport` holds why nothing could be used."""
    other = "INVALID_ARGUMENT" if error.status < 500 else "INTERNAL"
    inner: dict[str, Any] = {
        "code": error.status,
        "message": error.sentence,
        "status": STATUSES.get(error.status, other),
        "details": _details(error),
    }
    if error.decision:
        vetoes = [{"model": v.model, "gate": v.gate, "reason": v.reason} for v in error.vetoes]
        inner["homeport"] = {"decision": error.decision, "vetoes": vetoes}
    return {"error": inner}


def _details(error: HomeportError) -> list[dict[str, Any]]:
    info: dict[str, Any] = {
        "@type": f"{_DETAIL}ErrorInfo",
        "reason": error.code.upper(),
        "domain": "homeport",
    }
    if error.param:
        info["metadata"] = {"param": error.param}
    details = [info]
    if error.retry_after_s is not None:
        wait = {"@type": f"{_DETAIL}RetryInfo", "retryDelay": f"{error.retry_after_s}s"}
        details.append(wait)
    elif error.status == 429 and error.blame == "policy":
        # By this clients know that asking again in a moment gives the same.
        used_up = {"quotaId": "HomeportBudgetPerDay", "description": error.sentence}
        details.append({"@type": f"{_DETAIL}QuotaFailure", "violations": [used_up]})
    return details
