"""Grammars of calls: the library takes them, and they hold what they can."""

from __future__ import annotations

import json
from typing import Any

import pytest

from homeport.adapters.engine.call_format import JSON_ALONE, LISTED, NAMED, TAGGED, CallFormat
from homeport.adapters.engine.frames import Load, SamplingPlan
from homeport.adapters.engine.native import AbortFlag, NativeModel
from homeport.adapters.engine.sampling import Sampler
from homeport.adapters.engine.tool_grammar import call_grammar
from support.model import demo_model

pytestmark = pytest.mark.engine

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}
TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "required": ["root"],
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "leaf": {"type": "string", "pattern": "^a"},
                "next": {"$ref": "#/$defs/node"},
            },
        }
    },
}


def functions(**schemas: Any) -> list[dict[str, Any]]:
    return [{"name": name, "parameters": schema} for name, schema in schemas.items()]


@pytest.fixture(scope="module")
def model() -> NativeModel:
    return NativeModel(Load(str(demo_model()), 512, 2, 0), AbortFlag())


def admits(model: NativeModel, grammar: str, text: str) -> bool:
    sampler = Sampler(model, SamplingPlan(temperature=0.0))
    try:
        return sampler.hold_to(grammar, model.tokens_of(text, special=False))
    finally:
        sampler.close()


def test_a_call_is_held_to_names_and_arguments(model: NativeModel) -> None:
    grammar = call_grammar(functions(weather=CITY, now={}), TAGGED)
    assert admits(model, grammar, '\n{"name": "weather", "arguments": {"city": "Kiel"}}')
    assert admits(model, grammar, '{"name": "weather", "arguments": {"city": "Kiel", "days": 3}}')
    assert admits(model, grammar, '{"name": "now", "arguments": {"any": [1]}}')
    assert not admits(model, grammar, '{"name": "wea"')
    assert not admits(model, grammar, '{"name": "weather", "arguments": {"days"')
    assert not admits(model, grammar, '{"name": "weather", "arguments": {"city": 7')


def test_each_format_has_its_grammar(model: NativeModel) -> None:
    both = functions(weather=CITY, now={"type": "object", "properties": {}})

    def allowed(form: CallFormat, text: str) -> bool:
        return admits(model, call_grammar(both, form), text)

    assert allowed(JSON_ALONE, '{"name": "now", "parameters": {}}')
    assert not allowed(JSON_ALONE, '{"name": "now", "parameters": {"a"')
    assert allowed(LISTED, ' [{"name": "now", "arguments": {}}')
    assert allowed(NAMED, 'weather[ARGS]{"city": "x"}')
    assert not allowed(NAMED, 'now[ARGS]{"city"')


def test_what_a_grammar_cannot_hold_is_left_out(model: NativeModel) -> None:
    grammar = call_grammar(functions(tree=TREE, odd={"type": "object", "not": {}, "x": 1}), TAGGED)
    call = {"name": "tree", "arguments": {"root": {"leaf": "b", "next": {"leaf": "c"}}}}
    assert admits(model, grammar, json.dumps(call))
    assert not admits(model, grammar, '{"name": "tree", "arguments": {"root": 1')


def test_any_object_where_nothing_helps(model: NativeModel) -> None:
    outside = {"type": "object", "properties": {"a": {"$ref": "https://x.example/y"}}}
    grammar = call_grammar(functions(f=outside), TAGGED)
    assert admits(model, grammar, '{"name": "f", "arguments": {"whatever": 1}}')
