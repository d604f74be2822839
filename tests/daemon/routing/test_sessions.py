"""Sessions: which conversation a prompt goes on with, and what is warm of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import (
    Image,
    Labels,
    Message,
    Opaque,
    Prompt,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from homeport.daemon.routing.prompt_caches import HOUR_MS, MINUTE_MS
from homeport.daemon.routing.sessions import Sessions
from homeport.policies.model import Ask
from support.deciding import ask
from support.scripted import card

CLOUD = card("openai/gpt-5.5", place="cloud")
MARKED = card("anthropic/claude", place="cloud")
HOME = card("llamacpp/small")
OTHER = card("together/any", place="cloud")
ASK = ask(input_tokens=4_000)
USAGE = Usage(input=4_000, output=50)
NOW = 1_000_000
MARK: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}


def user(text: str, **extras: Any) -> Message:
    return Message("user", (Text(text, extras=extras),))


FIRST = Prompt((Message("system", (Text("Be kind."),)), user("What is a quay?")))
SECOND = Prompt((*FIRST.messages, Message("assistant", (Text("A wall."),)), user("And a pier?")))


def seen(sessions: Sessions, prompt: Prompt, now_ms: int = NOW, **changes: Any) -> Ask:
    asked = replace(ASK, session=prompt.labels.session, **changes)
    return sessions.recognised(asked, sessions.trail_of(prompt), now_ms)


def note(
    sessions: Sessions, prompt: Prompt, model: Any = CLOUD, usage: Usage = USAGE, at: int = NOW
) -> None:
    sessions.note(seen(sessions, prompt, at), sessions.trail_of(prompt), model, usage, at)


def test_the_next_turn_goes_on_with_the_conversation() -> None:
    sessions = Sessions()
    assert seen(sessions, FIRST) == ASK
    note(sessions, FIRST)
    found = seen(sessions, SECOND)
    assert found.session.startswith("talk-")
    assert found.warm == (("openai/gpt-5.5", 3_968),)
    note(sessions, SECOND)
    third = msgspec.structs.replace(SECOND, messages=(*SECOND.messages, user("Thanks.")))
    assert seen(sessions, third).session == found.session


def test_a_header_names_the_session_and_what_it_is_warm_with_follows_from_the_words() -> None:
    sessions = Sessions()
    named = msgspec.structs.replace(FIRST, labels=Labels(session="work"))
    note(sessions, named)
    assert seen(sessions, SECOND).session == "work"
    shortened = msgspec.structs.replace(
        FIRST, messages=(user("In short: quays."),), labels=Labels(session="work")
    )
    assert seen(sessions, shortened) == replace(ASK, session="work")


def test_the_longest_beginning_counts() -> None:
    sessions = Sessions()
    note(sessions, msgspec.structs.replace(FIRST, labels=Labels(session="one")))
    note(sessions, msgspec.structs.replace(SECOND, labels=Labels(session="two")))
    third = msgspec.structs.replace(SECOND, messages=(*SECOND.messages, user("Thanks.")))
    assert seen(sessions, third).session == "two"
    edited = msgspec.structs.replace(
        FIRST, messages=(*FIRST.messages, user("No: a quay in Delft."))
    )
    assert seen(sessions, edited).session == "one"


def test_a_mark_that_moves_does_not_change_the_beginning() -> None:
    sessions = Sessions()
    marked = msgspec.structs.replace(
        FIRST, messages=(FIRST.messages[0], user("What is a quay?", **MARK))
    )
    note(sessions, marked)
    assert seen(sessions, SECOND).session
    other = msgspec.structs.replace(
        FIRST, messages=(FIRST.messages[0], user("What is a quay?", lang="nl"))
    )
    assert not seen(sessions, other).session


@pytest.mark.parametrize(
    "changed",
    [
        msgspec.structs.replace(FIRST, tools=(Tool("look"),)),
        msgspec.structs.replace(FIRST, messages=(user("Be kind."), FIRST.messages[1])),
        msgspec.structs.replace(
            FIRST, messages=(FIRST.messages[0], user("What is a qua"), user("y?"))
        ),
    ],
)
def test_what_was_read_differently_is_another_beginning(changed: Prompt) -> None:
    sessions = Sessions()
    note(sessions, FIRST)
    assert not seen(sessions, changed).session


def test_other_conversations_begin_with_the_same_instructions() -> None:
    sessions = Sessions()
    long = Message("system", (Text("Be kind. " * 1_000),))
    note(sessions, Prompt((long, user("What is a quay? " * 562))))
    other = seen(sessions, Prompt((long, user("What is a crane?"))))
    assert not other.session
    ((model, tokens),) = other.warm
    assert model == CLOUD.id
    assert 1_980 < tokens < 2_020, "half of the bytes were instructions"
    short = Message("system", (Text("Be kind."),))
    note(sessions, Prompt((short, user("What is a quay? " * 562))))
    assert seen(sessions, Prompt((short, user("What is a crane?")))).warm == ()


def test_what_is_kept_cools() -> None:
    sessions = Sessions()
    note(sessions, FIRST)
    note(sessions, FIRST, MARKED, Usage(input=4_000, cache_write=3_000, cache_write_1h=3_000))
    assert [name for name, _ in seen(sessions, SECOND, NOW + 4 * MINUTE_MS).warm] == [
        "anthropic/claude",
        "openai/gpt-5.5",
    ]
    assert seen(sessions, SECOND, NOW + 6 * MINUTE_MS).warm == (("anthropic/claude", 3_000),)
    assert seen(sessions, SECOND, NOW + HOUR_MS).warm == ()


def test_an_engine_at_home_holds_the_last_conversation_alone() -> None:
    sessions = Sessions()
    note(sessions, FIRST, HOME)
    assert seen(sessions, SECOND).warm == ((HOME.id, 4_000),)
    note(sessions, Prompt((user("Something else altogether."),)), HOME)
    assert seen(sessions, SECOND).warm == ()
    note(sessions, SECOND, HOME)
    sessions.displace(CLOUD)
    assert seen(sessions, SECOND).warm
    sessions.displace(HOME)
    assert seen(sessions, SECOND).warm == ()


def test_a_provider_that_says_nothing_of_a_cache_has_none() -> None:
    sessions = Sessions()
    note(sessions, FIRST, OTHER)
    assert seen(sessions, SECOND).warm == ()
    note(sessions, FIRST, OTHER, Usage(input=4_000, cache_read=1_000))
    assert seen(sessions, SECOND).warm == ((OTHER.id, 3_968),)


def test_a_cache_that_does_not_hold_what_it_should_is_trusted_less() -> None:
    sessions = Sessions()
    note(sessions, FIRST)
    cold = Usage(input=4_000, cache_read=0, output=5)
    before = seen(sessions, SECOND).warm[0][1]
    for _ in range(20):
        note(sessions, SECOND, usage=cold)
    assert seen(sessions, SECOND).warm[0][1] < before / 20
    warm = Usage(input=4_000, cache_read=3_968, output=5)
    for _ in range(30):
        note(sessions, SECOND, usage=warm)
    assert seen(sessions, SECOND).warm[0][1] > before * 0.9


def test_tokens_are_told_by_the_measure_of_the_ask() -> None:
    sessions = Sessions()
    note(sessions, FIRST, usage=Usage(input=8_000, output=1))
    assert seen(sessions, SECOND).warm == ((CLOUD.id, 3_968),)


def test_so_many_are_remembered_and_the_latest_used_stay() -> None:
    sessions = Sessions(3)
    talks = [Prompt((user(f"Talk {number}."),)) for number in range(4)]
    for talk in talks[:3]:
        note(sessions, talk)
    assert seen(sessions, talks[0]).session
    note(sessions, talks[3])
    assert [bool(seen(sessions, talk).session) for talk in talks] == [True, False, True, True]
    assert repr(sessions) == "Sessions(3 beginnings)"


def test_no_text_is_kept_and_another_machine_hashes_otherwise() -> None:
    one, other = Sessions(), Sessions()
    note(one, FIRST)
    assert "quay" not in repr(vars(one))
    assert one.trail_of(FIRST).marks != other.trail_of(FIRST).marks
    assert not seen(other, SECOND).session


PARTS = st.one_of(
    st.builds(Text, st.text()),
    st.builds(Image, url=st.text(), data=st.text()),
    st.builds(ToolCall, st.text(), st.text(), st.text()),
    st.builds(ToolResult, st.text(), st.text()),
    st.builds(Opaque, st.just("openai-chat"), st.just({"huge": 10**400, "half": "\ud800"})),
)
MESSAGES = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.lists(PARTS, max_size=3).map(tuple),
)


@settings(deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=6), st.integers(1, 6))
def test_any_prompt_is_hashed_and_a_beginning_is_found_again(
    messages: list[Message], length: int
) -> None:
    sessions = Sessions()
    beginning = Prompt(tuple(messages[:length]))
    note(sessions, beginning)
    assert sessions.trail_of(beginning).marks == sessions.trail_of(beginning).marks
    assert seen(sessions, Prompt(tuple(messages))).session


async def test_a_long_prompt_is_hashed_beside_the_loop() -> None:
    sessions = Sessions()
    long = Prompt((user("x" * 2_100_000),))
    assert await sessions.trail(long) == sessions.trail_of(long)
