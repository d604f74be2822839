"""Amounts as they stand in a scorecard: `round(amount, 4)`, to the last bit, in half the time.

`round` writes a number as text and reads that. Here a number is scaled, and brought to the
nearest integer by adding and taking away what leaves no room for a fraction; a quotient of
two integers is the nearest float there is. What is near the middle of two integers, negative
or large is left to `round`.
"""

from __future__ import annotations

_NO_FRACTION = 6755399441055744.0
"""2**52 + 2**51: among numbers of this size the integers alone are floats."""
_LARGE = 1e9
_NEAR_THE_MIDDLE = 0.4999


def to_four_places(amount: float) -> float:
    """`round(amount, 4)`."""
    scaled = amount * 1e4
    whole = scaled + _NO_FRACTION - _NO_FRACTION
    if 0.0 < scaled < _LARGE and -_NEAR_THE_MIDDLE < scaled - whole < _NEAR_THE_MIDDLE:
        return whole / 1e4
    return round(amount, 4)
