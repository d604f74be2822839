"""An upstream of the wire breaks off: another model goes on in the same answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from homeport.adapters.base import (
    Adapter,
    Delta,
    Finish,
    Limits,
    Permit,
    Prompt,
    Setup,
    TextDelta,
    ThinkingDelta,
    Usage,
    Wired,
    failed,
)
from homeport.daemon.api.responses.history import items_known_upstream
from homeport.policies.model import ModelCard
from support.doors import Reply, open_house
from support.house import house as real_house
from support.scripted import Script, ScriptedAdapter, card

WIRE = "openai-responses"


def event(kind: str, number: int, **fields: Any) -> bytes:
    data = {"type": kind, "sequence_number": number, **fields}
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


PLACE = {"item_id": "msg_up", "output_index": 0, "content_index": 0}
ITEM = {"id": "msg_up", "type": "message", "role": "assistant", "status": "in_progress"}
PART = {"type": "output_text", "text": "", "annotations": []}
WHOLE = {"id": "resp_up", "object": "response", "status": "completed", "output": [
    {**ITEM, "content": [{**PART, "text": "Hello there."}]}]}  # fmt: skip


class Upstream:
    """Speaks the Responses wire; breaks off after its first word where it is told to."""

    provider = "upstream"
    origin = ""

    def __init__(self, *, breaks: bool) -> None:
        self.breaks = breaks
        self.asked: list[Prompt] = []

    @classmethod
    def build(cls, setup: Setup) -> Sequence[Adapter]:
        return []

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        return [card("upstream/gpt", parameters=70 * 10**9)]

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        self.asked.append(prompt)
        begun = {"id": "resp_up", "status": "in_progress"}
        yield Wired(WIRE, event("response.created", 0, response=begun), ())
        opening = event("response.output_item.added", 1, output_index=0, item=ITEM)
        opening += event("response.content_part.added", 2, **PLACE, part=PART)
        yield Wired(WIRE, opening, ())
        yield self._text(3, "Hello")
        if self.breaks:
            raise failed(card.id, "reset", "It hung up.", sent_tokens=1)
        yield self._text(4, " there.")
        yield Finish(
            "stop", Usage(input=3, output=2), wire=WIRE, id="resp_up",
            raw=event("response.completed", 5, response=WHOLE),
        )  # fmt: skip

    def _text(self, number: int, text: str) -> Wired:
        data = event("response.output_text.delta", number, **PLACE, delta=text)
        return Wired(WIRE, data, (TextDelta(text),))

    async def close(self) -> None:
        pass


def told(reply: Reply) -> list[dict[str, Any]]:
    lines = [line[6:] for line in reply.body.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines]


async def asked(folder: Path, upstream: Upstream, **body: Any) -> Reply:
    (folder / "books").mkdir()
    home = ScriptedAdapter({"home/words": Script((" there", "."))}, [card("home/words")])
    async with real_house(folder / "books", [upstream, home]) as real, open_house(folder) as doors:
        doors.daemon.router = real.router  # type: ignore[assignment] # the real one
        body = {"input": "hi", "model": "upstream/gpt", **body}
        return await doors.ask("POST", "/v1/responses", body)


async def test_a_stream_goes_on(tmp_path: Path) -> None:
    events = told(await asked(tmp_path, Upstream(breaks=True), stream=True))
    assert [e["sequence_number"] for e in events] == list(range(len(events)))
    assert [e["type"].removeprefix("response.") for e in events] == [
        "created", "output_item.added", "content_part.added",
        "output_text.delta", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    assert "".join(e["delta"] for e in events[3:6]) == "Hello there."
    assert {e["item_id"] for e in events[2:8]} == {"msg_up"}
    whole = events[-1]["response"]
    assert whole["id"] == "resp_up"
    assert whole["output"][0]["content"][0]["text"] == "Hello there."
    assert whole["homeport"]["route"] == "home/words"


async def test_one_object_goes_on(tmp_path: Path) -> None:
    whole = (await asked(tmp_path, Upstream(breaks=True))).json
    assert whole["id"] == "resp_up"
    assert whole["output"][0]["content"][0]["text"] == "Hello there."


class Ponderer(Upstream):
    """Breaks off while it reasons."""

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        item = {"id": "rs_up", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
        place = {"item_id": "rs_up", "output_index": 0, "summary_index": 0}
        data = event("response.created", 0, response={"id": "resp_up", "status": "in_progress"})
        data += event("response.output_item.added", 1, output_index=0, item=item)
        data += event("response.reasoning_summary_text.delta", 2, **place, delta="hm")
        yield Wired(WIRE, data, (ThinkingDelta("hm", id="rs_up"),))
        raise failed(card.id, "reset", "It hung up.")


async def test_reasoning_that_broke_off_is_ended_and_never_sent_back(tmp_path: Path) -> None:
    """Its provider does not know what it never ended, and would refuse the conversation."""
    events = told(await asked(tmp_path, Ponderer(breaks=True), stream=True))
    assert [e["sequence_number"] for e in events] == list(range(len(events)))
    kinds = [(e["type"].removeprefix("response."), e.get("output_index")) for e in events]
    assert kinds.index(("output_item.done", 0)) < kinds.index(("output_item.added", 1))
    broken, message = events[-1]["response"]["output"]
    assert (broken["id"], broken["status"]) == ("rs_up", "incomplete")
    assert message["content"][0]["text"].strip() == "there."
    assert items_known_upstream([broken, message])[0]["type"] == "message"


async def test_an_upstream_that_ends_is_passed_through(tmp_path: Path) -> None:
    upstream = Upstream(breaks=False)
    whole = (await asked(tmp_path, upstream, odd=[1])).json
    assert {**WHOLE, "homeport": whole["homeport"]} == whole
    assert json.loads(upstream.asked[0].raw) == {
        "input": "hi", "model": "upstream/gpt", "odd": [1],
    }  # fmt: skip
