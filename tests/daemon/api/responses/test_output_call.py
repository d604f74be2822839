"""Calls of tools as they grow."""

from __future__ import annotations

from homeport.adapters.base import ToolCallDelta
from homeport.daemon.api.responses.names import Called
from homeport.daemon.api.responses.output_call import CallItem


def made(*, custom: bool) -> CallItem:
    first, called = ToolCallDelta(0, "c1", "f"), Called("f", custom=custom)
    call = CallItem(2, "fc_1", first, lambda *_, **__: None, called=called, is_text=custom)
    call.add("")
    call.close("completed")
    return call


def test_a_function_without_arguments_is_given_an_empty_object() -> None:
    assert made(custom=False).item["arguments"] == "{}"


def test_free_text_stays_empty() -> None:
    assert made(custom=True).item["input"] == ""
    assert made(custom=True).index == 2
