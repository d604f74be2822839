"""Reads what Anthropic lists as its models, and knows by name what a listing leaves out.

A model's `Traits` decide how a request to it is written: which ways of thinking
it takes, whether it can be tuned, whether it goes on from a started answer. The
listing counts; where it is silent, the version in the name does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homeport.adapters.places import host_and_port
from homeport.policies.model import Capability, ModelCard, Place

PAGE: Final = 1000
"""Models asked for at a time."""
_NEWEST: Final = (99, 0)
"""The version of a name that tells none: the strictest rules are the newest ones."""
_DATE: Final = 1000
"""A number this large in a name is a date, no version."""
_VERSION: Final = re.compile(r"claude-(?:[a-z]+-)?(\d+)(?:[-.](\d+))?")
_ALWAYS_THINKS: Final = re.compile(r"fable|mythos")
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a request to one model may be written."""

    budgets: bool
    """Takes a number of tokens to think with (`thinking.type` `enabled`)."""
    adaptive: bool
    """Decides itself how long to think, led by an effort."""
    can_rest: bool
    """Takes the order not to think."""
    efforts: tuple[str, ...]
    tunable: bool
    """Takes `temperature`, `top_p` and `top_k`."""
    one_of_temperature_and_top_p: bool
    prefill: bool
    """Goes on from an assistant's turn that was started for it."""
    structured: bool
    """Holds an answer to a JSON schema by itself."""
    system_turns: bool
    """Takes system messages between the turns."""


def version_of(name: str) -> tuple[int, int]:
    """Major and minor version in a model's name; the newest where it tells none."""
    found = _VERSION.search(name.lower())
    if found is None:
        return _NEWEST
    minor = int(found[2] or 0)
    return int(found[1]), minor if minor < _DATE else 0


def traits_of(name: str, listed: Mapping[str, Any] | None = None) -> Traits:
    """The traits of a model, by its row of the listing and its name."""
    version = version_of(name)
    last_tunable = (4, 5) if "haiku" in name else (4, 6)
    always = _ALWAYS_THINKS.search(name) is not None
    abilities = _table(listed or {}, "capabilities")
    ways = _table(abilities, "thinking", "types")
    return Traits(
        budgets=_can(ways, "enabled", (3, 7) <= version <= (4, 6)),
        adaptive=_can(ways, "adaptive", version >= (4, 6)),
        can_rest=_can(ways, "disabled", not always and version != (4, 7)),
        efforts=_efforts(abilities, version),
        tunable=version <= last_tunable and not always,
        one_of_temperature_and_top_p=version >= (4, 1),
        prefill=version <= (4, 5) and not always,
        structured=_can(abilities, "structured_outputs", version >= (4, 5)),
        system_turns=version >= (4, 8),
    )


def rows_of(answer: Any) -> list[dict[str, Any]] | None:
    """The models of one page of `GET /v1/models`; None where it is no such page."""
    rows = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        return None
    if not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        return None
    return rows


def next_page(answer: Mapping[str, Any]) -> str:
    """The id after which the next page begins; empty where this is the last one."""
    last = answer.get("last_id")
    return last if answer.get("has_more") is True and isinstance(last, str) else ""


def cards(
    rows: Sequence[Mapping[str, Any]], *, provider: str, prices: str, origin: str, place: Place
) -> list[ModelCard]:
    """One card for each model that can be used."""
    return [
        _card(row, provider=provider, prices=prices, origin=origin, place=place)
        for row in rows
        if row.get("lifecycle") != "retired"
    ]


def _card(
    row: Mapping[str, Any], *, provider: str, prices: str, origin: str, place: Place
) -> ModelCard:
    name = str(row["id"])
    traits = traits_of(name, row)
    return ModelCard(
        id=f"{provider}/{name}",
        provider=provider,
        name=name,
        place=place,
        host=host_and_port(origin),
        context=_count(row.get("max_input_tokens")) or _context_of(name),
        max_output=_count(row.get("max_tokens")) or _max_output_of(name),
        capabilities=_capabilities(row, traits),
        wires=("anthropic",),
        continues=traits.prefill,
        price_ref=f"{prices}/{name}" if place == "cloud" else "",
    )


def _capabilities(row: Mapping[str, Any], traits: Traits) -> tuple[Capability, ...]:
    abilities = _table(row, "capabilities")
    version = version_of(str(row["id"]))
    # A schema is always held to: by the model itself, or by a tool it has to call.
    able: set[Capability] = {"tools", "json", "json_schema"}
    able |= {"images"} if _can(abilities, "image_input", version >= (3, 0)) else set()
    able |= {"documents"} if _can(abilities, "pdf_input", version >= (3, 5)) else set()
    able |= {"thinking"} if traits.budgets or traits.adaptive else set()
    able |= {"server_tools"} if _can(abilities, "server_tools", version >= (3, 5)) else set()
    return tuple(sorted(able))


def _efforts(abilities: Mapping[str, Any], version: tuple[int, int]) -> tuple[str, ...]:
    listed = _table(abilities, "effort")
    if "supported" in listed:
        return tuple(effort for effort in _EFFORTS if _can(listed, effort, False))
    if version >= (4, 7):
        return _EFFORTS
    return ("low", "medium", "high", "max") if version >= (4, 6) else ()


def _context_of(name: str) -> int:
    return 1_000_000 if version_of(name) >= (4, 6) else 200_000


def _max_output_of(name: str) -> int:
    version = version_of(name)
    if version < (3, 7):
        return 8_192 if version >= (3, 5) else 4_096
    return 32_000 if version < (4, 5) else 64_000


def _can(table: Mapping[str, Any], name: str, otherwise: bool) -> bool:
    """What `{"supported": …}` under a name says."""
    said = _table(table, name).get("supported")
    return said if isinstance(said, bool) else otherwise


def _table(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        inner = value.get(name)
        value = inner if isinstance(inner, Mapping) else {}
    return value


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if ok else None
