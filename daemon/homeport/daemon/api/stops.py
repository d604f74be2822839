"""Texts at which an answer is to end, bounded alike on every wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homeport.policies.errors import BadRequest

MAX_STOPS: Final = 64


def stops_of(given: str | Sequence[str] | None, param: str) -> tuple[str, ...]:
    """Those that are not empty. Raises `BadRequest` that names `param`."""
    texts = (given,) if isinstance(given, str) else given or ()
    stops = tuple(text for text in texts if text)
    if len(stops) > MAX_STOPS:
        raise BadRequest(f"At most {MAX_STOPS} stop sequences can be given.", param=param)
    return stops
