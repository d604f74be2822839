"""Routers that ask at home first, and look at what came back.

GSM8K has no training rows: its routers put together signs whose direction is
known beforehand. The other tracks learn how much each sign tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeport.analysis.checks.worked import signs_of
from homeport.analysis.prompt_features import KINDS
from homeport.eval.bench import Bench
from homeport.eval.learner import SparseRow, fit, predict, table_of
from homeport.eval.local_answers import ALWAYS, votes, with_votes
from homeport.eval.picks import width_of, with_picks
from homeport.eval.routing import Router
from homeport.eval.tracks import GSM8K, MMLU_PRO, ZE_MATHS_CODE, Rows
from homeport.eval.vectors import row_of

STRENGTH, WORD_SCALE = 0.03, 0.3
"""Wary trust in the labels; chosen by leaving out one category of training rows after the other."""
ASKED_AGAIN = "mixtral-8x7b-instruct (asked again)"
SECOND_OPINIONS = ("gemma-2-9b-it", "Meta-Llama-3.1-8B-Instruct")
_OTHERS = {
    "ze-math+crux": ("Qwen2.5-7B-Instruct", "Phi-3.5-mini-instruct"),
    "mmlupro": ("Mixtral-8x7B-Instruct-v0.1", "Phi-3-mini-4k-instruct"),
}
"""Whom to ask next, in this order; chosen on training rows."""
_WITH_OPTIONS = (MMLU_PRO,)
"""Tracks where what was picked, and how long that took, tells more; found by cross-validation."""
_ALL_OTHERS = (
    *("Qwen2.5-7B-Instruct", "Phi-3.5-mini-instruct"),
    *("Qwen2-7B-Instruct", "gemma-2-9b-it"),
)


def tracks(bench: Bench) -> list[Rows]:
    """Where local answers are known."""
    return [bench.test_rows(track) for track in (GSM8K, ZE_MATHS_CODE, MMLU_PRO)]


def routers(bench: Bench, rows: Rows) -> Iterator[Router]:
    """One or two extra answers, and what the prompt tells beside them."""
    if rows.track == GSM8K:
        yield from _of_signs(bench, rows)
        return
    others = _OTHERS[rows.track.name]
    yield Router("disagreement, 1 extra", rows, _disagreement(bench, rows, others[:1]), 2)
    yield Router("disagreement, 2 extra", rows, _disagreement(bench, rows, others), 3)
    yield Router("learned, 1 extra", rows, _learned(bench, rows, others[:1]), 2)
    yield Router("learned, 2 extra", rows, _learned(bench, rows, others), 3)
    if rows.track == ZE_MATHS_CODE:
        yield Router("learned, 4 extra", rows, _learned(bench, rows, _ALL_OTHERS), 5)


def _of_signs(bench: Bench, rows: Rows) -> Iterator[Router]:
    again = _disagreement(bench, rows, [ASKED_AGAIN])
    yield Router("asked again", rows, again, 2)
    suspicion = [_suspicion(bench, rows, id_) for id_ in rows.ids]
    yield Router("signs in the answer", rows, suspicion, 1)
    yield Router("asked again, signs", rows, _sum(again, suspicion, 0.5), 2)
    needs = [bench.shipped.need(bench.features(id_)) for id_ in rows.ids]
    with_prompt = _sum(_sum(again, suspicion, 0.5), needs, 0.3)
    yield Router("asked again, signs, prompt", rows, with_prompt, 2)
    second = _disagreement(bench, rows, [ASKED_AGAIN, *SECOND_OPINIONS])
    yield Router("asked again, two other models", rows, second, 4)
    yield Router("asked again, two others, signs", rows, _sum(second, suspicion, 0.5), 4)


def _sum(one: Sequence[float], other: Sequence[float], weight: float) -> list[float]:
    return [a + weight * b for a, b in zip(one, other, strict=True)]


def _suspicion(bench: Bench, rows: Rows, id_: str) -> float:
    text = bench.data.answer_texts.get(id_, "")
    result = bench.data.answers.get(id_, {}).get(rows.track.weak, "")
    return signs_of(bench.data.prompts[id_].text, text, result).suspicion


def _disagreement(bench: Bench, rows: Rows, others: Sequence[str]) -> list[float]:
    """Share of the others that do not agree; where they agree among themselves, a little more."""
    scores = []
    for id_ in rows.ids:
        seen = _votes(bench, rows, id_, others)
        agree, against = seen[0], seen[1]
        scores.append(1.0 - agree / len(others) + 0.1 * against / len(others))
    return scores


def _votes(bench: Bench, rows: Rows, id_: str, others: Sequence[str]) -> tuple[float, ...]:
    answers = bench.data.answers.get(id_, {})
    first = answers.get(rows.track.weak, "")
    return votes(first, [answers.get(model, "") for model in others])


def _learned(bench: Bench, rows: Rows, others: Sequence[str]) -> list[float]:
    """P(strong right) - P(weak right), from the prompt and the answers."""
    labelled = bench.labelled(rows.track)
    width = _voted(bench, others) + width_of(1 + len(others))
    table = table_of([_row(bench, labelled, id_, others) for id_ in labelled.ids], width)
    weak = fit(table, labelled.weak, STRENGTH)
    strong = fit(table, labelled.strong, STRENGTH)
    scored = [_row(bench, rows, id_, others) for id_ in rows.ids]
    return [predict(row, strong) - predict(row, weak) for row in scored]


def _voted(bench: Bench, others: Sequence[str]) -> int:
    """Places of a prompt and its votes."""
    return bench.scale.size + (ALWAYS + len(others)) * (1 + len(KINDS))


def _row(bench: Bench, rows: Rows, id_: str, others: Sequence[str]) -> SparseRow:
    prompt, data = bench.features(id_), bench.data
    seen = _votes(bench, rows, id_, others)
    row = with_votes(row_of(prompt, bench.scale, WORD_SCALE), bench.scale.size, prompt.kind, seen)
    if rows.track not in _WITH_OPTIONS:
        return row
    asked = (rows.track.weak, *others)
    answers = [data.answers.get(id_, {}).get(model, "") for model in asked]
    outcomes = [data.outcomes[id_].get(model) for model in asked]
    tokens = [outcome.tokens_out if outcome else 0.0 for outcome in outcomes]
    return with_picks(row, _voted(bench, others), prompt.kind, answers, tokens)
