"""Where a text may be divided."""

from __future__ import annotations

import pytest

from homeport.daemon.handover.graphemes import is_boundary


def parts(text: str) -> list[str]:
    found, start = [], 0
    for at in range(1, len(text) + 1):
        if is_boundary(text, at):
            found.append(text[start:at])
            start = at
    return found


@pytest.mark.parametrize(
    "letters",
    [
        ["a", "b"],
        ["e\u0301", "a"],
        ["👩\u200d👩\u200d👧", "x"],
        ["👍🏽", "👍"],
        ["🇫🇷", "🇩🇪", "a"],
        ["\u1112\u1161\u11ab", "\uae00"],
        ["\r\n", "\n"],
        ["नि", "क"],
        ["❤\ufe0f", "!"],
        ["ß", "é", "ǆ"],
    ],
)
def test_a_letter_as_a_person_sees_it_is_never_divided(letters: list[str]) -> None:
    assert parts("".join(letters)) == letters
    assert is_boundary("", 0)
