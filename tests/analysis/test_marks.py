"""Signs of code, mathematics, tables, lists and options."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

from homeport.analysis.facts import Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.marks import Marks, marks_of


def marks(text: str) -> Marks:
    return marks_of(focus_of([Turn("user", text)]))


def test_prose_has_no_marks() -> None:
    found = marks("Tell me about the sea, the wind and the stars.")
    assert found == Marks(
        code=0, maths=0, sums=0, steps=0, items=0, options=0, table_rows=0, questions=0
    )


def test_code() -> None:
    assert marks("```js\nconst f = (x) => x;\n```").code >= 4
    assert marks("def f(x):\n    return x").code >= 4


def test_mathematics_and_prices_are_told_apart() -> None:
    assert marks(r"Find $x$ with $\frac{x}{2} = 3^2$").maths >= 3
    assert marks("It costs $4 and then $5 more.").maths == 0
    assert marks("12 + 7 is 50% of 38").sums == 2


def test_lists_and_steps() -> None:
    found = marks("Do:\n1. this\n2) that\n- and this\n* and that\nStep 3 at last")
    assert (found.steps, found.items) == (3, 5)
    assert marks("(1) read (2) write (3) rest").steps == 3


def test_options_have_no_gap() -> None:
    assert marks("A) one B) two C) three").options == 3
    assert marks("A. one\nB. two\nC. three\nD. four").options == 4
    assert marks("(A) one (C) three").options == 1
    assert marks("no options").options == 0


def test_tables_are_not_prose_with_commas() -> None:
    assert marks("a,b,c\n1,2,3\n4,5,6").table_rows == 3
    assert marks("| a | b |\n|---|---|\n| 1 | 2 |").table_rows == 3
    prose = "Bread, milk, eggs and a great many other things that we need for this week.\n"
    assert marks(prose * 3).table_rows == 0


def test_question_marks_of_any_script() -> None:
    assert marks("a? 何？ ماذا؟").questions == 3
