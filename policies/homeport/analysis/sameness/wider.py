"""From the pieces of an English text to those of what it asks, in wider words than `rewording`.

Each step takes a wording away, or one of two that differ by it is put in the other's words. What
no step knows stays as it is, in its order, and then the two texts are not the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.analysis.sameness import wider_wordings as wider
from homeport.analysis.sameness import wordings
from homeport.analysis.sameness.pieces import Piece, plain_word
from homeport.analysis.sameness.rewording import begins, ends, polite, reworded, spelled, unmarked

Pieces = list[Piece]
IF = frozenset({"if", "whether"})
WHETHER = "whether"


def widened(pieces: Sequence[Piece]) -> Pieces:
    """The plainest text that asks the same."""
    plain = polite(_spelled([*pieces]))
    plain = _without_asking_end(plain)
    plain, was_asked = _without_asking(plain)
    plain = _way(_clause_last(plain))
    plain = _thing(_order(plain))
    plain = reworded(_which(plain))
    plain = _whether(plain, was_asked=was_asked)
    plain = _told(plain, was_asked=was_asked)
    return [_same_word(piece, at) for at, piece in enumerate(_tool(plain))]


def _spelled(pieces: Pieces) -> Pieces:
    """Contractions apart, `i'd like` too, which is never `i had`."""
    plain: Pieces = []
    for at, piece in enumerate(pieces):
        follows = pieces[at + 1].folded if at + 1 < len(pieces) else ""
        if piece.folded == "i'd" and follows == "like":
            plain += [plain_word("i"), plain_word("would")]
        else:
            plain.append(piece)
    return spelled(plain)


def _without_asking_end(pieces: Pieces) -> Pieces:
    """`…, any ideas?`"""
    bare = unmarked(pieces)
    for words in wider.ASKED_BY:
        rest = bare[: -len(words)]
        if len(rest) > 1 and ends(bare, words) and rest[-1].folded in (",", ".", "?"):
            return rest[:-1]
    return pieces


def _without_asking(pieces: Pieces) -> tuple[Pieces, bool]:
    """Without what is only the opening of a question; and whether there was one."""
    for words in wider.ASKED:
        rest = pieces[len(words) :]
        follows = rest[0].folded if rest else ""
        if not begins(pieces, words) or len(rest) < 2:
            continue
        if follows in wordings.QUESTION | IF:
            return unmarked(rest), True
        if follows == ":" and rest[1].folded in wordings.QUESTION | wider.AUXILIARIES | wider.DO:
            return rest[1:], False
        if follows == "the" and words in wider.ASKED_FOR:
            return [plain_word("what"), plain_word("is"), *_endless(rest)], True
        if words[-1] == ":" and follows in wider.AUXILIARIES | wider.DO:
            return rest, False
    return pieces, False


def _endless(pieces: Sequence[Piece]) -> Pieces:
    """Without the sign at the end."""
    is_end = bool(pieces) and pieces[-1].folded in (".", "?", "!")
    return [*pieces[:-1]] if is_end else [*pieces]


def _clause_last(pieces: Pieces) -> Pieces:
    """`after a war, what …` as `what … after a war`, in a sentence without a third clause."""
    comma = next((at for at, p in enumerate(pieces) if p.folded == ","), 0)
    clause, rest = pieces[:comma], _endless(pieces[comma + 1 :])
    if comma < 2 or len(rest) < 2 or clause[0].folded not in wider.CLAUSES:
        return pieces
    others = {piece.folded for piece in (*clause[1:], *rest[1:])} & wordings.FOLDED_SENTENCE
    is_plain = not others - wider.NO_CLAUSE and all(p.kind != "sign" for p in (*clause, *rest))
    if not is_plain or rest[0].folded not in wordings.QUESTION:
        return pieces
    return [*rest, plain_word(clause[0].folded), *clause[1:]]


def _way(pieces: Pieces) -> Pieces:
    """`what is the best way to sort …`, and `i want to sort …, how?`, as `how to sort …`."""
    place, pieces = _place(pieces)
    for words in wider.WAYS:
        rest = pieces[len(words) :]
        if begins(pieces, words) and rest and rest[0].folded in wider.DOING_TOO:
            return _how_to(_endless(rest), place)
    for words in wordings.WAYS:
        rest = pieces[len(words) :]
        if begins(pieces, words) and rest and rest[0].folded in wider.DOING_TOO:
            return _how_to(_endless(rest), place)
    for words in wider.WANTED:
        rest = _without_how(_endless(pieces[len(words) :]))
        if begins(pieces, words) and rest and rest[0].folded in wider.DOING_TOO:
            return _how_to(rest, place)
    return [*place, plain_word(","), *pieces] if place else pieces


def _place(pieces: Pieces) -> tuple[Pieces, Pieces]:
    """`in python, …` apart, where it is a tool."""
    is_place = begins(pieces, ("in",)) and len(pieces) > 3 and pieces[2].folded == ","
    if is_place and pieces[1].folded in wider.TOOLS:
        return [plain_word("in"), pieces[1]], pieces[3:]
    return [], pieces


def _how_to(rest: Pieces, place: Pieces) -> Pieces:
    return [plain_word("how"), plain_word("to"), *rest, *place]


def _without_how(pieces: Pieces) -> Pieces:
    """Without `, how` or `. how do i do that` at the end; nothing where neither is there."""
    for words in wider.HOW_AT_END:
        rest = pieces[: -len(words)]
        if len(rest) > 2 and ends(pieces, words) and rest[-1].folded in (",", ".", ":"):
            return rest[:-1]
    return []


def _order(pieces: Pieces) -> Pieces:
    """`i need you to write …` as `write …`."""
    for words in (*wider.ORDERED, *wordings.BEFORE_ORDERS, ("please",)):
        rest = _endless(pieces[len(words) :])
        if begins(pieces, words) and len(rest) > 1 and rest[0].folded in wider.ORDERS_TOO:
            return rest[:-2] if ends(rest, ("for", "me")) and len(rest) > 3 else rest
    is_order = bool(pieces) and pieces[0].folded in wider.ORDERS_TOO
    return _endless(pieces) if is_order else pieces


def _thing(pieces: Pieces) -> Pieces:
    """`i would like a short poem …` and `write a short poem …` as `a short poem …`."""
    for words in wider.GIVEN:
        rest = _endless(pieces[len(words) :])
        if begins(pieces, words) and begins(rest, ("a",)) and _names_a_thing(rest):
            return _made(rest)
    return pieces


def _names_a_thing(pieces: Pieces) -> bool:
    """Whether a thing follows soon, and nothing but words stands before it."""
    for piece in pieces[1 : wider.MOST_BEFORE + 2]:
        if piece.folded in wider.THINGS:
            return True
        if piece.folded == "-" or piece.kind == "number":
            continue
        if piece.kind != "word" or piece.folded in ("of", "for", "to", "from", "about", "with"):
            return False
    return False


def _made(pieces: Pieces) -> Pieces:
    """`a summary of …` as `summarize …`."""
    for words, verb in wider.MADE.items():
        if begins(pieces, words) and len(pieces) > len(words):
            return [plain_word(verb), *pieces[len(words) :]]
    return pieces


def _whether(pieces: Pieces, *, was_asked: bool) -> Pieces:
    """`is mars larger …`, and `… if mars is larger …`, in one order of words."""
    if len(pieces) < 3:
        return pieces
    first, rest = pieces[0].folded, _endless(pieces[1:])
    if first in wider.AUXILIARIES | wider.DO and not any(p.kind == "sign" for p in rest):
        return [plain_word(WHETHER), plain_word(first), *rest]
    if first not in IF or not was_asked:
        return pieces
    at = next((at for at, p in enumerate(rest) if at and p.folded in wider.AUXILIARIES), 0)
    if at:
        return [plain_word(WHETHER), plain_word(rest[at].folded), *rest[:at], *rest[at + 1 :]]
    told = _with_do(rest)
    return [plain_word(WHETHER), *told] if told else pieces


def _which(pieces: Pieces) -> Pieces:
    """`which animals …` as `what animals …`."""
    if len(pieces) > 2 and pieces[0].folded == "which":
        follows = pieces[1].folded
        is_named = follows in ("is", "are") and pieces[2].folded == "the"
        if is_named or follows not in wider.AUXILIARIES | wider.DO | {"of", "one", "ones"}:
            return [plain_word("what"), *pieces[1:]]
    return pieces


def _told(pieces: Pieces, *, was_asked: bool) -> Pieces:
    """`why did it sink` and `why it sank`, and `how old is it` and `how old it is`, alike."""
    if len(pieces) < 3 or pieces[0].folded not in wordings.QUESTION:
        return pieces
    if len(pieces) > 3 and pieces[0].folded == "how" and pieces[2].folded in wordings.BE:
        return [*pieces[:2], *pieces[3:], pieces[2]]
    if begins(pieces, ("what", "the")) and pieces[-1].folded in ("is", "are"):
        return pieces[1:-1]
    others = {piece.folded for piece in pieces[1:]}
    adjuncts = wider.ADJUNCTS if was_asked else wider.ADJUNCTS - {"when"}
    if pieces[0].folded not in adjuncts or others & (wider.AUXILIARIES | wider.DO):
        return pieces
    told = _with_do(pieces[1:])
    return [pieces[0], *told] if told else pieces


def _with_do(pieces: Pieces) -> Pieces:
    """`it sank` as `did it sink`; nothing where it is not known which word is the verb."""
    places = [at for at, piece in enumerate(pieces) if piece.folded in wider.FORMS]
    if len(places) == 1:
        base, do = wider.FORMS[pieces[places[0]].folded]
        return [plain_word(do), *pieces[: places[0]], plain_word(base), *pieces[places[0] + 1 :]]
    bases = sum(piece.folded in wider.BASES for piece in pieces)
    return [plain_word("do"), *pieces] if not places and bases == 1 else []


def _tool(pieces: Pieces) -> Pieces:
    """`using python` as `in python`."""
    plain = [*pieces]
    for at, piece in enumerate(pieces[:-1]):
        if piece.folded == "using" and pieces[at + 1].folded in wider.TOOLS:
            plain[at] = plain_word("in")
    return plain


def _same_word(piece: Piece, at: int) -> Piece:
    is_small = piece.kind == "word" and (piece.said.islower() or not at)
    if not is_small or piece.folded not in wider.SAME_WORD:
        return piece
    return plain_word(wider.SAME_WORD[piece.folded])
