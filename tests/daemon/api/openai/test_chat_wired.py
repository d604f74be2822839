"""Chunks of a server of the same wire go through as they came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import Delta, Finish, Prompt, StatusDelta, TextDelta, Usage, Wired
from homeport.adapters.openai.stream import StreamedAnswer, WiredAnswer
from homeport.client.wire import RequestView
from homeport.daemon.api.openai.chat_wired import closing, identity_of
from homeport.daemon.api.openai.chat_write import Chunks
from support.doors import TOKEN, OpenHouse
from support.recordings import for_each, load, recordings

VIEW = RequestView(id="r1", at_ms=0, state="done", model="p/m", place="local")
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
STREAMS = [
    path
    for path in recordings("openai-chat", "groq-chat", "openrouter-chat", "zai-chat")
    if isinstance(load(path)["response"]["body"], str)
]


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def chunk(reason: str | None = None, **delta: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return event(id="up-1", created=5, model="up", choices=[choice])


DONE = b"data: [DONE]\n\n"


def upstream(data: bytes, cuts: Sequence[int]) -> list[Delta]:
    """What an adapter makes of a stream that comes in these pieces."""
    answer: StreamedAnswer = WiredAnswer()
    deltas: list[Delta] = []
    edges = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    for start, end in pairwise(edges):
        if not answer.whole:
            deltas += answer.feed(data[start:end])
    if not answer.whole:
        deltas += answer.end()
    assert answer.whole
    finish = answer.reader.finish()
    told = {"reason": finish.reason, "usage": finish.usage, "wire": finish.wire}
    return [*deltas, Finish(raw=answer.ending, id=finish.id, **told)]  # type: ignore[arg-type]


def written(deltas: Sequence[Delta], *, with_usage: bool = False) -> bytes:
    """What the caller gets."""
    chunks = Chunks("r1", 9, Prompt(messages=()), with_usage=with_usage)
    encode = chunks.opening(lambda: "p/m")
    return b"".join(encode(delta) for delta in deltas) + chunks.end(VIEW)


def without_homeport(data: bytes) -> bytes:
    """The field taken out again, byte by byte."""
    before, mark, after = data.rpartition(b'"homeport":')
    assert mark
    depth, length = 0, 0
    for byte in after:
        depth += {ord("{"): 1, ord("}"): -1}.get(byte, 0)
        length += 1
        if not depth:
            break
    return before.removesuffix(b",") + after[length:]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=5,
)
UNKNOWN = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name not in ("choices", "error", "usage", "object")),
    JSON,
    max_size=3,
)
DELTAS = st.fixed_dictionaries(
    {"content": st.text(max_size=6)},
    optional={"reasoning_content": st.text(max_size=4), "mood": JSON, "audio": JSON},
)
LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(UNKNOWN, DELTAS), max_size=6), LINE_ENDS, st.data())
def test_the_callers_bytes_are_the_servers(
    pieces: list[tuple[dict[str, Any], dict[str, Any]]], line_end: bytes, data: st.DataObject
) -> None:
    events = [
        event(**{**fields, "model": "up", "choices": [{"index": 0, "delta": delta}]})
        for fields, delta in pieces
    ]
    stream = b": hello\n\n" + b"".join(events) + chunk("stop") + DONE
    stream = stream.replace(b"\n", line_end)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    deltas = upstream(stream, cuts)
    assert without_homeport(written(deltas)) == stream[: -len(DONE.replace(b"\n", line_end))] + DONE
    text = "".join(
        spoken.text
        for delta in deltas
        if isinstance(delta, Wired)
        for spoken in delta.deltas
        if isinstance(spoken, TextDelta)
    )
    assert text == "".join(delta["content"] for _, delta in pieces)


@for_each(STREAMS)
@pytest.mark.parametrize("size", [1, 17, 4096])
def test_recorded_streams_go_through(path: Path, size: int) -> None:
    body = load(path)["response"]["body"].encode()
    if b"[DONE]" not in body or b'"error"' in body:
        return
    deltas = upstream(body, range(0, len(body), size))
    assert (
        without_homeport(written(deltas, with_usage=True))
        == body.partition(b"data: [DONE]")[0] + DONE
    )


def test_nothing_leaves_before_the_first_word() -> None:
    answer = WiredAnswer()
    assert answer.feed(b": wait\n\n" + chunk(role="assistant", content="")) == []
    (wired,) = answer.feed(chunk(content="Hi"))
    assert isinstance(wired, Wired)
    assert wired.data.startswith(b": wait\n\n")
    assert wired.deltas == (TextDelta("Hi"),)
    (beat,) = answer.feed(b": beat\n\n")
    assert beat == Wired("openai-chat", b": beat\n\n", ())


def test_words_of_a_broken_end_are_not_lost() -> None:
    answer = WiredAnswer()
    answer.feed(chunk(content="Hi"))
    assert answer.feed(chunk("stop", content=" there")) == []
    # Without the end nobody was told: whoever goes on says it again.
    assert answer.end() == []
    assert not answer.whole


def test_a_last_word_without_the_blank_line() -> None:
    deltas = upstream(chunk(content="Hi") + chunk("stop") + b"data: [DONE]", [])
    assert written(deltas).endswith(DONE)


@pytest.mark.parametrize("with_usage", [False, True])
def test_a_usage_chunk_is_for_those_who_asked(with_usage: bool) -> None:
    usage = event(id="up-1", model="up", choices=[], usage=USAGE)
    stream = chunk(content="Hi") + chunk("stop") + usage + DONE
    got = written(upstream(stream, []), with_usage=with_usage)
    assert (b'"prompt_tokens": 7' in got) is with_usage
    assert json.loads(got.split(b"data: ")[-2])["homeport"]["route"] == "p/m"


def test_who_asked_for_usage_gets_it_where_the_server_sent_none() -> None:
    stream = chunk(content="Hi") + chunk("stop") + DONE
    *deltas, finish = upstream(stream, [])
    assert isinstance(finish, Finish)
    told = Finish(finish.reason, Usage(input=7, output=2), raw=finish.raw, wire=finish.wire)
    last = json.loads(written([*deltas, told], with_usage=True).split(b"data: ")[-2])
    assert (last["usage"]["total_tokens"], last["id"], last["choices"]) == (9, "up-1", [])


def test_a_hand_over_goes_on_in_the_same_stream() -> None:
    first, _ = upstream(chunk(role="assistant", content="Once") + chunk("stop") + DONE, [])
    got = written([first, TextDelta(" upon"), Finish("stop", Usage(input=3, output=2))])
    chunks = [json.loads(part) for part in got.split(b"data: ") if part.strip(b"\n[DONE]")]
    assert {c["id"] for c in chunks} == {"up-1"}
    assert {c["model"] for c in chunks} == {"up"}
    assert [c["choices"][0]["delta"].get("content") for c in chunks] == ["Once", " upon", None]
    assert [c["choices"][0]["delta"].get("role") for c in chunks] == ["assistant", None, None]
    assert chunks[-1]["homeport"]["route"] == "p/m"


def test_chunks_of_another_wire_are_written_anew() -> None:
    other = Wired("anthropic", b"event: x\n\n", (TextDelta("Hi"),))
    got = written([StatusDelta("queued"), other, Finish("stop", wire="anthropic", raw=b"x")])
    assert b"event: x" not in got
    assert b'"Hi"' in got
    assert got.endswith(DONE)


def test_identity_of_nothing() -> None:
    assert identity_of(b"") == {}
    assert identity_of(b"data: x\n\n: y\n\n" + chunk(content="a"))["id"] == "up-1"


def test_an_end_that_is_no_json_still_ends() -> None:
    assert closing(b"data: x\n\n" + DONE, {"route": "m"}, None, with_usage=True).endswith(DONE)


async def test_the_sdk_takes_what_goes_through(house: OpenHouse) -> None:
    stream = chunk(role="assistant", content="Hel", mood="good") + chunk(content="lo")
    house.daemon.router.script = upstream(stream + chunk("stop") + DONE, [60, 200])
    async with openai.AsyncOpenAI(base_url=f"{house.url}/v1", api_key=TOKEN, max_retries=0) as sdk:
        got = await sdk.chat.completions.create(
            model="auto", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        chunks = [part async for part in got]
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "Hello"
    assert (chunks[0].choices[0].delta.model_extra or {})["mood"] == "good"
    assert (chunks[-1].model_extra or {})["homeport"]["route"] == "echo/words"


async def test_a_whole_answer_says_what_has_no_noun(house: OpenHouse) -> None:
    extras = {
        "system_fingerprint": "fp",
        "service_tier": "flex",
        "message": {"images": [{"url": "u"}], "annotations": [{"type": "x"}]},
        "choice": {"native_finish_reason": "STOP"},
        "dropped": ["top_k"],
    }
    usage = Usage(input=1, output=1, extras={**USAGE, "cost": 0.5})
    finish = Finish("stop", usage, extras=extras, wire="openai-chat")
    house.daemon.router.script = (TextDelta("Hi"), finish)
    reply = await house.ask(
        "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}
    )
    told = reply.json
    assert (told["system_fingerprint"], told["service_tier"]) == ("fp", "flex")
    assert told["choices"][0]["message"]["images"] == [{"url": "u"}]
    assert told["choices"][0]["native_finish_reason"] == "STOP"
    assert told["usage"]["cost"] == 0.5
    assert "dropped" not in told
    assert house.daemon.router.prompts[-1].raw.startswith(b"{")
    await asyncio.sleep(0)
