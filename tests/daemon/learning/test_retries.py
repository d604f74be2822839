"""The same prompt within a minute speaks weakly against the answer it had; no word is kept."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from msgspec.structs import replace

from homeport.adapters.base import Labels, Message, Prompt, Text
from homeport.client.wire import RequestView
from homeport.daemon.learning.retries import LONGEST, MOST, REMEMBERED, WITHIN_MS, Retries
from homeport.daemon.trials.tried import CLIENT
from homeport.policies.errors import NothingAnswered
from support.asks import ask
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

CARD = card("scripted/a")
VIEW = RequestView("d1", 0, "done", raw_confidence=0.6)


def spoken(text: str) -> Prompt:
    return prompt(text, labels=Labels(session="talk"))


def answered(retries: Retries, text: str = "why", now_ms: int = 1000) -> bytes:
    mark = retries.mark(spoken(text))
    retries.note_answered(mark, CARD, ask(task="code", difficulty=40), VIEW, now_ms)
    return mark


def test_the_same_prompt_within_a_minute_counts_weakly_against() -> None:
    retries = Retries()
    mark = answered(retries)
    assert retries.asked(retries.mark(spoken("why not")), 1001) is None
    found = retries.asked(mark, 1000 + WITHIN_MS)
    assert found is not None
    outcome, model = found
    assert (outcome.good, outcome.source, outcome.decision, model) == (0.0, "retry", "d1", CARD)
    assert (outcome.task, outcome.difficulty, outcome.raw) == ("code", 40, 0.6)
    assert outcome.weighs < 0.5


def test_a_model_that_is_tried_with_what_another_was_tried_with_speaks_against_nobody() -> None:
    begun = (*prompt().messages, Message("assistant", (Text("It is"),)))
    labels = Labels(client=CLIENT, model="scripted/b")
    assert Retries().mark(Prompt(begun, labels=labels)) == b""
    assert Retries().mark(Prompt(begun, labels=replace(labels, client="else"))) != b""


def test_later_it_says_nothing() -> None:
    retries = Retries()
    assert retries.asked(answered(retries), 1001 + WITHIN_MS) is None


def test_what_comes_again_and_again_is_a_program() -> None:
    retries = Retries()
    counted = 0
    for now_ms in range(1000, 1010):
        mark = retries.mark(spoken("why"))
        counted += retries.asked(mark, now_ms) is not None
        answered(retries, now_ms=now_ms)
    assert counted == MOST


def test_other_people_and_sessions_are_others() -> None:
    retries = Retries()
    marks = {
        retries.mark(prompt("why", labels=Labels(client=client, session=session)))
        for client in ("", "a")
        for session in ("b", "c")
    }
    assert len(marks) == 4
    assert Retries().mark(spoken("why")) not in marks


def test_a_program_that_repeats_itself_says_nothing() -> None:
    retries = Retries()
    assert retries.mark(prompt("why", labels=Labels(client="curl"))) == b""
    retries.note_answered(b"", CARD, ask(), VIEW, 1000)
    assert retries.asked(b"", 1001) is None


def test_a_conversation_speaks_without_a_session() -> None:
    turns = (Message("user", (Text("why"),)), Message("assistant", (Text("so"),)))
    assert Retries().mark(replace(prompt("why"), messages=turns))


def test_long_prompts_are_told_apart_by_their_ends_and_length() -> None:
    retries = Retries()
    long = "x" * LONGEST * 3
    marks = [retries.mark(spoken(text)) for text in (long, long + "x", "y" + long[1:], "\ud800")]
    assert len(set(marks)) == 4


def test_memory_is_bounded_and_holds_no_word() -> None:
    retries = Retries()
    for number in range(REMEMBERED + 3):
        answered(retries, f"zanzibar {number}")
    assert repr(retries) == f"<Retries {REMEMBERED} prompts>"
    assert b"zanzibar" not in pickle.dumps(retries)


async def asked(home: House, text: str) -> None:
    async with home.router.answer(spoken(text)) as answer:
        async for _ in answer.deltas():
            pass
    await home.router.settled()


async def test_on_the_way_of_a_prompt(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({CARD.id: Script()}, [CARD])
    async with house(tmp_path, [adapter]) as home:
        learned = home.rooms.learned
        await asked(home, "Why is the sky blue?")
        await asked(home, "Why is the sea blue?")
        assert learned.views(CARD) == ()
        await asked(home, "Why is the sky blue?")
        (view,) = learned.views(CARD)
        assert (view.outcomes, view.source.split()[:2]) == (1, ["1", "retry"])


async def test_a_failed_answer_asked_again_says_nothing_of_its_quality(tmp_path: Path) -> None:
    adapter = ScriptedAdapter({CARD.id: Script(fails="rejected")}, [CARD])
    async with house(tmp_path, [adapter]) as home:
        for _ in range(2):
            with pytest.raises(NothingAnswered):
                await asked(home, "Why?")
        assert home.rooms.learned.views(CARD) == ()
