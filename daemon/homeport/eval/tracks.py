"""The tracks: which prompts, which weak and which strong model, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeport.eval.data import Outcome, Prompt, RouterData

USD_PER_MILLION: Mapping[str, tuple[float, float]] = {
    "gpt-4-1106": (10.0, 30.0),
    "gpt-4o-2024-08-06": (2.5, 10.0),
    "gemini-1.5-pro-002": (1.25, 5.0),
    "llama-3.1-nemotron-51b-instruct": (0.9, 0.9),
}
"""Input and output, as the scorers of the data price them; local models are free."""


@dataclass(frozen=True, slots=True)
class Track:
    """A pair of models on one set of prompts."""

    name: str
    corpus: str
    datasets: frozenset[str]
    """Empty for all of the corpus."""
    weak: str
    strong: str

    def holds(self, prompt: Prompt, split: str) -> bool:
        """Whether a prompt belongs here."""
        if prompt.corpus != self.corpus or prompt.split != split:
            return False
        return not self.datasets or prompt.dataset in self.datasets


@dataclass(frozen=True, slots=True)
class Rows:
    """The prompts of a track that both models answered, and how well."""

    track: Track
    ids: Sequence[str]
    weak: Sequence[float]
    strong: Sequence[float]
    extra_cost: Sequence[float]
    """Dollars that the strong model costs more."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def gains(self) -> list[float]:
        """What the strong model would gain on each prompt."""
        return [strong - weak for weak, strong in zip(self.weak, self.strong, strict=True)]

    def first(self, ids: frozenset[str]) -> Rows:
        """Only these prompts."""
        kept = [place for place, id_ in enumerate(self.ids) if id_ in ids]
        return Rows(
            self.track,
            [self.ids[place] for place in kept],
            [self.weak[place] for place in kept],
            [self.strong[place] for place in kept],
            [self.extra_cost[place] for place in kept],
        )


MMLU = Track("mmlu", "routellm", frozenset({"mmlu"}), "mixtral-8x7b-instruct", "gpt-4-1106")
GSM8K = Track("gsm8k", "routellm", frozenset({"gsm8k"}), "mixtral-8x7b-instruct", "gpt-4-1106")
LLMROUTER = Track(
    *("llmrouter", "llmrouter", frozenset()),
    *("llama-3.1-8b-instruct", "llama-3.1-nemotron-51b-instruct"),
)
_ZERO_EVAL = ("Meta-Llama-3.1-8B-Instruct", "gpt-4o-2024-08-06")
ZE_GSM = Track("ze-gsm", "zeroeval", frozenset({"gsm"}), *_ZERO_EVAL)
ZE_MATHS_CODE = Track("ze-math+crux", "zeroeval", frozenset({"math-l5", "crux"}), *_ZERO_EVAL)
MMLU_PRO = Track(
    "mmlupro", "mmlupro", frozenset(), "Meta-Llama-3_1-8B-Instruct", "gemini-1.5-pro-002"
)
TRACKS = (MMLU, GSM8K, LLMROUTER, ZE_GSM, ZE_MATHS_CODE, MMLU_PRO)


def rows_of(data: RouterData, track: Track, split: str) -> Rows:
    """The scored rows of a track."""
    ids = [
        prompt.id
        for prompt in data.prompts.values()
        if track.holds(prompt, split)
        and {track.weak, track.strong} <= data.outcomes[prompt.id].keys()
    ]
    weak = [data.outcomes[id_][track.weak] for id_ in ids]
    strong = [data.outcomes[id_][track.strong] for id_ in ids]
    return Rows(
        track,
        ids,
        [outcome.score for outcome in weak],
        [outcome.score for outcome in strong],
        [
            _usd(track.strong, dear) - _usd(track.weak, cheap)
            for cheap, dear in zip(weak, strong, strict=True)
        ],
    )


def _usd(model: str, outcome: Outcome) -> float:
    if outcome.cost_usd:
        return outcome.cost_usd
    price_in, price_out = USD_PER_MILLION.get(model, (0.0, 0.0))
    return (outcome.tokens_in * price_in + outcome.tokens_out * price_out) / 1e6
