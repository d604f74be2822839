"""What goes wrong upstream becomes one failure with a sentence that gives nothing away."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import failed
from homeport.adapters.http.upstream_errors import Upstream, kind_of_status
from homeport.policies.model import FailureKind

WHO = Upstream("groq/m", "groq", "api.groq.com:443")


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ConnectError", "refused"),
        ("ConnectTimeout", "connect_timeout"),
        ("ProxyError", "refused"),
        ("PoolTimeout", "refused"),
        ("ReadError", "reset"),
        ("WriteError", "reset"),
        ("CloseError", "reset"),
        ("ReadTimeout", "stall"),
        ("RemoteProtocolError", "garbage"),
        ("LocalProtocolError", "rejected"),
        ("DecodingError", "garbage"),
        ("UnsupportedProtocol", "refused"),
    ],
)
def test_errors_of_both_clients(library: Any, name: str, kind: str) -> None:
    assert WHO.broke(getattr(library, name)("secret")).failure.kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionError("x"), "refused"),
        (ConnectionResetError("x"), "reset"),
        (ValueError("x"), "garbage"),
        (failed("", "egress", "no"), "egress"),
    ],
)
def test_other_errors(error: Exception, kind: str) -> None:
    failure = WHO.broke(error, 4).failure
    assert failure.kind == kind
    assert failure.model == "groq/m"


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "", "rejected"),
        (422, "", "rejected"),
        (400, "context_length_exceeded", "context_overflow"),
        (400, "Token limit reached", "context_overflow"),
        (400, "Unsupported value", "unsupported"),
        (400, "tool_use_failed", "rejected"),
        (402, "", "rate_limited"),
        (403, "flagged by moderation", "content_refused"),
        (404, "model_not_found", "missing"),
        (413, "Request too large", "context_overflow"),
        (429, "maximum context length", "context_overflow"),
        (429, "quota", "rate_limited"),
        (500, "", "overloaded"),
        (529, "", "overloaded"),
        (307, "", "garbage"),
    ],
)
def test_kinds_of_statuses(status: int, words: str, kind: str) -> None:
    assert kind_of_status(status, words) == kind


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.integers(300, 599), JSON | st.fixed_dictionaries({"error": JSON, "code": JSON}))
def test_any_body_gives_a_failure(status: int, body: Any) -> None:
    failure = WHO.answered(status, {}, body, now_s=0).failure
    assert failure.kind in get_args(FailureKind)
    assert failure.sentence
    assert WHO.said(body).failure.sentence


LONG = [
    {"code": "invalid", "error": "This model's maximum prompt length is 131072 but it has 537812."},
    {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096."},
    {"error": {"code": "1261", "message": "Prompt exceeds max length"}},
    [{"error": {"code": 400, "message": "The input token count (12) exceeds the maximum number"}}],
    {"error": None, "message": "maximum context length is 9"},
]


@pytest.mark.parametrize("body", LONG)
def test_a_prompt_too_long_in_the_words_of_several(body: Any) -> None:
    assert WHO.answered(400, {}, body, now_s=0).failure.kind == "context_overflow"


def test_nothing_an_upstream_wrote_is_shown() -> None:
    words = {"error": {"message": "xyzzy", "code": "xyzzy", "type": "sk-xyzzy", "param": "xyzzy"}}
    for status in range(300, 600):
        failure = WHO.answered(status, {"retry-after": "xyzzy"}, words, now_s=0).failure
        assert "xyzzy" not in failure.sentence


def test_a_known_code_is_shown() -> None:
    error = {"error": {"message": "m", "code": "rate_limit_exceeded"}}
    failure = WHO.answered(429, {}, error, now_s=0).failure
    assert "(HTTP 429, rate_limit_exceeded)" in failure.sentence


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        ({"code": 400, "message": "Token limit reached"}, "context_overflow", 400),
        ({"code": "429", "message": ""}, "rate_limited", 429),
        ({"code": "42\u00b2", "message": ""}, "overloaded", None),
        ({"error": {"code": "content_filter", "message": "m"}}, "content_refused", None),
        ({"error": {"code": None, "type": "rate_limit_exceeded"}}, "rate_limited", None),
        ({"type": "server_error", "message": "see our content policy"}, "overloaded", None),
        ([{"error": {"code": 503, "message": "m"}}], "overloaded", 503),
        ({"error": {"type": "invalid_request_error", "code": "tool_use_failed"}}, "rejected", 400),
        ("out of memory", "out_of_memory", None),
        (None, "overloaded", None),
    ],
)
def test_errors_inside_an_answer(error: Any, kind: str, status: int | None) -> None:
    failure = WHO.said(error, 2).failure
    assert (failure.kind, failure.status, failure.sent_tokens) == (kind, status, 2)
