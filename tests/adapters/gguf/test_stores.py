"""Finding GGUF files in the stores of this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from homeport.adapters.gguf.stores import (
    OLLAMA_WEIGHTS,
    ModelShelf,
    Places,
    find_files,
    model_name,
    ollama_folders,
    store_folders,
)
from support.gguf_files import CHAT, write_gguf


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def shelf(models: Path, home: Path | None = None, **environment: str) -> ModelShelf:
    scan = home is not None or bool(environment)
    named = {"HOME": str(home or models / "nobody"), **environment}
    return ModelShelf(Places(models_dir=str(models), scan_stores=scan, environment=named))


def names(shelf: ModelShelf) -> list[str]:
    return [model.name for model in shelf.look()]


def test_names_come_from_file_names() -> None:
    assert model_name("SmolLM2-135M-Instruct.Q4_1") == "smollm2-135m-instruct.q4_1"
    assert model_name("Big-Model-00001-of-00003") == "big-model"
    assert model_name("Größe (1)") == "gr-e-1"
    assert model_name("..") == "model"


def test_folders_are_looked_through(models: Path, tmp_path: Path) -> None:
    write_gguf(models / "one.gguf")
    write_gguf(models / "deep" / "er" / "TWO.GGUF")
    (models / "notes.txt").write_text("no model")
    write_gguf(tmp_path / "mine" / "three.gguf")
    places = Places(
        models_dir=str(models), folders=(str(tmp_path / "mine"),), scan_stores=False, environment={}
    )
    assert [model.name for model in ModelShelf(places).look()] == ["one", "two", "three"]


def test_equal_names_are_told_apart(models: Path) -> None:
    write_gguf(models / "a" / "same.gguf")
    write_gguf(models / "b" / "same.gguf")
    assert names(shelf(models)) == ["same", "same-2"]


def test_one_file_by_two_names_is_one_model(models: Path) -> None:
    real = write_gguf(models / "real.gguf")
    (models / "link.gguf").symlink_to(real)
    assert len(names(shelf(models))) == 1


def test_links_in_a_circle_end(models: Path) -> None:
    write_gguf(models / "one.gguf")
    (models / "again").symlink_to(models)
    assert names(shelf(models)) == ["one"]


def test_folders_that_cannot_be_read_are_survived(models: Path) -> None:
    write_gguf(models / "one.gguf")
    (models / "dangling.gguf").symlink_to(models / "absent.gguf")
    secret = models / "secret"
    secret.mkdir()
    secret.chmod(0)
    places = Places(
        models_dir=str(models),
        folders=(
            *(str(models / "absent"), str(models / "one.gguf")),
            *("~nobody-of-this-name/models", "no\0where"),
        ),
        scan_stores=False,
        environment={},
    )
    assert [model.name for model in ModelShelf(places).look()] == ["one"]


def test_too_deep_folders_are_left(models: Path) -> None:
    deep = models.joinpath(*"abcdefghij")
    write_gguf(deep / "deep.gguf")
    assert names(shelf(models)) == []


def test_parts_are_one_model(models: Path) -> None:
    for part in (1, 2):
        write_gguf(models / f"big-0000{part}-of-00002.gguf")
    assert names(shelf(models)) == ["big"]


def test_broken_files_are_problems_and_embedders_are_neither(models: Path) -> None:
    write_gguf(models / "good.gguf")
    write_gguf(models / "embed.gguf", {**CHAT, "general.architecture": "bert"})
    cut = write_gguf(models / "cut.gguf")
    cut.write_bytes(cut.read_bytes()[:-50])
    (models / "text.gguf").write_text("hello there")
    found = shelf(models)
    assert names(found) == ["good"]
    sentences = {os.path.basename(path): sentence for path, sentence in found.problems}
    assert set(sentences) == {"cut.gguf", "text.gguf"}
    assert "cut short" in sentences["cut.gguf"]


def test_a_file_is_read_again_when_it_changed(models: Path) -> None:
    path = write_gguf(models / "one.gguf")
    whole = path.read_bytes()
    path.write_bytes(whole[:-60])
    found = shelf(models)
    assert names(found) == []
    path.write_bytes(whole)
    assert names(found) == ["one"]
    assert found.problems == ()
    assert names(found) == ["one"]


def test_the_stores_of_other_programs_are_found(models: Path, tmp_path: Path) -> None:
    home = tmp_path / "person"
    write_gguf(home / ".cache" / "llama.cpp" / "cpp.gguf")
    write_gguf(home / ".lmstudio" / "models" / "maker" / "repo" / "studio.gguf")
    blob = write_gguf(home / ".cache/huggingface/hub/models--a--b/blobs/0123")
    snapshot = home / ".cache/huggingface/hub/models--a--b/snapshots/rev/hub.gguf"
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(blob)
    assert names(shelf(models, home)) == ["cpp", "hub", "studio"]


def test_environment_names_move_the_stores() -> None:
    moved = {"LLAMA_CACHE": "/a", "HF_HUB_CACHE": "/b", "OLLAMA_MODELS": "/c", "HOME": "/h"}
    assert {Path("/a"), Path("/b")} <= set(store_folders(moved))
    assert Path("/c") in ollama_folders(moved)
    assert Path("/d/hub") in store_folders({"HF_HOME": "/d"})
    assert Path("/x/llama.cpp") in store_folders({"XDG_CACHE_HOME": "/x"})


def ollama_model(store: Path, name: str, manifest: object) -> None:
    path = store / "manifests" / "registry.ollama.ai" / "library" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))


def test_models_of_ollama_are_found_by_their_manifests(models: Path, tmp_path: Path) -> None:
    store = tmp_path / "ollama"
    write_gguf(store / "blobs" / "sha256-abc123")
    layers = [{"mediaType": OLLAMA_WEIGHTS, "digest": "sha256:abc123"}]
    ollama_model(store, "qwen3/8b", {"layers": layers})
    ollama_model(store, "bad/json", "{")
    ollama_model(store, "bad/list", [])
    ollama_model(store, "bad/none", {"layers": []})
    escape = [{"mediaType": OLLAMA_WEIGHTS, "digest": "sha256:../../../etc/passwd"}]
    ollama_model(store, "bad/path", {"layers": escape})
    absent = [{"mediaType": OLLAMA_WEIGHTS, "digest": "sha256:fff"}]
    ollama_model(store, "bad/gone", {"layers": absent})
    assert names(shelf(models, OLLAMA_MODELS=str(store))) == ["qwen3-8b"]


def test_stores_are_left_alone_when_told(models: Path, tmp_path: Path) -> None:
    write_gguf(tmp_path / "cache" / "cpp.gguf")
    environment = {"LLAMA_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    places = Places(models_dir=str(models), scan_stores=False, environment=environment)
    assert list(find_files(places)) == []
