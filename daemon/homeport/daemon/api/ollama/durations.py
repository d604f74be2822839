"""How long an answer took, in nanoseconds, as far as it was measured."""

from __future__ import annotations

import time
from typing import Any

from homeport.adapters.base import Finish
from homeport.client.wire import RequestView

_FROM_SERVER = ("load_duration", "prompt_eval_duration", "eval_duration")
"""What another Ollama measured, under its own names."""
_FROM_ENGINE = {"prefill_ms": "prompt_eval_duration", "decode_ms": "eval_duration"}


def moment(unix_ns: int) -> str:
    """RFC 3339 with nanoseconds."""
    seconds, nanoseconds = divmod(unix_ns, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds:09d}Z"


class Stopwatch:
    """Runs from the arrival of a request to the end of its answer."""

    def __init__(self) -> None:
        self._started = time.perf_counter_ns()
        self._spoke: int | None = None

    def spoke(self) -> None:
        """More of the answer is there."""
        if self._spoke is None:
            self._spoke = time.perf_counter_ns()

    def total(self) -> dict[str, int]:
        """From the arrival to this moment."""
        return {"total_duration": time.perf_counter_ns() - self._started}

    def durations(self, view: RequestView, finish: Finish) -> dict[str, int]:
        """What is known; the measurements of the model's own server come first."""
        found = self.total()
        if self._spoke is not None:
            found["eval_duration"] = time.perf_counter_ns() - self._spoke
        if len(view.attempts) > 1:
            # An answer of several models: none of them measured the whole.
            return found
        return found | _loading(view) | _measured(finish.extras)


def _loading(view: RequestView) -> dict[str, int]:
    for attempt in view.attempts:
        if attempt.loaded_ms is not None:
            return {"load_duration": (attempt.loaded_ms - attempt.started_ms) * 1_000_000}
    return {}


def _measured(extras: dict[str, Any]) -> dict[str, int]:
    found = {name: extras[name] for name in _FROM_SERVER if isinstance(extras.get(name), int)}
    for name, wire_name in _FROM_ENGINE.items():
        if isinstance(extras.get(name), int | float):
            found[wire_name] = round(extras[name] * 1e6)
    return found
