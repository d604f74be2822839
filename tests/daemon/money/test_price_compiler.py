"""Compiling the table: whole numbers, every name found again, written in one step."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from genai_prices.data import providers
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from homeport.daemon.money import price_compiler
from homeport.daemon.money.price_table import (
    ALIASES,
    FORMAT,
    PricedProvider,
    PriceRow,
    PriceTable,
    source_stamp,
)


@pytest.fixture(scope="module")
def table() -> PriceTable:
    encoded = msgspec.json.encode(price_compiler.compiled())
    return msgspec.json.decode(encoded, type=PriceTable)


def compiled(prices: Any) -> tuple[PriceRow, ...]:
    """The rows of a model with these prices."""
    info = ModelInfo(id="m", match=ClauseEquals("M"), prices=prices)
    found = price_compiler._model(info)
    assert found.match == ["equals", "m"]
    return found.rows


def test_every_name_finds_the_model_that_genai_prices_finds(table: PriceTable) -> None:
    opened: dict[str, PricedProvider] = {}
    for provider in providers:
        for model in provider.models:
            for spelling in (model.id, f"{model.id.upper()}-20261231"):
                theirs = provider.find_model(spelling, all_providers=providers)
                found = table.find(f"{provider.id}/{spelling}", opened)
                assert (found and found.id) == (theirs and theirs.id), spelling


def test_aliases_lead_to_providers(table: PriceTable) -> None:
    assert set(ALIASES.values()) <= set(table.providers)
    assert not set(ALIASES) & set(table.providers)


def test_amounts_are_whole_and_rounded_up() -> None:
    price = ModelPrice(
        input_mtok=Decimal("0.0000000001"),
        output_mtok=TieredPrices(base=Decimal("1.5"), tiers=[Tier(200_000, Decimal(3))]),
        requests_kcount=Decimal(5),
        web_searches_kcount=Decimal(10),
    )
    [row] = compiled(price)
    assert row.amounts == {
        "input": ((-1, 1),),
        "output": ((-1, 1_500_000_000), (200_000, 3_000_000_000)),
        "requests": ((-1, 5_000_000),),
        "searches": ((-1, 10_000_000),),
    }


def test_conditions_are_kept() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1))
    east = timezone(timedelta(hours=8))
    rows = compiled(
        [
            ConditionalPrice(prices=price),
            ConditionalPrice(StartDateConstraint(date(2026, 8, 17)), prices=price),
            ConditionalPrice(
                TimeOfDateConstraint(time(1, tzinfo=UTC), time(4, tzinfo=UTC)), prices=price
            ),
            ConditionalPrice(TimeOfDateConstraint(time(6, tzinfo=east), time(8, 30)), prices=price),
        ]
    )
    assert [(row.from_day, row.minutes) for row in rows] == [
        ("", None),
        ("2026-08-17", None),
        ("", (60, 240)),
        ("", (22 * 60, 8 * 60 + 30)),
    ]


@pytest.mark.parametrize("key", ["audio_hours", "input_mchars", "output_image_mtok", "unheard_of"])
def test_what_is_not_counted_in_tokens_is_unknown(key: str) -> None:
    whole = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1))
    partly = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1), **{key: Decimal(1)})
    assert compiled(partly) == (PriceRow({}),)
    assert compiled([ConditionalPrice(prices=whole), ConditionalPrice(prices=partly)]) == (
        PriceRow({}),
    )
    assert compiled([]) == (PriceRow({}),)


def test_the_program_writes_the_table_and_nothing_else(tmp_path: Path, table: PriceTable) -> None:
    path = tmp_path / "deep" / "prices.json"
    command = [sys.executable, "-m", "homeport.daemon.money.price_compiler", str(path)]
    done = subprocess.run(command, capture_output=True, check=True, env=dict(os.environ))
    assert done.stdout == b""
    assert [file.name for file in path.parent.iterdir()] == ["prices.json"]
    written = msgspec.json.decode(path.read_bytes(), type=PriceTable)
    assert (written.format, written.stamp) == (FORMAT, source_stamp())
    assert written.source == table.source
    assert path.read_bytes() == msgspec.json.encode(table)


def test_a_table_that_cannot_be_put_in_place_leaves_nothing(
    tmp_path: Path, table: PriceTable
) -> None:
    (tmp_path / "prices.json").mkdir()
    with pytest.raises(OSError, match=r"prices\.json"):
        price_compiler.write(table, tmp_path / "prices.json")
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == []
