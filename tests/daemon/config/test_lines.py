"""The line of a key, however it is spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.config.lines import Positions

TEXT = '''# a comment
mode = "x"

[listen]
# another
port = 3
tcp = [
  1,
  2,
]
[[server]]
name = "a"

[[server]]
"name" = "b"
url = """
several
lines"""
place.under = 3
[budget]
day_usd = { a = 1 }
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("mode",), 2),
        (("listen",), 4),
        (("listen", "port"), 6),
        (("listen", "tcp"), 7),
        (("listen", "tcp", 1), 7),
        (("server", 0), 11),
        (("server", 0, "name"), 12),
        (("server", 1), 14),
        (("server", 1, "name"), 15),
        (("server", 1, "url"), 16),
        (("server", 1, "place", "under"), 19),
        (("budget", "day_usd", "a"), 21),
    ],
)
def test_every_spelling_is_found(key, line):
    assert Positions(TEXT).line(key) == line
    assert Positions(TEXT.replace("\n", "\r\n")).line(key) == line


@pytest.mark.parametrize("key", [("absent",), ("server", 9), ("mode", "deeper"), ("listen", 0)])
def test_a_key_that_is_not_there_is_line_one(key):
    assert Positions(TEXT).line(key) == 1


def test_a_text_that_is_not_toml_is_line_one():
    assert Positions("a = = 1").line(("a",)) == 1


@given(st.lists(st.sampled_from(["", "# c", "k{} = {}", "k{} = [\n 1,\n]", 'k{} = """\nx\n"""'])))
def test_the_line_found_is_the_line_that_starts_the_statement(statements):
    lines, where = [], {}
    for number, statement in enumerate(statements):
        if statement.startswith("k"):
            where[f"k{number}"] = len(lines) + 1
        lines += statement.replace("{}", str(number)).split("\n")
    positions = Positions("\n".join(lines))
    assert {key: positions.line((key,)) for key in where} == where
