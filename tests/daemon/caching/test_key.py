"""The key of a prompt: what changes it, and what does not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import (
    CacheWish,
    Image,
    Labels,
    Message,
    Prompt,
    ResponseFormat,
    Sampling,
    Text,
    Tool,
    ToolCall,
)
from homeport.daemon.caching.key import Keys, canonical, last_words, near, secret_of
from homeport.policies.model import StrategyOptions

PLAIN = Prompt(
    messages=(Message("system", (Text("Be brief."),)), Message("user", (Text("Why?"),))),
    labels=Labels(model="auto"),
    tools=(Tool("look", "looks", {"type": "object", "properties": {"a": {"type": "string"}}}),),
    sampling=Sampling(temperature=0.0, max_tokens=50),
    wire="openai-chat",
    raw=b'{"model": "auto", "messages": [], "temperature": 0, "logit_bias": {"9": 3}}',
)
"""Its body says more than it does: an upstream of its own wire reads that too."""


def changed(**fields: Any) -> Prompt:
    return msgspec.structs.replace(PLAIN, **fields)


OTHERS: dict[str, Prompt] = {
    "words": changed(messages=(PLAIN.messages[0], Message("user", (Text("Why not?"),)))),
    "role": changed(messages=(Message("developer", PLAIN.messages[0].parts), PLAIN.messages[1])),
    "order": changed(messages=PLAIN.messages[::-1]),
    "image": changed(
        messages=(*PLAIN.messages[:1], Message("user", (Text("Why?"), Image(data="QUJD"))))
    ),
    "another image": changed(
        messages=(*PLAIN.messages[:1], Message("user", (Text("Why?"), Image(data="QUJE"))))
    ),
    "call": changed(messages=(*PLAIN.messages, Message("assistant", (ToolCall("1", "a", "{}"),)))),
    "tools": changed(tools=()),
    "schema of a tool": changed(tools=(Tool("look", "looks", {"type": "object"}),)),
    "tool choice": changed(tool_choice="required"),
    "parallel calls": changed(parallel_tool_calls=False),
    "format": changed(response_format=ResponseFormat("json")),
    "temperature": changed(sampling=Sampling(temperature=0.1, max_tokens=50)),
    "seed": changed(sampling=Sampling(temperature=0.0, max_tokens=50, seed=1)),
    "longest answer": changed(sampling=Sampling(temperature=0.0, max_tokens=51)),
    "stops": changed(sampling=Sampling(temperature=0.0, max_tokens=50, stop=("END",))),
    "model": changed(labels=Labels(model="local")),
    "policy": changed(labels=Labels(policy="balanced")),
    "strategy": changed(labels=Labels(strategy="verify")),
    "options": changed(labels=Labels(options=StrategyOptions(size=3))),
    "weights": changed(labels=Labels(weights=(1.0, 0.0, 0.0))),
    "private": changed(labels=Labels(private=True)),
    "tests": changed(labels=Labels(tests="assert f()")),
    "door": changed(wire="anthropic"),
    "unknown field": changed(extras={"reasoning": {"effort": "high"}}),
    "header": changed(forward=(("anthropic-beta", "x"),)),
    "field of the body": changed(raw=PLAIN.raw.replace(b"3", b"4")),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_an_answer_can_depend_on_changes_the_key(what: str) -> None:
    assert canonical(OTHERS[what]) != canonical(PLAIN)


def test_no_two_of_them_are_taken_for_one_another() -> None:
    assert len({canonical(one) for one in OTHERS.values()}) == len(OTHERS)


@pytest.mark.parametrize(
    "same",
    [
        changed(stream=True),
        changed(labels=Labels(client="editor", session="s", tags=("a",), deadline_ms=5)),
        changed(labels=Labels(max_cost_nano=5, cache=CacheWish(ttl_s=60))),
        changed(sampling=Sampling(temperature=0, max_tokens=50)),
        changed(extras={"user": "me", "metadata": {"a": "b"}}),
        changed(raw=PLAIN.raw.replace(b"0,", b"0.0,")),
        changed(raw=PLAIN.raw.replace(b" ", b"").replace(b"}}", b'},"stream":true}')),
        changed(
            messages=(
                Message("system", (Text("Be brief.", {"cache_control": {"type": "ephemeral"}}),)),
                PLAIN.messages[1],
            )
        ),
    ],
    ids=["stream", "who", "limits", "number", "user", "one number", "layout", "mark"],
)
def test_what_changes_no_answer_does_not(same: Prompt) -> None:
    assert canonical(same) == canonical(PLAIN)


def test_a_field_of_a_schema_is_no_mark() -> None:
    field = {"cache_control": {"type": "ephemeral", "enum": ["a"]}}
    tool = Tool("t", parameters={"properties": field})
    bare = Tool("t", parameters={"properties": {}})
    assert canonical(changed(tools=(tool,))) != canonical(changed(tools=(bare,)))


NAME = st.text("abcé", min_size=1, max_size=3)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(NAME, JSON, min_size=2, max_size=4))
def test_the_order_of_keys_does_not_count(body: dict[str, Any]) -> None:
    shuffled = dict(reversed(body.items()))
    one, other = json.dumps(body).encode(), json.dumps(shuffled, indent=1).encode()
    assert canonical(changed(raw=one)) == canonical(changed(raw=other))
    assert canonical(changed(extras=body)) == canonical(changed(extras=shuffled))


@given(JSON, JSON)
def test_another_value_of_a_field_is_another_key(one: Any, other: Any) -> None:
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    keys = {canonical(changed(extras={"reasoning": value})) for value in (one, other)}
    assert len(keys) == (1 if alike else 2)


@given(st.text(), st.text())
def test_other_words_are_another_key(one: str, other: str) -> None:
    keys = {
        canonical(changed(messages=(Message("user", (Text(words),)),))) for words in (one, other)
    }
    assert len(keys) == (1 if one == other else 2)


def test_what_may_say_the_same_has_one_key() -> None:
    reworded = changed(messages=(PLAIN.messages[0], Message("user", (Text("why"),))))
    assert near(reworded) == near(PLAIN)
    assert near(OTHERS["words"]) != near(PLAIN)
    assert near(OTHERS["temperature"]) != near(PLAIN)
    assert near(OTHERS["field of the body"]) != near(PLAIN)
    assert last_words(PLAIN) == "Why?"
    assert last_words(OTHERS["image"]) is None
    assert last_words(OTHERS["call"]) is None


async def test_the_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secret"
    keys = Keys(path)
    made = set(await asyncio.gather(*(keys.of(PLAIN, CacheWish()) for _ in range(5))))
    again = await Keys(path).of(PLAIN, CacheWish())
    assert made == {again}
    assert path.stat().st_mode & 0o777 == 0o600
    other = await Keys(tmp_path / "other").of(PLAIN, CacheWish())
    assert other != again
    assert await keys.of(PLAIN, CacheWish(namespace="a")) != again
    assert await keys.of_meaning(OTHERS["image"], CacheWish()) is None


def test_a_secret_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("abc")
    assert len(secret_of(path)) == 32
    assert secret_of(path) == secret_of(path)
