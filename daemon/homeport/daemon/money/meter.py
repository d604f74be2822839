"""Meters an answer as it streams, against what was set aside for it.

Nobody but the provider knows its tokens. Where it tells them on the way, that is the count,
and what came since is added; else all of it is our own: the pieces, where they are as short as
tokens are, else an estimate by the characters, of which an eighth is let pass. Text is weighed
seldom, and ever more often towards the end: there are at most as many tokens as bytes.

What is told can take from what is set aside, and never add to it: of a dearer input than was
expected, less is left. A count that no text can have, or that stands still, is not believed.
"""

from __future__ import annotations

from homeport.adapters.base import Usage
from homeport.analysis.tokens import estimate_tokens
from homeport.daemon.money.price import Price

SHORT = 8
"""Characters of a piece, on average, up to which each is taken for a token."""
ERROR = 8
"""An estimate may be off by one in so many."""
MOST_BYTES = 4
"""Of a character: it is never more tokens than that."""
LONGEST = 40
"""Characters that a token has on average, at the most: a count below that is none."""


class Meter:
    """Of one attempt that costs money."""

    __slots__ = (
        *("_before", "_estimate", "_letters", "_nano", "_pieces", "_price", "_told"),
        *("_unweighed", "_waiting", "_written", "most"),
    )

    def __init__(self, most: int, price: Price | None = None, nano: int = 0) -> None:
        """`most` output tokens are set aside; `nano` is all that is, at that price."""
        self.most = most
        self._price, self._nano = price, nano
        self._told = 0
        """The most output that was told."""
        self._before = 0
        """Tokens of the answer, up to where it was told last."""
        self._written = 0
        """Characters up to there."""
        self._pieces = 0
        self._letters = 0
        self._estimate = 0
        self._unweighed: list[str] = []
        self._waiting = 0

    def __repr__(self) -> str:
        told = f"{self._told} told, then " if self._told else ""
        return f"Meter({told}{self._pieces} pieces, {self._letters} letters of {self.most} tokens)"

    def note(self, text: str) -> None:
        """One piece of the answer, of its reasoning or of a call."""
        self._pieces += 1
        self._letters += len(text)
        self._waiting += len(text) if text.isascii() else MOST_BYTES * len(text)
        self._unweighed.append(text)

    def tell(self, usage: Usage) -> None:
        """What the provider has counted by now."""
        if self._price is not None:
            left = self._price.affordable_beside(self._nano, usage)
            self.most = self.most if left is None else min(self.most, left)
        written, told = self._written + self._letters, usage.output
        if told is None or told <= self._told or told * LONGEST < written:
            return
        # Before the first word, what is told may be of words that are still to come.
        self._before = told if self._pieces or self._written else usage.reasoning or 0
        self._told, self._written = told, written
        self._pieces = self._letters = self._estimate = self._waiting = 0
        self._unweighed = []

    @property
    def used_up(self) -> bool:
        """Whether more came than was set aside: who keeps to the bound may still say its end."""
        left = self.most - self._before
        might_be = self._estimate + self._waiting > left
        if self._pieces <= left and not might_be:
            return self._told > self.most
        if self._are_tokens:
            return self._pieces > left
        since = self._since
        return might_be and since - since // ERROR > left

    @property
    def counted(self) -> int:
        """Tokens so far: as told, and by our own count since."""
        return max(self._told, self._before + self._since)

    @property
    def _since(self) -> int:
        if self._are_tokens:
            return self._pieces
        if self._unweighed:
            self._estimate += estimate_tokens("".join(self._unweighed))
            self._unweighed, self._waiting = [], 0
        return self._estimate

    @property
    def _are_tokens(self) -> bool:
        return self._letters <= SHORT * self._pieces
