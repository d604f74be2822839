"""What is different for a model that goes on with an answer, from one that begins it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from homeport.adapters.base import Delta, Prompt
from homeport.daemon.handover.seams import Seam

Join = Callable[[AsyncIterator[Delta], str], Seam]


@dataclass(frozen=True, slots=True)
class WayOn:
    """How it is asked, and how what it says is joined."""

    prompt: Prompt
    prefix: str
    """The opening of the model's own turn."""
    join: Join
    anew: bool
    """It says all of it again, so that it needs the room of a whole answer."""
