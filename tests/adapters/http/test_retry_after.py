"""How long to leave an upstream alone, in all the ways it is said."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homeport.adapters.http.retry_after import MAX_MS, retry_after_ms

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "ms"),
    [
        ({}, None),
        ({"retry-after": "5"}, 5000),
        ({"retry-after": "0.25"}, 250),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "99999999"}, MAX_MS),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30_000),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0),
        ({"retry-after-ms": "150", "retry-after": "5"}, 150),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360_000),
        ({"x-ratelimit-reset-tokens": "88ms"}, 88),
        ({"x-ratelimit-reset-tokens": "1.5s", "x-ratelimit-remaining-tokens": "9"}, None),
        ({"x-ratelimit-reset-tokens": "7.66s", "x-ratelimit-remaining-tokens": "0"}, 7660),
        ({"x-ratelimit-reset": str(int((NOW + 12) * 1000))}, 12_000),
        ({"x-ratelimit-reset": str(int(NOW + 12))}, 12_000),
        ({"x-ratelimit-reset": "12"}, 12_000),
    ],
)
def test_hints(headers: dict[str, str], ms: int | None) -> None:
    assert retry_after_ms(headers, now_s=NOW) == ms


@example({"retry-after": "100E304"})
@given(
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-reset-tokens"]
        ),
        st.text() | st.floats().map(str) | st.integers().map(str),
    )
)
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    found = retry_after_ms(headers, now_s=NOW)
    assert found is None or 0 <= found <= MAX_MS
