"""How much a program may use, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one run; each of them ends it."""

    seconds: float = 10.0
    """By the clock, and of one processor."""
    memory_bytes: int = 512 * MIB
    output_bytes: int = 64 * 1024
    file_bytes: int = 16 * MIB
    """Of all its files together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a program and its tests. Holds no text of either."""

    passed: bool | None
    """None where it could not be told."""
    sentence: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether programs are run here."""

    runs: bool
    sentence: str
