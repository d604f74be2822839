"""The part of a conversation that is looked at closely, taken apart once.

The last thing the person said decides what is asked for. Of a long one the
beginning and the end are read: instructions stand there, material between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from homeport.analysis.facts import Turn
from homeport.analysis.language import UNSPACED, script_of
from homeport.policies.quick import maker, quick

HEAD_CHARACTERS, TAIL_CHARACTERS = 2_600, 1_500
SYSTEM_CHARACTERS = 400
HEAD_WORDS, TAIL_WORDS = 24, 36

# Bytes that separate words: ASCII but for letters, digits, apostrophe and hyphen.
_BLANKED = bytes(
    byte if byte > 127 or chr(byte).isalnum() or chr(byte) in "'-" else 32 for byte in range(256)
)
_WIDE_BLANKS = "\u00ab\u00bb\u201c\u201d\u201e\u2018\u2026\u2013\u2014\u00bf\u00a1\u300c\u300d"
_WIDE_STOPS = "\uff0c\u3002\uff1f\uff01\u3001\uff1b\uff1a\uff08\uff09\u061f\u060c"


@quick(frozen=True, slots=True)
class Focus:
    """What was last asked, in words and as text."""

    text: str
    lower: str
    words: tuple[str, ...]
    """Lower case, in order."""
    numbers: int
    """Groups of digits."""
    head: frozenset[str]
    """Words and pairs of words of the beginning: where instructions mostly stand."""
    tail: frozenset[str]
    """The same of the end."""
    all: frozenset[str]
    """Head, tail, and the single words between them."""
    system: frozenset[str]
    """Words of the system message."""
    script: str
    """What most letters are in, such as `han`; empty for Latin letters."""
    turns: int
    has_tool_results: bool
    is_whole: bool
    """Nothing of the last turn was left out."""
    has_digits: bool


_focus = maker(Focus)


def focus_of(turns: Sequence[Turn]) -> Focus:
    """Take apart the last turn of the person (or, where there is none, the last of all)."""
    asked = _asked(turns)
    text = bounded(asked)
    lower = text.lower()
    script = script_of(lower)
    words, numbers, has_digits = _split(lower, script)
    head, tail = _ends(words)
    return _focus(
        text=text,
        lower=lower,
        words=tuple(words),
        numbers=numbers,
        head=head,
        tail=tail,
        all=tail if len(words) <= TAIL_WORDS else head.union(tail, words),
        system=_system(turns),
        script=script,
        turns=len(turns),
        has_tool_results="tool" in [turn.role for turn in turns],
        is_whole=len(text) == len(asked),
        has_digits=has_digits,
    )


def _asked(turns: Sequence[Turn]) -> str:
    for turn in reversed(turns):
        if turn.role == "user":
            return turn.text
    return turns[-1].text if turns else ""


def bounded(text: str) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]}\n{text[-TAIL_CHARACTERS:]}"


def _split(lower: str, script: str) -> tuple[list[str], int, bool]:
    """The words of a lower-case text, how many groups of digits stand between them, and whether
    there is a digit anywhere."""
    if lower.isascii():
        return _split_ascii(lower)
    has_digits = _DIGIT.search(lower) is not None
    plain = _narrowed(lower, script).encode("utf-8", "surrogatepass").translate(_BLANKED)
    text = plain.decode("utf-8", "surrogatepass").replace(" '", " ").replace("' ", " ")
    return *_sorted_out(text.split()), has_digits


def _split_ascii(lower: str) -> tuple[list[str], int, bool]:
    plain = lower.encode("ascii").translate(_BLANKED)
    has_digits = len(plain.translate(None, _DIGITS)) != len(plain)
    opens = b" '" in plain
    text = plain.decode("ascii")
    if opens:
        text = text.replace(" '", " ")
    pieces = text.replace("' ", " ").split()
    if has_digits or opens or b" -" in plain or plain[:1] in _SIGNS:
        return *_sorted_out(pieces), has_digits
    return pieces, 0, False  # every piece begins with a letter


_DIGIT = re.compile(r"\d")
_DIGITS = b"0123456789"
_SIGNS = (b"'", b"-")


def _sorted_out(pieces: list[str]) -> tuple[list[str], int]:
    """The words among these, and how many of the others are not a dash."""
    # Letters come after digits and signs, in ASCII and so in all of Unicode.
    words = [piece for piece in pieces if piece >= "a"]
    return words, len(pieces) - len(words) - pieces.count("-")


def _narrowed(text: str, script: str) -> str:
    """Typographic quotes, dashes and full-width stops as blanks.

    Of a script that does not separate words, the words and numbers of others are taken out.
    """
    if script in UNSPACED:
        return text.encode("ascii", "replace").decode("ascii")
    text = text.replace("\u2019", "'")
    for sign in _WIDE_BLANKS + _WIDE_STOPS:
        if sign in text:
            text = text.replace(sign, " ")
    return text


def _ends(words: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The terms of the beginning and of the end; of a short text that is the same."""
    if len(words) > HEAD_WORDS + TAIL_WORDS:
        return _terms(words[:HEAD_WORDS]), _terms(words[-TAIL_WORDS:])
    pairs = [*map(" ".join, pairwise(words))]
    tail = _joined(words[-TAIL_WORDS:], pairs[1 - TAIL_WORDS :])
    if len(words) <= HEAD_WORDS:
        return tail, tail
    return _joined(words[:HEAD_WORDS], pairs[: HEAD_WORDS - 1]), tail


def _terms(words: list[str]) -> frozenset[str]:
    """Words, pairs of neighbours, and the parts of words with hyphens."""
    return _joined(words, map(" ".join, pairwise(words)))


def _joined(words: list[str], pairs: Iterable[str]) -> frozenset[str]:
    terms = {*words, *pairs}
    for word in words:
        if "-" in word:
            terms.update(word.split("-"))
    return frozenset(terms)


def _system(turns: Sequence[Turn]) -> frozenset[str]:
    for turn in turns:
        if turn.role in ("system", "developer"):
            lower = turn.text[:SYSTEM_CHARACTERS].lower()
            return _terms(_split(lower, script_of(lower))[0])
    return frozenset()
