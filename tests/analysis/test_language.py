"""Languages by script and by small words."""

# ruff: noqa: RUF001 - texts in many scripts

from __future__ import annotations

import pytest

from homeport.analysis.facts import Turn
from homeport.analysis.focus import focus_of
from homeport.analysis.language import language_of, script_of

KNOWN = [
    ("", "und"),
    ("12345 !!!", "und"),
    ("the cat is on the mat", "en"),
    ("die Katze ist auf dem Dach und schläft", "de"),
    ("le chat est sur le toit et il dort", "fr"),
    ("el gato está en el tejado y duerme", "es"),
    ("il gatto è sul tetto e non scende", "it"),
    ("o gato não está no telhado com os outros", "pt"),
    ("de kat zit op het dak en wil niet naar beneden", "nl"),
    ("katten är på taket och vill inte komma ner", "sv"),
    ("kot jest na dachu i nie chce się ruszyć", "pl"),
    ("kedi çatıda ve çok mutlu bir hayvan için", "tr"),
    ("кошка сидит на крыше", "ru"),
    ("кішка сидить на даху і її видно", "uk"),
    ("猫在屋顶上睡觉", "zh"),
    ("猫は屋根の上で寝ています", "ja"),
    ("고양이가 지붕 위에 있다", "ko"),
    ("القطة على السطح", "ar"),
    ("החתול על הגג", "he"),
    ("η γάτα είναι στη στέγη", "el"),
    ("แมวอยู่บนหลังคา", "th"),
    ("बिल्ली छत पर है", "hi"),
]


@pytest.mark.parametrize(("text", "language"), KNOWN)
def test_language(text: str, language: str) -> None:
    focus = focus_of([Turn("user", text)])
    assert language_of(focus.script, focus.lower, focus.words) == language


def test_a_foreign_word_does_not_change_the_script() -> None:
    assert script_of("What does the word 猫 mean in this sentence?") == ""
    assert script_of("ASCII") == ""
