"""The one message that the events of a stream tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic

from homeport.adapters.anthropic.stream import StreamedMessage
from homeport.adapters.anthropic.write import Written
from homeport.adapters.base import Finish, PartEnd, StatusDelta, TextDelta, Wired
from homeport.daemon.api.anthropic.usage import LeftOut
from homeport.daemon.api.anthropic.whole import Gathered, WholeMessage
from support.anthropic_server import more, opening, start
from support.doors import TOKEN, a_view, open_house
from support.recordings import for_each, load, recordings

STREAMS = [
    path
    for path in recordings("anthropic-messages")
    if isinstance(load(path)["response"]["body"], str)
]


@for_each(STREAMS)
async def test_recorded_streams_are_gathered_as_the_official_sdk_does(
    tmp_path: Path, path: Path
) -> None:
    answer = StreamedMessage(Written(b"", raw=True))
    asked: Any = {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "q"}]}
    (folder := tmp_path / str(STREAMS.index(path))).mkdir()
    async with open_house(folder) as house:
        body = load(path)["response"]["body"].encode()
        house.daemon.router.script = (*answer.feed(body), answer.finish())
        whole = (await house.ask("POST", "/v1/messages", asked)).json
        async with (
            anthropic.AsyncAnthropic(base_url=house.url, api_key=TOKEN) as sdk,
            sdk.beta.messages.stream(**asked) as stream,
        ):
            gathered = (await stream.get_final_message()).to_dict()
    content = [
        {name: value for name, value in block.items() if value is not None}
        for block in gathered["content"]  # type: ignore[attr-defined]
    ]
    assert whole["content"] == content
    for name in ("id", "model", "stop_reason", "stop_sequence", "usage"):
        told = gathered[name]
        assert whole[name] == told or set(told) <= set(whole[name])  # type: ignore[call-overload]


def test_made_blocks_behind_an_upstreams() -> None:
    gathered = Gathered(LeftOut(["tools.x"]))
    head = opening() + start(0, type="text", text="") + more(0, type="text_delta", text="a")
    deltas = (
        StatusDelta("queued"), Wired("anthropic", head, (TextDelta("a"),)), TextDelta("b"),
        PartEnd(), Wired("anthropic", b"", (TextDelta("c"),)), Finish(reason="stop"),
    )  # fmt: skip
    for delta in deltas:
        gathered.add(delta, a_view())
    message = gathered.object(a_view())
    assert [block["text"] for block in message["content"]] == ["ab", "c"]
    assert message["homeport"]["dropped"] == ["tools.x"]


def test_odd_events_are_survived() -> None:
    whole = WholeMessage()
    for event in ({}, {"type": "content_block_delta"}, {"type": "content_block_stop", "index": 4},
                  {"type": "message_delta"}, {"type": "message_start"}):  # fmt: skip
        whole.apply(event)
    assert whole.object()["content"] == [{}]
