"""The scripted model does what its script says, the same way each time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    Adapter,
    Limits,
    Sampling,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
)
from homeport.adapters.echo import DEFAULT_WORDS, EchoAdapter, EchoScript, read_scripts
from support.asks import PATIENT, collect, model_card, setup, user


async def say(
    adapter: EchoAdapter, prefix: str = "", limits: Limits = PATIENT, **options: Any
) -> Any:
    card = (await adapter.models(None))[0]
    stream = adapter.stream(
        user("one two", **options), card, prefix=prefix, limits=limits, permit=None
    )
    return await collect(stream)


async def test_it_says_its_words() -> None:
    adapter = EchoAdapter()
    assert isinstance(adapter, Adapter)
    assert adapter.origin == ""
    outcome = await say(adapter)
    assert outcome.text == DEFAULT_WORDS
    assert outcome.finish.usage.input == 2
    assert outcome.finish.usage.output == len(outcome.deltas) - 1
    assert (await say(adapter)).deltas == outcome.deltas


@given(st.text(alphabet="ab \n", max_size=40), st.integers(0, 40))
async def test_any_prefix_is_gone_on_from(words: str, cut: int) -> None:
    adapter = EchoAdapter((EchoScript(words=words),))
    prefix = words[:cut]
    assert prefix + (await say(adapter, prefix)).text == words or not words.strip()


async def test_a_card_as_its_script_says() -> None:
    script = EchoScript(name="far", place="cloud", price_ref="openai/gpt-5", context=9)
    (card,) = await EchoAdapter((script,), provider="fake").models(None)
    assert (card.id, card.place, card.price_ref) == ("fake/far", "cloud", "openai/gpt-5")
    assert card.context == 9


async def test_thinking_tools_and_logprobs() -> None:
    script = EchoScript(words="hi", thinking="hm hm", tool="f", arguments='{"a":1}')
    outcome = await say(EchoAdapter((script,)), sampling=Sampling(logprobs=True, top_logprobs=1))
    top = (("hi", -0.1),)
    assert outcome.deltas[:-1] == [
        ThinkingDelta("hm"),
        ThinkingDelta(" hm"),
        TextDelta("hi", 1, (TokenLogprob("hi", -0.1, top),)),
        ToolCallDelta(0, "call_echo", "f", '{"a":1}'),
    ]
    assert outcome.finish.reason == "tool_calls"


async def test_the_bound_on_the_answer() -> None:
    outcome = await say(EchoAdapter(), limits=Limits(max_tokens=2, deadline_s=9))
    assert (len(outcome.deltas), outcome.finish.reason) == (3, "length")


async def test_its_context() -> None:
    outcome = await say(EchoAdapter((EchoScript(context=1),)))
    assert outcome.failure.kind == "context_overflow"


async def test_a_wrong_usage() -> None:
    script = EchoScript(input_tokens=999, output_tokens=0)
    usage = (await say(EchoAdapter((script,)))).finish.usage
    assert (usage.input, usage.output) == (999, 0)
    usage = (await say(EchoAdapter((EchoScript(usage=False),)))).finish.usage
    assert (usage.input, usage.certain) == (None, False)


async def test_a_fault_that_passes() -> None:
    script = EchoScript(fault="overloaded", fault_times=2, retry_after_ms=5, status=503)
    adapter = EchoAdapter((script,))
    first = (await say(adapter)).failure
    assert (first.kind, first.retry_after_ms, first.status) == ("overloaded", 5, 503)
    assert (await say(adapter)).failure
    assert (await say(adapter)).failure is None
    adapter.script(script)
    assert (await say(adapter)).failure


async def test_a_fault_after_the_last_word() -> None:
    outcome = await say(EchoAdapter((EchoScript(words="a b", fault="truncated", fault_at=9),)))
    assert (outcome.text, outcome.failure.kind) == ("a b", "truncated")


async def test_speed_is_held_to_the_limits() -> None:
    slow = EchoScript(words="a b c", tokens_per_s=0.001)
    limits = Limits(max_tokens=9, deadline_s=60, gap_s=0.01)
    outcome = await say(EchoAdapter((slow,)), limits=limits)
    assert (outcome.text, outcome.failure.kind) == ("a", "stall")
    late = EchoScript(first_token_ms=60_000)
    limits = Limits(max_tokens=9, deadline_s=60, first_token_s=0.01)
    assert (await say(EchoAdapter((late,)), limits=limits)).failure.kind == "first_token_timeout"


async def test_a_model_that_went_away() -> None:
    adapter = EchoAdapter()
    stream = adapter.stream(user(), model_card("echo/gone"), prefix="", limits=PATIENT, permit=None)
    assert (await collect(stream)).failure.kind == "missing"


async def test_it_remembers_the_last_prompts_alone() -> None:
    adapter = EchoAdapter()
    for number in range(1000):
        adapter.stream(
            user(), model_card("echo/gone"), prefix=f"{number}", limits=PATIENT, permit=None
        )
    assert len(adapter.prompts) == len(adapter.prefixes) < 1000
    assert adapter.prefixes[-1] == "999"


async def test_it_remembers_what_it_was_asked() -> None:
    adapter = EchoAdapter()
    await say(adapter, "This is")
    assert adapter.prompts[0].messages[0].text == "one two"
    assert list(adapter.prefixes) == ["This is"]
    assert repr(adapter) == "EchoAdapter(echo)"
    await adapter.close()


def test_it_is_offered_only_when_asked_for() -> None:
    assert EchoAdapter.build(setup()) == []
    assert EchoAdapter.build(setup(environment={"HOMEPORT_ECHO": "0"})) == []
    (adapter,) = EchoAdapter.build(setup(environment={"HOMEPORT_ECHO": "1"}))
    assert repr(adapter) == "EchoAdapter(echo)"


def test_scripts_from_the_environment() -> None:
    first, second = read_scripts(
        "words=Hello there ;tokens_per_s=20;capabilities=json, tools"
        "| name=far; place=cloud;fault=reset;fault_at=3;usage=false;price_ref=openai/gpt-5"
    )
    assert (first.name, first.words, first.tokens_per_s) == ("echo", "Hello there ", 20.0)
    assert first.capabilities == ("json", "tools")
    assert (second.name, second.place, second.fault, second.fault_at) == (
        "far",
        "cloud",
        "reset",
        3,
    )
    assert second.usage is False


@pytest.mark.parametrize("text", ["speed=3", "tokens_per_s=fast", "place=moon", "fault=oops"])
def test_a_script_that_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="HOMEPORT_ECHO"):
        read_scripts(text)
