"""Who can be picked to answer, as lines of a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from homeport.client import units
from homeport.client.wire import BudgetQuestion, ModelView
from homeport.tui.words import Line, left, right, took

_PLACES = ("local", "lan", "cloud")
_USABLE = frozenset({"ready", "loading", "loadable"})
_ASLEEP = {"loadable": "asleep"}
_COMMAND, _KEY = 26, 11
_LEAST_MEANING = 24
"""Less of a sentence than this says nothing."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the list."""

    value: str
    name: str
    note: str = ""
    place: str = ""
    key: str | None = None
    """Of a command; what it means stands behind it."""

    def matches(self, typed: str) -> bool:
        """Whether every word that was typed is in it."""
        told = f"{self.place} {self.name} {self.note}".lower()
        return all(word in told for word in typed.lower().split())

    def is_named(self, typed: str) -> bool:
        """Whether they are in its name alone."""
        return all(word in self.name.lower() for word in typed.lower().split())


_A_MILLION = " a million"
ELSEWHERE = Choice("elsewhere", "elsewhere", "the best model that has not answered it")
_ANYWHERE = (
    Choice("auto", "whichever suits", "the policy in force chooses"),
    Choice("local", "at home", "models on this machine"),
    Choice("cloud", "in the cloud", "models in the cloud"),
)


def model_choices(models: Sequence[ModelView]) -> list[Choice]:
    """Each model, those that can answer first."""

    def rank(model: ModelView) -> tuple[bool, int, str]:
        return model.state not in _USABLE, _PLACES.index(model.place), model.id

    return [Choice(m.id, m.id, _note(m), m.place) for m in sorted(models, key=rank)]


def who_choices(models: Sequence[ModelView], *, private: bool) -> list[Choice]:
    """Whoever may answer what is said next."""
    return [
        choice
        for choice in (*_ANYWHERE, *model_choices(models))
        if not (private and "cloud" in (choice.value, choice.place))
    ]


def again_choices(models: Sequence[ModelView], *, private: bool) -> list[Choice]:
    """Whoever may answer once more."""
    return [ELSEWHERE, *who_choices(models, private=private)]


def _note(model: ModelView) -> str:
    words = [_ASLEEP.get(model.state, model.state)]
    if model.state in _USABLE:
        words.append(took(model.first_token_ms))
        words.append(_price(model))
    elif model.reason:
        words.append(model.reason.removeprefix(model.id).lstrip())
    return " · ".join(word for word in words if word)


def _price(model: ModelView) -> str:
    if model.input_nano_per_mtok is None or model.output_nano_per_mtok is None:
        return "" if model.place == "cloud" else "$0"
    if not model.input_nano_per_mtok and not model.output_nano_per_mtok:
        return "$0"
    prices = (model.input_nano_per_mtok, model.output_nano_per_mtok)
    return "/".join(units.price(price) for price in prices) + _A_MILLION


def question_choices(question: BudgetQuestion) -> list[Choice]:
    """What can be said to a prompt that waits at a limit."""
    more = units.money(question.raise_nano)
    return [
        Choice("raise", f"Yes: {more} more", "this time alone; the next limit is as before"),
        Choice("refuse", "No", "it is answered at home, or refused"),
        Choice("budget", "Another budget", "for good; opens Spend"),
    ]


def choice_lines(
    choices: Iterable[Choice], cursor: int, marked: Sequence[str] | None, width: int
) -> list[Line]:
    """The list; `marked` is None where one alone can be taken."""
    return [
        _line(choice, number == cursor, marked, width) for number, choice in enumerate(choices)
    ] or [[("Nothing matches.", "muted")]]


def _line(choice: Choice, here: bool, marked: Sequence[str] | None, width: int) -> Line:
    line: Line = [("▸ " if here else "  ", "accent")]
    if marked is not None:
        number = f"{marked.index(choice.value) + 1}" if choice.value in marked else " "
        line.append((f"[{number}] ", "good" if choice.value in marked else "muted"))
    room = width - 2 - (0 if marked is None else 4)
    if choice.place:
        line.append((left(choice.place, 6), f"place-{choice.place}"))
        room -= 6
    if choice.key is not None:
        return line + _command(choice, room, here=here)
    beside = room - len(choice.note.removesuffix(_A_MILLION))
    name = min(len(choice.name) + 2, max(20, room // 2, beside))
    told = _fitting(choice.note, room - name)
    name = max(name, min(len(choice.name) + 1, room - len(told)))  # what that left free
    line.append((left(choice.name, name - 1) + " ", "strong" if here else ""))
    line.append((right(told, max(0, room - name)), "muted"))
    return line


def _fitting(note: str, room: int) -> str:
    """Facts without the last of them, where there is no room for all."""
    if len(note) > room:
        note = note.removesuffix(_A_MILLION)
    while len(note) > room and " · " in note:
        note = note.rpartition(" · ")[0]
    return note


def _command(choice: Choice, room: int, *, here: bool) -> Line:
    """Its name, its key, and what it means as far as there is room."""
    name = min(_COMMAND if choice.key else _COMMAND + _KEY, room)
    key = min(_KEY, max(0, room - name)) if choice.key else 0
    note = max(0, room - name - key)
    is_told = len(choice.note) <= note or note >= _LEAST_MEANING
    return [
        (left(choice.name, name), "strong" if here else ""),
        (left(choice.key or "", key), "key"),
        (left(choice.note if is_told else "", note), "muted"),
    ]
