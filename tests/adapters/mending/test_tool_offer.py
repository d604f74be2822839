"""What may be called, read from a choice in any wire's words."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Prompt, Tool
from homeport.adapters.mending.tool_offer import CallMaker, Offer, described, offer_of

F, G = Tool("f", "Does f.", {"type": "object"}), Tool("g", kind="custom")
SERVER = Tool("search", kind="server")


def offer(choice: Any = None, **fields: Any) -> Offer:
    return offer_of(Prompt((), tools=(F, G, SERVER), tool_choice=choice, **fields))


@pytest.mark.parametrize("choice", ["none", {"type": "none"}])
def test_nothing_may_be_called(choice: Any) -> None:
    assert offer(choice) == Offer()
    assert offer_of(Prompt(())) == Offer()


@pytest.mark.parametrize("choice", [None, "auto", {"type": "auto"}])
def test_tools_may_be_called(choice: Any) -> None:
    assert offer(choice) == Offer((F, G))


@pytest.mark.parametrize("choice", ["required", "any", {"type": "any"}, {"mode": "ANY"}])
def test_one_must_be_called(choice: Any) -> None:
    assert offer(choice) == Offer((F, G), must_call=True)


NAMED = [
    "f",
    {"type": "function", "function": {"name": "f"}},
    {"type": "function", "name": "f"},
    {"type": "tool", "name": "f"},
]


@pytest.mark.parametrize("choice", NAMED)
def test_one_is_named(choice: Any) -> None:
    assert offer(choice) == Offer((F,), must_call=True)


def test_some_are_allowed() -> None:
    listed = [{"type": "custom", "custom": {"name": "g"}}]
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": listed}}
    assert offer(allowed) == Offer((G,), must_call=True)
    flat = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}
    assert offer(flat) == Offer((F,))


def test_one_at_a_time() -> None:
    assert not offer(parallel_tool_calls=False).parallel
    assert not offer({"type": "auto", "disable_parallel_tool_use": True}).parallel
    assert offer().names == ("f", "g")
    assert offer().tool("g") == G


def test_a_tool_of_free_text_is_described_as_a_function() -> None:
    assert described(F)["function"]["parameters"] == {"type": "object"}
    assert described(G)["function"]["parameters"]["required"] == ["input"]
    maker = CallMaker(Prompt((), tools=(F, G)))
    first, second = maker.made("f", "{}"), maker.made("g", '{"input": "x"}')
    assert (first.index, first.name, first.arguments) == (0, "f", "{}")
    assert (second.index, second.arguments, second.extras) == (1, "x", {"type": "custom"})
    assert first.id.startswith("call_")
    assert first.id != second.id
