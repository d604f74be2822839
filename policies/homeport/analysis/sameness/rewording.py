"""From the pieces of an English text to those of the plainest text that says the same.

Each step takes a wording away that changes nothing of what is asked: courtesy, the
opening of a question, a contraction, a spelling, where a clause with `in` stands. What a step
does not know stays as it is, and then the two texts are not the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from homeport.analysis.sameness import wordings
from homeport.analysis.sameness.pieces import Piece, plain_word

Pieces = list[Piece]
LONGEST_PLACE = 4
"""Pieces of a clause with `in` that may be moved."""


def reworded(pieces: Sequence[Piece]) -> Pieces:
    """The plainest text that says the same."""
    plain = polite(spelled(pieces))
    plain = _without_opening(plain)
    plain = _place_last(plain)
    plain = _way(plain)
    plain = _owned(plain)
    return _numbered(unmarked(plain))


def without_courtesy(pieces: Sequence[Piece], language: str) -> Pieces:
    """Another language: without its courtesies at either end, and the mark at the end."""
    mark = [*pieces[-1:]] if pieces and pieces[-1].folded in ("?", "!") else []
    plain = unmarked(pieces[: len(pieces) - len(mark)])
    for words in wordings.COURTEOUS.get(language, ()):
        if begins(plain, words):
            plain = _lead(plain[len(words) :])
        if ends(plain, words):
            plain = _trail(plain[: -len(words)])
    return plain + mark


def begins(pieces: Sequence[Piece], words: Sequence[str]) -> bool:
    """Whether these words come first."""
    return [piece.folded for piece in pieces[: len(words)]] == list(words)


def ends(pieces: Sequence[Piece], words: Sequence[str]) -> bool:
    """Whether these words come last."""
    return [piece.folded for piece in pieces[len(pieces) - len(words) :]] == list(words)


def spelled(pieces: Sequence[Piece]) -> Pieces:
    """Contractions apart, spellings alike."""
    plain: Pieces = []
    for piece, follows in zip_longest(pieces, pieces[1:]):
        if piece.kind != "word":
            plain.append(piece)
        elif piece.folded in wordings.IS_OR_HAS and _is_after_is(follows):
            plain += [plain_word(wordings.IS_OR_HAS[piece.folded]), plain_word("is")]
        elif piece.folded in wordings.APART:
            plain.extend(map(plain_word, wordings.APART[piece.folded]))
        elif piece.folded in wordings.ONE_WORD and _is_small(piece, first=not plain):
            plain.append(plain_word(wordings.ONE_WORD[piece.folded]))
        else:
            plain.append(piece)
    return plain


def _is_after_is(piece: Piece | None) -> bool:
    """Whether `is` stands before it, and not `has`: a thing is named, or a name begins."""
    if piece is None or piece.kind != "word":
        return False
    return piece.folded in wordings.AFTER_IS or piece.said[:1].isupper()


def _is_small(piece: Piece, *, first: bool) -> bool:
    """Written small, or with a capital only because it comes first."""
    said = piece.said
    return said.islower() or (first and said[1:] == said[1:].lower())


def polite(pieces: Sequence[Piece]) -> Pieces:
    """Without greetings and thanks."""
    plain, before = [*pieces], -1
    while len(plain) != before:
        before = len(plain)
        for words in wordings.GREETINGS:
            if begins(plain, words) and _is_apart(plain, len(words)):
                plain = _lead(plain[len(words) :])
        for words in wordings.COURTESIES:
            bare = _without_end(plain)
            if len(bare) > len(words) and ends(bare, words):
                plain = _trail(bare[: -len(words)])
    return plain


def _is_apart(pieces: Pieces, at: int) -> bool:
    """Whether a sign that ends a clause stands there."""
    return at < len(pieces) and pieces[at].folded in (",", "!", ".", ":", "-")


def _without_opening(pieces: Pieces) -> Pieces:
    """`could you please explain …` and `tell me what …` without what is only an opening.

    `please` alone goes where an order follows.
    """
    for words in sorted(wordings.BEFORE_QUESTIONS, key=len, reverse=True):
        rest = pieces[len(words) :]
        if begins(pieces, words) and rest and rest[0].folded in wordings.QUESTION:
            return _turned(unmarked(rest))
    for words in (*wordings.BEFORE_ORDERS, ("please",), ("kindly",)):
        rest = pieces[len(words) :]
        is_order = len(_without_end(rest)) > 1 and rest[0].folded in wordings.ORDERS
        if is_order and begins(pieces, words):
            return _to_nobody(unmarked(rest))
    if begins(pieces, ("please",)) and len(pieces) > 1 and pieces[1].folded in wordings.QUESTION:
        return _turned(pieces[1:])
    if pieces and pieces[0].folded in wordings.ORDERS:
        return _to_nobody(unmarked(pieces))
    return _turned(pieces)


def _to_nobody(pieces: Pieces) -> Pieces:
    """`write me a poem` as `write a poem`."""
    is_told = len(pieces) > 2 and pieces[0].folded in wordings.TO_ME and pieces[1].folded == "me"
    if is_told and pieces[2].folded in ("a", "the", "some"):
        return [pieces[0], *pieces[2:]]
    return pieces


def _turned(pieces: Pieces) -> Pieces:
    """A question as it is asked within a sentence: `how x works`, `what x is`."""
    bare = unmarked(pieces)
    if len(bare) < 3 or bare[0].folded not in wordings.QUESTION:
        return pieces
    first, second, last = bare[0], bare[1], bare[-1]
    is_plain = all(piece.kind != "sign" for piece in bare)
    if is_plain and second.folded in wordings.BE and first.folded in ("what", "who", "where"):
        return [first, *bare[2:], second]
    if second.folded == "does" and last.folded in wordings.ENDS_IN_WORK:
        return [first, *bare[2:-1], plain_word(wordings.ENDS_IN_WORK[last.folded])]
    return bare


def _place_last(pieces: Pieces) -> Pieces:
    """`in python, how …` as `how … in python`, in a sentence that is one clause."""
    if not begins(pieces, ("in",)):
        return pieces
    comma = next((at for at, p in enumerate(pieces) if p.folded == ","), 0)
    place, rest = pieces[:comma], pieces[comma + 1 :]
    if not 1 < comma <= LONGEST_PLACE or not rest:
        return pieces
    rest = unmarked(_without_opening(rest))
    others = {piece.folded for piece in rest[1:]}
    if rest[0].folded not in wordings.QUESTION or others & wordings.FOLDED_SENTENCE:
        return pieces
    if any(piece.kind == "sign" for piece in rest) or "in" in others:
        return pieces
    place = [plain_word("in"), *place[1:]]
    if rest[-1].folded in wordings.BE and rest[0].folded in ("what", "who", "where"):
        return [*rest[:-1], *place, rest[-1]]
    return [*rest, *place]


def _way(pieces: Pieces) -> Pieces:
    """`how can i sort …` as `how to sort …`."""
    for words in wordings.WAYS:
        rest = pieces[len(words) :]
        if begins(pieces, words) and rest and rest[0].folded in wordings.DOING:
            return [plain_word("how"), plain_word("to"), *rest]
    return pieces


def _owned(pieces: Pieces) -> Pieces:
    """`france's capital` as `the capital of france`."""
    for at, piece in enumerate(pieces[:-1]):
        owner, mark, rest = piece.said.partition("'s")
        is_owner = piece.kind == "word" and mark and not rest and owner[:1].isupper()
        if is_owner and pieces[at + 1].folded in wordings.OF:
            thing = [plain_word("the"), pieces[at + 1], plain_word("of")]
            return [*pieces[:at], *thing, Piece("word", owner, owner.casefold()), *pieces[at + 2 :]]
    return pieces


def _numbered(pieces: Pieces) -> Pieces:
    """Numbers in digits."""
    plain: Pieces = []
    left = [*pieces]
    while left:
        piece = left.pop(0)
        tens = wordings.TENS.get(piece.folded) if piece.kind == "word" else None
        if tens is not None:
            joined = left[1:] if left and left[0].folded == "-" else left
            unit = wordings.UNITS.get(joined[0].folded) if joined else None
            if unit is not None:
                left = joined[1:]
            plain.append(_number(str(tens + (unit or 0))))
        elif piece.kind == "word" and piece.folded in wordings.DIGITS:
            plain.append(_number(wordings.DIGITS[piece.folded]))
        else:
            plain.append(piece)
    return plain


def _number(digits: str) -> Piece:
    return Piece("number", digits, digits)


def unmarked(pieces: Sequence[Piece]) -> Pieces:
    """Without the full stop at the end; and without a question mark where the words ask."""
    plain = [*pieces]
    asks = bool(plain) and plain[0].folded in wordings.QUESTION | wordings.ORDERS
    while plain and plain[-1].folded in ((".", "?", "!") if asks else (".",)):
        plain.pop()
    return plain


def _without_end(pieces: Sequence[Piece]) -> Pieces:
    """Without the sign at the end, whichever it is."""
    is_end = bool(pieces) and pieces[-1].folded in (".", "?", "!")
    return [*pieces[:-1]] if is_end else [*pieces]


def _lead(pieces: Pieces) -> Pieces:
    """Without the sign that followed what was taken away."""
    while pieces and pieces[0].folded in (",", "!", ".", ":", "-"):
        pieces = pieces[1:]
    return pieces


def _trail(pieces: Pieces) -> Pieces:
    """Without the comma before what was taken away."""
    while pieces and pieces[-1].folded == ",":
        pieces = pieces[:-1]
    return pieces
