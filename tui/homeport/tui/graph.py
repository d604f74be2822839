"""Measurements as letters: a graph of several rows, a strip of one, a bar.

One column is one measurement, the newest at the right; what was not measured
stays blank. In ASCII the same heights are other letters (`words.in_ascii`).
"""

from __future__ import annotations

from collections.abc import Sequence

HEIGHTS = " ▁▂▃▄▅▆▇█"
_STEPS = len(HEIGHTS) - 1
UP, DOWN = "█", "x"


def graph(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """Shares from 0 to 1 as so many rows, the upper one first."""
    shown = values[-width:] if width > 0 else []
    blank = " " * (width - len(shown))
    levels = [_level(value, height) for value in shown]
    return [
        blank + "".join(HEIGHTS[max(0, min(_STEPS, level - below))] for level in levels)
        for below in range((height - 1) * _STEPS, -1, -_STEPS)
    ]


def _level(value: float | None, height: int) -> int:
    """Eighths of a row; what was measured is at least one of them high."""
    if value is None:
        return 0
    return max(1, round(max(0.0, min(1.0, value)) * height * _STEPS))


def strip(values: Sequence[bool | None], width: int) -> str:
    """Yes, no and unknown as one row."""
    shown = values[-width:] if width > 0 else []
    letters = "".join(" " if value is None else UP if value else DOWN for value in shown)
    return " " * (width - len(shown)) + letters


def bar(part: float, whole: float, width: int) -> str:
    """How much of the whole a part is; what is not nothing has a cell at least."""
    if whole <= 0 or part <= 0:
        return ""
    return "█" * max(1, min(width, round(part * width / whole)))
