"""A conversation without a screen."""

from __future__ import annotations

import pytest

from homeport.client import wire
from homeport.client.wire import AskText, Turn
from homeport.tui import talk as module
from homeport.tui.round import MOST_LETTERS, TOO_LONG
from homeport.tui.talk import Talk
from support import talk_sights


def hear(talk: Talk, text: str) -> None:
    for event in talk_sights.answer(text):
        assert talk.hear(event)


def test_what_was_said_goes_with_what_is_said_next() -> None:
    talk = Talk()
    assert talk.ask("one").messages == ()
    hear(talk, "first")
    request = talk.ask("two")
    assert request.messages == (Turn("user", "one"), Turn("assistant", "first"))
    assert request.session == talk.session


def test_an_answer_without_words_is_not_gone_on_from() -> None:
    talk = Talk()
    talk.ask("one")
    hear(talk, " ")
    assert talk.ask("two").messages == ()


def test_an_answer_asked_again_takes_the_place_of_the_one_before() -> None:
    talk = Talk()
    talk.ask("one")
    hear(talk, "first")
    request = talk.ask_again("cloud")
    assert (request.prompt, request.model, request.messages) == ("one", "cloud", ())
    hear(talk, "second")
    assert talk.ask("two").messages == (Turn("user", "one"), Turn("assistant", "second"))


def test_one_asked_again_in_vain_leaves_the_one_before() -> None:
    talk = Talk()
    talk.ask("one")
    hear(talk, "first")
    talk.ask_again("cloud")
    assert talk.running
    talk.running.stop()
    talk.settle()
    assert talk.ask("two").messages == (Turn("user", "one"), Turn("assistant", "first"))


def test_what_is_private_goes_out_with_each_prompt_and_not_to_the_cloud() -> None:
    talk = Talk()
    talk.model = "cloud"
    talk.keep_private()
    assert talk.model == "auto"
    assert not talk.is_bound
    assert talk.ask("one").private
    assert talk.is_bound
    session = talk.session
    talk.forget()
    assert not talk.private
    assert talk.session != session


def test_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROUNDS", 3)
    talk = Talk()
    for number in range(5):
        talk.ask(f"{number}")
        hear(talk, "answer")
    assert [each.prompt for each in talk.rounds] == ["2", "3", "4"]
    assert talk.let_go == 2


def test_letters_are_bounded_too() -> None:
    talk = Talk()
    for number in range(4):
        talk.ask(f"{number}")
        hear(talk, "a" * (MOST_LETTERS - 10))
    assert sum(each.text.letters for each in talk.rounds) <= module.MOST_LETTERS + MOST_LETTERS
    assert talk.let_go


def test_an_answer_that_never_ends_is_stopped() -> None:
    talk = Talk()
    talk.ask("one")
    assert not talk.hear(AskText("a" * (MOST_LETTERS + 1)))
    assert talk.last
    assert (talk.last.standing, talk.last.sentence) == ("stopped", TOO_LONG)
    assert not talk.hear(AskText("more"))


def test_the_same_advice_is_given_once() -> None:
    talk = Talk()
    for _ in range(2):
        talk.ask("one")
        talk.hear(wire.AskDone(talk_sights.result(metadata={"advice": "Get a better one."})))
    assert [each.advice for each in talk.rounds] == ["Get a better one.", ""]
    assert repr(talk) == "Talk(2 rounds, auto, private=False)"
