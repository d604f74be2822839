"""What a GGUF file says about its model."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.adapters.gguf.header import GGUFError
from homeport.adapters.gguf.model import ModelFacts, is_later_part, parts_of, read_model
from support.gguf_files import CHAT, write_gguf


def facts(tmp_path: Path, **changes: object) -> ModelFacts:
    metadata = {key.replace("__", "."): value for key, value in changes.items()}
    path = write_gguf(tmp_path / "model.gguf", {**CHAT, **metadata})
    return read_model(str(path))


def test_a_chat_model_is_described(tmp_path: Path) -> None:
    model = facts(tmp_path)
    assert model.architecture == "llama"
    assert model.title == "Tiny"
    assert model.parameters == 192
    assert model.quantisation == "Q4_K_M"
    assert model.context == 4096
    assert model.has_chat_template
    assert model.chats
    assert model.why_not == ""


def test_the_cache_is_counted_from_layers_and_heads(tmp_path: Path) -> None:
    model = facts(tmp_path)
    per_token = 2 * 2 * (16 + 16) * 2
    assert model.cache_bytes_per_token == per_token
    more = model.memory_bytes(4096) - model.memory_bytes(2048)
    assert more == 2048 * per_token
    assert model.memory_bytes(0) > model.size_bytes


def test_wide_heads_and_heads_per_layer_are_counted(tmp_path: Path) -> None:
    wide = facts(tmp_path, llama__attention__key_length=32, llama__attention__value_length=48)
    assert wide.cache_bytes_per_token == 2 * 2 * (32 + 48) * 2
    uneven = facts(tmp_path, llama__attention__head_count_kv=[1, 4])
    assert uneven.cache_bytes_per_token == 2 * 4 * 32 * 2


@pytest.mark.parametrize("length", [-5, 2**60])
def test_impossible_numbers_are_not_believed(tmp_path: Path, length: int) -> None:
    model = facts(tmp_path, llama__context_length=length, llama__block_count=length)
    assert model.context is None
    assert model.cache_bytes_per_token == 0


OTHERS = {
    "bert": ({"general.architecture": "nomic-bert"}, "embeddings"),
    "pooling": ({"llama.pooling_type": 3}, "embeddings"),
    "projector": ({"general.type": "mmproj"}, "mmproj"),
    "clip": ({"general.architecture": "clip"}, "clip"),
    "nameless": ({"general.architecture": ""}, "does not say"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_cannot_chat_is_told_apart(tmp_path: Path, name: str) -> None:
    changes, words = OTHERS[name]
    model = read_model(str(write_gguf(tmp_path / "m.gguf", {**CHAT, **changes})))
    assert not model.chats
    assert words in model.why_not


def test_a_vocabulary_alone_cannot_chat(tmp_path: Path) -> None:
    model = read_model(str(write_gguf(tmp_path / "m.gguf", tensors=())))
    assert "no weights" in model.why_not


def test_parts_add_up(tmp_path: Path) -> None:
    for part in (1, 2):
        write_gguf(tmp_path / f"big-0000{part}-of-00002.gguf")
    model = read_model(str(tmp_path / "big-00001-of-00002.gguf"))
    assert model.parameters == 384
    assert not is_later_part("big-00001-of-00002.gguf")
    assert is_later_part("big-00002-of-00002.gguf")
    assert not is_later_part("big.gguf")


def test_missing_parts_are_told(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "big-00001-of-00003.gguf")
    with pytest.raises(GGUFError, match="2 of the model's 3 parts are missing"):
        read_model(str(path))
    with pytest.raises(GGUFError, match="impossible parts"):
        parts_of(str(tmp_path / "big-00001-of-99999.gguf"))


def test_a_part_that_is_cut_short_is_told(tmp_path: Path) -> None:
    first = write_gguf(tmp_path / "big-00001-of-00002.gguf")
    second = write_gguf(tmp_path / "big-00002-of-00002.gguf")
    second.write_bytes(second.read_bytes()[:-100])
    with pytest.raises(GGUFError, match="cut short"):
        read_model(str(first))
