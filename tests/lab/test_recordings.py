"""Recorded exchanges are answered again: the best fitting, or in turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from homeport.lab.log import Received
from homeport.lab.recordings import Recordings, RecordingTrouble, frames_of
from homeport.lab.server import LabServer
from support.recordings import WIRE, for_each, load, recordings

CHAT = "https://api.example.com/openai/v1/chat/completions"


def exchange(question: str, answer: str, *, stream: bool = False, uri: str = CHAT) -> Any:
    messages = [{"role": "user", "content": question}]
    body: Any = {"choices": [{"message": {"role": "assistant", "content": answer}}]}
    kind = "application/json"
    if stream:
        kind = "text/event-stream; charset=utf-8"
        body = f'data: {{"choices":[{{"delta":{{"content":"{answer}"}}}}]}}\n\ndata: [DONE]\n\n'
    return {
        "request": {
            "method": "POST",
            "uri": uri,
            "headers": {},
            "body": {"model": "gpt-5.5", "messages": messages, "stream": stream},
        },
        "response": {
            "status": 200,
            "headers": {"content-type": kind, "content-encoding": "gzip", "x-request-id": "r1"},
            "body": body,
        },
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept = [
        exchange("The capital of France?", "Paris"),
        exchange("The capital of Italy?", "Rome"),
        exchange("The capital of France?", "Paris.", stream=True),
    ]
    for number, each in enumerate(kept):
        (tmp_path / f"{number}.json").write_text(json.dumps(each))
    return tmp_path


def asked(question: str, *, stream: bool = False) -> Received:
    body = exchange(question, "", stream=stream)["request"]["body"]
    return Received("POST", "/v1/chat/completions", body=json.dumps(body).encode())


def test_the_best_fitting_is_taken(folder: Path) -> None:
    kept = Recordings(folder)
    assert repr(kept) == "Recordings(3)"
    for question, stream, answer in (
        ("What is the capital of Italy?", False, b"Rome"),
        ("What is the capital of France?", False, b'"Paris"'),
        ("What is the capital of France?", True, b'"Paris."'),
    ):
        frames = kept.answer(asked(question, stream=stream))
        assert frames is not None
        assert answer in frames.whole
        assert frames.streamed is stream


def test_in_turn(folder: Path) -> None:
    kept = Recordings(folder, in_turn=True)
    found = [kept.answer(asked("x")) for _ in range(4)]
    assert [b"Rome" in frames.whole for frames in found if frames] == [False, True, False, False]


def test_another_route_was_not_recorded(folder: Path) -> None:
    assert Recordings(folder).answer(Received("GET", "/v1/models")) is None
    assert Recordings(folder).answer(Received("POST", "/v1/messages", body=b"{}")) is None


def test_a_recorded_answer_keeps_its_headers_but_those_of_the_connection(folder: Path) -> None:
    frames = Recordings(folder).answer(asked("The capital of Italy?"))
    assert frames is not None
    assert frames.headers == (("x-request-id", "r1"),)


async def test_a_server_answers_with_them_and_breaks_them(folder: Path) -> None:
    async with (
        LabServer("openai", recordings=folder) as lab,
        openai.AsyncOpenAI(base_url=lab.base_url, api_key="k", max_retries=0) as sdk,
    ):
        messages: Any = [{"role": "user", "content": "The capital of Italy?"}]
        answer = await sdk.chat.completions.create(model="gpt-5.5", messages=messages)
        await lab.set_faults("cut@1")
        with pytest.raises((openai.APIError, httpx.HTTPError)):
            await sdk.chat.completions.create(model="gpt-5.5", messages=messages)
    assert answer.choices[0].message.content == "Rome"


def test_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(RecordingTrouble, match="no recordings"):
        Recordings(tmp_path)
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(RecordingTrouble, match="is no recording"):
        Recordings(tmp_path)


STREAMS = [
    path
    for path in recordings("openai-chat", "openai-responses", "anthropic-messages", "gemini-stream")
    if "event-stream" in str(load(path)["response"]["headers"])
]


@for_each(STREAMS)
def test_real_streams_are_cut_into_events_and_stay_whole(path: Path) -> None:
    response = load(path)["response"]
    frames = frames_of(response)
    assert frames.whole == response["body"].encode()
    assert frames.ending
    assert frames.tokens


@pytest.mark.skipif(not WIRE.is_dir(), reason="no recordings on this machine")
def test_each_recorded_request_finds_an_answer_of_its_own_route() -> None:
    kept = Recordings(WIRE / "gemini-generate")
    for path in recordings("gemini-generate")[:20]:
        request = load(path)["request"]
        target = request["uri"].partition(".com")[2].partition("?")[0]
        body = json.dumps(request["body"]).encode()
        found = kept.answer(Received("POST", target, body=body))
        assert found is not None
        again = load(path)["response"]["body"]
        assert not isinstance(again, dict) or json.loads(found.whole).keys() == again.keys()
