"""A comparison without a screen."""

from __future__ import annotations

from msgspec import structs

from homeport.client import wire
from homeport.tui.bout import MOST, Bout
from homeport.tui.round import MOST_LETTERS
from support import sights, talk_sights


def fought() -> Bout:
    bout = Bout()
    bout.models = (sights.QWEN, sights.SONNET, sights.LLAMA)
    bout.ask("hi")
    for event in talk_sights.comparison():
        bout.hear(event)
    return bout


def test_each_piece_goes_to_its_answer() -> None:
    bout = fought()
    assert bout.standing == "done"
    assert [str(side.text) for side in bout.sides] == [
        talk_sights.BLUE,
        "Rayleigh scattering.",
        "",
    ]
    assert [bool(side.view and side.view.ok) for side in bout.sides] == [True, True, False]


def test_answers_are_numbered_as_feedback_counts_them() -> None:
    bout = fought()
    assert [bout.whole_number(side) for side in bout.sides] == [0, 1, None]
    assert Bout().whole_number(bout.sides[0]) is None


def test_where_one_alone_could_answer_it_stands_alone() -> None:
    bout = Bout()
    bout.models = (sights.QWEN, sights.SONNET)
    bout.ask("hi")
    bout.hear(wire.AskDone(talk_sights.result("Hello")))
    assert [(side.model, str(side.text)) for side in bout.sides] == [(sights.QWEN, "Hello")]


def test_who_does_not_answer_is_told_with_the_reason() -> None:
    bout = Bout()
    bout.models = (sights.QWEN, "mistral/mistral-large")
    bout.ask("hi")
    bout.hear(talk_sights.comparison()[0])
    why = sights.why()
    plan = wire.PlanView("compare", (sights.QWEN,))
    step = structs.replace(why.steps[0], plan=plan)
    request = structs.replace(why.request, id=bout.decision)
    bout.name(structs.replace(why, request=request, steps=(step,)))
    assert [side.model for side in bout.sides] == [sights.QWEN]
    assert bout.left_out == ("mistral/mistral-large does not answer: there is no key for mistral",)


def test_what_is_said_of_another_decision_is_passed_over() -> None:
    bout = fought()
    bout.name(sights.why())
    assert len(bout.sides) == 3


def test_answers_and_letters_are_bounded() -> None:
    bout = Bout()
    bout.ask("hi")
    for number in range(9):
        bout.hear(wire.AskText("x", number))
    assert len(bout.sides) == MOST
    assert not bout.hear(wire.AskText("a" * MOST_LETTERS, 0))
    assert bout.standing == "stopped"
    assert not bout.hear(wire.AskText("more"))


def test_a_new_one_forgets_all_but_the_models() -> None:
    bout = fought()
    bout.forget()
    assert (bout.sides, bout.standing, bout.decision) == ([], None, "")
    assert len(bout.models) == 3
    assert repr(bout).endswith(": None)")
