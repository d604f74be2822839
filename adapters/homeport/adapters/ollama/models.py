"""Reads what Ollama says of its models into `ModelCard`s."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from homeport.adapters.places import RANK
from homeport.policies.model import Capability, ModelCard, Place

_CAPABILITIES: Final[dict[str, Capability]] = {
    "tools": "tools",
    "vision": "images",
    "audio": "audio",
    "thinking": "thinking",
    "insert": "fill",
}
_LOGPROBS_SINCE: Final = (0, 12, 11)
_REMOTE_NAME = re.compile(r":cloud$|-cloud$")
_SIZE = re.compile(r"([\d.]+)\s*([KMBT])", re.IGNORECASE)
_UNITS: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def version_of(text: str) -> tuple[int, ...]:
    """`0.14.2-rc1` as (0, 14, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("-")[0])[:3])


def is_remote(name: str, *tables: Mapping[str, Any]) -> bool:
    """Whether the model runs on somebody else's machine, though a local server lists it."""
    marked = any(table.get("remote_host") or table.get("remote_model") for table in tables)
    return marked or bool(_REMOTE_NAME.search(name))


def chats(shown: Mapping[str, Any]) -> bool:
    """Whether the model answers prompts."""
    return "completion" in _abilities(shown)


def embeds(shown: Mapping[str, Any]) -> bool:
    """Whether the model gives vectors and does not chat."""
    return "embedding" in _abilities(shown) and not chats(shown)


def _abilities(shown: Mapping[str, Any]) -> Collection[str]:
    """What the server says, in its words; of an old one, which says nothing, what is likely."""
    able = shown.get("capabilities")
    if isinstance(able, list):
        return set(map(str, able))
    architecture = _table(shown.get("model_info")).get("general.architecture")
    family = architecture or _table(shown.get("details")).get("family")
    return {"embedding" if "bert" in str(family) else "completion"}


def card_of(
    row: Mapping[str, Any],
    shown: Mapping[str, Any],
    *,
    place: Place,
    host: str,
    window: int,
    version: tuple[int, ...],
) -> ModelCard:
    """The card of one model; `window` is the context it is run with at most."""
    name = str(row.get("model") or row.get("name"))
    facts = _table(shown.get("model_info"))
    details = {**_table(shown.get("details")), **_table(row.get("details"))}
    remote = is_remote(name, row, shown)
    trained = _context(facts)
    where: Place = "cloud" if remote and RANK[place] < RANK["cloud"] else place
    return ModelCard(
        id=f"ollama/{name}",
        provider="ollama",
        name=name,
        place=where,
        host=host,
        version=str(row.get("digest") or "")[:16],
        context=trained if remote else min(window, trained or window),
        capabilities=_capabilities(shown, version, remote=remote),
        continues=not (remote or embeds(shown)),
        parameters=_parameters(facts, details),
        quantisation=str(details.get("quantization_level") or ""),
        size_bytes=None if remote else _count(row.get("size")),
        architecture=str(facts.get("general.architecture") or details.get("family") or ""),
        price_ref=f"ollama-cloud/{name}" if where == "cloud" else "",
    )


def _context(facts: Mapping[str, Any]) -> int | None:
    lengths = (_count(value) for key, value in facts.items() if key.endswith(".context_length"))
    return next((length for length in lengths if length), None)


def _capabilities(
    shown: Mapping[str, Any], version: tuple[int, ...], *, remote: bool
) -> tuple[Capability, ...]:
    if embeds(shown):
        return ("embeddings",)
    found = {_CAPABILITIES[name] for name in set(_abilities(shown)) & set(_CAPABILITIES)}
    # A server at home holds the answer to a grammar and takes raw text; of a remote one
    # that is not known.
    found |= set() if remote else {"completion", "json", "json_schema"}
    found |= {"logprobs"} if version >= _LOGPROBS_SINCE and not remote else set()
    return tuple(sorted(found))


def _parameters(facts: Mapping[str, Any], details: Mapping[str, Any]) -> int | None:
    exact = _count(facts.get("general.parameter_count"))
    if exact:
        return exact
    label = _SIZE.match(str(details.get("parameter_size") or ""))
    return round(float(label[1]) * _UNITS[label[2].upper()]) if label else None


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if ok else None
