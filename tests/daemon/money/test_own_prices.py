"""The person's own prices: what a file says, and one sentence for each thing that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.money.own_prices import OwnPrices, read

WHOLE = """
[[price]]
model = "openai/gpt-5.5"
input = 1.25
output = 10
cache_read = 0.125
request = 0.002
from = "2026-11-01"

[[price]]
model = "workbench/law"
input = 0
output = 0
"""
ONE = '[[price]]\nmodel = "a/b"\ninput = 1\noutput = 2\n'


def a_file(folder: Path, text: str) -> Path:
    path = folder / "prices.toml"
    path.write_text(text)
    return path


def test_each_class_has_its_price(tmp_path: Path) -> None:
    prices = read(a_file(tmp_path, WHOLE))
    price = prices["openai/gpt-5.5"]
    usage = Usage(input=1_000_000, cache_read=500_000, output=100_000)
    assert price.cost(usage) == 625_000_000 + 62_500_000 + 1_000_000_000 + 2_000_000
    assert (price.source, price.date) == ("your prices.toml", "2026-11-01")
    assert prices["workbench/law"].free


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONE + 'unit = "token"\n', "prices are for a million tokens, and not for 'token'."),
        (ONE.replace("input = 1", "input = 0.00000125"), "write that of a million: 1.25."),
        (ONE + 'currency = "EUR"\n', "prices are in US dollars; EUR is not converted."),
        (ONE.replace("= 2", '= "€2"'), "price 1: `output`: expected `float`, got `str`."),
        (ONE.replace("= 2", "= -2"), "price 1: `output`: expected `float` >= 0.0."),
        (ONE.replace("= 2", "= 1e9"), "price 1: `output`: expected `float` <= 100000.0."),
        (ONE.replace("= 2", "= nan"), "price 1: `output`: expected"),
        (ONE.replace("a/b", "b"), "`model` is provider/model, such as openai/gpt-5.5."),
        (ONE.replace("output = 2\n", ""), "missing required field `output`."),
        (ONE + "outptu = 3\n", "unknown field `outptu`."),
        (ONE + ONE, "price 2: a/b has a price above already."),
        (ONE + 'from = "last week"\n', "`from` is a day such as 2026-11-01."),
        ("[[price]\n", "is not TOML:"),
        ("[[prices]]\n", "every price is one [[price]]."),
        ("# " + "x" * (1 << 20), "is larger than 1024 KiB."),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = a_file(tmp_path, text)
    with pytest.raises(ValueError, match=r"prices\.toml") as wrong:
        read(path)
    assert said in str(wrong.value)
    assert str(wrong.value).startswith(str(path))
    assert "\n" not in str(wrong.value)


def test_a_file_that_breaks_leaves_the_last_good_one_in_force(tmp_path: Path) -> None:
    own = OwnPrices(a_file(tmp_path, ONE))
    assert own.look()
    assert not own.look()
    path = a_file(tmp_path, "[[price]")
    os.utime(path, (1, 1))
    assert own.look()
    assert "is not TOML" in own.trouble
    assert set(own.prices) == {"a/b"}
    assert not own.in_doubt
    path.unlink()
    assert own.look()
    assert (own.trouble, own.prices) == ("", {})


def test_a_file_that_never_was_good_is_in_doubt(tmp_path: Path) -> None:
    own = OwnPrices(a_file(tmp_path, "[[price]"))
    own.look()
    assert own.in_doubt
    nothing = OwnPrices(tmp_path / "none.toml")
    assert not nothing.look()
    assert not nothing.in_doubt


def test_a_price_for_a_model_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    own = OwnPrices(a_file(tmp_path, WHOLE))
    own.look()
    assert own.unknown(["workbench/law", "openai/gpt-5.5"]) == ""
    assert own.unknown(["workbench/law", "openai/gpt-5"]) == (
        "prices.toml has a price for openai/gpt-5.5, which no model here has. "
        "Did you mean openai/gpt-5?"
    )
