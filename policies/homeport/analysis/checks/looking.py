"""Looks at an answer: every check that fits what was asked, each with a verdict.

A verdict holds no text of the answer. What could not be told is told as that.
"""

from __future__ import annotations

from collections.abc import Iterator

from homeport.analysis.checks.arithmetic import sums_of
from homeport.analysis.checks.code import program_of, syntax_of
from homeport.analysis.checks.refusal import refuses
from homeport.analysis.checks.shape import Shape, document_of
from homeport.analysis.checks.truncation import Cut, cut_of, is_plain
from homeport.policies.model import Ask, Verdict

_RECKONING = frozenset({"mathematics", "reasoning", "data", "question"})
_CUTS: dict[Cut, str] = {
    "length": "It was cut off: the model reached its limit of tokens.",
    "fence": "It was cut off: a code block has no end.",
    "bracket": "It was cut off: a bracket is never closed.",
    "sentence": "Its last sentence has no end.",
    "empty": "It is empty.",
}


def look(
    answer: str, ask: Ask, *, finish: str = "", shape: Shape | None = None, flagged: bool = False
) -> tuple[Verdict, ...]:
    """The verdicts, those that every answer has to stand first.

    `finish` is why its model says that it ended, `shape` what JSON has to fit, `flagged` whether
    the provider says that it is a refusal.
    """
    return tuple(_verdicts(answer, ask, finish, shape, flagged))


def _verdicts(
    answer: str, ask: Ask, finish: str, shape: Shape | None, flagged: bool
) -> Iterator[Verdict]:
    yield refusal(answer, flagged=flagged)
    yield truncation(answer, finish)
    if ask.checkable == "json" or shape is not None:
        yield schema(answer, shape)
    if ask.task in _RECKONING or ask.checkable == "number":
        yield from arithmetic(answer)
    if ask.checkable == "code":
        yield code(answer)


def refusal(answer: str, *, flagged: bool = False) -> Verdict:
    """Whether it answers at all."""
    refused = refuses(answer, flagged=flagged)
    if refused is None:
        sentence = "It begins like a refusal and goes on for long."
        return Verdict(check="refusal", passed=None, sentence=sentence)
    if not refused:
        return Verdict(check="refusal", passed=True, sentence="It does not refuse.")
    sentence = "Its provider marks it as a refusal." if flagged else "It refuses."
    return Verdict(check="refusal", passed=False, sentence=sentence)


def truncation(answer: str, finish: str = "") -> Verdict:
    """Whether it is whole."""
    cut = cut_of(answer, finish)
    if cut is None:
        return Verdict(check="truncation", passed=True, sentence="Nothing of it is missing.")
    passed = False if is_plain(cut, finish) else None
    return Verdict(check="truncation", passed=passed, sentence=_CUTS[cut])


def schema(answer: str, shape: Shape | None) -> Verdict:
    """Whether it is JSON and nothing else, and fits."""
    found = document_of(answer)
    if found is None:
        return Verdict(check="schema", passed=False, sentence="It is not JSON.")
    if not found.is_alone:
        sentence = "JSON is in it, among other text."
        return Verdict(check="schema", passed=False, sentence=sentence)
    wrong = shape(found.value) if shape is not None else ""
    if wrong:
        return Verdict(check="schema", passed=False, sentence=wrong)
    sentence = "It is JSON." if shape is None else "It is JSON and fits its schema."
    return Verdict(check="schema", passed=True, sentence=sentence)


def arithmetic(answer: str) -> Iterator[Verdict]:
    """Whether its sums come out; nothing where it has none."""
    sums = sums_of(answer)
    wrong = sum(not found.is_right for found in sums)
    if not sums:
        return
    if wrong:
        sentence = f"Sums in it that do not come out: {wrong} of {len(sums)}."
    else:
        sentence = f"Every sum in it comes out: {len(sums)} reckoned again."
    yield Verdict(check="arithmetic", passed=not wrong, sentence=sentence)


def code(answer: str) -> Verdict:
    """Whether its program can be read."""
    block = program_of(answer)
    if block is None:
        return Verdict(check="code", passed=None, sentence="No program was found in it.")
    syntax = syntax_of(block.source, block.language)
    language = block.language if block.language.isalpha() else "its language"
    if syntax.how == "not checked":
        sentence = "Its program is not checked: only Python is parsed."
    elif syntax.how == "brackets" and syntax.passed is None:
        sentence = f"The brackets of its program match; more is not checked for {language}."
    elif syntax.how == "brackets":
        sentence = f"A bracket of its program has no partner (line {syntax.line})."
    elif syntax.passed:
        sentence = "Its program is Python that parses; it was not run."
    else:
        sentence = f"Its program is no valid Python (line {syntax.line})."
    return Verdict(check="code", passed=syntax.passed, sentence=sentence)
