"""The prompt-side model: reading an artifact, and predicting for any text."""

from __future__ import annotations

import json
import subprocess
import sys
from array import array
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.analysis import prompt_features, promptside
from homeport.analysis.prompt_features import DENSE, KINDS, features_of_text
from homeport.analysis.promptside import MAGIC, Gain, Head, PromptModel, buckets_of, sigmoid

SHIPPED = Path(promptside.__file__).with_name("prompt_model.bin")
CARD = SHIPPED.with_name("prompt_model.card.json")
BITS = 8


def head(bias: float, **weights: float) -> Head:
    dense = tuple(weights.get(name, 0.0) for name in DENSE)
    return Head((bias,) * len(KINDS), (dense,) * len(KINDS), array("b", bytes(2**BITS)), 0.1)


def model(local: Head, cloud: Head) -> PromptModel:
    none, one = (0.0,) * len(DENSE), (1.0,) * len(DENSE)
    rarity = array("B", bytes([10]) * 2**BITS)
    return PromptModel(BITS, none, one, rarity, local, cloud, 0.05, "a test")


PLAIN = model(head(0.0, words=-1.0), head(1.0))
DATA = PLAIN.to_bytes()


@pytest.fixture(scope="module")
def shipped() -> PromptModel:
    return PromptModel.from_bytes(SHIPPED.read_bytes())


# Reading


def test_reading_gives_back_what_was_written() -> None:
    assert PromptModel.from_bytes(DATA) == PLAIN
    assert PromptModel.from_bytes(DATA).to_bytes() == DATA


def test_its_repr_is_for_people() -> None:
    assert repr(PLAIN) == f"PromptModel(256 buckets, {len(DENSE)} numbers: a test)"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC,
        b"GGUF" + DATA[4:],
        DATA[:-1],
        DATA + b"\0",
        DATA.replace(b'"stem"', b'"stam"'),
        DATA.replace(b'"many options"', b'"many_options"'),
        DATA.replace(b'"bits":8', b'"bits":9'),
        DATA.replace(b'"bits":8', b'"bits":-'),
        DATA.replace(b'"lean"', b'"loan"'),
        MAGIC + (2).to_bytes(4, "little") + b"[]",
        MAGIC + (4).to_bytes(4, "little") + b"\xff\xfe\xfd\xfc",
    ],
)
def test_what_is_no_artifact_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PromptModel.from_bytes(data)


@given(st.binary(max_size=300))
def test_rubbish_is_refused(data: bytes) -> None:
    for given_bytes in (data, MAGIC + data):
        with pytest.raises(ValueError, match=r".+"):
            PromptModel.from_bytes(given_bytes)


def test_numbers_of_another_length_are_refused() -> None:
    short = replace(PLAIN, means=PLAIN.means[1:]).to_bytes()
    with pytest.raises(ValueError, match="other features"):
        PromptModel.from_bytes(short)


# Predicting


def test_the_gain_is_what_the_cloud_is_likelier_to_know() -> None:
    assert Gain(0.25, 0.75).difference == 0.5
    short, long = PLAIN.gain("Hi"), PLAIN.gain("word " * 300)
    assert long.local < short.local
    assert long.cloud == short.cloud == sigmoid(1.0)


def test_length_leans_a_little() -> None:
    indifferent = model(head(0.0), head(0.0))
    short, long = features_of_text("a bird"), features_of_text("a " * 60 + "bird")
    assert indifferent.gain_of(short) == indifferent.gain_of(long)
    assert indifferent.need(long) > indifferent.need(short)


def test_words_weigh_by_their_buckets() -> None:
    weights = array("b", bytes(2**BITS))
    for bucket in buckets_of(["integral"], BITS):
        weights[bucket] = 100
    knows = model(head(0.0), replace(head(0.0), words=weights))
    assert knows.gain("integral").cloud > 0.9
    assert knows.gain("integral").local == 0.5


def test_an_unknown_word_weighs_nothing() -> None:
    strange = replace(PLAIN, rarity=array("B", bytes(2**BITS)))
    heavy = replace(strange, local=replace(strange.local, words=array("b", [9] * 2**BITS)))
    assert heavy.gain("bird") == strange.gain("bird")


@settings(deadline=None, max_examples=150)
@given(text=st.text(max_size=500))
def test_any_text_has_a_finite_score(shipped: PromptModel, text: str) -> None:
    local, cloud = shipped.gain(text)
    assert 0 <= local <= 1
    assert 0 <= cloud <= 1
    assert isfinite(shipped.need_of_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "\ud800",
        "a" * 1_000_000,
        "word " * 200_000,
        "\n(A) " * 100_000,
        bytes(range(256)).decode("latin-1") * 4_000,
        "\U0001f600" * 10_000,
    ],
    ids=["empty", "sign", "surrogate", "letter", "words", "options", "rubbish", "pictures"],
)
def test_rough_texts_are_predicted(shipped: PromptModel, text: str) -> None:
    assert isfinite(shipped.need_of_text(text))


# The artifact that ships


def test_the_artifact_is_the_one_of_its_card(shipped: PromptModel) -> None:
    from hashlib import sha256

    card = json.loads(CARD.read_text("utf-8"))
    data = SHIPPED.read_bytes()
    assert card["artifact"] == {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    assert len(data) < 400_000
    assert {source["corpus"] for source in card["sources"]} == {
        *("llmrouter", "mmlupro", "routellm", "zeroeval")
    }
    assert all(source["licence"] for source in card["sources"])
    assert shipped.about.startswith(f"{sum_of(card)} training prompts")


def sum_of(card: dict[str, list[dict[str, dict[str, int]]]]) -> int:
    return sum(sum(source["prompts"].values()) for source in card["sources"])


def test_the_artifact_knows_an_easy_prompt_from_a_demanding_one(shipped: PromptModel) -> None:
    easy = shipped.gain("What is 2 + 2?")
    hard = shipped.gain(
        "Let $f$ be a polynomial of degree 7 with real roots. Find the largest possible value of "
        "$\\int_0^1 f(x)^2 dx$ where $f(0) = f(1) = 1$ and all coefficients are integers."
    )
    assert hard.local < easy.local


def test_another_process_predicts_the_same_bits() -> None:
    text = "Explain why the sky is blue, and name three colours it can have at dusk."
    script = (
        "import sys; from homeport.analysis.promptside import PromptModel; "
        "data = open(sys.argv[1], 'rb').read(); "
        "print(repr(PromptModel.from_bytes(data).need_of_text(sys.argv[2])))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script, str(SHIPPED), text],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_nothing_but_the_standard_library_is_loaded() -> None:
    script = f"import sys, {prompt_features.__name__}, {promptside.__name__}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "numpy" not in done.stdout.split()
