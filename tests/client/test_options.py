"""What a program says of a prompt, as the wire reads it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.client.options import AskOptions, request_of
from homeport.client.wire import AskRequest, Turn


def on_the_wire(**options: Any) -> AskRequest:
    """As the daemon reads it, which refuses what it does not know."""
    return msgspec.json.decode(request_of("hi", options, "tests"), type=AskRequest)


def test_a_prompt_alone() -> None:
    assert on_the_wire() == AskRequest(prompt="hi", client="tests")


def test_every_option_reaches_the_wire() -> None:
    said = on_the_wire(
        model="local",
        policy="balanced",
        private=True,
        system="Be brief.",
        messages=[{"role": "user", "text": "a"}, Turn("assistant", "b")],
        temperature=0.5,
        max_tokens=50,
        max_cost=0.01,
        deadline=1.5,
        strategy="fallback",
        chain="a/b, c/d",
        models=["a/b"],
        ensemble_size=3,
        threshold=0.7,
        method="judge",
        judge="a/b",
        tests="assert f()",
        weights={"budget": 0.5, "quality": 0.25},
        session="s",
        tags=("t",),
        defer="off-peak",
        cache="on, ttl=60",
    )
    assert said == AskRequest(
        prompt="hi",
        client="tests",
        model="local",
        policy="balanced",
        private=True,
        system="Be brief.",
        messages=(Turn("user", "a"), Turn("assistant", "b")),
        temperature=0.5,
        max_tokens=50,
        max_cost_nano=10_000_000,
        deadline_ms=1500,
        strategy="fallback",
        chain=("a/b", "c/d"),
        models=("a/b",),
        ensemble_size=3,
        threshold=0.7,
        method="judge",
        judge="a/b",
        tests="assert f()",
        weights="budget=0.5,quality=0.25",
        session="s",
        tags=("t",),
        defer="off-peak",
        cache="on, ttl=60",
    )


def test_each_field_of_the_wire_has_its_option() -> None:
    renamed = {"max_cost_nano": "max_cost", "deadline_ms": "deadline"}
    fields = {renamed.get(name, name) for name in AskRequest.__struct_fields__}
    assert fields - {"prompt", "client"} == set(AskOptions.__annotations__)


def test_none_is_as_good_as_nothing() -> None:
    said = request_of("hi", {"model": None, "max_cost": None}, "x")
    assert msgspec.json.decode(said) == {"prompt": "hi", "client": "x"}


def test_an_option_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"'max_costs'.*Did you mean max_cost\?"):
        request_of("hi", {"max_costs": 1}, "x")


@pytest.mark.parametrize("name", ["max_cost", "deadline"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_number_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        request_of("hi", {name: value}, "x")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        request_of(b"hi", {}, "x")  # type: ignore[arg-type]
    for prompt, system in (("\ud800", ""), ("hi", "\ud800")):
        with pytest.raises(ValueError, match="no text in UTF-8"):
            request_of(prompt, {"system": system}, "x")


@pytest.mark.parametrize("name", ["temperature", "threshold"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_left_out(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is .*; it must be a number"):
        request_of("Why?", {name: value}, "me")
