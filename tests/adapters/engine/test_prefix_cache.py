"""What of a prompt the memory already holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.engine.prefix_cache import PrefixCache, common_length


class ScriptedMemory:
    """A memory that cuts, does not cut, or forgets all but its last tokens."""

    def __init__(self, *, cuts: bool = True, remembers: int | None = None) -> None:
        self.tokens: list[int] = []
        self._cuts = cuts
        self._remembers = remembers
        self._oldest = 0

    def take(self, tokens: list[int]) -> None:
        self.tokens += tokens
        if self._remembers is not None:
            self._oldest = max(self._oldest, len(self.tokens) - self._remembers)

    def cut(self, position: int) -> bool:
        if self._cuts:
            del self.tokens[position:]
        return self._cuts

    def clear(self) -> None:
        self.tokens.clear()
        self._oldest = 0

    def first_position(self) -> int:
        return self._oldest if self._oldest < len(self.tokens) else -1


def read(cache: PrefixCache, memory: ScriptedMemory, prompt: list[int]) -> int:
    """Read a prompt as the generator does; gives what was known."""
    known = cache.keep_for(prompt)
    memory.take(prompt[known:])
    cache.note(prompt[known:])
    assert memory.tokens == prompt
    return known


tokens = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(left=tokens, right=tokens)
def test_the_common_start_is_exact(left: list[int], right: list[int]) -> None:
    length = common_length(left, right)
    assert left[:length] == right[:length]
    assert length == min(len(left), len(right)) or left[length] != right[length]


@given(prompts=st.lists(tokens, min_size=1, max_size=8), cuts=st.booleans())
def test_the_memory_always_holds_the_prompt(prompts: list[list[int]], cuts: bool) -> None:
    memory = ScriptedMemory(cuts=cuts)
    cache = PrefixCache(memory)
    for prompt in prompts:
        known = read(cache, memory, prompt)
        assert known < len(prompt)
        assert cache.held == len(prompt)


def test_a_longer_conversation_reads_what_is_new() -> None:
    memory = ScriptedMemory()
    cache = PrefixCache(memory)
    assert read(cache, memory, [1, 2, 3]) == 0
    assert read(cache, memory, [1, 2, 3, 4, 5]) == 3
    assert read(cache, memory, [1, 2, 9]) == 2
    assert read(cache, memory, [1, 2, 9]) == 2
    assert repr(cache) == "PrefixCache(3 tokens)"


def test_a_memory_that_cannot_be_cut_is_emptied() -> None:
    memory = ScriptedMemory(cuts=False)
    cache = PrefixCache(memory)
    read(cache, memory, [1, 2, 3])
    assert read(cache, memory, [1, 2, 9, 9]) == 0
    assert read(cache, memory, [1, 2, 9, 9, 4]) == 4


def test_a_window_that_has_moved_on_is_read_in_full() -> None:
    memory = ScriptedMemory(remembers=4)
    cache = PrefixCache(memory, window=3)
    read(cache, memory, list(range(10)))
    assert read(cache, memory, [*range(10), 11]) == 10
    assert read(cache, memory, [0, 1, 2, 3, 99]) == 0


def test_a_read_cut_short_is_taken_back() -> None:
    memory = ScriptedMemory()
    cache = PrefixCache(memory)
    read(cache, memory, [1, 2, 3])
    memory.tokens += [7, 8]
    cache.drop_unnoted()
    assert memory.tokens == [1, 2, 3]
    stubborn = ScriptedMemory(cuts=False)
    cache = PrefixCache(stubborn)
    read(cache, stubborn, [1, 2])
    cache.drop_unnoted()
    assert stubborn.tokens == []
    assert cache.held == 0
