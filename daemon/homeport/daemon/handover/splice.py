"""Joins two halves of an answer, where the second model cannot be handed the first half.

It is asked to repeat the last words and to go on from them. What it repeats is taken off
again, on grapheme boundaries: the words that it was asked for, or else the longest end
of the answer so far that it begins with.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from homeport.adapters.base import Message, Prompt, Text
from homeport.daemon.handover.graphemes import JOINER, is_boundary

TAIL: Final = 60
"""Characters that the model is asked to repeat, about."""
LEAD: Final = 24
"""Characters that may stand before them: a quotation mark, a word of its own."""
SURE: Final = 12
"""Characters from which what is alike is no accident."""
VARIED: Final = 5
"""Different letters in it: a line of dashes may well go on."""
WINDOW: Final = 2_000
"""Characters of the answer so far that are looked at for what is repeated."""
GO_ON: Final = (
    "Your answer was cut off there. Write the rest of it, from exactly where it stops, in the "
    "same language and form. Begin by repeating its last words, which stand between the marks, "
    "and go on from them without a remark: <<<{tail}>>>"
)


def asked_to_go_on(prompt: Prompt, sent: str, also: str = "") -> Prompt:
    """The prompt with the answer so far, and the order to go on with it."""
    told = GO_ON.format(tail=tail_of(sent)) + (f"\n{also}" if also else "")
    begun = (Message("assistant", (Text(sent),)), Message("user", (Text(told),)))
    return msgspec.structs.replace(prompt, messages=(*prompt.messages, *begun), raw=b"")


def tail_of(sent: str) -> str:
    """The last words of an answer, from the start of a word where one is near."""
    start = max(0, len(sent) - TAIL)
    while start and not is_boundary(sent, start):
        start -= 1
    space = re.compile(r"\s+").search(sent, start) if start else None
    if space and len(sent) - space.end() >= TAIL // 2:
        start = space.end()
    return sent[start:]


class Splice:
    """Takes the second half as it comes, and gives what is new of it."""

    def __init__(self, sent: str) -> None:
        self._sent = sent
        tail = tail_of(sent)
        words = [re.escape(word) for word in tail.split()]
        self._tail = re.compile(r"\s+".join(words)) if words else None
        self._lead = LEAD if len(tail) >= SURE else 0
        self._enough = self._lead + 2 * len(tail)
        self._held: str | None = ""
        """What came, while it is not known whether it repeats anything; None behind the seam."""

    def feed(self, text: str) -> str:
        """More of the second half; gives what of all that came may be passed on."""
        if self._held is None:
            return text
        self._held += text
        if self._held in self._sent[-WINDOW:]:
            return ""  # it may well be saying it all again
        if len(self._held) < self._enough and not self._repeated_by_more():
            return ""
        return self.end()

    def end(self) -> str:
        """Nothing more comes, or no more is needed to tell: what is new of all that is held."""
        held, self._held = self._held, None
        if held is None:
            return ""
        return held[_new_from(self._sent, held, self._tail, self._lead) :]

    def _repeated_by_more(self) -> bool:
        """All that was asked for was repeated, and a letter of the rest is there."""
        found = self._found(self._held or "")
        return found is not None and found.end() + 1 < len(self._held or "")

    def _found(self, held: str) -> re.Match[str] | None:
        return _asked_for(held, self._tail, self._lead)


def _asked_for(held: str, tail: re.Pattern[str] | None, lead: int) -> re.Match[str] | None:
    """Where the words that it was asked to repeat stand."""
    found = tail.search(held) if tail else None
    if found is None:
        return None
    before = held[: found.start()]
    return found if len(before) <= lead or not before.strip(" \n\"'<`…") else None


def _new_from(sent: str, held: str, tail: re.Pattern[str] | None, lead: int) -> int:
    """Index from which what was held is new."""
    found = _asked_for(held, tail, lead)
    if found is not None and _parts(sent, held, found.end()):
        return _after_space(sent, held, found.end())
    return overlap(sent, held)


def _after_space(sent: str, held: str, at: int) -> int:
    """Space that ends the first half is not said again by the second."""
    ending = len(sent) - len(sent.rstrip())
    while ending and at < len(held) and held[at].isspace():
        at, ending = at + 1, ending - 1
    return at


def overlap(sent: str, said: str) -> int:
    """Length of the longest end of `sent` that `said` begins with, and that is no accident."""
    window = sent[-WINDOW:]
    for length in range(min(len(window), len(said)), 0, -1):
        if said.startswith(window[-length:]) and _is_repeated(sent, said, length):
            return length
    return 0


def _is_repeated(sent: str, said: str, length: int) -> bool:
    """Whether so many letters that are alike were said twice, and did not just come again."""
    start = len(sent) - length
    if not is_boundary(sent, start) or not _parts(sent, said, length):
        return False
    alike = said[:length]
    if length >= SURE:
        return len(set(alike)) >= VARIED
    begins_word = start == 0 or not sent[start - 1].isalnum()
    return begins_word and alike[0].isalpha() and sum(map(str.isalpha, alike)) > 1


def _parts(sent: str, said: str, at: int) -> bool:
    """Whether the second half can be divided there; a letter cut in its middle goes on."""
    return is_boundary(said, at) or sent.endswith(JOINER)
