"""What any router has to beat: chance, length, rules, the mean of the data set; and the oracle."""

from __future__ import annotations

from collections import defaultdict
from math import fsum

from homeport.analysis import Facts, Turn, measure
from homeport.analysis.prompt_features import DENSE, features_of_text
from homeport.eval.data import TRAIN, RouterData
from homeport.eval.tracks import Rows, rows_of

_WORDS = DENSE.index("words")
_HARD_WORDS = (
    *("prove", "explain", "derive", "analyze", "analyse", "compare", "calculate", "evaluate"),
    *("why", "design", "optimal", "complexity", "theorem", "assume", "suppose", "following"),
    *("statement", "code", "function", "implement", "debug", "integral", "probability", "except"),
)


def constant(rows: Rows) -> list[float]:
    """Chance: every prompt the same."""
    return [0.0] * len(rows)


def length(data: RouterData, rows: Rows) -> list[float]:
    """Characters."""
    return [float(len(data.prompts[id_].text)) for id_ in rows.ids]


def word_count(data: RouterData, rows: Rows) -> list[float]:
    """Words: long names and formulas make no prompt longer."""
    features = [features_of_text(data.prompts[id_].text) for id_ in rows.ids]
    return [prompt.dense[_WORDS] for prompt in features]


def keywords(data: RouterData, rows: Rows) -> list[float]:
    """How many words of hard work there are."""
    texts = [data.prompts[id_].text.lower() for id_ in rows.ids]
    return [float(sum(word in text for word in _HARD_WORDS)) for text in texts]


def difficulty(data: RouterData, rows: Rows) -> list[float]:
    """The rules that measure difficulty from 0 to 100."""
    facts = Facts()
    return [
        float(measure([Turn("user", data.prompts[id_].text)], facts=facts).difficulty)
        for id_ in rows.ids
    ]


def data_set_mean(data: RouterData, rows: Rows) -> list[float]:
    """The mean gain of a prompt's data set in the training rows; 0 where there are none."""
    trained = rows_of(data, rows.track, TRAIN)
    gains: dict[str, list[float]] = defaultdict(list)
    for id_, gain in zip(trained.ids, trained.gains, strict=True):
        gains[data.prompts[id_].dataset].append(gain)
    means = {name: fsum(values) / len(values) for name, values in gains.items()}
    return [means.get(data.prompts[id_].dataset, 0.0) for id_ in rows.ids]


def oracle(rows: Rows) -> list[float]:
    """What nobody can know: the true gain."""
    return rows.gains
