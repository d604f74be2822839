"""A person's own scorer of difficulty: an entry point of the group `homeport.scorers`.

    def score(turns: Sequence[Turn]) -> float: ...

It is given the turns of the conversation (`homeport.analysis.Turn`: role, text)
and gives 0 (trivial) to 100. It runs in a thread of its own and has `LIMIT_S`:
where it takes longer, fails or gives nonsense, the measured difficulty stands,
and the log says so once. While a call is still running, prompts do not wait for
another; nothing can stop a thread that holds the interpreter, so a scorer has to
be small.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from threading import Thread

from homeport.adapters.base import Prompt
from homeport.analysis import Turn
from homeport.analysis.difficulty import level_of
from homeport.daemon.routing.asking import turn_of
from homeport.policies.model import Ask

log = logging.getLogger("homeport.scoring")

GROUP = "homeport.scorers"
LIMIT_S = 0.1

Score = Callable[[Sequence[Turn]], float]


class Unusable(Exception):
    """The scorer gave no difficulty; a sentence says why."""


class Scorer:
    """Owns the scorer that the config names, loaded at its first prompt."""

    def __init__(self, name: Callable[[], str] = lambda: "", *, limit_s: float = LIMIT_S) -> None:
        """`name` is that of the entry point; empty for none."""
        self._name = name
        self._limit_s = limit_s
        self._loaded: tuple[str, Score] | None = None
        self._busy = False
        self.trouble = ""
        """Why it gave no difficulty last, as a sentence; empty where it did."""

    def __repr__(self) -> str:
        return f"Scorer({self._name() or 'none'}{', busy' if self._busy else ''})"

    async def rescored(self, prompt: Prompt, ask: Ask) -> Ask:
        """The ask with the difficulty that the scorer gives; as it was where there is none."""
        name = self._name()
        if not name:
            return ask
        try:
            difficulty = await self._difficulty(name, prompt)
        except Unusable as error:
            self._tell(str(error))
            return ask
        self.trouble = ""
        return replace(ask, difficulty=difficulty, level=level_of(difficulty), scorer=name)

    async def _difficulty(self, name: str, prompt: Prompt) -> int:
        if self._busy:
            raise Unusable(f"The scorer {name} is still at an earlier prompt.")
        turns = tuple(map(turn_of, prompt.messages))
        found: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._begin(name, turns, found)
        try:
            async with asyncio.timeout(self._limit_s):
                value = await asyncio.shield(found)
        except TimeoutError:
            raise Unusable(
                f"The scorer {name} took longer than {self._limit_s * 1e3:.0f} ms."
            ) from None
        if not isinstance(value, int) and not (isinstance(value, float) and math.isfinite(value)):
            raise Unusable(f"The scorer {name} gave no number.")
        return round(min(100.0, max(0.0, value)))

    def _begin(self, name: str, turns: Sequence[Turn], found: asyncio.Future[object]) -> None:
        """Call it in a thread that holds up nobody, not even the end of the process."""
        loop = asyncio.get_running_loop()

        def end(value: object, trouble: str) -> None:
            self._busy = False
            if found.done():
                return
            if trouble:
                found.set_exception(Unusable(trouble))
                found.exception()  # it was told, even where nobody waits any more
            else:
                found.set_result(value)

        def work() -> None:
            value: object = None
            trouble = ""
            try:
                value = self._scorer(name)(turns)
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is not ours
                trouble = f"The scorer {name} failed: {type(error).__name__}: {error}"[:300]
            try:
                loop.call_soon_threadsafe(end, value, trouble)
            except RuntimeError:
                return  # the loop has gone

        self._busy = True
        Thread(target=work, name="homeport-scorer", daemon=True).start()

    def _scorer(self, name: str) -> Score:
        """Loaded once. Raises where there is none of that name."""
        if self._loaded is None or self._loaded[0] != name:
            found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
            if not found:
                there = ", ".join(sorted(entry.name for entry in entry_points(group=GROUP)))
                raise LookupError(f"no package here offers it; there are: {there or 'none'}")
            self._loaded = name, found[0].load()
        return self._loaded[1]

    def _tell(self, sentence: str) -> None:
        """Once, until it works again or something else is wrong."""
        sentence = f"{sentence} The measured difficulty stands."
        if sentence != self.trouble:
            self.trouble = sentence
            log.warning("%s", sentence)
