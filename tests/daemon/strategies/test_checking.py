"""How a prompt is asked again, and what its JSON has to fit."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import ResponseFormat, Sampling
from homeport.daemon.strategies.checking import heated, shape_of, told
from support.scripted import prompt

AGE = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


@pytest.mark.parametrize(
    ("value", "fits"), [({"age": 3}, True), ({"age": "3"}, False), ({}, False), ([], False)]
)
def test_json_has_to_fit_its_schema_as_it_stands(value: Any, fits: bool) -> None:
    shape = shape_of(ResponseFormat(kind="json_schema", schema=AGE))
    assert shape is not None
    assert (shape(value) == "") is fits
    assert "age" not in shape(value)


def test_json_without_a_schema_is_an_object_and_text_is_anything() -> None:
    shape = shape_of(ResponseFormat(kind="json"))
    assert shape is not None
    assert (shape({"any": 1}), bool(shape([1]))) == ("", True)
    assert shape_of(ResponseFormat()) is None


@pytest.mark.parametrize(("given", "warm"), [(None, 0.8), (0.0, 0.8), (1.2, 1.2)])
def test_a_prompt_is_asked_again_warmly_without_its_seed(given: float | None, warm: float) -> None:
    asked = prompt(sampling=Sampling(temperature=given, seed=7), raw=b"{}")
    again = heated(asked)
    assert (again.sampling.temperature, again.sampling.seed, again.raw) == (warm, None, b"")


def test_tokens_are_told_where_nobody_had_asked_for_them() -> None:
    asked = prompt(raw=b"{}")
    assert told(asked).sampling.logprobs
    assert told(asked).raw == b""
    own = prompt(sampling=Sampling(logprobs=True, top_logprobs=3), raw=b"{}")
    assert told(own) is own
