"""What is printed, and what never reaches a terminal."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.cli.output import cut, json_text, one_line, pairs, safe, styled, table, talk, write
from homeport.client.records import read
from support.terminals import COLUMNS, in_terminal


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = safe(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not any(0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert safe(text) == text


@given(st.text())
def test_a_cell_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "cost", "note"), [("a", "$0", "x"), ("long name", "$12.50", "")], right="lr")
    assert capsys.readouterr().out == (
        "name         cost  note\n"
        "a              $0  x\n"
        "long name  $12.50\n"
    )  # fmt: skip


def test_a_row_of_another_length_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(("a", "b"), [("1",)])


def test_pairs_are_aligned_and_empty_ones_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    pairs([("a", 1), ("gone", ""), ("long", "two\nlines")])
    assert capsys.readouterr().out == "a     1\nlong  two lines\n"


def test_output_and_talk_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    write("out\x1b")
    talk("err\x1b")
    assert tuple(capsys.readouterr()) == ("out␛\n", "err␛\n")


def test_json_is_readable_and_whole() -> None:
    value = {"name": "é\x1b", "parts": [1, {"settings": {"a": None}}]}
    text = json_text(read(json.dumps(value)))
    assert json.loads(text) == value
    assert "é" in text
    assert json_text(b'{"a":1}') == '{\n  "a": 1\n}\n'


def test_no_style_and_no_cut_without_a_terminal() -> None:
    assert styled("x", "bold") == "x"
    assert cut("x" * 1000) == "x" * 1000


STYLES = "from homeport.cli.output import cut, styled; print(styled('x', 'bold'), cut('y' * 900))"


def test_a_terminal_gets_style_and_lines_that_fit() -> None:
    seen, _ = in_terminal([sys.executable, "-c", STYLES])
    assert seen.startswith("\x1b[1mx\x1b[0m ")
    assert seen.endswith("y…\r\n")
    assert len(seen.split(" ")[1].strip()) == COLUMNS


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    seen, _ = in_terminal([sys.executable, "-c", STYLES])
    assert seen.startswith("x y")
