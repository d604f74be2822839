"""`GET /api/tags` and `GET /api/ps`: the models there are, and those that are loaded."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from homeport.client.wire import ModelView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.api.ollama.durations import moment
from homeport.daemon.api.ollama.names import WORDS
from homeport.policies.model import ModelCard

_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
FAMILY_OF_WORDS = "homeport"
WITH_FILES = ("llamacpp", "ollama")
"""Providers whose models are GGUF files."""
MS = 1_000_000


async def tags(call: Call, house: House) -> None:
    """Every name that can be put into `model`, those that leave the choice first."""
    await house.daemon.fleet.first_look()
    since = moment(house.daemon.started_ms * MS)
    rows = [row_of_word(word, since) for word in WORDS]
    rows += [row_of(view, card_of(house, view.id), since) for view in house.daemon.fleet.views()]
    await call.reply_json({"models": rows})


def card_of(house: House, model: str) -> ModelCard | None:
    """None where it went away meanwhile."""
    try:
        return house.daemon.fleet.card(model)
    except KeyError:
        return None


def row_of_word(word: str, since: str) -> dict[str, Any]:
    """A name that leaves the choice to the daemon."""
    details = _details("", FAMILY_OF_WORDS, "", "")
    return _row(word, 0, digest(word), since, details)


def row_of(view: ModelView, card: ModelCard | None, since: str) -> dict[str, Any]:
    """One model; the time is when this daemon first could offer it."""
    return _row(view.id, view.size_bytes or 0, _digest_of(view), since, details_of(view, card))


def _row(name: str, size: int, its_digest: str, since: str, details: Any) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "modified_at": since,
        "size": size,
        "digest": its_digest,
        "details": details,
    }


def details_of(view: ModelView, card: ModelCard | None) -> dict[str, Any]:
    """Format, family, size and quantisation; empty where they are unknown."""
    provider = view.id.partition("/")[0]
    with_file = provider in WITH_FILES and view.place != "cloud"
    family = card.architecture if card is not None else ""
    parameters = _short(view.parameters)
    return _details("gguf" if with_file else "", family or provider, parameters, view.quantisation)


def _details(file_format: str, family: str, parameters: str, quantisation: str) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": file_format,
        "family": family,
        "families": [family],
        "parameter_size": parameters,
        "quantization_level": quantisation,
    }


def _short(parameters: int | None) -> str:
    """1,235,814,432 as `1.2B`."""
    for unit, letter in _UNITS:
        if parameters and parameters >= unit:
            return f"{parameters / unit:.1f}{letter}"
    return str(parameters or "")


def _digest_of(view: ModelView) -> str:
    return digest(f"{view.id} {view.size_bytes} {view.parameters} {view.quantisation}")


def digest(text: str) -> str:
    """The same for the same model each time; no digest of its file."""
    return hashlib.sha256(f"homeport {text}".encode("utf-8", "replace")).hexdigest()


async def ps(call: Call, house: House) -> None:
    """The models in memory, as far as those who run them tell."""
    fleet = house.daemon.fleet
    running: dict[str, dict[str, Any]] = {}
    for adapter in fleet.adapters():
        loaded, server = getattr(adapter, "loaded", None), getattr(adapter, "running", None)
        for model, live in (loaded() if loaded else {}).items():
            running[model] = _of_engine(live)
        for model, (on_gpu, size) in (server() if server else {}).items():
            running[model] = {"size": size, "size_vram": on_gpu}
    rows = [_loaded_row(house, view, running) for view in fleet.views() if view.id in running]
    await call.reply_json({"models": rows})


def _of_engine(live: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"size": live.memory_bytes or 0, "size_vram": 0}
    idle_for_s = live.idle_left_s
    if idle_for_s is not None:
        row["expires_at"] = moment(time.time_ns() + round(idle_for_s * 1e9))
    return row


def _loaded_row(
    house: House, view: ModelView, running: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    row = {
        "name": view.id,
        "model": view.id,
        "digest": _digest_of(view),
        "details": details_of(view, card_of(house, view.id)),
    }
    context = {"context_length": view.context} if view.context else {}
    return row | context | running[view.id]
