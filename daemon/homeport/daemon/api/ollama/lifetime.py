"""`keep_alive`: how long a model stays loaded after its answer."""

from __future__ import annotations

import re

from homeport.policies.errors import BadRequest

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_STEP = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_DURATION = re.compile(rf"-?(?:{_STEP.pattern})+")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,9})?")


def seconds_of(keep_alive: str | float | None) -> float | None:
    """Seconds, negative for always; None where nothing was said. Raises `BadRequest`."""
    if keep_alive is None or keep_alive == "":
        return None
    if not isinstance(keep_alive, str):
        return float(keep_alive)
    text = keep_alive.strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if len(text) <= 64 and _DURATION.fullmatch(text):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _STEP.findall(text))
        return -seconds if text.startswith("-") else seconds
    raise BadRequest(
        "`keep_alive` must be a number of seconds or a duration such as `5m` or `1h30m`.",
        param="keep_alive",
    )
