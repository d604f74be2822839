"""What all regimes share: the data, the features of each prompt, the models trained once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache, cached_property
from random import Random

from homeport.analysis.prompt_features import PromptFeatures, features_of_text
from homeport.analysis.promptside import PromptModel
from homeport.eval.artifact import BITS, train_artifact, training_ids
from homeport.eval.data import CORPORA, PUBLIC_TEST, TRAIN, RouterData
from homeport.eval.topics import Topics, gains_by_topic, topics_of
from homeport.eval.tracks import Rows, Track, rows_of
from homeport.eval.training import Targets, Trust, train
from homeport.eval.vectors import Scale, scale_of

LABELS_TRUSTS = (Trust(0.3, 1.0), Trust(1.0, 2.0), Trust(2.0, 4.0))
"""For one person's labels the mean of a wary, a middling and a bold learner: which of them is
best differs from set to set, and few labels do not tell."""
LABELS_LEAN = 0.02
ELSEWHERE_LEAN = 0.1
"""Where nothing of a corpus is known; chosen by leaving out one corpus after the other."""
TOPICS_FROM = ("mmlupro", "routellm")
"""Whose texts the topics are found in: questions with options. Chosen by cross-validation."""
_SEED = 11


class Bench:
    """Reads features and trains models when they are first asked for."""

    def __init__(self, data: RouterData) -> None:
        self.data = data
        self._features: dict[str, PromptFeatures] = {}
        self.elsewhere = cache(self._elsewhere)

    def __repr__(self) -> str:
        return f"Bench({self.data!r})"

    def features(self, id_: str) -> PromptFeatures:
        """What the model sees of a prompt."""
        found = self._features.get(id_)
        if found is None:
            found = self._features[id_] = features_of_text(self.data.prompts[id_].text)
        return found

    @cached_property
    def scale(self) -> Scale:
        """What is usual among the texts of all training prompts."""
        return scale_of([self.features(id_) for id_ in training_ids(self.data)], BITS)

    @cached_property
    def topics(self) -> Topics:
        """What the texts of training prompts are about."""
        return topics_of(self._texts(training_ids(self.data, TOPICS_FROM)))

    def _texts(self, ids: Sequence[str]) -> list[str]:
        return [self.data.prompts[id_].text for id_ in ids]

    @cached_property
    def shipped(self) -> PromptModel:
        """The artifact, from all corpora."""
        return self._trained(CORPORA)

    def _elsewhere(self, corpus: str) -> PromptModel:
        """The same training, without any outcome of one corpus."""
        model = self._trained([other for other in CORPORA if other != corpus])
        return replace(model, lean=ELSEWHERE_LEAN)

    def _trained(self, corpora: Collection[str]) -> PromptModel:
        ids = training_ids(self.data, corpora)
        known = {id_: self.features(id_) for id_ in ids}
        return train_artifact(self.data, corpora=corpora, features=known)

    def test_rows(self, track: Track) -> Rows:
        """What is scored."""
        return rows_of(self.data, track, PUBLIC_TEST)

    def labelled(self, track: Track, count: int | None = None) -> Rows:
        """Training rows of a track: all, or so many of them by chance."""
        rows = rows_of(self.data, track, TRAIN)
        if count is None or count >= len(rows):
            return rows
        chance = Random(_SEED)  # noqa: S311  # a seeded sample, no secret
        return rows.first(frozenset(chance.sample(sorted(rows.ids), count)))

    def personal(self, rows: Rows) -> PromptModel:
        """A model of one person's labels alone."""
        prompts = [self.features(id_) for id_ in rows.ids]
        targets = Targets(rows.weak, rows.strong)
        return train(prompts, targets, self.scale, trusts=LABELS_TRUSTS, lean=LABELS_LEAN)

    def topic_gains(self, labelled: Rows, rows: Rows) -> list[float]:
        """What these rows would gain, by their topics and the labels alone."""
        known = self.topics.places(self._texts(labelled.ids))
        return gains_by_topic(known, labelled.gains, self.topics.places(self._texts(rows.ids)))
