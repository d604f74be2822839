"""How hard a prompt is, from 0 (trivial) to 100 (beyond any model).

A sum of parts that can be read: the kind of task, how much different matter
there is, words of deep subjects, conditions to be met, formulas, code, size.
Courtesy and repetition add nothing: only different words with meaning count.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

from homeport.analysis.focus import Focus
from homeport.analysis.language import SMALL_WORDS
from homeport.analysis.marks import Marks
from homeport.analysis.terms import terms, words
from homeport.policies.model import Level, Task

BASE: Mapping[Task, int] = {
    "chat": 4,
    "question": 20,
    "extraction": 20,
    "translation": 22,
    "summarising": 24,
    "writing": 26,
    "data": 34,
    "agent": 38,
    "code": 28,
    "mathematics": 30,
    "reasoning": 40,
    "multi-step": 44,
}

_COURTESY = words(
    "please thanks thank kindly could would hello hi hey dear bitte danke könntest könnten merci "
    "svp gracias favor grazie favore obrigado help want need like just really very maybe hallo "
    "пожалуйста спасибо"
)
_EMPTY_WORDS = SMALL_WORDS | _COURTESY

_DEEP = words(
    "prove proof theorem lemma rigorous derive derivation asymptotic complexity optimal np-hard "
    "concurrency concurrent lock-free distributed consensus linearizable deadlock race kernel "
    "quantum relativistic thermodynamic entropy eigenvalue manifold topology homomorphism "
    "stochastic bayesian differential tensor variational cryptographic cryptography compiler "
    "enzymatic pathophysiology pharmacokinetics jurisprudence constitutional epistemology "
    "ontological macroeconomic equilibrium perturbation integral polynomial combinatorial modular "
    "beweise beweis satz herleitung komplexität quanten démontrer théorème preuve complexité "
    "demuestra teorema demostración complejidad dimostra dimostrazione complessità teoria "
    "докажи доказательство теорема сложность architecture microservices scalability throughput "
    "fault-tolerant transaction isolation protocol genome molecular orbital isotope hamiltonian "
    "amortized invariant semantics inference regression counterfactual liability fiduciary "
    "sorites modal kantian arbitrage derivatives hedging stereochemistry catalytic"
)
_DEEP_PARTS = ("证明", "証明", "定理", "量子", "微分", "复杂度", "分布式", "증명", "양자")
_EASY = terms(
    "simple, easy, basic, beginner, capital of, spell, define, synonym, rhyme, einfach, simple, "
    "sencillo, semplice, what color, what colour, hello world, for kids, one word, hauptstadt, "
    "capitale de, capital de, столица"
)
_CONDITIONS = words(
    "must exactly without only except unless least most between avoid every each never always "
    "muss genau ohne nur mindestens höchstens doit exactement sans seulement moins debe "
    "exactamente sin solo menos deve esattamente senza constraint constraints constant handle "
    "edge requirements should ensure"
)

LEVELS: tuple[tuple[int, Level], ...] = ((30, "basic"), (48, "intermediate"), (66, "advanced"))


def difficulty_of(
    focus: Focus, marks: Marks, task: Task, input_tokens: int, has_schema: bool, tools: int
) -> int:
    """Difficulty, 0 to 100."""
    different = frozenset(focus.words)
    matter = different - _EMPTY_WORDS
    points = float(BASE[task])
    points += _amount(matter, focus)
    # What there is none of changes nothing, and most is not there.
    if deep := _depth(matter, focus):
        points += min(24.0, 6.0 * deep)
    if easy := len(_EASY & focus.all):
        points -= min(12.0, 6.0 * easy)
    if conditions := len(_CONDITIONS & different):
        points += min(10.0, 2.0 * conditions)
    points += _formal(marks, task, focus.numbers)
    points += _size(input_tokens, focus.turns)
    if has_schema or tools:
        points += 3.0 * has_schema + min(8.0, 1.0 * tools)
    return max(0, min(100, round(points)))


def level_of(difficulty: int) -> Level:
    """The name of its band."""
    return next((level for above, level in LEVELS if difficulty < above), "expert")


def _amount(matter: frozenset[str], focus: Focus) -> float:
    """Up to 30 points for different words with meaning; scripts without gaps by characters."""
    different = len(matter)
    if len(focus.words) * 12 < len(focus.text) and focus.script:
        different = max(different, len(set(focus.text)) // 2)
    long_words = len([word for word in matter if len(word) > 9])
    return min(24.0, 4.5 * log2(1 + different / 8)) + min(6.0, 0.5 * long_words)


def _depth(matter: frozenset[str], focus: Focus) -> int:
    deep = len(matter & _DEEP)
    if focus.script:
        deep += sum(part in focus.text for part in _DEEP_PARTS)
    return deep


def _formal(marks: Marks, task: Task, numbers: int) -> float:
    points = 0.0
    if marks.maths or marks.items:
        points = min(10.0, 2.0 * marks.maths) + min(8.0, 2.0 * marks.items)
    if numbers and task in ("mathematics", "reasoning", "data"):
        points += min(4.0, 0.5 * numbers)
    if task == "code" and marks.code:
        points += min(8.0, 0.8 * marks.code)
    return points


def _size(input_tokens: int, turns: int) -> float:
    """A long input and a long conversation, a little; most of it is material."""
    if input_tokens < 1_000 and turns <= 3:
        return 0.0
    long = 0.0 if input_tokens < 1_000 else min(10.0, 2.0 * log2(input_tokens / 1_000))
    return long + min(4.0, 0.5 * max(0, turns - 3))
