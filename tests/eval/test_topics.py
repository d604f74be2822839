"""Topics are found in texts alone, and labels say what they gain."""

# ruff: noqa: S311 - seeded, no secrets

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from homeport.eval.topics import gains_by_topic, topics_of

_SUBJECTS = (
    *("court judge contract tort appeal statute", "cell enzyme protein tissue membrane gene"),
    *("poem novel author chapter verse rhyme", "orbit planet comet moon telescope eclipse"),
)


def some_texts(count: int) -> tuple[list[str], list[int]]:
    """Four words of one subject in each text."""
    chance = Random(5)
    subjects = [place % len(_SUBJECTS) for place in range(count)]
    return [" ".join(chance.sample(_SUBJECTS[each].split(), 4)) for each in subjects], subjects


def test_texts_of_a_subject_stand_together() -> None:
    texts, subjects = some_texts(80)
    places = topics_of(texts, count=4).places(texts)
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    likeness = places @ places.T
    for one, subject in enumerate(subjects):
        same = [likeness[one][other] for other in range(80) if subjects[other] == subject]
        others = [likeness[one][other] for other in range(80) if subjects[other] != subject]
        assert min(same) > max(others)


def test_what_a_subject_gains_is_learned() -> None:
    texts, subjects = some_texts(240)
    places = topics_of(texts).places(texts)
    gains = [1.0 if subject == 2 else 0.0 for subject in subjects]
    told = gains_by_topic(places[:200], gains[:200], places[200:])
    needy = [gain for gain, subject in zip(told, subjects[200:], strict=True) if subject == 2]
    others = [gain for gain, subject in zip(told, subjects[200:], strict=True) if subject != 2]
    assert min(needy) > 0.7
    assert max(others) < 0.3


def test_a_text_of_unknown_words_gains_the_mean() -> None:
    texts, _ = some_texts(80)
    topics = topics_of(texts)
    gains = [float(place % 4 == 0) for place in range(80)]
    told = gains_by_topic(topics.places(texts), gains, topics.places(["zebra", ""]))
    assert told == pytest.approx([0.25, 0.25])


def test_the_same_texts_give_the_same_topics() -> None:
    texts, _ = some_texts(80)
    first, second = topics_of(texts, count=6), topics_of(texts, count=6)
    assert np.array_equal(first.directions, second.directions)
