"""Numbers about an answer that a calibration turns into a chance of being right.

Each is a sign and no verdict: doubt in its words, or brevity, says little by itself, and what it
says is learned from labelled answers. What is not known is told apart by a number of its own.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from homeport.analysis.checks.arithmetic import wrong_share
from homeport.analysis.checks.bounds import ends_of
from homeport.analysis.checks.completeness import words_of
from homeport.analysis.checks.final import final_of
from homeport.analysis.checks.looking import code
from homeport.analysis.checks.refusal import refuses
from homeport.analysis.checks.shape import document_of
from homeport.analysis.checks.truncation import cut_of
from homeport.policies.model import Ask

_DOUBT = re.compile(
    r"(?<!\w)(?:maybe|perhaps|possibly|probably|might|not sure|unsure|uncertain|i think|i believe|"
    r"i guess|seems?|appears?|it is unclear|hard to say|approximately|roughly|vielleicht|"
    r"möglicherweise|wahrscheinlich|vermutlich|ich glaube|ich denke|unsicher|ungefähr|peut-être|"
    r"probablement|je pense|je crois|environ|quizás|quizá|tal vez|probablemente|creo que|forse|"
    r"probabilmente|credo che|talvez|provavelmente|acho que|misschien|waarschijnlijk|возможно|"
    r"наверное|вероятно|кажется)(?!\w)|也许|可能|大概|たぶん|かもしれ|おそらく|아마",
    re.IGNORECASE,
)
_CERTAINTY = re.compile(
    r"(?<!\w)(?:certainly|definitely|clearly|obviously|undoubtedly|without a doubt|of course|"
    r"sicherlich|eindeutig|offensichtlich|certainement|évidemment|claramente|sin duda|"
    r"certamente|ovviamente|zeker|конечно|очевидно)(?!\w)|当然|显然|もちろん|물론",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"(?<!\w)(?:wait|actually|let me re|on second thought|correction|hmm|moment mal|attends|"
    r"espera|aspetta|подожди)(?!\w)",
    re.IGNORECASE,
)
_TOKENS_OF_A_WORD = 1.4
_LEAST_LOGPROB = -5.0


class AnswerSigns(NamedTuple):
    """All of them lie between 0 and 1."""

    has_logprobs: float
    token_chance: float
    """Geometric mean of the chances of its tokens; 0 where not known."""
    weakest_token: float
    """Chance of the least likely token, on a scale of logarithms; 0 where not known."""
    has_others: float
    agreement: float
    """Share of the other answers that say the same; 0 where there are none."""
    no_result: float
    """Something checkable was asked for, and no result was found."""
    has_sums: float
    wrong_sums: float
    """Share of its sums that do not come out."""
    is_refusal: float
    is_cut: float
    is_broken: float
    """A program that does not parse, or no JSON where JSON was asked for."""
    doubt: float
    """Words of doubt, against its length."""
    certainty: float
    turns: float
    """Places where it changes its mind."""
    shortness: float
    """How far it falls short of the expected length; 0 where it does not."""
    length: float
    """Words, on a scale of logarithms; 1 from 10,000."""


NAMES = AnswerSigns._fields


def features(
    answer: str,
    ask: Ask,
    *,
    finish: str = "",
    flagged: bool = False,
    logprob_mean: float | None = None,
    logprob_least: float | None = None,
    agreement: float | None = None,
) -> AnswerSigns:
    """Read the signs. `agreement` is the share of other answers that say the same."""
    text = ends_of(answer)
    words = words_of(text)
    wrong = wrong_share(answer)
    refused = refuses(answer, flagged=flagged)
    return AnswerSigns(
        has_logprobs=float(logprob_mean is not None),
        token_chance=_chance(logprob_mean),
        weakest_token=_scaled(logprob_least),
        has_others=float(agreement is not None),
        agreement=agreement or 0.0,
        no_result=_no_result(answer, ask),
        has_sums=float(wrong is not None),
        wrong_sums=wrong or 0.0,
        is_refusal=0.5 if refused is None else float(refused),
        is_cut=float(cut_of(answer, finish) is not None),
        is_broken=_is_broken(answer, ask),
        doubt=_density(_DOUBT, text, words),
        certainty=_density(_CERTAINTY, text, words),
        turns=_density(_TURN, text, words),
        shortness=_shortness(words, ask.output_tokens),
        length=min(1.0, math.log10(1 + words) / 4),
    )


def _chance(logprob: float | None) -> float:
    return 0.0 if logprob is None or math.isnan(logprob) else math.exp(min(0.0, logprob))


def _scaled(logprob: float | None) -> float:
    if logprob is None or math.isnan(logprob):
        return 0.0
    return 1.0 - min(0.0, max(_LEAST_LOGPROB, logprob)) / _LEAST_LOGPROB


def _no_result(answer: str, ask: Ask) -> float:
    if ask.checkable == "free":
        return 0.0
    return float(final_of(answer, ask.checkable, language=ask.language) is None)


def _is_broken(answer: str, ask: Ask) -> float:
    if ask.checkable == "json":
        return float(document_of(answer) is None)
    return float(ask.checkable == "code" and code(answer).passed is False)


def _density(pattern: re.Pattern[str], text: str, words: int) -> float:
    """1 from one in ten words."""
    return min(1.0, 10 * len(pattern.findall(text)) / max(10, words))


def _shortness(words: int, expected_tokens: int) -> float:
    expected = max(1.0, expected_tokens / _TOKENS_OF_A_WORD)
    return max(0.0, 1.0 - words / expected)
