"""The artifact that ships: which rows it is trained on, with what trust, and its data card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from homeport.analysis.prompt_features import PromptFeatures, features_of_text
from homeport.analysis.promptside import PromptModel
from homeport.eval.data import CORPORA, TRAIN, RouterData
from homeport.eval.roles import CLOUD, LOCAL, targets_of
from homeport.eval.training import Trust, train
from homeport.eval.vectors import scale_of

BITS, TRUST, LEAN = 16, Trust(strength=1.0, word_scale=1.0), 0.05
"""Chosen by cross-validation over groups of near duplicates in the training rows."""
SOURCES: Mapping[str, tuple[str, str]] = {
    "routellm": ("lm-sys/RouteLLM (0b64fdaf): MMLU", "Apache-2.0, MIT"),
    "llmrouter": ("ulab-uiuc/LLMRouter (4e7a7969), 14 tasks", "MIT"),
    "zeroeval": ("WildEval/ZeroEval (8c1485ed): MATH level 5, CRUXEval", "Apache-2.0, MIT"),
    "mmlupro": ("TIGER-AI-Lab/MMLU-Pro (f418b116), 14 categories", "Apache-2.0, MIT"),
}
"""Where each corpus comes from, and its licences."""


def training_ids(data: RouterData, corpora: Collection[str] = CORPORA) -> list[str]:
    """Training rows of these corpora, in the order of their ids."""
    return sorted(
        prompt.id
        for prompt in data.prompts.values()
        if prompt.split == TRAIN and prompt.corpus in corpora
    )


def train_artifact(
    data: RouterData,
    *,
    corpora: Collection[str] = CORPORA,
    features: Mapping[str, PromptFeatures] | None = None,
    bits: int = BITS,
) -> PromptModel:
    """The model that ships; with fewer corpora, one that never saw the others' outcomes."""
    ids = training_ids(data, corpora)
    known = features or {}
    prompts = [known.get(id_) or features_of_text(data.prompts[id_].text) for id_ in ids]
    about = f"{len(ids)} training prompts of {', '.join(sorted(corpora))}"
    targets, scale = targets_of(data, ids), scale_of(prompts, bits)
    return train(prompts, targets, scale, trusts=(TRUST,), lean=LEAN, about=about)


def card_of(data: RouterData, ids: Sequence[str], artifact: bytes) -> str:
    """The data card: what went in, under which licences, and what came out."""
    rows = Counter((data.prompts[id_].corpus, data.prompts[id_].dataset) for id_ in ids)
    card = {
        "artifact": {"bytes": len(artifact), "sha256": sha256(artifact).hexdigest()},
        "method": (
            "Two logistic regressions (local right, cloud right) over readable features and "
            "hashed words and word pairs; limited-memory BFGS; weights of words in one byte."
        ),
        "settings": {"bits": BITS, "lean": LEAN, **TRUST._asdict()},
        "split": "train; never public_test, never a part that is kept apart",
        "sources": [_source(corpus, rows) for corpus in sorted({corpus for corpus, _ in rows})],
        "limits": (
            "English, mostly multiple choice, mathematics and code; models of 2023 and 2024. "
            "Inside one kind of task a prompt alone tells little: see the results."
        ),
    }
    return json.dumps(card, indent=2, sort_keys=True) + "\n"


def _source(corpus: str, rows: Counter[tuple[str, str]]) -> dict[str, Any]:
    origin, licence = SOURCES[corpus]
    return {
        "corpus": corpus,
        "origin": origin,
        "licence": licence,
        "prompts": {name: count for (of, name), count in sorted(rows.items()) if of == corpus},
        "local_models": list(LOCAL[corpus]),
        "cloud_models": list(CLOUD[corpus]),
    }
