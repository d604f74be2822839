"""Finding the GGUF files of this machine, wherever other programs keep them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.adapters.gguf.header import GGUFError
from homeport.adapters.gguf.model import (
    PART_NAME,
    ModelFacts,
    is_later_part,
    parts_of,
    read_model,
    stem_of,
)

MAX_DEPTH = 6
MAX_FILES = 2000
MAX_ENTRIES = 50_000
"""Folder entries looked at in one store."""
MAX_MANIFEST_BYTES = 1024 * 1024
OLLAMA_WEIGHTS = "application/vnd.ollama.image.model"
NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look."""

    models_dir: str
    folders: tuple[str, ...] = ()
    scan_stores: bool = True
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that may be a model, and what it is called."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that chats, or makes embeddings."""

    path: str
    name: str
    """Unique among the files of this machine; the second part of its id."""
    facts: ModelFacts
    version: str = ""
    """Another one where the file was changed."""


class ModelShelf:
    """The models of this machine. Reads a file's head again only when the file changed."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._known: dict[tuple[str, tuple[tuple[int, int], ...]], ModelFacts | str] = {}
        self.problems: tuple[tuple[str, str], ...] = ()
        """Pairs of path and sentence: files that cannot be used, as of the last look."""

    def look(self) -> list[ModelFile]:
        """Every usable model, each once. Blocking: run it in a thread."""
        models: list[ModelFile] = []
        problems: list[tuple[str, str]] = []
        names: set[str] = set()
        known = {}
        for found in find_files(self._places):
            key = (found.path, _stamp(found.path))
            facts = known[key] = self._known.get(key) or _read(found.path)
            if isinstance(facts, str):
                problems.append((found.path, facts))
            elif facts.chats or facts.embeds:
                name = _unique(model_name(found.title), names)
                models.append(ModelFile(found.path, name, facts, _version(key[1])))
        self._known, self.problems = known, tuple(problems)
        return models


def _read(path: str) -> ModelFacts | str:
    try:
        return read_model(path)
    except GGUFError as error:
        return str(error)


def _version(stamp: tuple[tuple[int, int], ...]) -> str:
    return "-".join(f"{size:x}.{changed_ns:x}" for size, changed_ns in stamp[:4])


def _stamp(path: str) -> tuple[tuple[int, int], ...]:
    """Size and time of change of each part: a reading is good while they stay."""
    try:
        states = [os.stat(part) for part in parts_of(path)]
    except (OSError, GGUFError):
        return ()
    return tuple((state.st_size, state.st_mtime_ns) for state in states)


def model_name(title: str) -> str:
    """A model's name from a file's: lower case, without the count of its parts."""
    match = PART_NAME.match(title)
    stem = match["stem"] if match else title
    return NOT_IN_NAMES.sub("-", stem.lower()).strip("-.") or "model"


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    taken.add(candidate)
    return candidate


def find_files(places: Places) -> Iterator[FoundFile]:
    """Every candidate file in the order of the places, no file twice."""
    seen: set[str] = set()
    for found in _in_all_places(places):
        real = os.path.realpath(found.path)
        if real not in seen and len(seen) < MAX_FILES:
            seen.add(real)
            yield found


def _in_all_places(places: Places) -> Iterator[FoundFile]:
    for folder in (places.models_dir, *places.folders):
        yield from gguf_files(Path(os.path.expanduser(folder)))
    if places.scan_stores:
        for store in store_folders(places.environment):
            yield from gguf_files(store)
        for store in ollama_folders(places.environment):
            yield from ollama_files(store)


def store_folders(environment: Mapping[str, str]) -> list[Path]:
    """Where llama.cpp, Hugging Face and LM Studio keep their files."""
    home = _home(environment)
    cache = Path(environment.get("XDG_CACHE_HOME") or home / ".cache")
    hub_home = Path(environment.get("HF_HOME") or cache / "huggingface")
    return [
        Path(environment.get("LLAMA_CACHE") or cache / "llama.cpp"),
        home / "Library" / "Caches" / "llama.cpp",
        Path(environment.get("HF_HUB_CACHE") or hub_home / "hub"),
        home / ".lmstudio" / "models",
        cache / "lm-studio" / "models",
    ]


def ollama_folders(environment: Mapping[str, str]) -> list[Path]:
    """Where Ollama keeps its store, for this user and as a service."""
    own = environment.get("OLLAMA_MODELS")
    return [
        Path(own) if own else _home(environment) / ".ollama" / "models",
        Path("/usr/share/ollama/.ollama/models"),
    ]


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(home) if home else Path.home()


def gguf_files(folder: Path) -> Iterator[FoundFile]:
    """The GGUF files below a folder, later parts of a model left out."""
    for path in _walk(folder, ".gguf"):
        name = os.path.basename(path)
        if not is_later_part(name):
            yield FoundFile(path, stem_of(name))


def ollama_files(store: Path) -> Iterator[FoundFile]:
    """The weights in an Ollama store, by the names in its manifests."""
    manifests = store / "manifests"
    for path in _walk(manifests, ""):
        digest = _weights_digest(path)
        weights = store / "blobs" / digest.replace(":", "-")
        if digest and weights.is_file():
            _, *rest = Path(path).relative_to(manifests).parts
            yield FoundFile(str(weights), "-".join(rest[1:] if rest[0] == "library" else rest))


def _weights_digest(manifest: str) -> str:
    """`sha256:…` of the model's weights, or empty where the manifest names none."""
    try:
        with open(manifest, "rb") as file:
            layers = json.loads(file.read(MAX_MANIFEST_BYTES))["layers"]
        digests = [layer["digest"] for layer in layers if layer["mediaType"] == OLLAMA_WEIGHTS]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    digest = digests[0] if digests else ""
    is_plain = isinstance(digest, str) and re.fullmatch(r"[a-z0-9]+:[0-9a-fA-F]+", digest)
    return digest if is_plain else ""


def _walk(folder: Path, ending: str) -> Iterator[str]:
    """Files below a folder by their ending, in a stable order, to a bounded depth."""
    entries_left = MAX_ENTRIES
    waiting = [(str(folder), 0)]
    while waiting:
        current, depth = waiting.pop()
        entries = _entries(current, entries_left)
        entries_left -= len(entries)
        deeper = []
        for entry in entries:
            if _is_folder(entry):
                deeper.append((entry.path, depth + 1))
            elif entry.name.lower().endswith(ending) and _is_file(entry):
                yield entry.path
        if depth < MAX_DEPTH:
            waiting.extend(reversed(deeper))


def _entries(folder: str, most: int) -> list[os.DirEntry[str]]:
    """The entries of a folder by name; none where it is not there or not ours to read."""
    entries: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as scan:
            for entry in scan:
                if len(entries) >= most:
                    break
                entries.append(entry)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        pass
    return sorted(entries, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Folders, not links to folders: links could lead in a circle."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
