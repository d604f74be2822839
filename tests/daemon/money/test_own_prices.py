"""The person's own prices: what a file says, and one sentence for each thing that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeport.adapters.base import Usage
from homeport.daemon.money.own_prices import OwnPrices, read
from homeport.daemon.money.price import Price, flat

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


def test_a_mark_of_the_byte_order_is_no_part_of_it(tmp_path: Path) -> None:
    assert list(read(a_file(tmp_path, f"\ufeff{ONE}"))) == ["a/b"]


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
        ("x = " + "[" * 5000, "is nested too deeply."),
        (ONE + 'unit = "token"\n', "prices are for a million tokens, and not for 'token'."),
        (ONE.replace("input = 1", "input = 0.00000125"), "write 1.25 where it is the price of one"),
        (ONE + 'currency = "EUR"\n', "prices are in US dollars; EUR is not converted."),
        (ONE.replace("= 2", '= "€2"'), 'a/b: `output` = "€2" is no number; amounts are in US'),
        (ONE.replace("= 2", '= "$2"'), 'a/b: `output` = "$2" is no number; write the number'),
        (ONE.replace("= 2", '= "two"'), "price 1: `output`: expected `float`, got `str`."),
        (ONE.replace("= 2", "= 2,50"), "line 4: a/b: `output = 2,50` is no amount; write"),
        (ONE.replace("= 2", "= $2"), "with a point: 2."),
        (ONE.replace("= 1", "= 5"), "a/b: `input` = 5 and `output` = 2 look swapped"),
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


PER_1K = ONE.replace("= 1", "= 0.00125").replace("= 2", "= 0.01")


def the_list(model: str) -> Price | None:
    return flat(1_250_000_000, 10_000_000_000, source="a list") if model == "a/b" else None


def test_a_figure_that_is_far_from_the_listed_one_is_not_taken(tmp_path: Path) -> None:
    path = a_file(tmp_path, PER_1K)
    with pytest.raises(ValueError, match="sure") as wrong:
        read(path, the_list)
    assert str(wrong.value) == (
        f"{path}, price 1: a/b: `input` = 0.00125 is 1,000 times below the $1.25 that is listed "
        "for a million tokens, and looks like the price of a thousand tokens: write 1.25. "
        "`sure = true` says that it is meant."
    )
    meant = read(a_file(tmp_path, PER_1K + "sure = true\n"), the_list)["a/b"]
    assert meant.input_nano_per_mtok == 1_250_000


def test_what_was_taken_without_a_list_is_held_against_the_one_that_comes(tmp_path: Path) -> None:
    own = OwnPrices(a_file(tmp_path, ONE.replace("= 1", "= 0.02").replace("= 2", "= 0.02")))
    assert own.look()
    assert (own.trouble, set(own.prices)) == ("", {"a/b"})
    assert own.look(the_list, anew=True)
    assert "`input` = 0.02 is 62 times below the $1.25" in own.trouble
    assert (own.in_doubt, own.prices) == (True, {})


def test_a_list_that_comes_leaves_the_last_good_file_in_force(tmp_path: Path) -> None:
    own = OwnPrices(a_file(tmp_path, ONE.replace("= 1", "= 1.2").replace("= 2", "= 9")))
    own.look()
    os.utime(a_file(tmp_path, "[[price]"), (1, 1))
    own.look()
    assert own.look(the_list, anew=True)
    assert (own.in_doubt, set(own.prices)) == (False, {"a/b"})


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
