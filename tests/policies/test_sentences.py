"""Numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.policies.sentences import dollars, duration, listing, memory


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "$0"),
        (1, "under $0.000001"),
        (3_100, "$0.0000031"),
        (81_300, "$0.000081"),
        (3_120_000, "$0.0031"),
        (50_000_000, "$0.05"),
        (999_000_000, "$1.00"),
        (1_234_567_890, "$1.23"),
        (1_234_567_890_000, "$1,234.57"),
    ],
)
def test_dollars(nano: int, text: str) -> None:
    assert dollars(nano) == text


@given(st.integers(1, 10**15))
def test_a_cost_is_never_shown_as_nothing(nano: int) -> None:
    assert dollars(nano) != "$0"
    assert "e" not in dollars(nano).replace("under", "")


def test_memory() -> None:
    assert memory(0) == "0 MiB"
    assert memory(1) == "1 MiB"
    assert memory(310 * 1024**2) == "310 MiB"
    assert memory(5_046_586_572) == "4.7 GiB"


def test_duration() -> None:
    assert [duration(ms) for ms in (350, 1_400, 12_900, 119_999, 180_000)] == [
        "350 ms",
        "1.4 s",
        "12 s",
        "119 s",
        "3 min",
    ]


def test_listing() -> None:
    assert listing(()) == ""
    assert listing(("a",)) == "a"
    assert listing(("a", "b", "c")) == "a, b and c"
