"""Brackets that match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.brackets import CALM_LANGUAGES, brackets_match


@pytest.mark.parametrize(
    ("source", "language", "line"),
    [
        ("f(a[1]) { }", "java", 0),
        ("f(a[1) ]", "java", 1),
        ("{\n(\n}", "go", 3),
        ("{\n\n", "go", 1),
        (")", "lua", 1),
        ('"(" /* { */ // [', "cpp", 0),
        ("`${(`", "typescript", 0),
        ("x = '(' -- [", "lua", 0),
        ("a = [1, 2] # ]", "toml", 0),
    ],
)
def test_the_first_that_does_not_match(source: str, language: str, line: int) -> None:
    assert brackets_match(source, language) == line


@pytest.mark.parametrize("language", sorted(CALM_LANGUAGES))
@pytest.mark.parametrize("part", ['"\\', "'\\", "=/[", '"""', "`", "/*", "(", "--"])
def test_hostile_text_is_passed_over_once(language: str, part: str) -> None:
    assert brackets_match(part * (60_000 // len(part)), language) >= 0


@given(st.text("ab \n", max_size=30))
def test_text_without_brackets_matches(source: str) -> None:
    assert brackets_match(f"({source})", "java") == 0
