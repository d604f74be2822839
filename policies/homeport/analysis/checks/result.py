"""Where a text says what its result is: a box, four hashes, or "the answer is"."""

# ruff: noqa: RUF001 - words in many scripts

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_ANNOUNCEMENTS = 20
_MOST_IN_BOX = 400
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_HASHES = re.compile(r"^\s{0,8}####[ \t]*([^\n]{1,200})", re.MULTILINE)
_NOUNS = (
    "answers?|results?|solution|antwort|lösung|ergebnis|endergebnis|réponse|résultat|respuesta|"
    "resultado|solución|risposta|risultato|soluzione|resposta|antwoord|uitkomst|svar|svaret|"
    "odpowiedź|wynik|cevap|sonuç|ответ|відповідь|результат|απάντηση|الجواب|الإجابة|תשובה"
)
_LINKS = "is|are|was|ist|lautet|beträgt|est|es|è|é|to|är|это|є|είναι|هو|هي|היא"
_SPACED = (
    rf"(?<!\w)(?:{_NOUNS})(?!\w)[^\n.:=：]{{0,60}}?(?:\*\*)?(?:[:=：—]|(?<!\w)(?:{_LINKS})(?!\w))"
)
_UNSPACED = (
    "(?:答案|正解|答え|こたえ|결과|정답|답)[^\n.:=：0-9A-Z]{0,12}?(?:[:=：]|是|为|為|は|은|는)"
)
_PHRASE = re.compile(rf"(?:{_SPACED}|{_UNSPACED})[ \t*]{{0,6}}\n?([^\n]{{1,200}})", re.IGNORECASE)


class Said(NamedTuple):
    """What stands where the result was announced."""

    text: str
    is_boxed: bool = False


def announced(text: str) -> Iterator[Said]:
    r"""The plainest first: the last \boxed, the last ####, then phrases from the end."""
    boxes = list(_BOX.finditer(text))
    if boxes and (inside := _inside(text, boxes[-1].end())):
        yield Said(inside, is_boxed=True)
    for found in (_HASHES, _PHRASE):
        last = [match[1] for match in found.finditer(text)][-MOST_ANNOUNCEMENTS:]
        yield from map(Said, reversed(last))


def _inside(text: str, start: int) -> str:
    """Up to the brace that closes the box; empty where none does."""
    depth = 1
    for at, character in enumerate(text[start : start + _MOST_IN_BOX]):
        depth += (character == "{") - (character == "}")
        if not depth:
            return text[start : start + at]
    return ""
