"""Money, times and sizes as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.units import (
    clock,
    day_and_clock,
    duration,
    joules,
    memory,
    memory_size,
    money,
    price,
    size,
    tokens,
)


@pytest.mark.parametrize(
    ("nano", "certain", "text"),
    [
        (None, True, "$?"),
        (0, True, "$0"),
        (0, False, "~$0"),
        (1, True, "<$0.0001"),
        (99_999, True, "<$0.0001"),
        (99_999, False, "~<$0.0001"),
        (100_000, True, "$0.0001"),
        (21_300_000, True, "$0.0213"),
        (430_000_000, True, "$0.43"),
        (500_000_000, True, "$0.50"),
        (999_960_000, True, "$1.00"),
        (1_000_000_000, True, "$1.00"),
        (7_900_000_000, True, "$7.90"),
        (1_234_567_000_000, True, "$1234.57"),
        (20_900_000, False, "~$0.02"),
        (2_300_000, False, "~$0.0023"),
    ],
)
def test_money(nano: int | None, certain: bool, text: str) -> None:
    assert money(nano, certain=certain) == text


@given(st.integers(min_value=1), st.booleans())
def test_what_is_not_nothing_is_never_shown_as_nothing(nano: int, certain: bool) -> None:
    assert money(nano, certain=certain).strip("~$<0.") != ""


@pytest.mark.parametrize(
    ("nano", "text"),
    [(None, "$?"), (0, "$0"), (250_000_000, "$0.25"), (15_000_000_000, "$15")],
)
def test_price(nano: int | None, text: str) -> None:
    assert price(nano) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "?"),
        (0, "0 ms"),
        (412.4, "412 ms"),
        (949, "949 ms"),
        (950, "0.9 s"),
        (1900, "1.9 s"),
        (59_960, "1 min 0 s"),
        (125_000, "2 min 5 s"),
        (12_000_000, "3 h 20 min"),
        (180_000_000, "2 d 2 h"),
    ],
)
def test_duration(ms: float | None, text: str) -> None:
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "?"),
        (12, "12 B"),
        (98_000_000, "98 MB"),
        (4_700_000_000, "4.7 GB"),
        (999_600_000, "1.0 GB"),
    ],
)
def test_size(count: int | None, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "?"),
        (512, "512"),
        (8192, "8k"),
        (134_515_008, "135M"),
        (7_000_000_000, "7B"),
        (7_600_000_000, "7.6B"),
    ],
)
def test_tokens(count: int | None, text: str) -> None:
    assert tokens(count) == text


def test_memory() -> None:
    assert memory(24_480_000_000, 25_230_000_000) == "22.8 of 23.5 GiB"
    assert memory(None, 2**30) == "? of 1.0 GiB"
    assert memory(2**30, None) == "1.0 GiB"
    assert [memory_size(count) for count in (None, 2**20, 2**30 - 1)] == ["?", "1 MiB", "1.0 GiB"]


def test_times_are_24_hours_long() -> None:
    assert len(clock(0)) == 8
    assert day_and_clock(0).endswith(clock(0))


@pytest.mark.parametrize(
    ("millijoules", "text"),
    [(4, "4 mJ"), (21_400, "21 J"), (3_600_000, "3.6 kJ"), (4_320_000_000, "1.2 kWh")],
)
def test_joules(millijoules: int, text: str) -> None:
    assert joules(millijoules) == text
