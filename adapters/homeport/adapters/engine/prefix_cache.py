"""Which part of a prompt the model's memory already holds.

A turn of a conversation repeats all the turns before it. Tokens that the memory
holds from the start of the prompt are not read again; what differs is cut off.
Memories that cannot be cut (recurrent models) or have forgotten what came before
(sliding windows) are emptied instead, and the prompt is read in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Memory(Protocol):
    """The model's memory of one sequence."""

    def cut(self, position: int) -> bool:
        """Forget everything from this position on; False where it cannot."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...

    def first_position(self) -> int:
        """The oldest position that is still held; -1 where it is empty."""
        ...


def common_length(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two sequences share from their start."""
    shortest = min(len(left), len(right))
    if left[:shortest] == right[:shortest]:
        return shortest
    low, high = 0, shortest
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


class PrefixCache:
    """Knows the tokens that the memory holds, in step with every decode."""

    def __init__(self, memory: Memory, window: int = 0) -> None:
        self._memory = memory
        self._window = window
        """Tokens that sliding-window layers look back; 0 where there are none."""
        self._held: list[int] = []

    def __repr__(self) -> str:
        return f"PrefixCache({len(self._held)} tokens)"

    @property
    def held(self) -> int:
        """How many tokens the memory holds."""
        return len(self._held)

    def keep_for(self, prompt: list[int]) -> int:
        """Make the memory hold a true prefix of the prompt; gives its length.

        At least the last token of the prompt is left to read, because reading it
        is what predicts the next one.
        """
        shared = min(common_length(self._held, prompt), len(prompt) - 1)
        if shared <= 0 or not self._cut(shared):
            self.forget()
            return 0
        return shared

    def _cut(self, position: int) -> bool:
        if position == len(self._held):
            return True
        if not self._memory.cut(position):
            return False
        del self._held[position:]
        if not self._window:
            return True
        return 0 <= self._memory.first_position() <= max(0, position - self._window)

    def note(self, tokens: Sequence[int]) -> None:
        """These tokens were read."""
        self._held.extend(tokens)

    def forget(self) -> None:
        """Empty the memory."""
        self._memory.clear()
        self._held.clear()

    def drop_unnoted(self) -> None:
        """Bring the memory back in step after a read that was cut short."""
        if not self._held or not self._memory.cut(len(self._held)):
            self.forget()
