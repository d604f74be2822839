"""Knobs that no other wire knows."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from homeport.daemon.api.responses.request import ResponsesRequest, knobs_of_the_wire


@pytest.mark.parametrize(
    ("body", "knobs"),
    [
        ({}, []),
        ({"service_tier": "auto", "truncation": "disabled", "text": {}}, []),
        ({"text": {"verbosity": "medium"}}, []),
        ({"max_tool_calls": 2, "service_tier": "flex"}, ["max_tool_calls", "service_tier"]),
        ({"text": {"verbosity": "low"}, "truncation": "auto"}, ["text.verbosity", "truncation"]),
    ],
)
def test_those_that_were_turned(body: dict[str, Any], knobs: list[str]) -> None:
    request = msgspec.json.decode(json.dumps(body).encode(), type=ResponsesRequest)
    assert knobs_of_the_wire(request) == knobs
