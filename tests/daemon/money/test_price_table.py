"""The table of prices: which model a name means, and which amounts hold when."""

from __future__ import annotations

import msgspec
import pytest

from homeport.daemon.money.price_table import (
    FORMAT,
    PricedModel,
    PricedProvider,
    PriceRow,
    PriceTable,
    Steps,
    Variant,
    matches,
    source_stamp,
)

ONE: Steps = ((-1, 1),)
TWO: Steps = ((-1, 2),)


def model(name: str, *rows: PriceRow, **fields: object) -> PricedModel:
    return PricedModel(name, ["starts", name], rows or (PriceRow({}),), **fields)  # type: ignore[arg-type]


@pytest.fixture
def table() -> PriceTable:
    providers = {
        "x-ai": PricedProvider((model("grok-4-2026-01-02"), model("grok"))),
        "shop": PricedProvider((model("own"),), sells=("x-ai", "missing")),
    }
    raw = {name: msgspec.Raw(msgspec.json.encode(p)) for name, p in providers.items()}
    return msgspec.json.decode(
        msgspec.json.encode(PriceTable(FORMAT, "stamp", "source", raw)), type=PriceTable
    )


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("x-ai/grok-9", "grok"),
        ("xai/GROK-9", "grok"),
        ("x-ai/grok-4-20260102", "grok"),
        ("shop/own", "own"),
        ("shop/grok", "grok"),
        ("shop/nothing", None),
        ("nobody/grok", None),
        ("x-ai/", None),
        ("grok", None),
    ],
)
def test_a_name_finds_its_model(table: PriceTable, ref: str, found: str | None) -> None:
    priced = table.find(ref, {})
    assert (priced.id if priced else None) == found


def test_a_compact_date_is_tried_with_dashes(table: PriceTable) -> None:
    opened: dict[str, PricedProvider] = {}
    only_dated = msgspec.structs.replace(table, providers={"x-ai": table.providers["x-ai"]})
    assert only_dated.find("x-ai/grok-4-2026-01-02", opened) is not None
    assert list(opened) == ["x-ai"]


def test_what_a_request_says_replaces_amounts_first_come_first_served() -> None:
    priced = model(
        "m",
        PriceRow({"input": ONE, "output": ONE}),
        variants=(
            Variant({"tier": "fast"}, PriceRow({"input": TWO}, "2026-06-01")),
            Variant({"tier": "fast"}, PriceRow({"input": ONE, "output": TWO})),
        ),
    )
    assert priced.amounts_at("2026-01-01", 0, {}) == {"input": ONE, "output": ONE}
    assert priced.amounts_at("2026-01-01", 0, {"tier": "fast"}) == {"input": ONE, "output": TWO}
    assert priced.amounts_at("2026-07-01", 0, {"tier": "fast"}) == {"input": TWO, "output": TWO}
    until = priced.amounts_until("2026-05-31", "2026-06-01", {"tier": "fast"})
    assert {"input": TWO, "output": TWO} in until
    assert {"input": ONE, "output": TWO} in until


def test_the_stamp_tells_of_the_installed_package() -> None:
    assert source_stamp() == source_stamp() != ""


def test_every_kind_of_rule_matches() -> None:
    assert matches(["equals", "a"], "a")
    assert not matches(["equals", "a"], "ab")
    assert matches(["starts", "a"], "ab")
    assert matches(["ends", "b"], "ab")
    assert matches(["contains", "b"], "abc")
    assert matches(["regex", r"^a\d$"], "a1")
    assert matches(["or", [["equals", "x"], ["equals", "a"]]], "a")
    assert not matches(["and", [["starts", "a"], ["ends", "x"]]], "ab")


def test_rows_hold_by_day_and_by_minute() -> None:
    night = PriceRow({}, minutes=(23 * 60, 60))
    assert [night.holds("2026-01-01", m) for m in (0, 59, 60, 1380)] == [True, True, False, True]
    model = PricedModel(
        "m",
        ["equals", "m"],
        (PriceRow({}, "2027-01-01"), PriceRow({"input": ((-1, 1),)}, minutes=(0, 60))),
    )
    assert model.row_at("2026-01-01", 100) is model.rows[0]
    assert len(model.amounts_until("2026-01-01", "2026-01-02", {})) == 2
