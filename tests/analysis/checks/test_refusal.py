"""Refusals, and what only looks like one."""

# ruff: noqa: RUF001 - sentences in many scripts

from __future__ import annotations

import pytest

from homeport.analysis.checks.refusal import LONG, refuses


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, but I can\u2019t assist with that request.",
        "I cannot provide instructions for that.",
        "I am unable to provide legal advice.",
        "As an AI language model, I don't have opinions.",
        "I must respectfully decline.",
        "This request violates my guidelines.",
        "Sorry, I cannot do that.",
        "Ich kann dir dabei leider nicht helfen.",
        "Dabei kann ich nicht helfen.",
        "Je ne peux pas vous aider avec cela.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Desculpe, não posso ajudar com isso.",
        "Mi dispiace, ma non posso aiutarti.",
        "Ik kan je hier niet bij helpen.",
        "Я не могу помочь с этим.",
        "很抱歉，我无法回答这个问题。",
        "申し訳ありませんが、お手伝いできません。",
        "죄송하지만 도와드릴 수 없습니다.",
    ],
)
def test_a_refusal(answer: str) -> None:
    assert refuses(answer) is True


@pytest.mark.parametrize(
    "answer",
    [
        "Canberra.",
        "I can't believe how well this went!",
        "Dear Bob, I won't be able to attend.",
        'He wrote: "I cannot help you with that." and left.',
        "> I cannot assist with that.\n\nThis sentence is a refusal.",
        "The train cannot provide enough seats.",
        "Der Akku kann nicht geladen werden.",
        "",
    ],
)
def test_no_refusal(answer: str) -> None:
    assert refuses(answer) is False


def test_the_provider_has_the_last_word() -> None:
    assert refuses("", flagged=True) is True


def test_a_long_text_that_begins_like_one_is_not_judged() -> None:
    assert refuses("I can't help with that as asked, but: " + "here is a way. " * LONG) is None


def test_what_stands_late_is_no_refusal() -> None:
    assert refuses("Here is the letter. " * 40 + "I cannot help with that.") is False
