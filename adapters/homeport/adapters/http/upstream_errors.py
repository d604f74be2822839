"""Turns what went wrong with an upstream into an `AttemptFailed`.

The one boundary where foreign exceptions, HTTP statuses and error bodies are
mapped. Sentences are made of our own words, the status and the upstream's short
error code: what an upstream wrote may repeat a prompt or a key, so it is read
for its meaning and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from homeport.adapters.base import AttemptFailed, failed
from homeport.adapters.http.retry_after import retry_after_ms
from homeport.policies.model import FailureKind

# Named by class name: the permit's own errors and both generations of the HTTP client agree.
_KIND_BY_EXCEPTION: Final[dict[str, FailureKind]] = {
    "ConnectTimeout": "connect_timeout",
    "ConnectError": "refused",
    "ProxyError": "refused",
    "PoolTimeout": "refused",
    "UnsupportedProtocol": "refused",
    "LinkLost": "link_lost",
    "ReadTimeout": "stall",
    "WriteTimeout": "stall",
    "RemoteProtocolError": "garbage",
    "DecodingError": "garbage",
    "LocalProtocolError": "rejected",
    "NetworkError": "reset",
    "ReadError": "reset",
    "ConnectionResetError": "reset",
    "BrokenPipeError": "reset",
    "ConnectionError": "refused",
    "HTTPError": "reset",
}

_SENTENCES: Final[dict[FailureKind, str]] = {
    "refused": "No connection to {host} could be made; nothing was sent. "
    "Check that {name} runs and that its address is right.",
    "connect_timeout": "{host} did not accept a connection in time; nothing was sent. "
    "Check that {name} can be reached from here.",
    "stall": "{host} stopped answering; try again or choose another model.",
    "reset": "The connection to {host} broke before the answer was whole; try again.",
    "link_lost": "The link to {host} was lost before the answer was whole; "
    "it goes on at home where a model there may.",
    "truncated": "{host} ended its answer without saying that it was whole; try again.",
    "garbage": "{host} does not answer as a model server should; "
    "check that the address of {name} is the right one.",
    "rejected": "{name} refused the request{detail}; another model may take it.",
    "unauthorized": "{name} did not accept the key{detail}; "
    "check it with `homeport keys test {name}`.",
    "missing": "{name} does not have this model{detail}; `homeport models` lists what is there.",
    "rate_limited": "{name} is not taking more requests now{detail}; "
    "wait a moment or choose another provider.",
    "overloaded": "{name} failed on its side{detail}; try again later or choose another provider.",
    "context_overflow": "The prompt is too long for this model{detail}; "
    "shorten it or choose a model with a larger context.",
    "content_refused": "{name} refused the content of the prompt{detail}; "
    "a local model may answer it.",
    "unsupported": "This model cannot do what the prompt needs{detail}; choose another.",
    "out_of_memory": "{name} ran out of memory with this model; choose a smaller one.",
    "worker_died": "{name} lost the process that ran this model; try again.",
}

# An upstream may put anything into a code, so only these are repeated.
_SHOWN_CODES: Final = frozenset(
    {
        "api_error",
        "authentication_error",
        "billing_error",
        "content_filter",
        "content_policy_violation",
        "context_length_exceeded",
        "insufficient_quota",
        "internal_server_error",
        "invalid_api_key",
        "invalid_request_error",
        "invalid_value",
        "model_not_found",
        "not_found_error",
        "overloaded_error",
        "permission_denied",
        "permission_error",
        "rate_limit_error",
        "rate_limit_exceeded",
        "request_too_large",
        "server_error",
        "service_unavailable",
        "string_above_max_length",
        "timeout_error",
        "tokens",
        "tool_use_failed",
        "unsupported_parameter",
        "unsupported_value",
    }
)

# What the words of an error tell, in the order they are looked for.
_WORDS: Final[tuple[tuple[FailureKind, str], ...]] = (
    (
        "context_overflow",
        r"context[ _-]?(length|window|size)|maximum context|exceed(s|ed)?[^.]{0,40}context"
        r"|prompt is too long|input is too long|too many tokens|token limit"
        r"|string_above_max_length|model_max_prompt_tokens|request too large"
        r"|maximum prompt length|prompt exceeds max(imum)? length|inputs` tokens \+"
        r"|token count[^.]{0,60}exceeds",
    ),
    (
        "out_of_memory",
        r"out of memory|more system memory|requires more[^.]{0,40}memory|insufficient memory",
    ),
    ("worker_died", r"runner process|unexpectedly stopped|while running the model"),
    (
        "content_refused",
        r"content[_ -](policy|filter)|content management policy|moderation|flagged",
    ),
    ("unsupported", r"(does|do) not support|not supported|unsupported"),
    (
        "rate_limited",
        r"insufficient_quota|rate[_ -]?limit|quota|insufficient (balance|credit)"
        r"|credit balance is too low|usage limits",
    ),
    ("unauthorized", r"invalid[_ ]api[_ ]key|incorrect api key|authentication"),
    ("missing", r"model[_ ]not[_ ]found|model \S+ not found|does not exist"),
)
_MEANINGS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS)
_BY_STATUS: Final[dict[int, FailureKind]] = {
    401: "unauthorized",
    402: "rate_limited",
    403: "unauthorized",
    404: "missing",
    408: "overloaded",
    409: "overloaded",
    410: "missing",
    413: "context_overflow",
    425: "overloaded",
    429: "rate_limited",
}
# Where the status alone leaves the meaning open, the words may decide.
_OPEN_TO_WORDS: Final[dict[int, frozenset[FailureKind]]] = {
    403: frozenset({"content_refused"}),
    429: frozenset({"context_overflow"}),
}
_FOR_5XX: Final[frozenset[FailureKind]] = frozenset(
    {"context_overflow", "out_of_memory", "worker_died"}
)
_FOR_4XX: Final = frozenset(kind for kind, _ in _MEANINGS)
# What the code of an error within an answer decides, which comes without a status.
_SAID_BY_CODE: Final[frozenset[FailureKind]] = frozenset(
    {"context_overflow", "content_refused", "rate_limited", "unauthorized", "missing"}
)


GAVE_UP_WAITING: Final = frozenset({504, 522, 524})
"""Said by who stands before a model that may go on working all the same."""


class Garbage(ValueError):
    """An answer that its wire does not allow."""


class UpstreamError(Exception):
    """An answer holds an error object."""

    def __init__(self, error: Any) -> None:
        super().__init__("the answer holds an error")
        self.error = error


UNREADABLE: Final = (
    UpstreamError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RecursionError,
)  # fmt: skip
"""What reading an answer may raise: `Garbage` is a ValueError, and a value of a kind that no
reader foresaw is no better. All but an `UpstreamError` mean garbage."""


class Upstream(msgspec.Struct, frozen=True, gc=False):
    """Whom an attempt talks to, as its failures name it."""

    model: str
    """Id of the model; empty where a server is asked for its models."""
    name: str
    host: str

    def failed(
        self,
        kind: FailureKind,
        *,
        detail: str = "",
        sent_tokens: int = 0,
        retry_after: int | None = None,
        status: int | None = None,
    ) -> AttemptFailed:
        """The failure of this kind, with its sentence."""
        sentence = _SENTENCES[kind].format(
            name=self.name, host=self.host or self.name, detail=f" ({detail})" if detail else ""
        )
        return failed(
            self.model,
            kind,
            sentence,
            sent_tokens=sent_tokens,
            retry_after_ms=retry_after,
            status=status,
        )

    def broke(self, error: Exception, sent_tokens: int = 0) -> AttemptFailed:
        """What an exception of an HTTP client means."""
        if isinstance(error, AttemptFailed):
            # The transport knows no model; whoever asked does.
            if error.failure.kind == "link_lost":
                return self.failed("link_lost", sent_tokens=sent_tokens)
            known = error.failure.model or self.model
            return AttemptFailed(replace(error.failure, model=known))
        for base in type(error).__mro__:
            kind = _KIND_BY_EXCEPTION.get(base.__name__)
            if kind:
                return self.failed(kind, sent_tokens=sent_tokens)
        return self.failed("garbage", sent_tokens=sent_tokens)

    def answered(
        self, status: int, headers: Mapping[str, str], error: Any, *, now_s: float
    ) -> AttemptFailed:
        """What an HTTP status other than 2xx means, with its decoded body."""
        kind = kind_of_status(status, words_of(error))
        failure = self.failed(
            kind,
            detail=_detail(status, error),
            status=status,
            retry_after=retry_after_ms(headers, now_s=now_s),
        )
        failure.turned_away = status >= 500 and status not in GAVE_UP_WAITING
        return failure

    def said(self, error: Any, sent_tokens: int = 0) -> AttemptFailed:
        """What an error object inside an answer means."""
        status = _status_in(error)
        named = None if status else _meaning(" ".join(_codes(error)), _SAID_BY_CODE)
        kind = named or kind_of_status(status or 500, words_of(error))
        return self.failed(
            kind, detail=_detail(status, error), status=status, sent_tokens=sent_tokens
        )


def kind_of_status(status: int, words: str = "") -> FailureKind:
    """The kind of failure that an HTTP status stands for, the error's words considered."""
    if status >= 500:
        return _meaning(words, _FOR_5XX) or "overloaded"
    if 300 <= status < 400:
        return "garbage"
    fixed = _BY_STATUS.get(status)
    if fixed:
        return _meaning(words, _OPEN_TO_WORDS.get(status, frozenset())) or fixed
    return _meaning(words, _FOR_4XX) or "rejected"


def words_of(error: Any) -> str:
    """Everything textual in an error body that may carry its meaning."""
    if isinstance(error, str):
        return error[:4000]
    inner = _inner(error)
    if not isinstance(inner, dict):
        return "" if inner is None else str(inner)[:4000]
    parts = (inner.get("code"), inner.get("type"), inner.get("message"), inner.get("detail"))
    return " ".join(str(part) for part in parts if part)[:4000]


def _inner(error: Any) -> Any:
    """The error itself, out of the object, or the list of one, that it comes in."""
    if isinstance(error, list):
        error = error[0] if error else None
    return (error.get("error") or error) if isinstance(error, dict) else None


def _codes(error: Any) -> list[str]:
    """The words by which it calls itself."""
    inner = _inner(error)
    named = (inner.get("code"), inner.get("type")) if isinstance(inner, dict) else ()
    return [code for code in named if isinstance(code, str)]


def _meaning(words: str, among: frozenset[FailureKind]) -> FailureKind | None:
    for kind, pattern in _MEANINGS:
        if kind in among and pattern.search(words):
            return kind
    return None


def _status_in(error: Any) -> int | None:
    inner = _inner(error)
    code = inner.get("code", inner.get("status")) if isinstance(inner, dict) else None
    if isinstance(code, str) and re.fullmatch(r"[45][0-9][0-9]", code):
        code = int(code)
    if isinstance(code, int) and 400 <= code < 600:
        return code
    # A request that was found wrong inside a stream carries a type instead of a status.
    return 400 if "invalid_request" in words_of(error) else None


def _detail(status: int | None, error: Any) -> str:
    """`HTTP 429, rate_limit_exceeded`: the status and a known code, nothing else."""
    shown = next((code for code in _codes(error) if code in _SHOWN_CODES), "")
    return ", ".join(part for part in (f"HTTP {status}" if status else "", shown) if part)
