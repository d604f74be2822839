"""Events as bytes."""

from __future__ import annotations

from homeport.lab.wires import sse


def test_events() -> None:
    assert sse.data({"a": 1}) == b'data: {"a":1}\n\n'
    assert sse.named("ping", {}) == b"event: ping\ndata: {}\n\n"
    assert sse.raw(b"x") == b"data: x\n\n"


def test_pieces_are_the_text() -> None:
    assert sse.pieces("abcdefgh", 3) == ["abc", "def", "gh"]
    assert sse.pieces("") == [""]
