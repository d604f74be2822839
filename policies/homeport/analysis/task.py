"""Which kind of work a prompt asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from homeport.analysis.cues import CUE_WORDS, CUES, PART_CUES
from homeport.analysis.focus import HEAD_WORDS, TAIL_WORDS, Focus
from homeport.analysis.language import UNSPACED
from homeport.analysis.marks import Marks
from homeport.policies.model import Task

# Scripts in which parts of words are looked for.
INFLECTED = UNSPACED | {"hangul", "devanagari", "arabic"}

TASKS: tuple[Task, ...] = get_args(Task)

TRANSFORMING: frozenset[Task] = frozenset({"translation", "summarising", "extraction"})
"""Tasks that are done to material of any kind."""
ABOUT_MATTER: tuple[Task, ...] = ("code", "mathematics", "data", "question", "reasoning")
STRONG = 3.0
"""Weight from which a single word is an instruction."""

_WORK = tuple(task for task in TASKS if task not in ("chat", "question"))
_KINDS: tuple[Task, ...] = (
    *("translation", "summarising", "extraction"),
    *("code", "writing", "data"),
)
"""Of these, several make a sequence."""

IN_HEAD, IN_TAIL, WITHIN, IN_SYSTEM = 1.0, 0.8, 0.3, 0.4
"""What a cue counts for by where it stands."""
MOST_QUESTION = 4.0
"""What words of asking count for at most: any kind of work may be asked for by a question."""
SHORT = 14
"""Words up to which a prompt may be small talk."""


def task_of(focus: Focus, marks: Marks, tools: int) -> Task:
    """The task with the most evidence; a question where there is little."""
    if tools or focus.has_tool_results:
        return "agent"
    scores = _START.copy()
    _add_words(scores, focus)
    scores["question"] = min(MOST_QUESTION, scores["question"])
    _add_marks(scores, focus, marks)
    _settle_small_talk(scores, focus)
    _settle_sequence(scores, marks)
    return max(scores, key=scores.__getitem__)


_START: dict[Task, float] = {**dict.fromkeys(TASKS, 0.0), "question": 1.0}


def _add_words(scores: dict[Task, float], focus: Focus) -> None:
    head, tail = focus.head, focus.tail
    for term in sorted(focus.all & CUE_WORDS):
        factor = IN_HEAD if term in head else IN_TAIL if term in tail else WITHIN
        for task, weight in CUES[term]:
            scores[task] += weight * factor
    if focus.system:
        for term in sorted(focus.system & CUE_WORDS):
            for task, weight in CUES[term]:
                scores[task] += weight * IN_SYSTEM
    if focus.script in INFLECTED:
        for part, task, weight in PART_CUES:
            if part in focus.lower:
                scores[task] += weight


def _add_marks(scores: dict[Task, float], focus: Focus, marks: Marks) -> None:
    open_to_material = 1.0
    if _transforms(focus):
        # The material may hold anything: the instruction decides.
        open_to_material = 0.3
        for task in ABOUT_MATTER:
            scores[task] *= 0.5
    if marks.code:
        scores["code"] += min(6.0, 0.9 * marks.code) * open_to_material
    if marks.code >= 2 and scores["code"] >= 3.0:
        scores["code"] += 2.0
    if marks.maths or marks.sums:
        scores["mathematics"] += min(6.0, 1.4 * marks.maths) * open_to_material
        scores["mathematics"] += min(4.0, 2.0 * marks.sums) * open_to_material
    if marks.sums and len(focus.words) <= SHORT:
        scores["mathematics"] += 3.0 * open_to_material
    if focus.numbers >= 2 and marks.questions and scores["mathematics"] >= 1.0:
        scores["mathematics"] += 2.5 * open_to_material
    if marks.table_rows >= 3:
        scores["data"] += 3.0 * open_to_material
    if marks.questions:
        scores["question"] += 1.0
    if marks.options >= 3:
        scores["question"] += 2.5
    if len(focus.words) > 400:
        scores["summarising"] *= 1.2


def _transforms(focus: Focus) -> bool:
    """The first word that is a strong cue, where an instruction begins, is of such a task."""
    if _TRANSFORMING_WORDS.isdisjoint(focus.all):
        return False
    words = focus.words
    for word in (*words[:HEAD_WORDS], *words[-TAIL_WORDS:]):
        if word in _LEADING:
            return _LEADING[word] in TRANSFORMING
    return False


_LEADING: Mapping[str, Task] = {
    word: next(task for task, weight in cues if weight >= STRONG)
    for word, cues in CUES.items()
    if max([weight for _, weight in cues]) >= STRONG
}
"""The task of each word that is an instruction by itself."""
_TRANSFORMING_WORDS = frozenset(word for word, task in _LEADING.items() if task in TRANSFORMING)


def _settle_small_talk(scores: dict[Task, float], focus: Focus) -> None:
    """Politeness in a real request is not small talk."""
    words = len(focus.words)
    if words > SHORT or (asked := max([scores[task] for task in _WORK])) >= 2.0:
        scores["chat"] = 0.0
    elif words <= 1 and not asked and len(focus.text) < 12 and scores["chat"] == 0.0:
        scores["chat"] = 1.5


def _settle_sequence(scores: dict[Task, float], marks: Marks) -> None:
    """Several kinds of work in a row, or numbered steps, are a task of their own."""
    if scores["multi-step"] < 1.0 and marks.steps < 3:
        return
    kinds = sum([scores[task] >= 2.8 for task in _KINDS])
    if marks.steps >= 3 and scores["multi-step"] + kinds >= 1.0:
        scores["multi-step"] += 4.0
    if kinds >= 2 and scores["multi-step"] >= 1.0:
        scores["multi-step"] += 2.0 + max(scores.values()) / 2
