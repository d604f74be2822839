"""What goes with each prompt of a conversation."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from homeport.cli.conversation import MOST_TURNS, Conversation
from homeport.client.wire import AskRequest, Turn


def talk(**said: Any) -> Conversation:
    return Conversation({"model": "auto", "private": False, "session": "s", **said})


def on_the_wire(request: dict[str, Any]) -> AskRequest:
    return msgspec.convert(request, AskRequest)


def test_a_prompt_goes_with_what_was_said_before() -> None:
    chat = talk()
    chat.add("My name is Ada.", "Hello, Ada.")
    assert on_the_wire(chat.request("Who am I?")) == AskRequest(
        prompt="Who am I?",
        session="s",
        messages=(Turn("user", "My name is Ada."), Turn("assistant", "Hello, Ada.")),
    )
    assert chat.last_prompt == "My name is Ada."


def test_asking_again_goes_on_from_before_and_replaces() -> None:
    chat = talk()
    chat.add("One?", "1")
    chat.add("Two?", "3")
    again = on_the_wire(chat.request("Two?", again=True, model="a/x"))
    assert (again.model, len(again.messages)) == ("a/x", 2)
    chat.add("Two?", "2", instead=True)
    assert [turn["text"] for turn in chat.turns] == ["One?", "1", "Two?", "2"]
    assert chat.model == "auto"


def test_no_more_goes_with_it_than_is_read() -> None:
    chat = talk()
    chat.turns = [{"role": "user", "text": str(n)} for n in range(MOST_TURNS + 5)]
    sent = on_the_wire(chat.request("Next?")).messages
    assert (len(sent), sent[-1].text) == (MOST_TURNS, str(MOST_TURNS + 4))


@pytest.mark.parametrize(("model", "then"), [("cloud", "auto"), ("a/x", "a/x"), ("local", "local")])
def test_private_holds_from_then_on(model: str, then: str) -> None:
    chat = talk(model=model)
    chat.keep_private()
    assert (chat.private, chat.model) == (True, then)
    assert on_the_wire(chat.request("x")).private


def test_forgetting_keeps_the_options() -> None:
    chat = talk(private=True)
    chat.add("a", "b")
    chat.forget()
    assert (chat.turns, chat.last_prompt, chat.private) == ([], "", True)
    assert repr(chat) == "Conversation(0 turns, auto, private=True)"
