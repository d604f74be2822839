"""Which language a text is in: by its script, then by its commonest small words."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The commonest small words of languages in Latin script. A word of several
# languages counts for each of them.
_SMALL_WORDS = {
    "en": "the of and to in is you that it for was on are with as this be at have from or what "
    "how why when which who can do does my me your write please i a an if there would not hello "
    "thanks hi write find this your",
    "de": "der die das und ist nicht ein eine zu den mit von auf für im dem des sich wie was ich "
    "sie es wir auch wird sind bitte mir kann warum oder einen einer zum zur als bei aus hallo "
    "danke guten morgen schreibe über schläft dieses dieser",
    "fr": "le la les des et est un une du dans que qui pour pas sur avec ce cette sont je vous il "
    "elle nous en au aux plus ou comment pourquoi quel quelle moi ne se par quels c'est à "
    "combien écris sur ça bonjour merci va texte tous traduis",
    "es": "el la los las de y es un una que en por para con no se del al lo como qué cómo cuál "
    "más su mi me este esta son está hay quién cuántos cuántas cuánto yo pero si le sobre "
    "escribe gracias muy hola haz texto esta función",
    "it": "il lo la i gli le di e è un una che in per con non si del della dei alla come cosa "
    "più sono questo questa mi qual quale perché chi al nel ha anche quanti quante dal ciao "
    "grazie scrivi dell",
    "pt": "o a os as de e é um uma que em para com não se do da dos das no na como qual mais "
    "por este esta são eu você meu minha ao ou quantos quantas isso foi está uns olá obrigado "
    "sobre escreva",
    "nl": "de het een en van is dat in op te niet voor met zijn aan er die ik je hoe wat waarom "
    "deze dit naar ook als bij om kan mijn wie uit hoeveel wordt geen maar of hallo bedankt "
    "schrijf",
    "sv": "och att det är som en ett på för med av inte den jag du vad hur varför kan till har "
    "de om men så från detta eller vi hur många min",
    "pl": "i w na z do nie się jest to że jak co dla po od czy ten ta jaki jaka dlaczego ile są "
    "przez oraz mi proszę za ze lub ma być które który",
    "tr": "ve bir bu için ne nasıl ile de da mi ben sen çok var olan gibi neden kaç bana daha "  # noqa: RUF001 Turkish has its own i
    "olarak hangi değil lütfen en o kadar",
}

_WORD_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in dict.fromkeys(_words.split()):
        _WORD_LANGUAGES[_word] = (*_WORD_LANGUAGES.get(_word, ()), _language)

_LANGUAGES = tuple(_SMALL_WORDS)
_VOTES = {
    word: sum([1 << 8 * _LANGUAGES.index(language) for language in languages])
    for word, languages in _WORD_LANGUAGES.items()
}
"""The languages that each word counts for: a byte for each, so that votes are added up at once."""

SMALL_WORDS = frozenset(_WORD_LANGUAGES)
"""Words that say nothing about what a text is about."""

_SCRIPTS = re.compile(
    "(?P<kana>[\u3040-\u30ff]+)|(?P<hangul>[\uac00-\ud7af\u1100-\u11ff]+)|(?P<han>[\u4e00-\u9fff]+)"
    "|(?P<cyrillic>[\u0400-\u04ff]+)|(?P<arabic>[\u0600-\u06ff]+)|(?P<hebrew>[\u0590-\u05ff]+)"
    "|(?P<greek>[\u0370-\u03ff]+)|(?P<thai>[\u0e00-\u0e7f]+)|(?P<devanagari>[\u0900-\u097f]+)"
)
UNSPACED = frozenset({"han", "kana", "thai"})
"""Scripts that do not separate words."""

_SCRIPT_LANGUAGES = {
    "han": "zh",
    "kana": "ja",
    "hangul": "ko",
    "cyrillic": "ru",
    "arabic": "ar",
    "hebrew": "he",
    "greek": "el",
    "thai": "th",
    "devanagari": "hi",
}
_UKRAINIAN = frozenset("іїєґ")
# Characters of these scripts carry several letters' worth of text each.
_DENSITY = {"kana": 3, "han": 3, "hangul": 3}
SCRIPT_CHARACTERS, VOTERS = 400, 150
"""Characters whose script is looked at, and words that are asked for the language: fewer than
a byte counts."""


def language_of(script: str, lower: str, words: Sequence[str]) -> str:
    """ISO 639-1 code of a text, whose words are given; "und" where unclear."""
    if not script:
        return _of_small_words(words)
    if script == "cyrillic" and not _UKRAINIAN.isdisjoint(lower[:SCRIPT_CHARACTERS]):
        return "uk"
    return _SCRIPT_LANGUAGES[script]


def script_of(text: str) -> str:
    """The script that most of the letters are in; empty for Latin letters."""
    if text.isascii():
        return ""
    start = text[:SCRIPT_CHARACTERS]
    sizes: dict[str, int] = {}
    for match in _SCRIPTS.finditer(start):
        name = match.lastgroup or ""
        sizes[name] = sizes.get(name, 0) + len(match[0]) * _DENSITY.get(name, 1)
    foreign = sum(sizes.values())
    if not foreign or foreign * 2 < sum(map(str.isalpha, start)):
        return ""
    if sizes.get("kana", 0) * 8 >= foreign:
        return "kana"
    return max(sorted(sizes), key=lambda name: sizes[name])


def _of_small_words(words: Sequence[str]) -> str:
    votes = sum([_VOTES[word] for word in words[:VOTERS] if word in _VOTES])
    if not votes:
        return "und"
    counts = votes.to_bytes(len(_LANGUAGES), "little")
    return _LANGUAGES[counts.index(max(counts))]
