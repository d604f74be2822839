"""Lines of a chat that come from a pipe; `test_chat.py` types them at a terminal."""

from __future__ import annotations

import io

import pytest

from homeport.cli.chat_lines import typed_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one\n\n  two  \n", ["one", "two"]),
        ("one\r\ntwo", ["one", "two"]),
        ("one \\\ntwo\\\nthree\nfour\n", ["one \ntwo\nthree", "four"]),
        ("one\\", ["one"]),
        ("\\\n\\\n", []),
        ("\ufeff/private\r\nhi", ["/private", "hi"]),
    ],
)
def test_lines_of_a_pipe(monkeypatch: pytest.MonkeyPatch, text: str, lines: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert list(typed_lines()) == lines


def test_what_is_no_text_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"a\xffb\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stream)
    assert list(typed_lines()) == ["a\ufffdb"]
