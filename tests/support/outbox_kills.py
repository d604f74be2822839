"""A program that keeps and sends prompts, and is killed at a moment of its test's choice.

It reads one line for each life that it is to live: where to be killed, a number, and the
prompts to keep first. Each life is a process of its own, forked before any thread or loop
exists; what came of it is printed as one line. Places: `kept` (prompts are on disk),
`reserved` (their money is held), `left` (that one leaves is on disk), `asked` (it is about
to be sent), `first` and `last` (its first words are here, all of them are), `written` (its
answer is on disk), `after` (so many milliseconds), and `never`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from homeport.adapters.base import Delta, Finish, Limits, Permit, Prompt
from homeport.adapters.openai.compatible import OpenAICompatibleAdapter
from homeport.policies.model import ModelCard
from support.outboxes import OVER, Shelf, chat, kept, shelf

MODEL = "skies/lab-fast"
BATCH = "killed-again-and-again"


class Fate:
    """Kills the process when the place was reached for the so-manyth time."""

    def __init__(self, place: str, count: int) -> None:
        self._place = place
        self._count = count

    def at(self, place: str) -> None:
        """This place is reached."""
        if place == self._place:
            self._count -= 1
            if self._count <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class MortalAdapter(OpenAICompatibleAdapter):
    """Speaks to a real server, and may die at each step of that."""

    fate: Fate

    async def stream(  # type: ignore[override]
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """As the adapter does it."""
        self.fate.at("asked")
        place = "first"
        async for delta in super().stream(
            prompt, card, prefix=prefix, limits=limits, permit=permit
        ):
            if isinstance(delta, Finish):
                place = "last"
            self.fate.at(place)
            yield delta


async def live(folder: Path, url: str, fate: Fate, names: list[str]) -> None:
    """Keep the prompts, then send whatever waits, until nothing does."""
    header = "Idempotency-Key" if os.environ.get("KEYED") else ""
    adapter = MortalAdapter(
        "skies", url, place="cloud", only=("lab-fast",), idempotency_header=header
    )
    adapter.fate = fate
    async with shelf(folder, [adapter], priced=[MODEL], at_once=3) as here:
        die_at_reservations(here, fate)
        watching = asyncio.ensure_future(die_at_changes(here, fate))
        line = {"batch": BATCH, "model": MODEL}
        await here.put(
            *(kept(name, body=chat(name, MODEL), custom_id=name, **line) for name in names)
        )
        fate.at("kept")
        say("kept", *names)
        async with asyncio.timeout(30):
            while any(state not in OVER for state in (await here.states()).values()):
                await asyncio.sleep(0.002)
        watching.cancel()


def die_at_reservations(here: Shelf, fate: Fate) -> None:
    """The ledger has just held money for one."""
    ledger: Any = here.home.rooms.ledger
    reserve = ledger.reserve

    async def reserved(reservation: Any) -> Any:
        window = await reserve(reservation)
        fate.at("reserved")
        return window

    ledger.reserve = reserved


async def die_at_changes(here: Shelf, fate: Fate) -> None:
    """One has changed its state, and that is on disk."""
    with here.home.bus.watch() as watcher:
        async for event in watcher:
            item = getattr(event, "item", None)
            if item is not None:
                fate.at({"sending": "left", "answered": "written"}.get(item.state, ""))


def say(*words: object) -> None:
    """One line, in one piece: who is killed leaves no half of it."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def one_life(folder: Path, url: str, order: dict[str, Any]) -> int:
    """In a process of its own; the signal that ended it, or 0."""
    child = os.fork()
    if not child:
        fate = Fate(order["place"], order["count"])
        try:
            asyncio.run(live(folder, url, fate, order["names"]))
            os._exit(0)
        finally:
            os._exit(1)
    if order["place"] == "after":
        time.sleep(order["count"] / 1000)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def main() -> None:
    """Live as often as lines come."""
    folder, url = Path(sys.argv[1]), sys.argv[2]
    for line in sys.stdin:
        ended = one_life(folder, url, json.loads(line))
        say("ended", ended)


if __name__ == "__main__":
    main()
