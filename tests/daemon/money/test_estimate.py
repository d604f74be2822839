"""What a month of prompts would cost at each model."""

from __future__ import annotations

from homeport.daemon.money.estimate import month_of_each
from homeport.daemon.money.price import FREE, flat
from support.asks import model_card

DOLLAR = 10**9


def test_the_cheapest_is_first_and_the_unknown_last() -> None:
    dear = model_card("sky/dear", place="cloud")
    cheap = model_card("sky/cheap", place="cloud")
    priced = [
        (model_card("sky/unknown", place="cloud"), None),
        (dear, flat(2 * DOLLAR, 10 * DOLLAR, source="a list")),
        (cheap, flat(DOLLAR, DOLLAR, source="a list")),
        (model_card("home/small"), FREE),
    ]
    rows = month_of_each(priced, 100, 2_000, 500)
    assert [(row.model, row.month_nano) for row in rows] == [
        ("home/small", 0),
        ("sky/cheap", 7_500_000_000),
        ("sky/dear", 27_000_000_000),
        ("sky/unknown", None),
    ]
    assert rows[1].price_source == "a list"
