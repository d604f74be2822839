"""Every recorded request is taken by its door, told to each upstream's wire, and means the same.

What comes back differs only in what `what_wires_say.PROMPTS` names, and what
cannot be told at all holds something of `VETOES`. Prompts made by hand show
that each entry of both is needed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from homeport.adapters.anthropic import write as anthropic_write
from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.anthropic.parts import NotWritable as NotAnthropic
from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Limits,
    Message,
    Opaque,
    Part,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from homeport.adapters.gemini import write as gemini_write
from homeport.adapters.gemini.contents import NotWritable as NotGemini
from homeport.adapters.ollama import write as ollama_write
from homeport.adapters.ollama.write import NotWritable as NotOllama
from homeport.adapters.openai import responses_write as openai_responses_write
from homeport.adapters.openai import write as openai_write
from homeport.adapters.openai.messages import NotWritable as NotOpenAI
from homeport.adapters.providers import PROVIDERS
from homeport.daemon.api.what_wires_say import PROMPTS, VETOES
from support.asks import model_card
from support.meaning import changes, meaning, unbound
from support.recordings import for_each, load, recordings
from support.wires import WIRES, InProcess

from .test_answers import FOLDERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

NotWritable = (NotOpenAI, NotAnthropic, NotGemini, NotOllama)
MOST = 64_000


def asked() -> list[Path]:
    paths = recordings(*FOLDERS)
    bodies = {path: load(path)["request"]["body"] for path in paths}
    return [path for path, body in bodies.items() if isinstance(body, dict)]


def written(wire: str, prompt: Prompt) -> bytes:
    """The body that an adapter of this wire sends; raises `NotWritable`."""
    if wire == "openai-chat":
        openai = PROVIDERS["openai"]
        return openai_write.write(prompt, model="gpt-4o", max_tokens=MOST, dialect=openai).body
    if wire == "openai-responses":
        return openai_responses_write.write(
            prompt, model="gpt-4o", max_tokens=MOST, dialect=PROVIDERS["openai"]
        ).body
    if wire == "anthropic":
        model = "claude-opus-5"
        return anthropic_write.write(
            prompt, model=model, max_tokens=MOST, traits=traits_of(model)
        ).body
    if wire == "gemini":
        return gemini_write.write(prompt, model="gemini-3-pro-preview", max_tokens=MOST).body
    card = model_card(
        "ollama/m", capabilities=frozenset({"tools", "images", "thinking", "logprobs"})
    )
    limits = Limits(max_tokens=MOST, deadline_s=9)
    body, _ = ollama_write.write(prompt, card, prefix="", limits=limits, keep_alive_s=None)
    return json.dumps(body).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InProcess]:
    """One for all: each prompt stands for itself."""
    made = InProcess(tmp_path_factory.mktemp("doors"))
    yield made
    await made.close()


@for_each(asked())
async def test_every_recorded_prompt_means_the_same_on_every_wire(
    doors: InProcess, path: Path
) -> None:
    prompt = await doors.prompt(FOLDERS[path.parent.name], load(path)["request"]["body"])
    for wire in WIRES:
        lost = await _lost(doors, wire, prompt)
        assert set(lost) <= set(PROMPTS[wire]), (wire, lost)


async def _lost(doors: InProcess, wire: str, prompt: Prompt) -> dict[str, Any]:
    """What is not the same when the wire's own door reads what its upstream is sent."""
    before = meaning(prompt)
    if {noun.removesuffix(" in results") for noun in before} & set(VETOES[wire]):
        with contextlib.suppress(*NotWritable):
            written(wire, unbound(prompt))
        return {}
    body = written(wire, unbound(prompt))
    return changes(before, meaning(await doors.prompt(wire, json.loads(body))))


PNG = "iVBORw0KGgo="
LOOK = Tool("look", "Looks.", {"type": "object", "properties": {"at": {"type": "string"}}})
REST = Tool("rest", "Rests.", {"type": "object", "properties": {}})


def of(*parts: Part, **fields: Any) -> Prompt:
    return Prompt((Message("user", (Text("Hi."), *parts)),), wire="elsewhere", **fields)


def after_a_call(*attachments: Any, text: str = "sunny", is_error: bool = False) -> Prompt:
    call = ToolCall("call_1", "look", '{"at": "Rome"}')
    result = ToolResult("call_1", text, is_error, attachments=attachments)
    turns = (
        Message("user", (Text("Weather?"),)),
        Message("assistant", (call,)),
        Message("tool", (result,)),
    )
    return Prompt(turns, tools=(LOOK,), wire="elsewhere")


def knobs(**fields: Any) -> Prompt:
    return of(sampling=Sampling(**fields))


ONE_OF = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
    {"type": "function", "function": {"name": "look"}}]}}  # fmt: skip
BY_HAND: dict[str, Prompt] = {
    "image": of(Image(data=PNG, media_type="image/png")),
    "linked image": of(Image(url="https://example.com/a.png")),
    "file": of(Document(data="JVBERi0=", media_type="application/pdf", name="a.pdf")),
    "linked file": of(Document(url="https://example.com/a.pdf")),
    "linked sound": of(Document(url="https://example.com/a.mp3")),
    "text file": of(Document(text="Some words.", media_type="text/plain", name="a.txt")),
    "held file": of(Document(file_id="file_1", extras={"file_id": "file_1"})),
    "sound": of(Audio(data="UklGRg==", media_type="audio/wav")),
    "own part": of(Opaque("elsewhere", {"type": "thing"})),
    "provider's tool": of(
        tools=(Tool("web", kind="server", wire="elsewhere", extras={"type": "web"}),)
    ),
    "custom tool": of(tools=(Tool("free", "Takes text.", kind="custom"),)),
    "tools": of(tools=(LOOK, REST), tool_choice="required", parallel_tool_calls=False),
    "some tools": of(tools=(LOOK, REST), tool_choice=ONE_OF),
    "one tool": of(
        tools=(LOOK, REST), tool_choice={"type": "function", "function": {"name": "look"}}
    ),
    "no tool": of(tools=(LOOK,), tool_choice="none"),
    "result": after_a_call(),
    "failed result": after_a_call(text="no such place", is_error=True),
    "image in a result": after_a_call(Image(data=PNG, media_type="image/png")),
    "linked image in a result": after_a_call(Image(url="https://example.com/a.png")),
    "file in a result": after_a_call(
        Document(data="JVBERi0=", media_type="application/pdf", name="a.pdf")
    ),
    "reasoning": Prompt(
        (
            Message("user", (Text("Hi."),)),
            Message("assistant", (Thinking("Hm.", signature="c2ln"), Text("Hello."))),
            Message("user", (Text("And?"),)),
        ),
        wire="elsewhere",
    ),
    "instructions alone": Prompt((Message("system", (Text("Be kind."),)),), wire="elsewhere"),
    "any json": of(response_format=ResponseFormat("json")),
    "schema": of(
        response_format=ResponseFormat(
            "json_schema",
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            "thing",
        )
    ),
    "temperature": knobs(temperature=0.5),
    "top_p": knobs(top_p=0.5),
    "top_k": knobs(top_k=40),
    "seed": knobs(seed=7),
    "stop": knobs(stop=("END",)),
    "penalties": knobs(presence_penalty=0.5, frequency_penalty=0.25),
    "probabilities": knobs(logprobs=True, top_logprobs=3),
    "effort": knobs(reasoning_effort="xhigh"),
    "no effort": knobs(reasoning_effort="none"),
    "budget": knobs(reasoning_budget=3000),
}


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("wire", WIRES)
async def test_every_noun_is_told_or_in_the_tables(doors: InProcess, wire: str, name: str) -> None:
    lost = await _lost(doors, wire, BY_HAND[name])
    assert set(lost) <= set(PROMPTS[wire]), lost


@pytest.mark.parametrize("wire", WIRES)
async def test_what_the_tables_name_is_really_so(doors: InProcess, wire: str) -> None:
    lost: set[str] = set()
    vetoed: set[str] = set()
    for prompt in BY_HAND.values():
        try:
            written(wire, prompt)
        except NotWritable:
            vetoed |= set(meaning(prompt)) - {"words"}
        else:
            lost |= set(await _lost(doors, wire, prompt))
    assert set(PROMPTS[wire]) <= lost, set(PROMPTS[wire]) - lost
    assert set(VETOES[wire]) <= vetoed, set(VETOES[wire]) - vetoed
