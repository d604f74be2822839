"""A text as pieces: words, numbers, signs, and what must not be touched (code, quotes, addresses).

Nothing is left out here: two texts with the same pieces differ in blanks, quotes' shapes
and dashes alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["word", "number", "verbatim", "sign"]


class Piece(NamedTuple):
    """One piece as it stands, and as it is compared."""

    kind: Kind
    said: str
    folded: str
    """What is compared; of code, quotes and addresses every letter as it stands."""


_SHAPES = str.maketrans("\u2018\u2019\u201c\u201d\u00ab\u00bb\u2013\u2014\u00a0", '\'\'""""-- ')
# What stands before `://` and `@` has a bound, so that no run of letters and marks is read anew
# from each of them.
_PIECE = re.compile(
    r"(?P<fence>```.*?(?:```|\Z))"
    r"|(?P<code>`[^`\n]+`)"
    r'|(?P<quote>"[^"\n]*")'
    r"|(?P<single>(?<![\w'])'[^'\n]+'(?![\w]))"
    r"|(?P<address>\w{1,64}://\S+|[\w.+-]{1,64}@[\w-]{1,255}\.[\w.-]+|(?<!\S)[~.]*/[\w./~-]*\w)"
    r"|(?P<number>(?<![\w.])-?\d+(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w.])-?\d+(?:[.:]\d+)*)"
    r"|(?P<word>[^\W_]+(?:['_][^\W_]+)*|_+)"
    r"|(?P<sign>[^\w\s])",
    re.DOTALL,
)
_VERBATIM = frozenset({"fence", "code", "quote", "single", "address"})


def pieces_of(text: str) -> list[Piece]:
    """In their order."""
    shaped = unicodedata.normalize("NFKC", text).translate(_SHAPES)
    return [_piece(match) for match in _PIECE.finditer(shaped)]


def _piece(match: re.Match[str]) -> Piece:
    group, said = match.lastgroup or "sign", match[0]
    if group in _VERBATIM:
        return Piece("verbatim", said, said.rstrip(".,;") if group == "address" else said)
    if group == "number":
        return Piece("number", said, said.replace(",", ""))
    if group == "word":
        return Piece("word", said, said.casefold())
    return Piece("sign", said, said)


def plain_word(folded: str) -> Piece:
    """A word that stands for others."""
    return Piece("word", folded, folded)
