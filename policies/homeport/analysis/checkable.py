"""What about an answer could be checked without reading it."""

from __future__ import annotations

from homeport.analysis.focus import Focus
from homeport.analysis.marks import Marks
from homeport.analysis.terms import terms
from homeport.policies.model import Checkable, Task

_LABEL_TERMS = terms(
    "classify, categorize, categorise, sentiment, true or, or false, yes or, or no, "
    "klassifiziere, ja oder, oder nein, wahr oder, classifie, classifiez, oui ou, vrai ou, "
    "clasifica, sí o, verdadero o, classifica, vero o, sì o, classifique, sim ou, classificeer, "
    "ja of, классифицируй, да или, positive or, spam or, one word, einem wort, un mot, "
    "una palabra, which label, which category"
)
_LABEL_PARTS = ("分类", "分類", "분류", "是否", "对还是错")
_CHOICE_TERMS = terms(
    "multiple choice, correct option, correct answer, following options, letter of, "
    "richtige antwort, bonne réponse, respuesta correcta, risposta corretta, which option"
)
_NUMBER_TERMS = terms(
    "how many, how much, calculate, compute, solve, evaluate, find, determine, wie viel, wie "
    "viele, "
    "wieviel, berechne, löse, combien, calcule, calculez, résous, cuántos, cuántas, cuánto, "
    "calcula, resuelve, quanti, quante, quanto, calcola, risolvi, quantos, quantas, resolva, "
    "hoeveel, bereken, ile, oblicz, сколько, вычисли, вычислите, реши, решите, посчитай, "
    "what percentage, what is"
)
_PROOF_TERMS = terms(
    "prove, proof, prove that, show that, explain, beweise, zeige, démontre, montrer, demuestra, "
    "dimostra, докажи, derive"
)
_EXPLAIN_TERMS = terms(
    "explain, what does, why does, why is, describe, review, erkläre, explique, spiega, explica, "
    "leg uit, difference, compare, объясни, document"
)
_WRITE_CODE_TERMS = terms(
    "write, implement, fix, refactor, create, generate, complete, convert, add, schreibe, "
    "schreib, implementiere, écris, implémente, escribe, implementa, scrivi, escreva, schrijf, "
    "напиши, исправь, optimise, optimize, port"
)


def checkable_of(focus: Focus, marks: Marks, task: Task, response_format: str) -> Checkable:
    """1. a demanded shape; 2. a choice among options; 3. a label; 4. code; 5. a number."""
    if response_format != "text":
        return "json"
    if marks.options >= 3 or (marks.options >= 2 and not _CHOICE_TERMS.isdisjoint(focus.all)):
        return "choice"
    if task != "code" and _asks_label(focus):
        return "label"
    if task == "code" and (_WRITE_CODE_TERMS & focus.head or not _EXPLAIN_TERMS & focus.head):
        return "code"
    if task == "mathematics" and not _PROOF_TERMS & focus.all and _asks_number(focus, marks):
        return "number"
    return "free"


def _asks_label(focus: Focus) -> bool:
    if not (_LABEL_TERMS.isdisjoint(focus.head) and _LABEL_TERMS.isdisjoint(focus.tail)):
        return True
    return bool(focus.script) and any(part in focus.text for part in _LABEL_PARTS)


def _asks_number(focus: Focus, marks: Marks) -> bool:
    if _NUMBER_TERMS & focus.all or marks.sums:
        return True
    return bool(focus.script) and bool(focus.numbers or marks.maths)
