"""Turns what Gemini says of its errors into an `AttemptFailed`.

Errors come in the shape of `google.rpc.Status`: a word for the status, and
details of which one may name the reason and another how long to wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.base import AttemptFailed
from homeport.adapters.http.retry_after import MAX_MS, retry_after_ms
from homeport.adapters.http.upstream_errors import Upstream, UpstreamError, kind_of_status
from homeport.policies.model import FailureKind

_KEY_REASONS: Final = frozenset(
    {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED", "CONSUMER_SUSPENDED"}
    | {"API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED", "SERVICE_DISABLED"}
)
_BY_WORD: Final[dict[str, FailureKind]] = {
    "UNAUTHENTICATED": "unauthorized",
    "PERMISSION_DENIED": "unauthorized",
    "RESOURCE_EXHAUSTED": "rate_limited",
    "NOT_FOUND": "missing",
    "UNAVAILABLE": "overloaded",
    "INTERNAL": "overloaded",
    "ABORTED": "overloaded",
    "CANCELLED": "overloaded",
    "DEADLINE_EXCEEDED": "overloaded",
}
_SHOWN: Final = (
    frozenset(_BY_WORD) | _KEY_REASONS | {"INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNKNOWN"}
)
_TOO_LONG: Final = re.compile(r"token count[^.]{0,60}exceed|exceeds? the maximum number of tokens")
_DELAY: Final = re.compile(r"^(\d+(?:\.\d+)?)s$")


class Broken(UpstreamError):
    """The model was stopped, or never got to see the prompt; `reason` is one of Gemini's words."""

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class GeminiUpstream(Upstream, frozen=True, gc=False):
    """Gemini, as its failures name it."""

    def answered(
        self, status: int, headers: Mapping[str, str], error: Any, *, now_s: float
    ) -> AttemptFailed:
        """What an HTTP status other than 2xx means, with its decoded body."""
        inner = _inner(error)
        wait = retry_after_ms(headers, now_s=now_s)
        return self.failed(
            _kind(status, inner),
            detail=_detail(status, inner),
            status=status,
            retry_after=_delay_ms(inner) if wait is None else wait,
        )

    def said(self, error: Any, sent_tokens: int = 0) -> AttemptFailed:
        """What an error object inside an answer means."""
        inner = _inner(error)
        code = inner.get("code")
        status = code if isinstance(code, int) and 400 <= code < 600 else None
        return self.failed(
            _kind(status or 500, inner),
            detail=_detail(status, inner),
            status=status,
            sent_tokens=sent_tokens,
            retry_after=_delay_ms(inner),
        )


def _inner(error: Any) -> Mapping[str, Any]:
    if isinstance(error, list):
        error = error[0] if error else None
    if isinstance(error, str):
        return {"message": error}
    inner = error.get("error", error) if isinstance(error, dict) else None
    return inner if isinstance(inner, dict) else {"message": str(inner or "")}


def _kind(status: int, inner: Mapping[str, Any]) -> FailureKind:
    words = f"{inner.get('status') or ''} {inner.get('message') or ''}"[:4000]
    # 1. the reason it names, 2. what the words tell, 3. the word of the status, 4. the status
    if _reasons(inner) & _KEY_REASONS or ("API key" in words and status in (400, 401, 403)):
        return "unauthorized"
    if status < 500 and _TOO_LONG.search(words):
        return "context_overflow"
    named = _BY_WORD.get(str(inner.get("status")))
    return named if named and status >= 400 else kind_of_status(status, words)


def _details(inner: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = inner.get("details")
    rows = details if isinstance(details, list) else []
    return [row for row in rows if isinstance(row, dict)]


def _reasons(inner: Mapping[str, Any]) -> set[str]:
    return {str(row["reason"]) for row in _details(inner) if row.get("reason")}


def _delay_ms(inner: Mapping[str, Any]) -> int | None:
    """How long Google asks to be left alone (`google.rpc.RetryInfo`)."""
    for row in _details(inner):
        if str(row.get("@type", "")).endswith("RetryInfo"):
            found = _DELAY.match(str(row.get("retryDelay", "")))
            if found:
                return min(MAX_MS, round(float(found[1]) * 1000))
    return None


def _detail(status: int | None, inner: Mapping[str, Any]) -> str:
    """`HTTP 429, RESOURCE_EXHAUSTED`: the status and a known word, nothing else."""
    named = [*sorted(_reasons(inner)), str(inner.get("status"))]
    shown = next((word for word in named if word in _SHOWN), "")
    return ", ".join(part for part in (f"HTTP {status}" if status else "", shown) if part)
