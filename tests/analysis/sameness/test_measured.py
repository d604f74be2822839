"""No hard pair is taken for one another; and how many that say the same are seen to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.analysis.sameness import same
from homeport.analysis.sameness.gates import disagreement, read
from homeport.analysis.sameness.wordings import BE
from support.near_pairs import HARD, SAME, lines

PAIRS = Path(__file__).with_name("pairs.tsv")
README = Path(__file__).parents[3] / "policies/README.md"
LEAST_HARD, LEAST_SAME = 500, 200


def pairs(verdict: str) -> list[tuple[str, str, str]]:
    """Kind, one, other, of the data file."""
    rows = [line.split("\t") for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    found = [(kind, one, other) for said, kind, one, other in rows if said == verdict]
    return [
        (kind, one.replace("\\n", "\n"), other.replace("\\n", "\n")) for kind, one, other in found
    ]


def test_the_file_is_what_the_templates_make() -> None:
    made = [*lines(HARD, "other"), *lines(SAME, "same")]
    assert PAIRS.read_text(encoding="utf-8").splitlines() == made
    assert len({line.split("\t", 1)[1] for line in made}) == len(made)


def test_no_hard_pair_is_taken_for_one_another() -> None:
    hard = pairs("other")
    assert len(hard) >= LEAST_HARD
    assert [pair for pair in hard if not disagreement(read(pair[1]), read(pair[2]))] == []


def test_the_readme_says_how_many_that_say_the_same_are_seen_to() -> None:
    alike = pairs("same")
    hits = sum(same(one, other).is_same for _, one, other in alike)
    assert len(alike) >= LEAST_SAME
    counted = f"0 of {len(pairs('other'))} hard pairs"
    assert counted in README.read_text(encoding="utf-8")
    assert f"{hits} of {len(alike)} pairs that say the same" in README.read_text(encoding="utf-8")


def sentences() -> list[str]:
    return sorted({text for _, one, other in pairs("same") for text in (one, other)})


def with_one_letter_more(text: str) -> Iterator[str]:
    for at, letter in enumerate(text):
        if letter.isalpha() and (at + 1 == len(text) or not text[at + 1].isalpha()):
            yield f"{text[:at]}{letter}{letter.lower()}{text[at + 1 :]}"


def with_two_words_swapped(text: str) -> Iterator[str]:
    words = text.split()
    for at in range(len(words) - 1):
        one, other = words[at], words[at + 1]
        may_move = BE | {"merci", "?"}
        if one.casefold() != other.casefold() and not {one.lower(), other.lower()} & may_move:
            yield " ".join((*words[:at], other, one, *words[at + 2 :]))


@pytest.mark.parametrize("changed", [with_one_letter_more, with_two_words_swapped])
def test_another_letter_or_another_order_anywhere_is_another_prompt(changed: object) -> None:
    taken = []
    for text in sentences():
        ours = read(text)
        others = changed(text) if callable(changed) else ()
        taken += [(text, other) for other in others if not disagreement(ours, read(other))]
    assert taken == []
