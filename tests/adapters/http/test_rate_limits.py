"""What providers say of their rate limits, each in its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.http.rate_limits import Allowance, allowances

NOW_S = 1_780_000_000.0
DAY_S = 86_400.0

OPENAI = {
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-limit-tokens": "160000",
    "x-ratelimit-limit-tokens_usage_based": "160000",
    "x-ratelimit-remaining-requests": "4999",
    "x-ratelimit-remaining-tokens": "159976",
    "x-ratelimit-reset-requests": "12ms",
    "x-ratelimit-reset-tokens": "9ms",
}
GROQ = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-limit-tokens": "18000",
    "x-ratelimit-remaining-tokens": "17997",
    "x-ratelimit-reset-tokens": "7.66ms",
}
ANTHROPIC = {
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": "2026-05-28T20:26:41Z",
    "anthropic-ratelimit-input-tokens-limit": "400000",
    "anthropic-ratelimit-input-tokens-remaining": "312000",
    "anthropic-ratelimit-input-tokens-reset": "2026-05-28T20:26:53Z",
    "anthropic-ratelimit-output-tokens-limit": "80000",
    "anthropic-ratelimit-output-tokens-remaining": "80000",
}
CEREBRAS = {
    "x-ratelimit-limit-requests-day": "14400",
    "x-ratelimit-remaining-requests-day": "14399",
    "x-ratelimit-limit-tokens-minute": "60000",
    "x-ratelimit-remaining-tokens-minute": "51000",
    "x-ratelimit-reset-tokens-minute": "15",
}
MISTRAL = {
    "x-ratelimit-limit-req-minute": "60",
    "x-ratelimit-remaining-req-minute": "0",
    "ratelimitbysize-limit": "500000",
    "ratelimitbysize-remaining": "499900",
    "x-ratelimitbysize-limit-month": "1000000000",
    "ratelimitbysize-query-cost": "100",
}
TOGETHER = {
    "x-ratelimit-limit": "60",
    "x-ratelimit-remaining": "59",
    "x-tokenlimit-limit": "30000",
    "x-tokenlimit-remaining": "29000",
}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (OPENAI, {("requests", 5000, 4999, 60.0), ("tokens", 160_000, 159_976, 60.0)}),
        (GROQ, {("requests", 14_400, 14_370, DAY_S), ("tokens", 18_000, 17_997, 60.0)}),
        (
            ANTHROPIC,
            {
                ("requests", 4000, 3999, 60.0),
                ("input", 400_000, 312_000, 60.0),
                ("output", 80_000, 80_000, 60.0),
            },
        ),
        (CEREBRAS, {("requests", 14_400, 14_399, DAY_S), ("tokens", 60_000, 51_000, 60.0)}),
        (MISTRAL, {("requests", 60, 0, 60.0), ("tokens", 500_000, 499_900, 60.0)}),
        (TOGETHER, {("requests", 60, 59, 60.0), ("tokens", 30_000, 29_000, 60.0)}),
        ({"content-type": "text/plain", "content-limit": "3"}, set()),
        ({"x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "-1"}, set()),
        ({"x-ratelimit-limit": "10"}, set()),
        ({"x-ratelimit-limit": "10", "x-ratelimit-remaining": "nan"}, set()),
    ],
    ids=[
        "openai",
        "groq",
        "anthropic",
        "cerebras",
        "mistral",
        "together",
        "none",
        "-1",
        "-",
        "nan",
    ],
)
def test_each_wire_is_read(headers: dict[str, str], told: set[Allowance]) -> None:
    assert set(allowances(headers, now_s=NOW_S)) == told


def test_a_limit_of_an_hour_is_told_from_when_it_is_full_again() -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "50"}
    (told,) = allowances({**headers, "x-ratelimit-reset": "1800"}, now_s=NOW_S)
    assert told.period_s == 3600.0


NAMES = st.lists(
    st.sampled_from(
        ["x", "anthropic", "ratelimit", "limit", "remaining", "reset", "tokens", "requests", "day"]
    ),
    max_size=6,
).map("-".join)


@given(st.dictionaries(NAMES, st.text(max_size=24) | st.integers().map(str), max_size=8))
def test_nonsense_is_read_as_nothing_or_as_a_limit_that_can_be(headers: dict[str, str]) -> None:
    for told in allowances(headers, now_s=NOW_S):
        assert 0 <= told.remaining <= told.limit
        assert told.period_s >= 1
