"""Models that are listed."""

from __future__ import annotations

import pytest

from homeport.lab.catalog import MODELS, LabModel, find, models_for
from homeport.lab.wires import WIRES


@pytest.mark.parametrize("wire", sorted(WIRES))
def test_each_wire_lists_a_model_of_the_labs_own(wire: str) -> None:
    names = [model.name for model in MODELS[wire]]
    assert len(names) == len(set(names))
    assert any(name.startswith("lab-") for name in names)


def test_names_known_and_unknown() -> None:
    (known, unknown) = models_for("openai", ["gpt-5.5", "mine"])
    assert known.context == 400_000
    assert unknown == LabModel(name="mine")
    assert models_for("openai", None) is MODELS["openai"]


def test_the_latest_tag_may_be_left_out() -> None:
    models = models_for("ollama", None)
    assert find(models, "lab-embed") == find(models, "lab-embed:latest") is not None
    assert find(models, "absent") is None


@pytest.mark.parametrize(
    ("provider", "wire"), [("openai", "openai"), ("anthropic", "anthropic"), ("google", "gemini")]
)
def test_price_tables_know_the_names_that_are_not_the_labs(provider: str, wire: str) -> None:
    from genai_prices import Usage, calc_price

    for model in MODELS[wire]:
        if not model.name.startswith("lab-"):
            told = Usage(input_tokens=1000, output_tokens=0 if model.embeds else 1000)
            price = calc_price(told, model_ref=model.name, provider_id=provider)
            assert price.total_price > 0
