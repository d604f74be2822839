"""The final answer, by what is checkable."""

# ruff: noqa: RUF001 - answers in many scripts

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.analysis.checks.final import final_of
from homeport.policies.model import Checkable

NUMBERS = [
    (r"so \boxed{42}", "42"),
    (r"\boxed{3} is wrong, it is \boxed{4}", "4"),
    ("#### 1,234", "1234"),
    ("2 + 2 = <<2+2=4>>4\n#### 4", "4"),
    ("The answer is **3.5**.", "3.5"),
    ("The answer is 20 + 36 = 56 pens.", "56"),
    (r"\boxed{\frac{1}{2}}", "0.5"),
    (r"\boxed{-\frac{3}{4}}", "-0.75"),
    (r"\boxed{\dfrac12}", "0.5"),
    (r"\boxed{2\frac{1}{2}}", "2.5"),
    (r"\boxed{\frac{1}{3}}", "1/3"),
    (r"\boxed{x=5}", "5"),
    (r"\boxed{50\%}", "50"),
    (r"\boxed{12\text{ cm}}", "12"),
    (r"$\boxed{1{,}000}$", "1000"),
    (r"\boxed{x^2 + 1}", "x^2+1"),
    (r"\boxed{(2, 3)}", "(2,3)"),
    (r"\boxed{3\sqrt{2}}", r"3\sqrt{2}"),
    ("Final answer: 3/4", "0.75"),
    ("It takes 2 1/2 cups", "2.5"),
    ("2½", "2.5"),
    ("the total is $1,200.50", "1200.5"),
    ("Answer:\n\n42", "42"),
    ("Die Antwort lautet 1.234,50 Euro", "1234.5"),
    ("La réponse est 12.", "12"),
    ("La respuesta es 7.", "7"),
    ("La risposta è 8.", "8"),
    ("A resposta é 9.", "9"),
    ("Ответ: 1 234", "1234"),
    ("答案是 42。", "42"),
    ("答えは１２個です", "12"),
    ("답은 5입니다", "5"),
    ("الجواب هو ٤٢", "42"),
    ("He has 5 apples.\n\nLet me know if that helps!", "5"),
    ("first 3, then 5-3", "3"),
    ("−7", "-7"),
]


@pytest.mark.parametrize(("answer", "final"), NUMBERS)
def test_a_number(answer: str, final: str) -> None:
    found = final_of(answer, "number")
    assert found is not None
    assert found.text == final


def test_the_language_decides_what_a_single_mark_means() -> None:
    english = final_of("It is 1.250", "number", language="en")
    german = final_of("Es sind 1.250", "number", language="de")
    assert english is not None
    assert german is not None
    assert (english.text, german.text) == ("1.25", "1250")


CHOICES = [
    ("The answer is (B).", "B"),
    ("B", "B"),
    ("B) Jupiter", "B"),
    ("**C. Jupiter**", "C"),
    ("#### D", "D"),
    ("I think A dog is meant. Answer: C", "C"),
    ("The correct option is B because A is wrong", "B"),
    (r"\boxed{\text{C}}", "C"),
    ("答案：B", "B"),
    ("选 C", "C"),
    ("Antwort: D) Erde", "D"),
    ("Option E fits.", "E"),
    ("The correct answers are A and C.", "A,C"),
    ("(A) is wrong and (B) is right", None),
    ("The answer is a dog", None),
    ("I do not know.", None),
]


@pytest.mark.parametrize(("answer", "final"), CHOICES)
def test_a_choice(answer: str, final: str | None) -> None:
    found = final_of(answer, "choice")
    assert (found and found.text) == final


LABELS = [
    ("Positive", "positive"),
    ("**positive**.", "positive"),
    ("The sentiment is positive.", "positive"),
    ("I would say that the tone of this review is negative overall.", "negative"),
    ("Yes, it is spam, since it promises a prize to everybody who writes.", "yes"),
    ("True", "yes"),
    ("Ja.", "yes"),
    ("Nein, das stimmt nicht.", "no"),
    ("да, конечно", "yes"),
    ("はい、そうです", "yes"),
    ("Not spam", "not spam"),
    ("Label: refund request", "refund request"),
    ("It could be positive, and it could be negative; that depends.", None),
]


@pytest.mark.parametrize(("answer", "final"), LABELS)
def test_a_label(answer: str, final: str | None) -> None:
    found = final_of(answer, "label")
    assert (found and found.text) == final


@pytest.mark.parametrize("kind", ["number", "choice", "label", "code", "json", "free"])
def test_nothing_comes_to_nothing(kind: Checkable) -> None:
    assert final_of("", kind) is None
    assert final_of("   \n ", kind) is None


def test_free_text_has_no_final_answer() -> None:
    assert final_of("The answer is 42.", "free") is None


KINDS = st.sampled_from(["number", "choice", "label", "code", "json", "free"])
ANY = st.text(max_size=200) | st.text("0123456789.,-/$\\{}boxed frac#=()[]`\n", max_size=120)


@given(ANY, KINDS)
def test_any_text_has_one_final_answer_or_none(text: str, kind: Checkable) -> None:
    assert final_of(text, kind) == final_of(text, kind)


@pytest.mark.parametrize("kind", ["number", "choice", "label", "code", "json"])
@pytest.mark.parametrize(
    "part", ["9", "(", "1+1=", "\\boxed{", "answer is ", '{"a":', "```js\n", "=/[", "½", "\ud800"]
)
def test_a_megabyte_is_read(part: str, kind: Checkable) -> None:
    text = part * (1_000_000 // len(part))
    assert final_of(text, kind) == final_of(text, kind)
