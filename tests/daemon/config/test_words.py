"""What settings take, in words; and what may be quoted."""

import datetime

import msgspec.inspect as shapes
import pytest

from homeport.daemon.config.settings import Config
from homeport.daemon.config.words import bare, fields_of, quotable, shown, takes

TABLES = fields_of(shapes.type_info(Config))


def setting(table, name):
    return fields_of(TABLES[table].type)[name].type


@pytest.mark.parametrize(
    ("table", "name", "words"),
    [
        ("listen", "tcp", "true or false"),
        ("listen", "port", "a whole number from 0 to 65535"),
        ("budget", "day_usd", "a number from 0 to 1000000"),
        ("budget", "at_limit", 'one of "ask", "local", "refuse"'),
        ("timeouts", "gap_s", "a number above 0, at most 86400"),
        ("models", "folders", "a list, each text in quotes"),
    ],
)
def test_each_kind_of_setting_says_what_it_takes(table, name, words):
    assert takes(setting(table, name)) == words


def test_tables_and_lists_of_tables():
    assert takes(TABLES["listen"].type) == "a table"
    assert takes(TABLES["server"].type).startswith("tables")
    assert takes(TABLES["aliases"].type) == "a table of names and texts"
    server = bare(TABLES["server"].type).item_type
    assert takes(fields_of(server)["name"].type).startswith("lower-case letters")


def test_open_ranges():
    assert takes(shapes.type_info(int)) == "a whole number"
    assert takes(shapes.IntType(ge=3)) == "a whole number, at least 3"
    assert takes(shapes.FloatType(ge=0.5, le=2)) == "a number from 0.5 to 2"
    assert takes(shapes.AnyType()) == "another kind of value"


def test_what_is_not_a_table_has_no_fields():
    assert fields_of(shapes.type_info(int)) == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("abc", '"abc"'),
        (3, "3"),
        (True, "true"),
        ([1], "a list"),
        ({"a": 1}, "a table"),
        (float("nan"), "nan"),
        (10**40, "a huge number"),
        (datetime.date(2026, 11, 21), "a date or a time"),
        ("sk-proj-0123456789abcdef0123", "a text"),
        ("x" * 200, "a text"),
        ("two\nlines", "a text"),
    ],
)
def test_values_are_shown_short_and_never_a_secret(value, words):
    assert shown(value) == words


def test_addresses_and_paths_may_be_quoted():
    assert quotable("http://192.168.1.20:8000/v1")
    assert quotable("/home/someone/models/of-mine")
    assert not quotable("AIzaSyA-0123456789abcdefghijk")
