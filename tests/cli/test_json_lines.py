"""Lines of JSON, whoever reads them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from homeport.cli.json_lines import json_line, lines_of


@given(st.lists(st.text() | st.dictionaries(st.text(), st.text())))
def test_each_value_is_one_line_for_readers_of_every_kind(values: list[object]) -> None:
    text = "".join(map(json_line, values))
    assert [json.loads(line) for line in lines_of(text) if line] == values
    assert [json.loads(line) for line in text.splitlines()] == values


def test_a_line_feed_alone_ends_a_line() -> None:
    assert lines_of("a\u2028b\x85c\x0b\nd\n") == ["a\u2028b\x85c\x0b", "d", ""]
