"""The letter or the label that an answer comes to.

A yes, a true and their like in other languages are `yes`. A letter or a class that is
merely named counts where no other one is.
"""

# ruff: noqa: RUF001 - words in many scripts

from __future__ import annotations

import re

from homeport.analysis.checks.bounds import ends_of
from homeport.analysis.checks.numbers import plain_digits
from homeport.analysis.checks.result import announced

_CHOSEN = re.compile(
    r"[\s*_`\"'“$({\[]{0,6}(?:\\text\{|\\mathbf\{|\\mathrm\{)?"
    r"(?:(?:option|choice|letter|answer|antwort|lettre|opción|opzione|opção|optie)[\s:*]{1,3})?"
    r"\(?(?P<letters>[A-J](?:\s?(?:,|and|und|et|y|e|&)\s?[A-J])*)(?:\)|\b)(?!['’-]|\s[a-z])"
)
_ALONE = re.compile(r"^[\s*_`>]{0,6}\(?([A-J])(?:[).:]|[*_`]{1,2}[).:]?|\s*$)", re.MULTILINE)
_IN_BRACKETS = re.compile(r"\(([A-J])\)")
_NAMED = re.compile(
    r"(?:option|choice|antwort|opción|opzione|选项?|選|選択肢)(?:\s(?:is|ist|es|è|est))?"
    r"\s?\**\(?([A-J])(?![\w'])",
    re.IGNORECASE,
)


def choice_of(answer: str) -> str | None:
    """1. an announced letter; 2. the only option that is named; 3. the only letter of a list."""
    text = plain_digits(ends_of(answer))
    for said in announced(text):
        found = _CHOSEN.match(said.text)
        if found is not None:
            return ",".join(sorted(set(re.findall("[A-J]", found["letters"]))))
    listed = [*_ALONE.findall(text), *_IN_BRACKETS.findall(text)]
    for named in (_NAMED.findall(text), listed):
        letters = {str(letter).upper() for letter in named}
        if len(letters) == 1:
            return letters.pop()
    return None


_LABELLED = re.compile(
    r"(?<!\w)(?:label|category|class|classification|sentiment|intent|kategorie|klasse|stimmung|"
    r"catégorie|categoría|sentimiento|categoria|sentimento|категория|分类|情感|分類)\W{0,4}"
    r"(?::|：|(?<!\w)(?:is|ist|est|es|è|é)(?!\w)|是)[ \t*]{0,4}([^\n]{1,80})",
    re.IGNORECASE,
)
_YES_NO = {
    "yes": (
        "yes true yep yeah correct ja richtig wahr oui vrai sí verdadero cierto sì vero sim "
        "verdadeiro waar tak prawda evet doğru да верно правда так 是 对 正确 はい 예 네 نعم"
    ),
    "no": (
        "no false nope incorrect nein falsch non faux falso não nee onwaar nie fałsz hayır "
        "yanlış нет неверно ложь ні 不是 否 错 不对 いいえ 아니요 아니오 لا"
    ),
}
_MEANINGS = {word: meaning for meaning, words in _YES_NO.items() for word in words.split()}
_CLASSES = re.compile(
    r"(?<!\w)(?:(not|no|nicht|pas|non)[- ])?(positive|negative|neutral|mixed|spam|ham|toxic|"
    r"positiv|negativ|positif|négatif|neutre|positivo|negativo|neutro)(?!\w)",
    re.IGNORECASE,
)
_TRIMMED = " \t\r\n.,;:!?*_`\"'“”«»()[]{}。！"
_LABEL_WORDS, _LABEL_CHARACTERS = 4, 60


def label_of(answer: str) -> str | None:
    """1. an announced label; 2. a yes or no in front; 3. a short answer; 4. the only class."""
    text = ends_of(answer)
    said = [said.text for said in announced(text)] + _LABELLED.findall(text)[::-1]
    for label in map(_short, said):
        if label is not None:
            return label
    label = _in_front(text) or _short(text)
    if label is not None:
        return label
    classes = {" ".join(filter(None, found)).casefold() for found in _CLASSES.findall(text)}
    return classes.pop() if len(classes) == 1 else None


def _in_front(text: str) -> str | None:
    first = text.strip(_TRIMMED)[:40].casefold()
    return _MEANINGS.get(re.split(r"[\s,.;:!。，、！*]", first, maxsplit=1)[0])


def _short(text: str) -> str | None:
    label = " ".join(text.strip(_TRIMMED).split()).casefold()
    if not label or len(label) > _LABEL_CHARACTERS or label.count(" ") >= _LABEL_WORDS:
        return None
    return _MEANINGS.get(label, label)
