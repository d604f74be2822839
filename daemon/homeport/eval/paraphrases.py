"""The same question in other words should take the same way.

Pairs are made by rule: courtesy around it, other words for the instruction,
another style of options, another layout. That is gentler than a person who says
it anew from memory; the figure is for rewordings of this kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from homeport.eval.bench import Bench
from homeport.eval.tracks import TRACKS

CLOUD_SHARE, EVERY = 0.2, 5
"""The share at which decisions are compared; one in so many prompts is reworded."""

_SYNONYMS: tuple[tuple[str, str], ...] = (
    (r"\bfind\b", "determine"),
    (r"\bcalculate\b", "compute"),
    (r"\bwhich of the following\b", "which one of these"),
    (r"\bhow many\b", "what number of"),
    (r"\bhow much\b", "what amount of"),
    (r"\bwhat is\b", "what's"),
    (r"\bin total\b", "altogether"),
    (r"\beach\b", "every"),
    (r"\bbuys\b", "purchases"),
    (r"\bmost likely\b", "most probably"),
    (r"\bbecause\b", "since"),
    (r"\bsuppose\b", "assume"),
    (r"\blarge\b", "big"),
    (r"\bbegin\b", "start"),
    (r"\bdo not\b", "don't"),
)


def other_words(text: str) -> str:
    """Synonyms for words of instruction and small words."""
    for pattern, other in _SYNONYMS:
        text = re.sub(pattern, other, text, flags=re.IGNORECASE)
    return text


def courteous(text: str) -> str:
    """A greeting before, thanks after."""
    return f"Hello! Could you please help me with this question?\n{text}\nThank you!"


def other_options(text: str) -> str:
    """(A) for A."""
    return re.sub(r"\n([A-J])[.)] ", r"\n(\1) ", text)


def other_layout(text: str) -> str:
    """Wider line breaks, and no double blanks."""
    return re.sub(r" {2,}", " ", text).replace("\n", "\n\n")


def lower_case(text: str) -> str:
    """As it is typed in haste; options keep their letters."""
    return re.sub(r"(?<!\n)[A-Z](?![.)])", lambda match: match[0].lower(), text)


REWORDINGS: Mapping[str, Callable[[str], str]] = {
    "other words": other_words,
    "courtesy": courteous,
    "style of options": other_options,
    "layout": other_layout,
    "lower case": lower_case,
}


@dataclass(frozen=True, slots=True)
class Robustness:
    """Share of pairs that take the same way, for each rewording."""

    by_rewording: Mapping[str, float]
    pairs: int

    @property
    def overall(self) -> float:
        """The mean over all pairs."""
        return sum(self.by_rewording.values()) / len(self.by_rewording)


def measured(bench: Bench) -> Robustness:
    """The artifact, on prompts of all tracks."""
    ids = [id_ for track in TRACKS for id_ in bench.test_rows(track).ids]
    texts = [bench.data.prompts[id_].text for id_ in ids]
    needs = sorted([bench.shipped.need(bench.features(id_)) for id_ in ids], reverse=True)
    threshold = needs[round(CLOUD_SHARE * len(needs))]
    chosen = texts[::EVERY]
    model = bench.shipped
    ways = [model.need_of_text(text) >= threshold for text in chosen]
    shares = {
        name: _same(ways, [model.need_of_text(reword(text)) >= threshold for text in chosen])
        for name, reword in REWORDINGS.items()
    }
    return Robustness(shares, len(chosen) * len(REWORDINGS))


def _same(ways: Sequence[bool], reworded: Sequence[bool]) -> float:
    same = [one == other for one, other in zip(ways, reworded, strict=True)]
    return sum(same) / len(same)
