"""The events of a response, numbered and in order."""

from __future__ import annotations

import json

import openai

from homeport.lab.nouns import Answer, Call
from homeport.lab.server import LabServer
from homeport.lab.wires.openai_responses import ResponseBreaking, read, streamed


def test_events_are_numbered_and_every_part_begins_and_ends() -> None:
    answer = Answer(thinking=("a",), text=("b", " c"), calls=(Call("call_1", "f", "{}"),))
    frames = streamed(read({"model": "m", "input": "x", "stream": True}), answer)
    events = [
        json.loads(line[6:]) for line in frames.whole.split(b"\n") if line.startswith(b"data: ")
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    kinds = [event["type"] for event in events]
    assert kinds.count("response.output_item.added") == 3
    assert kinds.count("response.output_item.done") == 3
    assert kinds[-1] == "response.completed"
    assert len(frames.tokens) == 4


def test_items_of_the_input() -> None:
    asked = read(
        {
            "model": "m",
            "instructions": "Be brief.",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        }
    )
    assert (asked.text, asked.question) == ("Be brief.\nHi", "Hi")


async def test_an_error_inside_a_response_has_its_own_shape() -> None:
    async with (
        LabServer("openai", script={"words": 4}, faults=["error_event@2"]) as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="k", max_retries=0) as sdk,
    ):
        stream = await sdk.responses.create(model="lab-fast", input="x", stream=True)
        events = [event async for event in stream]
    assert events[-1].type == "error"
    assert "unavailable" in events[-1].message
    assert ResponseBreaking().event(b"{}").startswith(b"event: response.")
    assert ResponseBreaking().open_event()
