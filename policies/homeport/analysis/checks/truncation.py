"""Whether an answer was cut off: as its model says, or as its text shows."""

from __future__ import annotations

import re
from typing import Literal

from homeport.analysis.checks.bounds import end_of
from homeport.analysis.checks.code import program_of, syntax_of

Cut = Literal["length", "fence", "bracket", "sentence", "empty"]
"""How it shows: the model reached its limit; a code fence has no end; JSON or a program ends
inside a bracket; the last sentence has no end; there is nothing."""

LENGTH_WORDS = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_FENCE = re.compile(r"^[ \t]{0,6}(?:```|~~~)", re.MULTILINE)
_ENDS = tuple(".!?:;)]}>|*_`\"'\u201d\u2019\u00bb\u2026\u3002\uff01\uff1f\uff09\u300d\u061f\u0964")
_OPEN_ENDS = tuple(",(-\u2013\u3001\uff0c[{=+/&")
_LEADING = re.compile(
    r"(?:^|\s)(?:and|or|the|a|an|of|to|with|that|because|which|is|are|und|oder|der|die|das|"
    r"mit|et|ou|le|la|les|de|y|o|el|los|con|que|di|che|e|il|en|het|\u0438|\u0432|\u043d\u0430|\u0447\u0442\u043e)\Z",
    re.IGNORECASE,
)
_PROSE_WORDS, _PROSE_CHARACTERS = 7, 120
"""A shorter last line, or answer, need not be a sentence."""


def cut_of(answer: str, finish: str = "") -> Cut | None:
    """The plainest sign of a cut; None without any. `finish`: why the model says it ended."""
    if finish in LENGTH_WORDS:
        return "length"
    text = answer.rstrip()
    if not text:
        return "empty"
    if len(_FENCE.findall(text)) % 2:
        return "fence"
    if _bracket_is_open(text):
        return "bracket"
    return "sentence" if _sentence_is_open(text) else None


def is_plain(cut: Cut, finish: str) -> bool:
    """It leaves no doubt, as an open sentence does of a model that says that it had ended."""
    return cut != "sentence" or finish not in ("stop", "end_turn")


def _bracket_is_open(text: str) -> bool:
    """JSON that begins with the answer and does not end, or a program with a bracket open."""
    if text[0] in "{[" and text[-1] not in "}])":
        return text.count(text[0]) > text.count({"{": "}", "[": "]"}[text[0]])
    block = program_of(text)
    if block is None or block.language == "python":
        return False
    return syntax_of(block.source, block.language).passed is False


def _sentence_is_open(text: str) -> bool:
    line = end_of(text).rpartition("\n")[2].strip()
    if len(text) < _PROSE_CHARACTERS or line.count(" ") < _PROSE_WORDS or line.endswith(_ENDS):
        return False
    return line.endswith(_OPEN_ENDS) or _LEADING.search(line) is not None or line[-1].islower()
