"""Which models another program has loaded: as it told when it was last looked at, or as we used it.

Ollama tells; of a server that does not, every model is taken to be loaded.
"""

from __future__ import annotations

from collections.abc import Callable

from homeport.adapters.base import Adapter

STAYS_LOADED_MS = 240_000
"""After an answer of ours. Left to itself Ollama keeps a model for five minutes."""


class Running:
    """What was used when, by the id of its model."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._used_ms: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Running({len(self._used_ms)} used)"

    def used(self, model: str) -> None:
        """It gave an answer."""
        self._used_ms[model] = self._clock_ms()

    def has(self, adapter: Adapter, model: str) -> bool:
        """Whether the adapter's server has the model loaded, as far as is known."""
        told = getattr(adapter, "running", None)
        if told is None or model in told():
            return True
        used_ms = self._used_ms.get(model)
        return used_ms is not None and self._clock_ms() - used_ms < STAYS_LOADED_MS
