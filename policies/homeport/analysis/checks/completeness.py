"""How much of what was asked an answer answers, 0 to 1.

    completeness = 0.5 x parts + 0.2 x length + 0.3 x whole, and 0 for nothing or a refusal

parts: parts of the answer for each part asked, at most 1. Asked are the items that the prompt
numbers, the questions that it puts, or the number that it names ("five reasons"), whichever is
most. Of the answer the list items, the headings or the paragraphs count, whichever is most.
length: words for the words that are asked for, at most 1. whole: it was not cut off.

It says nothing about whether the parts are right, or are the parts that were asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from homeport.analysis.checks.bounds import ends_of
from homeport.analysis.checks.refusal import refuses
from homeport.analysis.checks.truncation import cut_of, is_plain

PARTS, LENGTH, WHOLE = 0.5, 0.2, 0.3
MOST_PARTS = 40
_LEAST_WORDS = 1
_NUMBERED = re.compile(r"^[ \t]{0,8}(?:\(?\d{1,3}[.)]|[a-h][.)])[ \t]+\S", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]{0,8}[-*+\u2022][ \t]+\S", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}[ \t]+\S|^\*\*[^*\n]{1,80}\*\*:?[ \t]*$", re.MULTILINE)
_QUESTION = re.compile(r"[^\s?\uff1f\u061f][?\uff1f\u061f](?=[\s\"'\u201d)]|\Z|[\u3040-\u9fff])")
_SPELLED = (
    "two three four five six seven eight nine ten",
    "zwei drei vier f\u00fcnf sechs sieben acht neun zehn",
    "deux trois quatre cinq six sept huit neuf dix",
    "dos tres cuatro cinco seis siete ocho nueve diez",
)
_COUNTS = {word: place for words in _SPELLED for place, word in enumerate(words.split(), 2)}
_THINGS = (
    "reasons?|examples?|ways?|steps?|tips?|ideas?|points?|bullets?|bullet points?|items?|names?|"
    "options?|questions?|facts?|books?|benefits?|advantages?|differences?|suggestions?|causes?|"
    "gr\u00fcnde|beispiele|schritte|tipps|ideen|punkte|raisons|exemples|\u00e9tapes|id\u00e9es|conseils|"
    "razones|ejemplos|pasos|ideas|consejos|motivi|esempi|passi|idee|consigli"
)
_NAMED = re.compile(
    rf"(?<!\w)(\d{{1,2}}|{'|'.join(_COUNTS)})(?: \w{{1,20}}){{0,2}}? (?:{_THINGS})(?!\w)",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?<!\w)(\d{2,5})[- ](?:words?|w\u00f6rter|mots|palabras|parole|palavras|woorden)"
)
_SENTENCES = re.compile(
    r"(?<!\w)(\d{1,2})[- ](?:sentences?|s\u00e4tze|phrases?|frases|frasi|zinnen)(?!\w)",
    re.IGNORECASE,
)
_OF_A_SENTENCE = 6
"""Words that the shortest sentence of an explanation has."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a prompt asks for, in numbers. Holds no text of it."""

    parts: int = 1
    """At least 1."""
    words: int = _LEAST_WORDS
    """Fewest words of an answer."""


def asked_of(prompt: str) -> Asked:
    """Count the parts and the words that a prompt asks for."""
    text = ends_of(prompt)
    named = [_COUNTS.get(word.lower()) or int(word) for word in _NAMED.findall(text)[:20]]
    parts = max(1, len(_NUMBERED.findall(text)), len(_QUESTION.findall(text)), *named)
    words = [int(count) for count in _WORDS.findall(text)[:20]]
    words += [_OF_A_SENTENCE * int(count) for count in _SENTENCES.findall(text)[:20]]
    return Asked(parts=min(parts, MOST_PARTS), words=max(_LEAST_WORDS, *words, 0))


def completeness(answer: str, asked: Asked, *, finish: str = "", flagged: bool = False) -> float:
    """0 to 1, as defined above."""
    text = ends_of(answer)
    if not text.strip() or refuses(answer, flagged=flagged):
        return 0.0
    cut = cut_of(answer, finish)
    whole = 1.0 if cut is None else 0.5 * (not is_plain(cut, finish))
    parts = min(1.0, _parts_of(text) / asked.parts)
    length = min(1.0, words_of(text) / asked.words)
    return PARTS * parts + LENGTH * length + WHOLE * whole


def words_of(text: str) -> int:
    """Words; of scripts without blanks, half the characters."""
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    return max(len(text.split()), unspaced // 2)


def _parts_of(text: str) -> int:
    paragraphs = sum(bool(part.strip()) for part in text.split("\n\n"))
    counts = (len(pattern.findall(text)) for pattern in (_NUMBERED, _BULLET, _HEADING))
    return max(1, paragraphs, _answers_in_a_row(text), *counts)


def _answers_in_a_row(text: str) -> int:
    """A single paragraph answers a question with each sentence."""
    return len(re.findall(r"[.!?\u3002](?=\s|\Z)", text)) if "\n" not in text.strip() else 0
