"""Parts of a sum for several estimates. Pure, and exact to the nano-dollar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise


def shares(total: int, estimates: Sequence[tuple[int, int]]) -> list[int]:
    """A part for each estimate, of which its sum and the most that it can be are given.

    As they were estimated; what is beyond them all, as the rest of their worst cases. No part is
    above its most. Raises `ValueError` for a sum that is below 0 or above all of them.
    """
    booked = [least for least, _ in estimates]
    left = [most - least for least, most in estimates]
    if not 0 <= total <= sum(booked) + sum(left):
        raise ValueError(f"{total} cannot be divided among {len(estimates)} estimates")
    beyond = max(0, total - sum(booked))
    return [
        one + more
        for one, more in zip(_parts(total - beyond, booked), _parts(beyond, left), strict=True)
    ]


def _parts(total: int, weights: Sequence[int]) -> Iterator[int]:
    """Whole numbers in proportion to the weights, that sum up to the total."""
    of_all = sum(weights) or 1
    bounds = [total * upto // of_all for upto in accumulate(weights, initial=0)]
    return (end - start for start, end in pairwise(bounds))
