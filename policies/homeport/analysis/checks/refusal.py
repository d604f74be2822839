"""Whether an answer refuses: told by its provider, or by how it begins.

Only the beginning is read, outside of quotes and code: a letter that declines an invitation is
an answer. A long text that begins with a refusal may still hold an answer, so it is not judged.
"""

# ruff: noqa: RUF001 - sentences in many scripts

from __future__ import annotations

import re

BEGINNING = 320
"""Characters in which a refusal shows."""
LONG = 1_400
"""Characters from which a text that begins like a refusal may hold more than one."""

_EN_VERB = (
    "help|assist|provide|answer|fulfil|fulfill|comply|complete (?:this|that|your)|do that|do this|"
    "continue|share|discuss|create|generate|write|produce|offer|give|support|engage|process|"
    "accommodate|participate|access|browse|open|view|see"
)
_ENGLISH = (
    rf"(?:i|we)(?: am|'m| are|'re)? ?(?:can ?not|can't|could not|won't|will not|unable to|"
    rf"not able to|not allowed to|not permitted to|must decline to|have to decline to|"
    rf"not going to|do not feel comfortable|don't feel comfortable|not comfortable)"
    rf"(?: \w{{1,12}}){{0,2}} (?:{_EN_VERB})",
    r"i(?: must| have to| will|'ll)?(?: respectfully| politely)? decline",
    r"(?:as|since i am|i'm just|i am just|i'm only) an? (?:ai|"
    r"artificial "
    r"intelligence|(?:large )?language model)[^.]{0,60}?(?:can ?not|can't|unable|not able|"
    r"do not have|don't have|am not)",
    r"(?:this|that|your) (?:request|question|prompt) (?:violates|goes against|is against)",
    r"(?:sorry|apologi[sz]e)[^.]{0,30}? (?:can ?not|can't|unable to|not able to|won't)"
    r"(?: \w{1,12}){0,2} (?:help|assist|do|provide|answer|fulfil|comply|discuss|with)",
)
_OTHERS = (
    # German
    r"(?:ich kann|kann ich|ich darf|darf ich)[^.]{0,70}? nicht (?:\w+ )?(?:helfen|weiterhelfen|"
    r"beantworten|unterstützen|erstellen|geben|bereitstellen|erfüllen|nachkommen)",
    r"(?:dabei|damit|hierbei) kann ich (?:dir |ihnen |leider ){0,2}nicht",
    # French
    r"je ne (?:peux|puis|suis) (?:malheureusement )?pas (?:\w+ ){0,4}(?:aider|répondre|fournir|"
    r"assister|faire|donner|créer|en mesure)",
    # Spanish, Portuguese, Italian
    r"(?:no puedo|no podré|no me es posible) (?:\w+ ){0,2}?(?:ayudar|responder|proporcionar|"
    r"asistir|cumplir|hacer|ofrecer|ayudarte|ayudarle)",
    r"não (?:posso|consigo) (?:\w+ ){0,2}?(?:ajudar|ajudá|responder|fornecer|atender|fazer)",
    r"non posso (?:\w+ ){0,2}?(?:aiutar|rispondere|fornire|assister|farlo|soddisfare)",
    # Dutch, Swedish, Polish, Turkish
    r"ik kan (?:\w+ ){0,4}niet (?:\w+ ){0,2}?(?:helpen|beantwoorden|geven|voldoen)",
    r"jag kan (?:tyvärr )?inte (?:hjälpa|svara|ge)",
    r"nie mogę (?:\w+ ){0,3}?(?:pomóc|odpowiedzieć|udzielić|spełnić)",
    r"(?:yardımcı olamam|yardım edemem|yanıt veremem|cevap veremem)",
    # Russian, Ukrainian
    r"(?:я )?не (?:могу|можу) (?:\S+ ){0,4}?(?:помочь|ответить|предоставить|"
    r"выполнить|допомогти|надати)",
    # Chinese, Japanese, Korean, Arabic
    r"(?:我|很抱歉|对不起|抱歉)[^。]{0,12}?(?:无法|不能|無法)(?:[^。]{0,8}?)(?:帮助|協助|协助|回答|提供|满足|完成)",
    r"(?:お手伝い|お答え|回答|対応|提供)(?:することは|は|を)?(?:でき(?:ません|かねます)|いたしかねます)",
    r"(?:도와|도움을|답변|제공)[^.]{0,12}?(?:수 없|드릴 수 없|어렵습니다)",
    r"لا (?:أستطيع|يمكنني|استطيع) (?:\S+ ){0,2}?(?:مساعد|الإجابة|تقديم|المساعدة)",
)
_REFUSALS = re.compile("|".join((*_ENGLISH, *_OTHERS)), re.IGNORECASE)
_QUOTED = re.compile(
    r"```[\s\S]*?(?:```|\Z)|\"[^\"\n]*\"|“[^”\n]*”|„[^“\n]*“|«[^»\n]*»|^>[^\n]*", re.MULTILINE
)
_SPACES = re.compile(r"\s+")


def refuses(answer: str, *, flagged: bool = False) -> bool | None:
    """Whether it does; None where it begins like a refusal and goes on for long.

    `flagged`: the provider says so itself.
    """
    if flagged:
        return True
    beginning = _QUOTED.sub(" ", answer[: 3 * BEGINNING]).replace("’", "'")
    if _REFUSALS.search(_SPACES.sub(" ", beginning)[:BEGINNING]) is None:
        return False
    return True if len(answer) <= LONG else None
