"""Which kind of work a prompt asks for."""

from __future__ import annotations

from typing import get_args

from homeport.analysis.cues import CUE_WORDS, CUES, PART_CUES, UNSPACED
from homeport.analysis.focus import Focus
from homeport.analysis.marks import Marks
from homeport.policies.model import Task

TASKS: tuple[Task, ...] = get_args(Task)

IN_HEAD, IN_TAIL, WITHIN, IN_SYSTEM = 1.0, 0.8, 0.3, 0.4
"""What a cue counts for by where it stands."""
SHORT = 14
"""Words up to which a prompt may be small talk."""


def task_of(focus: Focus, marks: Marks, tools: int) -> Task:
    """The task with the most evidence; a question where there is little."""
    if tools or focus.has_tool_results:
        return "agent"
    scores = dict.fromkeys(TASKS, 0.0)
    scores["question"] = 1.0
    _add_words(scores, focus)
    _add_marks(scores, focus, marks)
    _settle_small_talk(scores, focus)
    _settle_sequence(scores, marks)
    return max(TASKS, key=lambda task: scores[task])


def _add_words(scores: dict[Task, float], focus: Focus) -> None:
    for term in sorted(focus.all & CUE_WORDS):
        factor = IN_HEAD if term in focus.head else IN_TAIL if term in focus.tail else WITHIN
        for task, weight in CUES[term]:
            scores[task] += weight * factor
    for term in sorted(focus.system & CUE_WORDS):
        for task, weight in CUES[term]:
            scores[task] += weight * IN_SYSTEM
    if focus.script in UNSPACED:
        for part, task, weight in PART_CUES:
            if part in focus.lower:
                scores[task] += weight


def _add_marks(scores: dict[Task, float], focus: Focus, marks: Marks) -> None:
    # Material to translate or to sum up may hold anything: the instruction decides.
    told = max(scores["translation"], scores["summarising"], scores["extraction"])
    open_to_material = 0.3 if told >= 4.5 else 1.0
    scores["code"] += min(6.0, 0.9 * marks.code) * open_to_material
    scores["mathematics"] += min(6.0, 1.4 * marks.maths) * open_to_material
    scores["mathematics"] += min(4.0, 2.0 * marks.sums) * open_to_material
    if focus.numbers >= 2 and marks.questions and scores["mathematics"] >= 2.0:
        scores["mathematics"] += 2.0
    if marks.table_rows >= 3:
        scores["data"] += 3.0 * open_to_material
    if marks.questions:
        scores["question"] += 1.0
    if marks.options >= 3:
        scores["question"] += 2.5
    if len(focus.words) > 400:
        scores["summarising"] *= 1.2


def _settle_small_talk(scores: dict[Task, float], focus: Focus) -> None:
    """Politeness in a real request is not small talk."""
    words = len(focus.words)
    asked = max(scores[task] for task in TASKS if task not in ("chat", "question"))
    if words > SHORT or asked >= 2.0:
        scores["chat"] = 0.0
    elif words <= 1 and not asked and len(focus.text) < 12 and scores["chat"] == 0.0:
        scores["chat"] = 1.5


def _settle_sequence(scores: dict[Task, float], marks: Marks) -> None:
    """Several kinds of work in a row, or numbered steps, are a task of their own."""
    kinds = sum(
        scores[task] >= 2.8
        for task in ("translation", "summarising", "extraction", "code", "writing", "data")
    )
    if marks.steps >= 3 and scores["multi-step"] + kinds >= 1.0:
        scores["multi-step"] += 4.0
    if kinds >= 2 and scores["multi-step"] >= 1.0:
        scores["multi-step"] += 2.0 + max(scores.values()) / 2
