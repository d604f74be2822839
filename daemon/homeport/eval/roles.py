"""Which models of the data stand for "local" and "cloud" when an artifact is trained.

The mean over several models of a kind says more about a prompt than the luck of
one. Half of each target is the pair that people compare, half the mean of its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.eval.data import RouterData
from homeport.eval.tracks import TRACKS
from homeport.eval.training import Targets

LOCAL: Mapping[str, tuple[str, ...]] = {
    "routellm": ("mixtral-8x7b-instruct",),
    "llmrouter": (
        *("llama-3.1-8b-instruct", "gemma-2-9b-it"),
        *("qwen2.5-7b-instruct", "mistral-7b-instruct-v0.3"),
    ),
    "zeroeval": (
        *("Meta-Llama-3.1-8B-Instruct", "Qwen2-7B-Instruct", "gemma-2-9b-it"),
        *("Phi-3.5-mini-instruct", "Yi-1.5-9B-Chat"),
    ),
    "mmlupro": (
        *("Meta-Llama-3_1-8B-Instruct", "Phi-3-mini-4k-instruct", "Mixtral-8x7B-Instruct-v0.1"),
        *("mathstral-7B", "Mistral-7B-Instruct-v0.2", "c4ai-command-r-v01"),
    ),
}
CLOUD: Mapping[str, tuple[str, ...]] = {
    "routellm": ("gpt-4-1106",),
    "llmrouter": ("llama-3.1-nemotron-51b-instruct", "llama-3.3-nemotron-super-49b-v1"),
    "zeroeval": (
        *("gpt-4o-2024-08-06", "gpt-4-turbo-2024-04-09", "claude-3-5-sonnet-20240620"),
        *("gemini-1.5-pro", "Llama-3.1-405B-Inst@sambanova", "Mistral-Large-2"),
    ),
    "mmlupro": (
        *("gemini-1.5-pro-002", "gemini-1.5-flash-002"),
        *("Meta-Llama-3_1-70B-Instruct", "DeepSeek-Coder-V2"),
    ),
}
_PAIRS = {track.corpus: (track.weak, track.strong) for track in TRACKS}


def targets_of(data: RouterData, ids: Sequence[str]) -> Targets:
    """Shares of right answers of both kinds."""
    return Targets(
        [_target(data, id_, LOCAL, 0) for id_ in ids],
        [_target(data, id_, CLOUD, 1) for id_ in ids],
    )


def _target(data: RouterData, id_: str, kinds: Mapping[str, tuple[str, ...]], side: int) -> float:
    corpus, outcomes = data.prompts[id_].corpus, data.outcomes[id_]
    scores = [outcomes[model].score for model in kinds[corpus] if model in outcomes]
    mean = sum(scores) / len(scores)
    pair = outcomes.get(_PAIRS[corpus][side])
    return mean if pair is None else (mean + pair.score) / 2
