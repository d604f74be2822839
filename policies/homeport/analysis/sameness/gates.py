"""The gates: each compares one thing of two texts, and one that does not agree is enough.

The last compares every word that is left once both are reworded, in its order. So what
can go wrong is a rewording that loses something, and not a word that was overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from homeport.analysis.language import language_of, script_of
from homeport.analysis.sameness.ngrams import counts_of, similarity
from homeport.analysis.sameness.pieces import Piece, pieces_of
from homeport.analysis.sameness.rewording import reworded, without_courtesy
from homeport.analysis.sameness.wordings import ALSO_COMMON, QUESTION

ALIKE = 0.3
"""Of the cosine of runs of characters; prompts that agree at the gates are nearly all above it."""
UNKNOWN = "und"
MOST_CHARACTERS = 20_000
"""Of a longer text nothing is compared: nobody writes it a second time in other words."""
MOST_READ = 20
"""Texts near to one by their vectors that are read."""
_NEGATIONS = (
    "not no never none nobody nothing neither nor without non un except unless hardly barely "
    "rarely seldom false wrong incorrect nicht kein keine keinen nie ohne ne pas jamais sans ni "
    "nunca sin não nem sem mai senza niet geen zonder не нет никогда без"
)
NEGATIONS = frozenset(_NEGATIONS.split())
BEGINNINGS = frozenset({"who", "it", "may", "will", "go", "drew"}) | QUESTION
"""Words that are names too, and begin sentences as often as not."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text as it is compared."""

    language: str
    pieces: tuple[Piece, ...]
    """Reworded."""
    is_small: bool
    """Written without a single capital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What comparing two texts came to."""

    similarity: float
    gate: str
    """The first that does not agree; empty where all do: they say the same."""

    @property
    def is_same(self) -> bool:
        """The answer to one may be given to the other."""
        return not self.gate


def read(text: str) -> Reading:
    """A text as it is compared."""
    return _read(text, reworded)


def read_widely(text: str) -> Reading:
    """A text as it is compared where an embedding model has said that it is alike."""
    from homeport.analysis.sameness.wider import widened

    return _read(text, widened)


def _read(text: str, plainest: Callable[[Sequence[Piece]], list[Piece]]) -> Reading:
    pieces = pieces_of(text)
    words = _WORD.findall(text.casefold())
    language = language_of(script_of(text), text.casefold(), words)
    is_english = language == "en" or (language == UNKNOWN and text.isascii())
    plain = plainest(pieces) if is_english else without_courtesy(pieces, language)
    return Reading(language=language, pieces=tuple(plain), is_small=text == text.lower())


def language(one: Reading, other: Reading) -> bool:
    """Both are in one language, as far as that can be told."""
    return one.language == other.language or UNKNOWN in (one.language, other.language)


def code(one: Reading, other: Reading) -> bool:
    """Code, quotes and addresses are the same, and so are all signs between the words."""
    return _said(one, "verbatim", "sign") == _said(other, "verbatim", "sign")


def numbers(one: Reading, other: Reading) -> bool:
    """The same numbers, in the same order."""
    return _said(one, "number") == _said(other, "number")


def names(one: Reading, other: Reading) -> bool:
    """The same names, in the same order; where one text is written small, see `words`."""
    if one.is_small or other.is_small:
        return True
    return _names(one) == _names(other)


def negation(one: Reading, other: Reading) -> bool:
    """As many words that negate, and the same."""
    return _negations(one) == _negations(other)


def words(one: Reading, other: Reading) -> bool:
    """Every word that is left, in its order; one written small is no name."""
    if [piece.folded for piece in one.pieces] != [piece.folded for piece in other.pieces]:
        return False
    pairs = zip(one.pieces, other.pieces, strict=True)
    return all(_as_large(ours, theirs, first=at == 0) for at, (ours, theirs) in enumerate(pairs))


GATES: tuple[tuple[str, Callable[[Reading, Reading], bool]], ...] = (
    ("language", language),
    ("code", code),
    ("numbers", numbers),
    ("names", names),
    ("negation", negation),
    ("words", words),
)
"""Names and functions, in the order they are asked."""


def plainest(text: str) -> str:
    """What two texts that say the same have in common to the letter: by this, others are found.
    Of a text that is too long to be compared, the text."""
    if len(text) > MOST_CHARACTERS:
        return text
    return "\x1f".join([piece.folded for piece in read(text).pieces])


def disagreement(one: Reading, other: Reading) -> str:
    """The first gate that does not agree; empty where all do."""
    return next((name for name, agrees in GATES if not agrees(one, other)), "")


def same(one: str, other: str) -> Sameness:
    """Compare two texts."""
    if max(len(one), len(other)) > MOST_CHARACTERS:
        return Sameness(similarity=0.0, gate="length")
    gate = disagreement(read(one), read(other))
    return _as_alike(gate, similarity(counts_of(one), counts_of(other)))


def nearest(text: str, others: Sequence[str]) -> tuple[int, float] | None:
    """Which of the others says the same and is most alike, and how much; None where none does."""
    if len(text) > MOST_CHARACTERS:
        return None
    ours, counts = read(text), counts_of(text)
    found: list[tuple[float, int]] = []
    for at, other in enumerate(others):
        if len(other) <= MOST_CHARACTERS and not disagreement(ours, read(other)):
            sameness = _as_alike("", similarity(counts, counts_of(other)))
            found += [(sameness.similarity, -at)] if sameness.is_same else []
    if not found:
        return None
    alike, at = max(found)
    return -at, alike


def nearest_in_meaning(
    text: str, others: Sequence[tuple[str, float]], least: float
) -> tuple[int, float] | None:
    """The same of texts with the cosine of their vectors, which has to be at least so much.

    The vectors are one witness and the gates the other: these know more wordings then, and
    nothing else is left to the vectors.
    """
    near = sorted(((cosine, -at) for at, (_, cosine) in enumerate(others)), reverse=True)
    near = [one for one in near[:MOST_READ] if one[0] >= least]
    if not near or len(text) > MOST_CHARACTERS:
        return None
    ours = read_widely(text)
    for cosine, at in near:
        if not disagreement(ours, read_widely(others[-at][0])):
            return -at, min(1.0, cosine)
    return None


def _as_alike(gate: str, alike: float) -> Sameness:
    """What agrees at every gate has to look alike as well."""
    return Sameness(similarity=alike, gate=gate or ("" if alike >= ALIKE else "alike"))


def _said(reading: Reading, *kinds: str) -> list[str]:
    return [piece.folded for piece in reading.pieces if piece.kind in kinds]


def _names(reading: Reading) -> list[str]:
    """Words with a capital, but for the first."""
    later = reading.pieces[1:]
    return [p.folded for p in later if p.kind == "word" and p.said not in (p.said.lower(), "I")]


def _negations(reading: Reading) -> list[str]:
    return [piece.folded for piece in reading.pieces if piece.folded in NEGATIONS]


def _as_large(ours: Piece, theirs: Piece, *, first: bool) -> bool:
    """Whether both are written with the same capitals, or this cannot change what is meant."""
    if ours.kind != "word" or ours.said == theirs.said:
        return True
    large, small = sorted((ours.said, theirs.said), key=lambda said: said == said.lower())
    if large == "I":
        return True
    is_title = small == small.lower() and large == large[:1] + large[1:].lower()
    if first and small in BEGINNINGS:
        return is_title
    return is_title and small not in ALSO_COMMON
