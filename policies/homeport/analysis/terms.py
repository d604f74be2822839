"""Sets of words, written as text so that they stay readable."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Single words, separated by blanks."""
    return frozenset(text.split())


def terms(text: str) -> frozenset[str]:
    """Words and pairs of words, separated by commas."""
    return frozenset(text.split(", "))
