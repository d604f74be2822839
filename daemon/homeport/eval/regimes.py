"""The regimes: how much was known of a track before it was scored. Never mixed in a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from homeport.analysis.promptside import PromptModel
from homeport.analysis.tokens import estimate_tokens
from homeport.eval import baselines, local_first
from homeport.eval.bench import Bench
from homeport.eval.routing import Router
from homeport.eval.tracks import (
    LLMROUTER,
    MMLU,
    MMLU_PRO,
    TRACKS,
    USD_PER_MILLION,
    ZE_MATHS_CODE,
    Rows,
)

SHIPPED = "shipped artifact"


@dataclass(frozen=True, slots=True)
class Regime:
    """A heading, a sentence, and who takes part."""

    name: str
    title: str
    about: str
    routers: Callable[[Bench], Iterator[Router]]


def _baselines(bench: Bench, rows: Rows, *, labelled: bool) -> Iterator[Router]:
    yield Router("random", rows, baselines.constant(rows))
    yield Router("length", rows, baselines.length(bench.data, rows))
    yield Router("keyword rules", rows, baselines.keywords(bench.data, rows))
    yield Router("difficulty rules", rows, baselines.difficulty(bench.data, rows))
    if labelled:
        yield Router("data-set mean", rows, baselines.data_set_mean(bench.data, rows))
    yield Router("oracle", rows, baselines.oracle(rows))


def _needs(bench: Bench, model: PromptModel, rows: Rows) -> list[float]:
    return [model.need(bench.features(id_)) for id_ in rows.ids]


def per_dollar(bench: Bench, needs: Sequence[float], rows: Rows) -> list[float]:
    """Need for each dollar that it is expected to cost, from the prompt's own length."""
    price_in, price_out = USD_PER_MILLION[rows.track.strong]
    scores = []
    for id_, need in zip(rows.ids, needs, strict=True):
        tokens = estimate_tokens(bench.data.prompts[id_].text)
        dollars = (tokens * price_in + price_out) / 1e6
        scores.append(need / dollars if need > 0 else need * dollars)
    return scores


def _no_labels(bench: Bench) -> Iterator[Router]:
    for track in TRACKS:
        rows = bench.test_rows(track)
        yield from _baselines(bench, rows, labelled=False)
        yield Router("number of words", rows, baselines.word_count(bench.data, rows))
        yield Router("trained elsewhere", rows, _needs(bench, bench.elsewhere(track.corpus), rows))


def _some_labels(bench: Bench, count: int) -> Iterator[Router]:
    for track in (MMLU, LLMROUTER, ZE_MATHS_CODE, MMLU_PRO):
        rows = bench.test_rows(track)
        labelled = bench.labelled(track, count)
        if count > len(labelled):
            continue
        yield from _baselines(bench, rows, labelled=True)
        yield from _learned(bench, labelled, rows)


def _learned(bench: Bench, labelled: Rows, rows: Rows) -> Iterator[Router]:
    """The mean of two learners: one of words and numbers, one of topics."""
    model, by_topic = bench.personal(labelled), bench.topic_gains(labelled, rows)
    prompts = [bench.features(id_) for id_ in rows.ids]
    by_words = [model.gain_of(prompt).difference for prompt in prompts]
    gains = [(one + other) / 2 for one, other in zip(by_words, by_topic, strict=True)]
    leans = [model.need(each) - gain for each, gain in zip(prompts, by_words, strict=True)]
    needs = [gain + lean for gain, lean in zip(gains, leans, strict=True)]
    yield Router("learned from labels", rows, needs)
    # Length is what is paid for: it speaks for no prompt where money is counted.
    yield Router("learned, per dollar", rows, per_dollar(bench, gains, rows))


def _full(bench: Bench) -> Iterator[Router]:
    for track in (MMLU, LLMROUTER, ZE_MATHS_CODE, MMLU_PRO):
        rows = bench.test_rows(track)
        yield from _baselines(bench, rows, labelled=True)
        yield from _learned(bench, bench.labelled(track), rows)


def _one_artifact(bench: Bench) -> Iterator[Router]:
    for track in TRACKS:
        rows = bench.test_rows(track)
        yield from _baselines(bench, rows, labelled=True)
        yield Router(SHIPPED, rows, _needs(bench, bench.shipped, rows))


def _local_first(bench: Bench) -> Iterator[Router]:
    for rows in local_first.tracks(bench):
        yield from _baselines(bench, rows, labelled=True)
        yield from local_first.routers(bench, rows)


ALL = (
    Regime(
        "no-labels",
        "No labels",
        "Nothing is known of the track's models or of its corpus; the prompt alone.",
        _no_labels,
    ),
    *[
        Regime(
            f"{count}-labels",
            f"{count:,} labels",
            "So many training rows of the track, drawn by chance; the prompt alone.",
            partial(_some_labels, count=count),
        )
        for count in (400, 1_500)
    ],
    Regime("full-train", "All training rows", "The prompt alone.", _full),
    Regime(
        "shipped",
        "One artifact for all",
        "Trained once on all training rows; GSM8K has none. The prompt alone.",
        _one_artifact,
    ),
    Regime(
        "local-first",
        "Local first",
        "Local answers are looked at before the cloud is asked. The GSM8K routers saw no label of "
        "GSM8K, the others all training rows of their track.",
        _local_first,
    ),
)
