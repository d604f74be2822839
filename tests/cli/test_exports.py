"""Providers' exports, told apart by their columns and summed by UTC day."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.cli.exports import read_export
from homeport.client.errors import ClientError

OPENROUTER_JSON = {
    "data": [
        {"date": "2025-10-05", "usage": 0.05, "byok_usage_inference": 0.02, "requests": 3},
        {"date": "2025-10-05", "usage": 0.0, "requests": 1, "completion_tokens": 9},
        {"date": "2025-10-06 00:00:00", "usage": 1},
    ]
}
OPENAI_CSV = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.8958740000,usd,a
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.1,usd,b
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,,,
"""
OPENAI_JSON = {
    "object": "page",
    "data": [
        {
            "object": "bucket",
            "start_time": 1759622400,
            "results": [
                {"amount": {"value": 0.8958740000, "currency": "usd"}, "line_item": "a"},
                {"amount": {"value": "0.1", "currency": "usd"}, "line_item": "b"},
            ],
        },
        {"object": "bucket", "start_time": 1759708800, "results": []},
    ],
}
ANTHROPIC_COST_CSV = """\
usage_date_utc,model,workspace,api_key,token_type,cost_usd,list_price_usd
2025-10-05,Claude Haiku 4.5,Default,key,input_no_cache,0.05,0.05
2025-10-05,Claude Haiku 4.5,Default,key,output,0.02,0.02
"""
ANTHROPIC_COST_JSON = {
    "data": [
        {
            "starting_at": "2025-10-05T00:00:00Z",
            "ending_at": "2025-10-06T00:00:00Z",
            "results": [
                {"currency": "USD", "amount": "5"},
                {"currency": "USD", "amount": "2.0"},
            ],
        }
    ]
}
ANTHROPIC_USAGE_CSV = """\
usage_date_utc,model_version,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,\
usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens
2025-10-05,claude-haiku-4-5,100,20,3,4000,50
2025-10-05,claude-opus-5,1,0,0,0,5
"""
ANTHROPIC_USAGE_JSON = {
    "data": [
        {
            "starting_at": "2025-10-05T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 101,
                    "cache_creation": {
                        "ephemeral_5m_input_tokens": 20,
                        "ephemeral_1h_input_tokens": 3,
                    },
                    "cache_read_input_tokens": 4000,
                    "output_tokens": 55,
                }
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("text", "provider", "days"),
    [
        (OPENAI_CSV, "openai", {"2025-10-05": "0.995874", "2025-10-06": "0"}),
        (OPENAI_CSV.replace(",", "\t"), "openai", {"2025-10-05": "0.995874", "2025-10-06": "0"}),
        ("\ufeff" + OPENAI_CSV, "openai", {"2025-10-05": "0.995874", "2025-10-06": "0"}),
        (json.dumps(OPENAI_JSON), "openai", {"2025-10-05": "0.995874", "2025-10-06": "0"}),
        (json.dumps([OPENAI_JSON]), "openai", {"2025-10-05": "0.995874", "2025-10-06": "0"}),
        (ANTHROPIC_COST_CSV, "anthropic", {"2025-10-05": "0.07"}),
        (json.dumps(ANTHROPIC_COST_JSON), "anthropic", {"2025-10-05": "0.07"}),
    ],
)
def test_costs_are_summed_by_day(text: str, provider: str, days: dict[str, str]) -> None:
    export = read_export(text)
    assert export.provider == provider
    assert {day: charged.usd for day, charged in export.days.items()} == {
        day: Decimal(usd) for day, usd in days.items()
    }


@pytest.mark.parametrize("text", [ANTHROPIC_USAGE_CSV, json.dumps(ANTHROPIC_USAGE_JSON)])
def test_tokens_of_every_class_are_input(text: str) -> None:
    export = read_export(text)
    (charged,) = export.days.values()
    assert export.provider == "anthropic"
    assert (charged.input_tokens, charged.output_tokens, charged.nano) == (4124, 55, None)


@pytest.mark.parametrize(
    ("text", "models"),
    [
        (ANTHROPIC_COST_CSV, {"Claude Haiku 4.5": "0.07"}),
        (json.dumps(ANTHROPIC_COST_JSON), {"": "0.07"}),
        (OPENAI_CSV, {"": "0.995874"}),
        (OPENAI_CSV.replace("usd,a", 'usd,"gpt-5, input"'), {"gpt-5": "0.895874", "": "0.1"}),
        (
            json.dumps(OPENAI_JSON).replace('"a"', '"gpt-5, input"').replace('"b"', '"gpt-5, x"'),
            {"gpt-5": "0.995874"},
        ),
    ],
)
def test_what_is_told_of_a_model_is_known_by_its_name(text: str, models: dict[str, str]) -> None:
    told = read_export(text).days["2025-10-05"].models
    charged = {name: usd for name, usd in told.items() if usd}
    assert charged == {name: Decimal(usd) for name, usd in models.items()}


def test_a_nano_dollar_is_kept() -> None:
    text = "start_time_iso,amount_value,amount_currency\n2025-10-05,0.123456789,usd\n"
    assert read_export(text).days["2025-10-05"].nano == 123_456_789


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no export that is known"),
        ("{}", "no export that is known"),
        ('{"data": 3}', "no export that is known"),
        ('{"data": [', "neither whole JSON nor CSV"),
        ('{"data": [{"starting_at": "2025-10-05", "results": []}]}', "no day"),
        ("usage_date_utc,cost_usd\n", "no day"),
        ("usage_date_utc,cost_usd\nyesterday,1\n", "Row 2 cannot be read: 'yesterday' is no date"),
        ("usage_date_utc,cost_usd\n2025-10-05,lots\n", "Row 2"),
        ("usage_date_utc,cost_usd\n2025-10-05,NaN\n", "amount cannot be"),
        ("start_time,amount_value,amount_currency\n1759622400,1,eur\n", "eur, not US dollars"),
        ("usage_date_utc,usage_output_tokens\n2025-10-05,-4\n", "number of tokens cannot be"),
    ],
)
def test_what_is_no_export_is_said_in_one_sentence(text: str, word: str) -> None:
    with pytest.raises(ClientError) as caught:
        read_export(text)
    assert word in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["data", "results", "start_time", "starting_at", "amount", "value"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_is_read_or_refused(value: Any) -> None:
    try:
        export = read_export(json.dumps(value))
    except ClientError:
        return
    assert export.days


def test_openrouter_tells_what_it_and_the_models_provider_charged() -> None:
    export = read_export(json.dumps(OPENROUTER_JSON))
    assert export.provider == "openrouter"
    assert {day: of.usd for day, of in export.days.items()} == {
        "2025-10-05": Decimal("0.07"),
        "2025-10-06": Decimal(1),
    }
