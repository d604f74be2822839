"""What a next model reads beside the prompt is within what is set aside for it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeport.adapters.anthropic import write as anthropic
from homeport.adapters.anthropic.models import traits_of
from homeport.adapters.base import Prompt, ResponseFormat, Tool, Usage
from homeport.adapters.openai import write as openai
from homeport.adapters.providers import PROVIDERS
from homeport.daemon.fleet.predictions import worst_nano
from homeport.daemon.handover.beside import beside
from homeport.daemon.handover.sent import BegunCall, Sent
from homeport.daemon.handover.way_on import way_on
from homeport.daemon.money.price import flat
from homeport.daemon.routing.asking import ask_of
from homeport.daemon.routing.correcting import Correction, corrected
from homeport.lab.answering import input_tokens
from homeport.lab.wires import anthropic as lab_anthropic
from homeport.lab.wires import openai_chat as lab_openai
from homeport.policies.model import ModelCard
from homeport.policies.quick import changed
from support.scripted import card, prompt

OPENAI = PROVIDERS["openai"]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"$ref": "#/$defs/place", "description": "where"},
        "kind": {"enum": ["short", "shorter", "ünïcode"]},
        "note": {"type": "string"},
        "days": {"type": "integer"},
    },
    "required": ["city"],
    "$defs": {"place": {"type": "string"}},
}
TOOLS = (Tool("look", "Looks.", SCHEMA), Tool("go"), Tool("run", kind="custom"))
WORDS = st.text(max_size=60) | st.text('a .\n"\\é字😀\u200d', max_size=700)
ARGUMENTS = st.builds(
    lambda value, share, ascii_only: (
        text := json.dumps(value, ensure_ascii=ascii_only)
    )[: round(share * len(text))],
    st.fixed_dictionaries(
        {},
        optional={
            "city": WORDS,
            "kind": st.sampled_from(["short", "shorter", "ünïcode"]),
            "note": WORDS,
            "days": st.integers(),
        },
    ),
    st.floats(0, 1),
    st.booleans(),
)  # fmt: skip
CALLS = st.lists(
    st.builds(BegunCall, st.integers(0, 3), st.just("c"), st.sampled_from(["look", "go", "other"]),
              ARGUMENTS)
    | st.builds(BegunCall, st.integers(0, 3), st.just("c"), st.just("run"), WORDS, st.just(True)),
    max_size=3,
).map(tuple)  # fmt: skip
SENT = st.builds(Sent, text=WORDS, calls=CALLS)
PROMPTS = st.builds(
    prompt,
    WORDS,
    tools=st.sampled_from([(), TOOLS, TOOLS[:1]]),
    parallel_tool_calls=st.sampled_from([None, False]),
    response_format=st.sampled_from(
        [ResponseFormat(), ResponseFormat("json"), ResponseFormat("json_schema", SCHEMA, "it")]
    ),
)
CORRECTIONS = st.none() | st.builds(Correction, st.just("a/b"), WORDS, WORDS)
CARDS = st.builds(
    card,
    st.just("a/b"),
    place=st.sampled_from(["lan", "cloud"]),
    host=st.just("a.example"),
    continues=st.booleans(),
    demonstration=st.booleans(),
    capabilities=st.sampled_from([("tools",), ("json_schema", "tools")]),
    context=st.none(),
)


def bytes_read(asked: Prompt, prefix: str = "") -> tuple[int, int, int]:
    """Of all that a model is given to read, each a token: no meter counts more. The texts, the
    tools, and the schema of the answer, which templates may print indented."""
    told = [*(message.text for message in asked.messages), prefix]
    tools, schema = asked.tools, asked.response_format.schema
    described = [2 * len(msgspec.json.encode(part)) if part else 0 for part in (tools, schema)]
    return sum(len(text.encode()) for text in told), described[0], described[1]


def lab_tokens(asked: Prompt, prefix: str, model: ModelCard) -> list[int]:
    """What the lab's servers count of the very bytes that leave."""
    chat = openai.write(asked, model="m", max_tokens=9, dialect=OPENAI, prefix=prefix)
    counted = [input_tokens(lab_openai.read(json.loads(chat.body)))]
    if model.continues or not prefix:
        traits = traits_of("claude-sonnet-4-5")
        try:
            said = anthropic.write(asked, model="m", max_tokens=9, traits=traits, prefix=prefix)
        except anthropic.NotWritable:
            return counted
        counted.append(input_tokens(lab_anthropic.read(json.loads(said.body), counts=False)))
    return counted


LARGE = (TOOLS[0], Tool("move", parameters={"type": "object", "title": "Moves. " * 200}))
CUT = Sent(calls=(BegunCall(0, "c", "look", '{"note": "It is'),))
HELD = card("a/b", place="lan", host="b", continues=False, capabilities=("json_schema",))


@settings(max_examples=80)
@example(prompt(tools=TOOLS[:1]), CUT, None, HELD, True)
@example(prompt(tools=LARGE), CUT, None, card("a/b", place="cloud", host="b"), False)
@given(PROMPTS, SENT, CORRECTIONS, CARDS, st.booleans())
def test_what_is_set_aside_covers_all_that_is_sent(
    asked: Prompt, sent: Sent, correction: Correction | None, model: ModelCard, again: bool
) -> None:
    price = flat(3 * 10**9, 15 * 10**9, source="the test")
    ask, more = ask_of(asked, 60_000), beside(asked, sent, correction)
    ask = changed(ask, input_tokens_bound=ask.input_tokens_bound + more.bound)
    worst = worst_nano((price,), model, ask, 100, 0)
    told = corrected(asked, correction) if correction else asked
    way = way_on(told, sent, model, again=again)
    before, after = bytes_read(asked), bytes_read(way.prompt, way.prefix)
    assert more.bound >= sum(max(0, now - then) for now, then in zip(after, before, strict=True))
    billed = [sum(after), *lab_tokens(way.prompt, way.prefix, model)]
    assert worst >= (price.cost(Usage(input=max(billed), output=100)) or 0)
    assert 0 <= more.tokens <= more.bound


def test_nothing_is_beside_a_prompt_of_which_nothing_was_answered() -> None:
    assert beside(prompt(), Sent(reasoned=True), None) == (0, 0)


def test_what_was_answered_is_counted_by_its_length_and_not_by_its_pieces() -> None:
    story = "Some words of a long story. " * 100
    more = beside(prompt(), Sent(text=story), None)
    assert len(story) < more.bound < len(story) + 1_000
    assert len(story) / 8 < more.tokens < len(story) / 2
