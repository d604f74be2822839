"""Signatures of calls are kept for a while, and in bounds."""

from __future__ import annotations

from homeport.adapters.base import TextDelta, ToolCallDelta
from homeport.adapters.gemini.signatures import Signatures


def call(call_id: str, signature: object) -> ToolCallDelta:
    return ToolCallDelta(0, call_id, "f", "{}", {"thoughtSignature": signature})


def test_a_signature_is_found_by_its_call() -> None:
    held = Signatures()
    for delta in (call("a", "s"), call("b", "t"), call("a", "u"), TextDelta("x")):
        held.note(delta)
    assert (held.of("a"), held.of("b"), held.of("c")) == ("u", "t", "")
    assert repr(held) == "Signatures(2 calls)"


def test_what_has_no_signature_is_not_kept() -> None:
    held = Signatures()
    for delta in (call("", "s"), call("a", 7), ToolCallDelta(0, "b", "f")):
        held.note(delta)
    assert repr(held) == "Signatures(0 calls)"


def test_the_oldest_go_first() -> None:
    held = Signatures(10)
    for name in "abc":
        held.note(call(name, name * 5))
    assert (held.of("a"), held.of("b"), held.of("c")) == ("", "bbbbb", "ccccc")
    held.note(call("d", "d" * 11))
    assert held.of("d") == ""
