"""Editing keeps what a person wrote around the value."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.config.edit import edited
from homeport.daemon.config.errors import ConfigError

DEEP = json.loads("[" * 400 + "]" * 400)
TEXT = """# mine
mode = "balanced" # because

[budget]
# what I can spare
day_usd = 1.0
"""


def test_a_value_is_changed_and_its_comments_stay():
    text = edited(TEXT, {"budget.day_usd": 2.5, "mode": "local-only"})
    assert text == TEXT.replace("1.0", "2.5").replace('"balanced"', '"local-only"')


def test_none_takes_a_key_out():
    text = edited(TEXT, {"budget.day_usd": None, "listen.port": None, "absent": None})
    assert "day_usd" not in text
    assert "# what I can spare" in text
    assert "listen" not in text


def test_tables_are_made_where_they_are_missing():
    changes = {
        "mode": "local-only",
        "models.folders": ["a", "b"],
        "aliases.gpt-5.5": "auto",
        "server": [{"name": "a", "url": "http://x/v1", "place": None}],
    }
    assert tomllib.loads(edited("", changes)) == {
        "mode": "local-only",
        "models": {"folders": ["a", "b"]},
        "aliases": {"gpt-5.5": "auto"},
        "server": [{"name": "a", "url": "http://x/v1"}],
    }


@pytest.mark.parametrize(
    "before", ["listen.port = 3\n", "listen = {port = 3}\n", "[listen]\nport=3"]
)
def test_every_spelling_of_a_table_can_be_edited(before):
    after = tomllib.loads(edited(before, {"listen.tcp": False}))
    assert after == {"listen": {"port": 3, "tcp": False}}


@pytest.mark.parametrize(
    "changes",
    [
        {"mode.deeper": 1},
        {"listen.port": object()},
        {"server.0.url": "x"},
        {"models.folders": DEEP},
    ],
)
def test_what_cannot_be_set_is_said(changes):
    with pytest.raises(ConfigError, match="cannot be set"):
        edited('mode = "balanced"\n[[server]]\nname = "a"\n', changes)


def test_a_mark_of_the_byte_order_is_left_out():
    after = edited("\ufeff# mine\nmode = 'balanced'\n", {"listen.port": 5})
    assert after.startswith("# mine\nmode = 'balanced'\n")
    assert tomllib.loads(after) == {"mode": "balanced", "listen": {"port": 5}}


@given(st.text(max_size=40), st.integers(-(2**40), 2**40) | st.booleans())
def test_what_is_set_is_what_is_read(text, value):
    changed = {"models.default": text, "listen.port": value}
    after = tomllib.loads(edited(TEXT, changed))
    assert (after["models"]["default"], after["listen"]["port"]) == (text, value)
    assert after["budget"] == {"day_usd": 1.0}
