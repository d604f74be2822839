"""The embedded engine with the real llama.cpp and the demonstration model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Limits,
    Message,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    TextDelta,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.engine import process
from homeport.adapters.llamacpp import LlamaCppAdapter
from homeport.policies.model import ModelCard
from support.engine import LIMITS, Heard, adapter_for, hear, prompt
from support.model import demo_model
from support.polling import process_is_there, until

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="module")]

LONGER = Limits(max_tokens=200, deadline_s=110.0, first_token_s=100.0)
LONG_TEXT = "The harbour master counts the ships that lie at the quay. " * 110


Running = tuple[LlamaCppAdapter, ModelCard]


@contextlib.asynccontextmanager
async def running(folder: Path, **settings: object) -> AsyncIterator[Running]:
    model = demo_model()
    (folder / model.name).symlink_to(model)
    adapter = adapter_for(folder, settings=settings)
    try:
        (card,) = await adapter.models(None)
        yield adapter, card
    finally:
        await adapter.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One adapter for all tests that need no settings of their own."""
    async with running(tmp_path_factory.mktemp("models")) as adapter_and_card:
        yield adapter_and_card


async def kill_after_first_word(
    stream: AsyncIterator[Delta], adapter: LlamaCppAdapter, card: ModelCard
) -> None:
    async for delta in stream:
        if isinstance(delta, TextDelta):
            kill_worker(adapter, card)


def kill_worker(adapter: LlamaCppAdapter, card: ModelCard) -> None:
    """Once: a dead worker is not loaded any more."""
    view = adapter.loaded().get(card.id)
    if view is not None and view.pid:
        os.kill(view.pid, signal.SIGKILL)


async def test_an_answer_streams_with_status_text_and_usage(shared: Running) -> None:
    adapter, card = shared
    heard = await hear(adapter, card, prompt("Say hello."))
    assert heard.phase_names[-1] == "prefill"
    assert len(heard.deltas) > 1
    assert heard.end.reason in ("stop", "length")
    assert heard.end.usage.input is not None
    assert heard.end.usage.output is not None
    assert heard.end.usage.output >= sum(delta.tokens for delta in heard.deltas) - 1
    assert heard.end.usage.cache_read is not None


async def test_a_card_says_what_the_model_is(shared: Running) -> None:
    _, card = shared
    assert card.id == "llamacpp/smollm2-135m-instruct.q4_1"
    assert card.demonstration
    assert card.continues
    assert card.place == "local"
    assert card.context == 2048
    assert card.quantisation == "Q4_1"
    assert card.capabilities == ("json", "json_schema", "logprobs", "pooling", "tools")
    assert card.memory_bytes is not None
    assert card.size_bytes is not None
    assert card.memory_bytes > card.size_bytes


async def test_a_partial_answer_is_continued(shared: Running) -> None:
    question = prompt("What is the capital of France?")
    adapter, card = shared
    heard = await hear(adapter, card, question, prefix="The capital of France is")
    assert heard.text.startswith(" Paris")
    spaced = await hear(adapter, card, question, prefix="The capital of France is ")
    assert spaced.text.startswith("Paris")
    asked = prompt("What is the capital of France?", "The capital of France is")
    assert (await hear(adapter, card, asked)).text == heard.text


async def test_a_seed_gives_the_same_answer_again(shared: Running) -> None:
    def seeded(seed: int) -> Sampling:
        return Sampling(temperature=1.2, seed=seed, max_tokens=24)

    adapter, card = shared
    first = await hear(adapter, card, prompt("Tell me a story.", sampling=seeded(7)))
    other = await hear(adapter, card, prompt("Tell me a story.", sampling=seeded(8)))
    again = await hear(adapter, card, prompt("Tell me a story.", sampling=seeded(7)))
    assert first.text == again.text
    assert first.text != other.text


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 30},
        "colour": {"enum": ["black", "white"]},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 2},
    },
    "required": ["name", "age", "colour", "tags"],
    "additionalProperties": False,
}


async def test_a_json_schema_is_kept(shared: Running) -> None:
    wanted = ResponseFormat(kind="json_schema", schema=SCHEMA)
    asked = prompt("Describe a cat as JSON.", response_format=wanted)
    limits = Limits(max_tokens=200, deadline_s=110.0, first_token_s=100.0)
    adapter, card = shared
    heard = await hear(adapter, card, asked, limits=limits)
    cat = json.loads(heard.text)
    assert set(cat) == {"name", "age", "colour", "tags"}
    assert 0 <= cat["age"] <= 30
    assert cat["colour"] in ("black", "white")
    begun = '{"name": "Tom", "age": 3'
    rest = await hear(adapter, card, asked, prefix=begun, limits=limits)
    assert json.loads(begun + rest.text)["name"] == "Tom"


async def test_json_mode_gives_an_object(shared: Running) -> None:
    wanted = ResponseFormat(kind="json")
    asked = prompt('Answer with {"ok": true} as JSON.', response_format=wanted)
    adapter, card = shared
    heard = await hear(adapter, card, asked)
    if heard.end.reason == "stop":
        assert isinstance(json.loads(heard.text), dict)
    else:
        assert heard.text.startswith("{")


async def test_an_unsupported_schema_is_refused_and_the_worker_goes_on(shared: Running) -> None:
    wanted = ResponseFormat(kind="json_schema", schema={"type": "string", "pattern": "^a+$"})
    adapter, card = shared
    with pytest.raises(AttemptFailed) as caught:
        await hear(adapter, card, prompt("x", response_format=wanted))
    assert caught.value.failure.kind == "unsupported"
    assert '"pattern"' in caught.value.failure.sentence
    pid = adapter.loaded()[card.id].pid
    assert (await hear(adapter, card, prompt("Say hello."))).text
    assert adapter.loaded()[card.id].pid == pid


async def test_a_prefix_that_breaks_the_schema_is_refused(shared: Running) -> None:
    wanted = ResponseFormat(kind="json")
    adapter, card = shared
    with pytest.raises(AttemptFailed) as caught:
        await hear(adapter, card, prompt("x", response_format=wanted), prefix="Sure! ")
    assert caught.value.failure.kind == "unsupported"


async def test_logprobs_come_with_the_text(shared: Running) -> None:
    sampling = Sampling(temperature=0.0, logprobs=True, top_logprobs=3, max_tokens=6)
    adapter, card = shared
    heard = await hear(adapter, card, prompt("Count to ten.", sampling=sampling))
    tokens = [one for delta in heard.deltas for one in delta.logprobs]
    assert "".join(token.token for token in tokens) == heard.text
    for token in tokens:
        assert token.logprob <= 0.0
        assert len(token.top) == 3
        assert token.top[0][1] == pytest.approx(token.logprob)
        assert sum(math.exp(logprob) for _, logprob in token.top) <= 1.0 + 1e-4


async def test_a_stop_sequence_ends_the_answer_and_is_not_shown(shared: Running) -> None:
    adapter, card = shared
    whole = await hear(adapter, card, prompt("Count from one to five in words."))
    stop = whole.text.split()[3]
    sampling = Sampling(temperature=0.0, stop=(stop,))
    asked = prompt("Count from one to five in words.", sampling=sampling)
    cut = await hear(adapter, card, asked)
    assert cut.end.reason == "stop"
    assert cut.text == whole.text[: whole.text.index(stop)]


async def test_the_maximum_ends_the_answer(shared: Running) -> None:
    sampling = Sampling(temperature=0.0, max_tokens=3)
    adapter, card = shared
    heard = await hear(adapter, card, prompt("Tell me a long story.", sampling=sampling))
    assert heard.end.reason == "length"
    assert heard.end.usage.output == 3


async def test_turn_two_reads_only_what_is_new(shared: Running) -> None:
    adapter, card = shared
    first = await hear(adapter, card, prompt(LONG_TEXT[:3000]))
    second = await hear(adapter, card, prompt(LONG_TEXT[:3000], first.text, "And now?"))
    total, known = second.end.usage.input, second.end.usage.cache_read
    assert total is not None
    assert known is not None
    assert first.end.usage.input is not None
    assert known >= first.end.usage.input
    assert total - known < 80


async def test_a_prompt_beyond_the_context_fails_with_the_numbers(tmp_path: Path) -> None:
    async with running(tmp_path, context=512) as (adapter, card):
        with pytest.raises(AttemptFailed) as caught:
            await hear(adapter, card, prompt(LONG_TEXT))
        assert caught.value.failure.kind == "context_overflow"
        assert "512" in caught.value.failure.sentence
        assert (await hear(adapter, card, prompt("Say hello."))).text


async def test_a_full_context_ends_the_answer_with_length(tmp_path: Path) -> None:
    limits = Limits(max_tokens=4000, deadline_s=110.0, first_token_s=100.0)
    sampling = Sampling(temperature=1.5, seed=3)
    async with running(tmp_path, context=256) as (adapter, card):
        asked = prompt(LONG_TEXT[:850], sampling=sampling)
        heard = await hear(adapter, card, asked, limits=limits)
    if heard.end.reason == "length":
        assert heard.end.extras["context_full"] is True
        assert heard.end.usage.input is not None
        assert heard.end.usage.output is not None
        assert heard.end.usage.input + heard.end.usage.output in (256, 257)


@pytest.fixture
def time_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker on a busy machine is not killed for the time in which it stops."""
    monkeypatch.setattr(process, "CANCEL_GRACE_S", 60.0)


async def stop_after_first(stream: AsyncIterator[Delta]) -> None:
    async with contextlib.aclosing(stream) as deltas:  # type: ignore[type-var]
        async for delta in deltas:
            if isinstance(delta, TextDelta):
                return


@pytest.mark.usefixtures("time_to_stop")
async def test_closing_the_answer_leaves_the_worker_usable(shared: Running) -> None:
    endless = prompt("Write a very long story.", sampling=Sampling(temperature=1.0))
    limits = Limits(max_tokens=1500, deadline_s=110.0, first_token_s=100.0)
    adapter, card = shared
    stream = adapter.stream(endless, card, prefix="", limits=limits, permit=None)
    await stop_after_first(stream)
    pid = adapter.loaded()[card.id].pid
    assert (await hear(adapter, card, prompt("Say hello."))).text
    assert adapter.loaded()[card.id].pid == pid


@pytest.mark.usefixtures("time_to_stop")
async def test_cancelling_a_long_prefill_leaves_the_worker_usable(shared: Running) -> None:
    adapter, card = shared
    await hear(adapter, card, prompt("Say hello."))
    pid = adapter.loaded()[card.id].pid
    heard = Heard()

    async def listen() -> None:
        asked = prompt(LONG_TEXT)
        async for delta in adapter.stream(asked, card, prefix="", limits=LIMITS, permit=None):
            heard.take(delta)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(listen())
        await until(lambda: "prefill" in heard.phase_names)
        task.cancel()
    await until(lambda: adapter.loaded()[card.id].state == "ready")
    assert not heard.deltas
    after = await hear(adapter, card, prompt(LONG_TEXT[:600]))
    assert after.text
    assert adapter.loaded()[card.id].pid == pid


async def test_a_killed_worker_costs_one_attempt(shared: Running) -> None:
    endless = prompt("Write a very long story.", sampling=Sampling(temperature=1.0))
    limits = Limits(max_tokens=1500, deadline_s=110.0, first_token_s=100.0)
    adapter, card = shared
    stream = adapter.stream(endless, card, prefix="", limits=limits, permit=None)
    with pytest.raises(AttemptFailed) as caught:
        await kill_after_first_word(stream, adapter, card)
    failure = caught.value.failure
    assert failure.kind == "worker_died"
    assert failure.sent_tokens > 0
    assert "SIGKILL" in failure.sentence
    assert card.id not in adapter.loaded()
    assert (await hear(adapter, card, prompt("Say hello."))).text


async def test_two_prompts_to_one_model_wait_in_line(shared: Running) -> None:
    adapter, card = shared
    await hear(adapter, card, prompt("Say hello."))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(hear(adapter, card, prompt("Name three fruits.")))
        second = group.create_task(hear(adapter, card, prompt("Name three birds.")))
    phases = [first.result().phase_names, second.result().phase_names]
    assert sorted(phases) == [["prefill"], ["queued", "prefill"]]
    assert first.result().text
    assert second.result().text


async def test_an_idle_model_is_unloaded(tmp_path: Path) -> None:
    async with running(tmp_path, idle_unload_s=1) as (adapter, card):
        await hear(adapter, card, prompt("Say hello."))
        loaded = adapter.loaded()[card.id]
        assert loaded.state == "ready"
        assert loaded.memory_bytes
        assert loaded.tokens_per_s
        pid = loaded.pid
        assert pid
        await until(lambda: not process_is_there(pid))
        assert adapter.loaded() == {}
        assert (await hear(adapter, card, prompt("Say hello."))).text


async def test_unload_frees_the_model_and_says_so(shared: Running) -> None:
    adapter, card = shared
    await hear(adapter, card, prompt("Say hello."))
    await adapter.wait_idle()
    assert await adapter.unload(card.id)
    assert adapter.loaded() == {}
    assert not await adapter.unload(card.id)


async def test_other_conversations_do_not_leak_into_an_answer(shared: Running) -> None:
    adapter, card = shared
    alone = await hear(adapter, card, prompt("What is the capital of France?"))
    await hear(adapter, card, prompt("What is the capital of Italy?"))
    await adapter.unload(card.id)
    await hear(adapter, card, prompt("What is the capital of Italy?"))
    after = await hear(adapter, card, prompt("What is the capital of France?"))
    assert after.text[:20] == alone.text[:20]


async def test_many_characters_arrive_whole(shared: Running) -> None:
    adapter, card = shared
    asked = prompt("Repeat after me: 🚢⚓ naïve façade 港 ü")
    heard = await hear(adapter, card, asked, prefix="🚢⚓ naïve façade 港")
    for delta in heard.deltas:
        delta.text.encode("utf-8")
        assert delta.text


CITY = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}}
WEATHER = Tool("get_weather", "Tells the weather of a city.", {**CITY, "required": ["city"]})
ZONE = {"type": "object", "properties": {"zone": {"enum": ["UTC", "CET"]}}, "required": ["zone"]}
TIME = Tool("get_time", "Tells the time.", ZONE)


def weather_turns(*cities: str) -> tuple[Message, ...]:
    """A conversation in which the weather of each city was looked up."""
    turns: list[Message] = []
    for at, city in enumerate(cities):
        turns += [
            Message("user", (Text(f"Weather in {city}?"),)),
            Message("assistant", (ToolCall(f"c{at}", "get_weather", json.dumps({"city": city})),)),
            Message("tool", (ToolResult(f"c{at}", f"{7 + at} degrees"),)),
            Message("assistant", (Text(f"It is {7 + at} degrees in {city}."),)),
        ]
    return tuple(turns)


async def test_a_required_call_has_a_known_name_and_valid_arguments(shared: Running) -> None:
    adapter, card = shared
    asked = msgspec.structs.replace(
        prompt("Say hello."),
        tools=(WEATHER, TIME),
        tool_choice={"type": "function", "function": {"name": "get_time"}},
        parallel_tool_calls=False,
    )
    heard = await hear(adapter, card, asked, limits=LONGER)
    (call,) = heard.calls
    assert call.name == "get_time"
    assert json.loads(call.arguments)["zone"] in ("UTC", "CET")
    assert call.id.startswith("call_")
    assert heard.text == ""
    assert heard.end.reason == "tool_calls"


async def test_a_call_is_made_where_the_model_chooses_to(shared: Running) -> None:
    adapter, card = shared
    cities = weather_turns("Kiel", "Rome", "Oslo")
    asked = Prompt(
        messages=(*cities, Message("user", (Text("Weather in Paris?"),))),
        tools=(WEATHER,),
        sampling=Sampling(temperature=0.0),
    )
    heard = await hear(adapter, card, asked, limits=LONGER)
    (call,) = heard.calls
    assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})
    assert (heard.text, heard.end.reason) == ("", "tool_calls")
    results = (
        Message("assistant", (ToolCall(call.id, call.name, call.arguments),)),
        Message("tool", (ToolResult(call.id, "15 degrees"),)),
    )
    told = await hear(
        adapter, card, msgspec.structs.replace(asked, messages=(*asked.messages, *results))
    )
    assert "15" in told.text
    assert not told.calls
    assert told.end.reason == "stop"


async def test_half_a_call_is_none(shared: Running) -> None:
    adapter, card = shared
    asked = msgspec.structs.replace(prompt("x"), tools=(WEATHER,), tool_choice="required")
    heard = await hear(adapter, card, asked, limits=Limits(max_tokens=6, deadline_s=110.0))
    assert (heard.calls, heard.text, heard.end.reason) == ([], "", "length")


async def test_a_schema_and_tools_go_together(shared: Running) -> None:
    wanted = ResponseFormat(kind="json_schema", schema=SCHEMA)
    asked = prompt("Describe a cat as JSON.", response_format=wanted)
    adapter, card = shared
    offered = msgspec.structs.replace(asked, tools=(WEATHER,))
    heard = await hear(adapter, card, offered, limits=LONGER)
    if heard.calls:
        assert heard.calls[0].name == "get_weather"
    else:
        assert set(json.loads(heard.text)) == {"name", "age", "colour", "tags"}


PARENT = """
import asyncio, sys
sys.path[:0] = {path!r}
from pathlib import Path
from support.engine import adapter_for, prompt
from homeport.adapters.base import Limits, Sampling, TextDelta

async def main():
    adapter = adapter_for(Path(sys.argv[1]))
    (card,) = await adapter.models(None)
    asked = prompt("Write a very long story.", sampling=Sampling(temperature=1.0))
    limits = Limits(max_tokens=1800, deadline_s=300.0)
    async for delta in adapter.stream(asked, card, prefix="", limits=limits, permit=None):
        if isinstance(delta, TextDelta):
            print(adapter.loaded()[card.id].pid, flush=True)

asyncio.run(main())
"""


def killed_parents_worker(folder: Path) -> int:
    """The process id of the worker of a parent that was killed in the middle of an answer."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(path=sys.path), str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "SOME_API_KEY": "secret-value"},
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        command = Path(f"/proc/{worker}/cmdline").read_bytes()
        environment = Path(f"/proc/{worker}/environ").read_bytes()
        assert b"story" not in command
        assert b"secret-value" not in environment
        assert int(Path(f"/proc/{worker}/oom_score_adj").read_text()) > 0
        assert process_is_there(worker)
        parent.kill()
    return worker


async def test_a_worker_ends_when_the_daemon_is_killed(tmp_path: Path) -> None:
    model = demo_model()
    (tmp_path / model.name).symlink_to(model)
    worker = await asyncio.to_thread(killed_parents_worker, tmp_path)
    await until(lambda: not process_is_there(worker))
