"""The response object."""

from __future__ import annotations

import json
from typing import Any

from homeport.adapters.base import Finish, Usage
from homeport.daemon.api.responses.read import read
from homeport.daemon.api.responses.whole import ResponseObject, usage_object


async def made(**fields: Any) -> ResponseObject:
    body = json.dumps({"input": "hi", **fields}).encode()
    asked = await read(body, {}, None)  # type: ignore[arg-type] # nothing was said before
    return ResponseObject(asked, 17, store=True)


async def test_what_was_asked_for_is_told() -> None:
    response = await made(
        instructions="Be brief.", max_output_tokens=9, metadata={"a": "b"}, temperature=0.5,
        text={"format": {"type": "json_schema", "name": "n", "schema": {}}, "verbosity": "low"},
        reasoning={"effort": "low", "summary": "auto"}, parallel_tool_calls=False, user="u",
    )  # fmt: skip
    begun = response.standing("resp_1", "echo/words", "in_progress")
    assert begun["status"] == "in_progress"
    assert begun["instructions"] == "Be brief."
    assert begun["text"] == {
        "format": {"type": "json_schema", "name": "n", "schema": {}}, "verbosity": "low",
    }  # fmt: skip
    assert begun["reasoning"] == {"effort": "low", "summary": "auto"}
    assert (begun["parallel_tool_calls"], begun["user"], begun["store"]) == (False, "u", True)


async def test_how_it_ended() -> None:
    response = await made()
    usage = Usage(input=10, cache_read=4, output=5, reasoning=2)
    ended = response.ended("r", "m", [], Finish("stop", usage))
    assert (ended["status"], ended["incomplete_details"]) == ("completed", None)
    assert ended["usage"] == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 15,
    }  # fmt: skip
    cut = response.ended("r", "m", [], Finish("length"))
    assert (cut["status"], cut["incomplete_details"]) == (
        "incomplete", {"reason": "max_output_tokens"},
    )  # fmt: skip
    filtered = response.ended("r", "m", [], Finish("content_filter"))
    assert filtered["incomplete_details"] == {"reason": "content_filter"}
    failed = response.failed("r", "m", [], "nothing_answered", "It broke.")
    assert failed["error"] == {"code": "nothing_answered", "message": "It broke."}


def test_unknown_usage_is_no_number() -> None:
    assert usage_object(Usage(input=3)) is None
