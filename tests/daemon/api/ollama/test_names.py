"""Names of models as Ollama's clients write them."""

from __future__ import annotations

import pytest

from homeport.daemon.api.ollama.names import rename, unknown_model
from homeport.policies.errors import NotFound

IDS = ("ollama/qwen3:8b", "ollama/llama3.2:latest", "llamacpp/smol", "openrouter/meta/llama:free")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("auto", "auto"),
        ("auto:latest", "auto"),
        ("local:latest", "local"),
        ("auto:local-only", "auto:local-only"),
        ("auto:best:latest", "auto:best"),
        ("ollama/qwen3:8b", "ollama/qwen3:8b"),
        ("qwen3:8b", "ollama/qwen3:8b"),
        ("llama3.2", "ollama/llama3.2:latest"),
        ("llama3.2:latest", "ollama/llama3.2:latest"),
        ("ollama/llama3.2", "ollama/llama3.2:latest"),
        ("llamacpp/smol:latest", "llamacpp/smol"),
        ("openrouter/meta/llama:free", "openrouter/meta/llama:free"),
        (" mine:latest ", "mine"),
        ("gpt-5.5:latest", "gpt-5.5"),
        ("qwen3", "qwen3"),
        (":latest", ":latest"),
    ],
)
def test_names(name: str, known: str) -> None:
    assert rename(name, IDS, ("mine",)) == known


@pytest.mark.parametrize("known", IDS)
def test_every_listed_name_comes_back(known: str) -> None:
    assert rename(known, IDS) == rename(f"{known}:latest", IDS) == known


def test_an_unknown_model_is_told_in_the_words_that_clients_look_for() -> None:
    error = unknown_model("x", NotFound("The nearest is y."))
    assert (error.status, error.sentence) == (404, "model 'x' not found. The nearest is y.")
    assert unknown_model("x").sentence == "model 'x' not found"
