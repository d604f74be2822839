"""What is more of one stretch of reasoning, and what begins another."""

from __future__ import annotations

from homeport.adapters.base import ThinkingDelta
from homeport.daemon.api.responses.output_reasoning import ReasoningItem


def item() -> ReasoningItem:
    return ReasoningItem(0, "rs_1", lambda *_, **__: None, summary=False)


def test_a_signature_ends_it() -> None:
    begun = item()
    begun.add(ThinkingDelta("hm"), foreign=True)
    assert begun.takes(ThinkingDelta("more"))
    begun.add(ThinkingDelta("", signature="a"), foreign=True)
    assert begun.takes(ThinkingDelta("", signature="b"))
    assert not begun.takes(ThinkingDelta("more"))


def test_openais_own_is_carried_as_it_came() -> None:
    begun = item()
    begun.add(ThinkingDelta("", redacted="gAAA", id="rs_1"), foreign=False)
    assert begun.item["encrypted_content"] == "gAAA"
    assert not begun.takes(ThinkingDelta("", id="rs_2"))
