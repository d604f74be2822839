"""Meters an answer as it streams, against what was set aside for it.

Nobody but the provider knows its tokens before the end, so this is our own count: the
pieces, where they are as short as tokens are, else an estimate by the characters, of which
an eighth is let pass. Text is weighed seldom, and ever more often towards the end: there
are at most as many tokens as characters.
"""

from __future__ import annotations

from homeport.analysis.tokens import estimate_tokens

SHORT = 8
"""Characters of a piece, on average, up to which each is taken for a token."""
ERROR = 8
"""An estimate may be off by one in so many."""


class Meter:
    """Of one attempt that costs money."""

    __slots__ = ("_estimate", "_letters", "_pieces", "_unweighed", "_waiting", "most")

    def __init__(self, most: int) -> None:
        """`most` output tokens are set aside."""
        self.most = most
        self._pieces = 0
        self._letters = 0
        self._estimate = 0
        self._unweighed: list[str] = []
        self._waiting = 0

    def __repr__(self) -> str:
        return f"Meter({self._pieces} pieces, {self._letters} letters of {self.most} tokens)"

    def note(self, text: str) -> None:
        """One piece of the answer, of its reasoning or of a call."""
        self._pieces += 1
        self._letters += len(text)
        self._waiting += len(text)
        self._unweighed.append(text)

    @property
    def used_up(self) -> bool:
        """Whether more came than was set aside: who keeps to the bound may still say its end."""
        might_be = self._estimate + self._waiting > self.most
        if self._pieces <= self.most and not might_be:
            return False
        if self._are_tokens:
            return self._pieces > self.most
        return might_be and self.counted - self.counted // ERROR > self.most

    @property
    def counted(self) -> int:
        """Tokens so far, by our own count."""
        if self._are_tokens:
            return self._pieces
        if self._unweighed:
            self._estimate += estimate_tokens("".join(self._unweighed))
            self._unweighed, self._waiting = [], 0
        return self._estimate

    @property
    def _are_tokens(self) -> bool:
        return self._letters <= SHORT * self._pieces
