"""Programs in an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.code import Block, blocks_of, canonical_code, program_of, syntax_of


def test_fences_are_taken_apart() -> None:
    answer = "First:\n```py\nx = 1\n```\nthen\n~~~\nraw\n~~~\nand\n````js\nlet a = `b`;\n"
    assert blocks_of(answer) == [
        Block("python", "x = 1\n"),
        Block("", "raw\n"),
        Block("javascript", "let a = `b`;\n", is_closed=False),
    ]


def test_a_talk_with_the_interpreter_is_no_program() -> None:
    talk = "```python\n>>> 1 + 1\n2\n```"
    assert blocks_of(talk) == [Block("pycon", ">>> 1 + 1\n2\n")]
    assert syntax_of(">>> 1 + 1\n2\n", "pycon").passed is None


def test_a_bare_program_is_found() -> None:
    source = "def f(x):\n    return x\n"
    assert blocks_of(source) == [Block("python", source)]
    assert blocks_of("import this is not Python") == []
    assert blocks_of("Define a function first.") == []


def test_python_comes_before_a_longer_shell_block() -> None:
    answer = "```sh\npip install something-long\n```\n```python\nx = 1\n```"
    assert program_of(answer) == Block("python", "x = 1\n")


@pytest.mark.parametrize(
    ("source", "language", "passed", "how"),
    [
        ("x = 1", "python", True, "parsed"),
        ("x = ", "python", False, "parsed"),
        ("x = '\\d'", "python", True, "parsed"),
        ("x\0", "python", False, "parsed"),
        ("    x = 1\n    y = 2", "python", True, "parsed"),
        ("!pip install numpy\nx = 1", "python", None, "not checked"),
        ("", "python", None, "not checked"),
        ("f(x) { return [1, 2]; }", "javascript", None, "brackets"),
        ("function f( { return 1; }", "javascript", False, "brackets"),
        ("let s = '(';  // )", "javascript", None, "brackets"),
        ("let r = /[(]/.test(s);", "javascript", None, "brackets"),
        ("fn f<'a>(x: &'a str) -> char { '(' }", "rust", None, "brackets"),
        ("int main() { return 0;", "c", False, "brackets"),
        ("SELECT (1 -- )\n)", "sql", None, "brackets"),
        ("<a>(</a>", "javascript", None, "not checked"),
        ("case x) echo;;", "shell", None, "not checked"),
        ("(((", "", None, "not checked"),
        ("x" * 200_000, "python", None, "not checked"),
    ],
)
def test_syntax(source: str, language: str, passed: bool | None, how: str) -> None:
    syntax = syntax_of(source, language)
    assert (syntax.passed, syntax.how) == (passed, how)


def test_a_wrong_line_is_told() -> None:
    assert syntax_of("x = 1\ny = (", "python").line == 2
    assert syntax_of("{\n\n(}", "c").line == 3


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("def f(a):\n    return a", "def g(b):\n    'Doc.'\n    return b", True),
        ("x = 1\nprint(x)", "y = 1\nprint(y)", True),
        ("def f(a): return a.b", "def f(a): return a.c", False),
        ("def f(a, b): return a", "def f(a, b): return b", False),
        ("import math\nx = math.pi", "import cmath\nx = cmath.pi", False),
        ("x = len([])", "x = sum([])", False),
    ],
)
def test_one_normal_form(one: str, other: str, is_same: bool) -> None:
    first, second = (canonical_code(f"```python\n{source}\n```") for source in (one, other))
    assert first is not None
    assert (first == second) is is_same


@pytest.mark.parametrize(
    "source",
    ["-" * 90_000 + "1", "x = " + "1+" * 45_000 + "1", "x" + "(a)" * 30_000, "not " * 22_000 + "1"],
    ids=["signs", "sum", "calls", "words"],
)
def test_a_program_that_is_too_deep_is_not_judged(source: str) -> None:
    assert syntax_of(source, "python").passed is not False
    answer = f"```python\n{source}\n```"
    assert canonical_code(answer) == canonical_code(answer)


@given(st.text("(){}[]'\"`/\\*#-\nab", max_size=200), st.sampled_from(["c", "rust", "javascript"]))
def test_any_text_is_matched(source: str, language: str) -> None:
    assert syntax_of(source, language).line >= 0


def test_a_program_with_an_endless_integer_is_compared_with_none() -> None:
    assert canonical_code(f"```python\nmodulus = 0x{'f' * 4_000}\n```") is None
