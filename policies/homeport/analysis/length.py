"""How long the answer will be, in tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping

from homeport.analysis.focus import Focus
from homeport.analysis.terms import terms
from homeport.policies.model import Checkable, Task

USUAL: Mapping[Task, int] = {
    "question": 130,
    "writing": 450,
    "code": 400,
    "mathematics": 280,
    "reasoning": 350,
    "extraction": 120,
    "translation": 0,
    "summarising": 160,
    "data": 250,
    "agent": 120,
    "chat": 40,
    "multi-step": 550,
}
"""Without further hints; a translation is as long as what it translates."""
OF_MATERIAL: frozenset[Task] = frozenset({"translation", "summarising"})
"""Tasks whose answer is as long as their material makes it."""

_SHORT = terms(
    "briefly, brief, short, shortly, concise, concisely, kurz, knapp, bref, brièvement, corto, "
    "breve, brevemente, kort, кратко, just the, only the, one sentence, einem satz, une phrase, "
    "una frase, одним предложением, tl dr, nur die"
)
_LONG = terms(
    "detailed, detail, in-depth, comprehensive, thorough, thoroughly, long, extensive, exhaustive, "
    "ausführlich, detailliert, détaillé, détaillée, détail, detallado, detallada, detalle, "
    "dettagliato, dettaglio, detalhado, uitgebreid, подробно, step by"
)
_ONE_WORD = terms(
    "one word, single word, einem wort, un mot, una palabra, una parola, uma palavra, "
    "одним словом, letter only, the letter, yes or, true or, the number"
)
_AMOUNT = re.compile(
    r"(?<!\d)(\d{1,5})[ -](words?|sentences?|paragraphs?|lines?|pages?|bullets?|ideas?|examples?"
    r"|wörter[n]?|sätze[n]?|absätze[n]?|zeilen|mots|phrases|paragraphes|lignes|palabras|frases"
    r"|párrafos|parole|paragrafi|palavras|parágrafos|woorden|zinnen|слов|предложени[йя])\b"
)
_TOKENS_EACH: tuple[tuple[tuple[str, ...], float], ...] = (
    (("word", "wört", "mots", "palab", "parol", "palav", "woord", "слов"), 1.5),
    (("page",), 650),
    (("paragr", "absätz", "párr", "parágr"), 110),
    (("line", "zeil", "lign"), 14),
    (("bullet", "idea", "example"), 30),
)
_SENTENCE_TOKENS = 26
LONGEST = 8_192


def output_tokens_of(
    focus: Focus, task: Task, checkable: Checkable, material_tokens: int, max_tokens: int | None
) -> int:
    """Expected tokens of the answer, at least 1, never above the caller's own cap."""
    expected = _asked_amount(focus.lower) if focus.has_digits else 0
    expected = expected or _by_kind(focus, task, checkable, material_tokens)
    expected = max(1, min(LONGEST, expected))
    return expected if max_tokens is None else max(1, min(expected, max_tokens))


def _by_kind(focus: Focus, task: Task, checkable: Checkable, material_tokens: int) -> int:
    if not _ONE_WORD.isdisjoint(focus.all) or checkable == "label":
        return 8
    usual = USUAL[task]
    if task == "translation":
        usual = 10 + material_tokens
    elif task == "summarising":
        usual = min(500, usual + material_tokens // 12)
    elif checkable == "choice":
        usual = min(usual, 90)
    if not _SHORT.isdisjoint(focus.all):
        return usual * 2 // 5
    return usual if _LONG.isdisjoint(focus.all) else usual * 9 // 5


def _asked_amount(lower: str) -> int:
    """Tokens of "200 words" or "3 paragraphs"; 0 where no amount is asked for."""
    match = _AMOUNT.search(lower if len(lower) < 900 else lower[:600] + lower[-300:])
    if match is None:
        return 0
    count, unit = int(match[1]), match[2]
    each = next((t for starts, t in _TOKENS_EACH if unit.startswith(starts)), _SENTENCE_TOKENS)
    return round(count * each)
