"""Tasks from single pieces of evidence."""

from __future__ import annotations

from homeport.analysis.cues import CUES, PART_CUES
from homeport.analysis.facts import Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.marks import marks_of
from homeport.analysis.task import TASKS, task_of
from homeport.policies.model import Task


def task(text: str, tools: int = 0) -> Task:
    focus = focus_of([Turn("user", text)])
    return task_of(focus, marks_of(focus), tools)


def test_tools_make_a_step_of_an_agent() -> None:
    assert task("What is the weather?", tools=1) == "agent"
    focus = focus_of([Turn("user", "and?"), Turn("tool", "12 degrees")])
    assert task_of(focus, marks_of(focus), 0) == "agent"


def test_a_greeting_before_a_request_is_not_small_talk() -> None:
    assert task("Hello! Translate this: bonjour") == "translation"
    assert task("Hello!") == "chat"


def test_a_question_is_what_remains() -> None:
    assert task("") in ("question", "chat")
    assert task("the mitochondria and their membranes in living cells") == "question"


def test_every_cue_names_a_task() -> None:
    assert {task for entries in CUES.values() for task, _ in entries} <= set(TASKS)
    assert {task for _, task, _ in PART_CUES} <= set(TASKS)
    assert all(term == term.lower().strip() for term in CUES)
    assert all(len(term.split()) <= 2 for term in CUES), "terms are words or pairs of words"
