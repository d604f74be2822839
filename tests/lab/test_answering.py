"""What is said: words, stops, lengths, tool calls, schemas, vectors, usage."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.lab.answering import answer_to, example_of, input_tokens, vector_of
from homeport.lab.nouns import Answer, Asked
from homeport.lab.script import Script, ToolScript

TOOL = ToolScript(name="get_weather", arguments={"city": "Rome"})


def answered(script: Script | None = None, **asked: Any) -> Answer:
    given = {"model": "m", "text": "one two three", "question": "three", **asked}
    return answer_to(Asked(**given), script or Script(words=4), number=7, created=1)


def test_words_can_be_counted() -> None:
    answer = answered()
    assert answer.whole_text == "w1 w2 w3 w4"
    assert answer.finish == "stop"
    assert answer.usage is not None
    assert (answer.usage.input, answer.usage.output) == (3, 4)


def test_lorem_and_echo() -> None:
    assert answered(Script(say="lorem", words=2)).whole_text == "Lorem ipsum"
    assert answered(Script(say="echo")).whole_text == "three"


def test_a_prefix_is_gone_on_from() -> None:
    assert answered(prefix="w1 w2").whole_text == " w3 w4"


def test_raw_text_that_ends_with_the_answer_is_gone_on_from() -> None:
    assert answered(kind="completion", text="Count. w1 w2").whole_text == " w3 w4"
    assert answered(kind="completion", text="See w").whole_text == "w1 w2 w3 w4"
    assert answered(text="Count. w1 w2").whole_text == "w1 w2 w3 w4"


def test_the_arguments_of_a_call_are_gone_on_from_where_no_tool_is_offered() -> None:
    script = Script(words=4, tool_calls=(TOOL,))
    assert answered(script, prefix='{"city":"Ro').whole_text == 'me"}'
    assert answered(script, prefix='{"town":').whole_text == "w1 w2 w3 w4"
    offered = answered(script, prefix='{"city":"Ro', tools=("get_weather",))
    assert [call.name for call in offered.calls] == ["get_weather"]


def test_a_maximum_and_a_stop() -> None:
    cut = answered(max_tokens=2)
    assert (cut.whole_text, cut.finish) == ("w1 w2", "length")
    assert answered(stop=(" w3",)).whole_text == "w1 w2"
    thought = answered(Script(words=4, thinking="a b"), max_tokens=3)
    assert (thought.thinking, thought.whole_text) == (("a", " b"), "w1")


def test_tools_are_called_where_they_are_offered() -> None:
    script = Script(tool_calls=(TOOL,))
    called = answered(script, tools=("get_weather",))
    assert called.calls[0].arguments == '{"city":"Rome"}'
    assert (called.finish, called.text) == ("tool_calls", ())
    assert not answered(script).calls
    assert not answered(script, tools=("get_weather",), has_result=True).calls
    assert answered(Script(tool_calls=(TOOL,), always_call=True)).calls


def test_arguments_may_be_no_json() -> None:
    broken = Script(tool_calls=(ToolScript(name="f", arguments="{broken"),), always_call=True)
    assert answered(broken).calls[0].arguments == "{broken"


def test_a_schema_is_met() -> None:
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "ok": {"type": ["boolean", "null"]},
        },
    }
    assert answered(schema=schema).whole_text == '{"name":"word","tags":["a"],"age":1,"ok":true}'


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 3}, 3),
        ({"default": "x"}, "x"),
        ({"type": "number"}, 1.5),
        ({"type": "null"}, None),
        ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [1, 1]),
        ({}, "word"),
    ],
)
def test_examples(schema: dict[str, Any], value: Any) -> None:
    assert example_of(schema) == value


def test_a_schema_of_itself_ends() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["next"] = schema
    assert example_of(schema)


def test_usage_can_be_wrong_or_left_out() -> None:
    wrong = answered(Script(input_tokens=99, cache_read_tokens=50)).usage
    assert wrong is not None
    assert (wrong.input, wrong.cache_read) == (99, 50)
    assert answered(Script(usage=False)).usage is None


def test_vectors_are_of_length_one_and_of_the_text_alone() -> None:
    vector = vector_of("a", 20)
    assert len(vector) == 20
    assert sum(number * number for number in vector) == pytest.approx(1.0, abs=1e-4)
    assert vector == vector_of("a", 20) != vector_of("b", 20)


def test_texts_to_be_embedded_count_as_input() -> None:
    assert input_tokens(Asked(inputs=("a b", "c"))) == 3
