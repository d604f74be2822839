"""The final answer of a text, by what is checkable about it, in one normal form."""

from __future__ import annotations

from typing import NamedTuple

from homeport.analysis.checks.code import canonical_code
from homeport.analysis.checks.final_number import result_of
from homeport.analysis.checks.final_word import choice_of, label_of
from homeport.analysis.checks.numbers import Number
from homeport.analysis.checks.shape import canonical_json
from homeport.policies.model import Checkable


class Final(NamedTuple):
    """What an answer comes to."""

    kind: Checkable
    text: str
    """Normal form: the same text is the same answer."""
    number: Number | None = None
    """Of a numeric result, read exactly."""


_TEXTS = {"choice": choice_of, "label": label_of, "code": canonical_code, "json": canonical_json}


def final_of(answer: str, kind: Checkable, *, language: str = "") -> Final | None:
    """What a text comes to; None where it comes to nothing that can be compared."""
    if kind == "number":
        result = result_of(answer, language)
        return None if result is None else Final(kind, result.text, result.number)
    read = _TEXTS.get(kind)
    text = None if read is None else read(answer)
    return None if text is None else Final(kind, text)
