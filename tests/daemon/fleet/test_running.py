"""Which models a server has loaded: what it told, and what we used since."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.fleet.running import STAYS_LOADED_MS, Running
from homeport.daemon.routing.asking import ask_of
from support.caching import Clock
from support.house import house
from support.scripted import ScriptedAdapter, card, prompt

MODEL = card("ollama/a", host="127.0.0.1:11434", size_bytes=15 * 10**9)
ASK = ask_of(prompt(), 60_000)


class Telling(ScriptedAdapter):
    """Tells which models it runs."""

    def __init__(self, *running: str) -> None:
        super().__init__({}, [MODEL])
        self.told = dict.fromkeys(running, (0, 0))

    def running(self) -> dict[str, tuple[int, int]]:
        """As last listed."""
        return self.told


def test_what_was_used_lately_is_there() -> None:
    clock = Clock()
    running = Running(clock)
    server = Telling()
    assert not running.has(server, MODEL.id)
    assert running.has(ScriptedAdapter({}, [MODEL]), MODEL.id), "nothing is known of it"
    running.used(MODEL.id)
    assert running.has(server, MODEL.id)
    clock.now_ms += STAYS_LOADED_MS
    assert not running.has(server, MODEL.id)
    assert running.has(Telling(MODEL.id), MODEL.id)
    assert repr(running) == "Running(1 used)"


async def test_a_model_that_its_server_has_to_load_is_waited_for(tmp_path: Path) -> None:
    server = Telling()
    async with house(tmp_path, [server]) as home:
        fleet = home.rooms.fleet
        (cold,) = fleet.candidates(ASK)
        assert (cold.state, fleet.views()[0].state) == ("loadable", "loadable")
        assert cold.load_ms == 10_000, "15 GB at 1.5 GB/s"
        server.told = {MODEL.id: (0, 0)}
        (warm,) = fleet.candidates(ASK)
        assert (warm.state, warm.load_ms) == ("ready", 0)
        assert cold.total_ms == warm.total_ms + cold.load_ms
