"""What the prompt-side model sees of a prompt: numbers that can be read, and words.

Everything is taken from the part that is looked at closely (`Focus`), so a
prompt of any size costs the same. Sizes are logarithms: twice as long is one
more, wherever it starts from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from string import ascii_uppercase

from homeport.analysis.checkable import checkable_of
from homeport.analysis.facts import Turn
from homeport.analysis.focus import Focus, focus_of
from homeport.analysis.marks import Marks, marks_of
from homeport.analysis.task import task_of
from homeport.analysis.terms import words
from homeport.analysis.tokens import estimate_tokens
from homeport.policies.model import Checkable, Task

_TASKS: tuple[Task, ...] = (
    *("question", "writing", "code", "mathematics"),
    *("reasoning", "extraction", "data", "multi-step"),
)
_CHECKABLE: tuple[Checkable, ...] = ("number", "choice", "label", "code")
DENSE: tuple[str, ...] = (
    *("tokens", "words", "different_words", "repeated", "numbers", "number_share"),
    *("word_length", "long_words", "long_share", "lines", "questions", "commas", "sentences"),
    *("code", "maths", "sums", "items", "options", "upper_share", "signs", "dollars"),
    *("percents", "negations", "blank", "stem", "stem_asks", "option_count", "option_length"),
    *("option_numbers", "option_refers", "statement"),
    *[f"task_{task}" for task in _TASKS],
    *[f"checkable_{kind}" for kind in _CHECKABLE],
)
"""Names of the numbers, in their order."""
_OPTION_COUNT = DENSE.index("option_count")

KINDS = ("many options", "few options", "code", "mathematics", "other")
"""Kinds of prompts that have weights of their own: what helps on one may harm on another."""

_NEGATIONS = words(
    "not except never cannot isn't doesn't don't least incorrect false neither without no"
)
_OPTION = re.compile(r"\n\(?[A-J][.):] ?")
_REFERS = ("above", "None of", "Both", "none of", "both")
_UPPER, _SIGNS = ascii_uppercase.encode(), b"=+^\\_*/<>{}"
_LONG = 9
"""Letters from which a word is long."""


@dataclass(frozen=True, slots=True)
class PromptFeatures:
    """One prompt as the model sees it; holds words, so it never leaves the room."""

    dense: tuple[float, ...]
    """By `DENSE`."""
    kind: int
    """Its place in `KINDS`."""
    terms: frozenset[str]
    """Different words, and pairs of neighbours at the beginning and the end."""


def features_of_text(text: str) -> PromptFeatures:
    """The features of a single message."""
    focus = focus_of([Turn("user", text)])
    marks = marks_of(focus)
    task = task_of(focus, marks, 0)
    return features_of(focus, marks, task, checkable_of(focus, marks, task, "text"))


def features_of(focus: Focus, marks: Marks, task: Task, checkable: Checkable) -> PromptFeatures:
    """The features of what was measured already."""
    dense = (
        *_of_words(focus),
        *_of_signs(focus.text, focus.words, marks),
        *_of_options(focus.text),
        *[float(task == each) for each in _TASKS],
        *[float(checkable == each) for each in _CHECKABLE],
    )
    return PromptFeatures(dense, _kind(dense[_OPTION_COUNT], task), focus.all)


def _kind(option_count: float, task: Task) -> int:
    if option_count >= 5 / 4:
        return 0
    if option_count >= 2 / 4:
        return 1
    return {"code": 2, "mathematics": 3}.get(task, 4)


def _of_words(focus: Focus) -> Sequence[float]:
    """From `tokens` to `long_share`."""
    count, numbers = len(focus.words), max(0, focus.numbers)
    different = frozenset(focus.words)
    size, kinds = log2(1 + count), log2(1 + len(different))
    lengths = list(map(len, focus.words))
    long_words = sum([len(word) >= _LONG for word in different])
    return (
        log2(1 + estimate_tokens(focus.text)),
        size,
        kinds,
        size - kinds,
        log2(1 + numbers),
        4.0 * numbers / (count + numbers or 1),
        sum(lengths) / (count or 1),
        log2(1 + long_words),
        sum([length >= _LONG for length in lengths]) / (count or 1),
    )


def _of_signs(text: str, in_order: Sequence[str], marks: Marks) -> Sequence[float]:
    """From `lines` to `blank`."""
    encoded = text.encode("utf-8", "surrogatepass")
    size = len(encoded)
    return (
        log2(1 + text.count("\n")),
        log2(1 + marks.questions),
        log2(1 + text.count(",")),
        log2(1 + text.count(". ")),
        log2(1 + marks.code),
        log2(1 + marks.maths),
        log2(1 + marks.sums),
        log2(1 + marks.items),
        marks.options / 4,
        10.0 * (size - len(encoded.translate(None, _UPPER))) / (size or 1),
        log2(1 + size - len(encoded.translate(None, _SIGNS))),
        log2(1 + text.count("$")),
        log2(1 + text.count("%")),
        float(len(_NEGATIONS.intersection(in_order))),
        float("__" in text),
    )


def _of_options(text: str) -> Sequence[float]:
    """From `stem` to `statement`: the question before its lettered options, and these."""
    stem, *options = _OPTION.split(text)
    count = len(options)
    return (
        log2(1 + len(stem)),
        float(stem.rstrip().endswith("?")),
        count / 4,
        log2(1 + sum(map(len, options)) / count) if count else 0.0,
        sum([any(map(str.isdigit, option)) for option in options]) / (count or 1),
        float(any(word in option for option in options for word in _REFERS)),
        float("Statement 1" in text),
    )
