"""Where a result is announced."""

from __future__ import annotations

from homeport.analysis.checks.result import MOST_ANNOUNCEMENTS, Said, announced


def test_the_plainest_comes_first() -> None:
    text = "The answer is 3.\n#### 4\nThe result: 5\nso \\boxed{6}"
    assert list(announced(text)) == [Said("6", is_boxed=True), Said("4"), Said("5"), Said("3.")]


def test_a_box_holds_braces_and_needs_an_end() -> None:
    assert next(announced(r"\boxed{\frac{1}{2}}")) == Said(r"\frac{1}{2}", is_boxed=True)
    assert list(announced(r"\boxed{1")) == []


def test_only_so_many_are_read() -> None:
    assert len(list(announced("The answer is 3.\n" * 500))) == MOST_ANNOUNCEMENTS


def test_a_text_without_one() -> None:
    assert list(announced("I have no answer")) == []
