"""Whole numbers between two bounds, as a llama.cpp grammar expression."""

from __future__ import annotations

MAX_DIGITS = 16
"""More digits than a JSON reader keeps exactly are written only where a bound asks for them."""


def integer_between(least: int | None, most: int | None) -> str:
    """An expression for every integer from `least` to `most`; None is no bound.

    Raises `ValueError` where there is no such integer.
    """
    if least is not None and most is not None and least > most:
        raise ValueError("no integer is in the range")
    alternatives = []
    if least is None or least < 0:
        nearest = 1 if most is None or most >= 0 else -most
        farthest = None if least is None else -least
        alternatives.append(f'"-" ({_naturals(nearest, farthest)})')
    if most is None or most >= 0:
        alternatives.append(_naturals(max(0, least or 0), most))
    return " | ".join(alternatives)


def _naturals(least: int, most: int | None) -> str:
    """From `least`, at least 0, up to `most`."""
    parts: list[str] = []
    if least == 0:
        parts.append('"0"')
        least = 1
    if most is not None and most < least:
        return " | ".join(parts)
    while most is None or len(str(least)) < len(str(most)):
        digits = len(str(least))
        if most is None and least == 10 ** (digits - 1):
            parts.append(f"[1-9] [0-9]{{{digits - 1},{max(digits, MAX_DIGITS) - 1}}}")
            return " | ".join(parts)
        parts.append(_same_length(str(least), "9" * digits))
        least = 10**digits
    parts.append(_same_length(str(least), str(most)))
    return " | ".join(parts)


def _same_length(low: str, high: str) -> str:
    """Every number between two of equally many digits."""
    if low == high:
        return f'"{low}"'
    if set(low) == {"0"} and set(high) == {"9"}:
        return f"[0-9]{{{len(low)}}}"
    if low[0] == high[0]:
        return f'"{low[0]}" ({_same_length(low[1:], high[1:])})'
    if len(low) == 1:
        return f"[{low}-{high}]"
    return " | ".join(_by_first_digit(low, high))


def _by_first_digit(low: str, high: str) -> list[str]:
    rest = len(low) - 1
    first, last = int(low[0]), int(high[0])
    parts = []
    if set(low[1:]) != {"0"}:
        parts.append(f'"{first}" ({_same_length(low[1:], "9" * rest)})')
        first += 1
    tail = []
    if set(high[1:]) != {"9"}:
        tail.append(f'"{last}" ({_same_length("0" * rest, high[1:])})')
        last -= 1
    if first <= last:
        parts.append(f"[{first}-{last}] [0-9]{{{rest}}}")
    return parts + tail
