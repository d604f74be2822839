"""Reads what an OpenAI-compatible server lists as its models into `ModelCard`s."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from homeport.adapters.places import RANK, host_and_port
from homeport.adapters.providers import SERVER, SERVERS, Provider
from homeport.policies.model import Capability, ModelCard, Place

Flavour = Literal["plain", "llama-server", "vllm", "lmstudio", "homeport"]
"""Which program serves, as far as its answers tell."""

COMPLETES: Final = frozenset({"llama-server", "vllm", "lmstudio"})
"""Programs that go on from raw text by a route of its own."""

# What a provider's listing holds besides models that chat.
_NOT_CHAT: Final = re.compile(
    r"embed|whisper|tts|transcribe|dall-e|moderation|davinci|babbage|realtime|audio"
    r"|image|sora|ocr|rerank|guard|search-preview|deep-research|computer-use",
    re.IGNORECASE,
)
# Names of models that make embeddings, where the listing does not say what they are.
_EMBEDS: Final = re.compile(
    r"embed|minilm|(^|[/_-])(bge|gte|e5|sbert|gtr|voyage|uae)([-_.:]|$)", re.IGNORECASE
)
_NOT_EMBEDS: Final = re.compile(r"rerank|rank|cross-encoder", re.IGNORECASE)
_HOMEPORT: Final = "homeport"
"""Owns the words with which another daemon of our kind is left the choice of the model."""
_TOLD_KINDS: Final = frozenset({"chat", "llm", "vlm", "language", "image", "rerank", "moderation"})
_CONTEXT_FIELDS: Final = (
    "loaded_context_length",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
)
_MAX_OUTPUT_FIELDS: Final = ("max_completion_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Listing:
    """Who lists the models, and what is known of it beforehand."""

    provider: str
    origin: str
    place: Place
    dialect: Provider
    only: tuple[str, ...] = ()
    """Names to offer; empty offers all."""
    context: int | None = None
    """Context window where the server does not say."""


def rows_of(answer: Any) -> list[dict[str, Any]] | None:
    """The models in the answer of `GET /v1/models`; None where it is no such answer."""
    rows = answer.get("data") if isinstance(answer, Mapping) else answer
    if rows is None and isinstance(answer, Mapping) and answer.get("object") == "list":
        rows = []
    if not isinstance(rows, list):
        return None
    named = [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return named if named or not rows else None


def flavour_of(rows: Sequence[Mapping[str, Any]]) -> Flavour:
    """Which program made these rows."""
    owners = [row.get("owned_by") for row in rows]
    if _HOMEPORT in owners:
        return "homeport"
    if "llamacpp" in owners:
        return "llama-server"
    if "vllm" in owners:
        return "vllm"
    if "organization_owner" in owners:
        return "lmstudio"
    return "plain"


def cards(
    rows: Sequence[Mapping[str, Any]],
    listing: Listing,
    flavour: Flavour,
    *,
    context: int | None = None,
) -> list[ModelCard]:
    """One card for each row that can chat or makes embeddings.

    `context` is what the server runs them with.
    """
    return [
        _card(row, listing, flavour, context)
        for row in rows
        if row.get("owned_by") != _HOMEPORT
        and _offered(str(row["id"]), listing)
        and (embeds(row) or _chats(row, listing))
    ]


def embeds(row: Mapping[str, Any]) -> bool:
    """Whether this is a model that makes embeddings, by what the row says, else by its name."""
    kind, abilities = row.get("type"), row.get("capabilities")
    beyond = _table(row.get(_HOMEPORT)).get("capabilities")
    for told in (abilities, beyond, _table(row.get("architecture")).get("output_modalities")):
        if isinstance(told, list) and told:
            return bool({"embedding", "embeddings"} & set(map(str, told)))
    if isinstance(abilities, Mapping) and abilities.get("completion_chat"):
        return False
    if isinstance(kind, str) and kind in ("embedding", "embeddings"):
        return True
    if isinstance(kind, str) and kind in _TOLD_KINDS:
        return False
    name = str(row["id"])
    return bool(_EMBEDS.search(name)) and not _NOT_EMBEDS.search(name)


def _offered(name: str, listing: Listing) -> bool:
    return not listing.only or name in listing.only


def _chats(row: Mapping[str, Any], listing: Listing) -> bool:
    abilities = row.get("capabilities")
    if isinstance(abilities, Mapping) and "completion_chat" in abilities:
        return bool(abilities["completion_chat"])
    if "supports_chat" in row:
        return bool(row["supports_chat"])
    if row.get("active") is False:
        return False
    kind = row.get("type")
    if kind in ("embedding", "embeddings", "image", "rerank", "moderation", "audio"):
        return False
    return bool(listing.only) or not _NOT_CHAT.search(str(row["id"]))


def _card(
    row: Mapping[str, Any], listing: Listing, flavour: Flavour, context: int | None
) -> ModelCard:
    name = str(row["id"])
    facts = _table(row.get("meta"))
    place = _place(row, listing)
    return ModelCard(
        id=f"{listing.provider}/{name}",
        provider=listing.provider,
        name=name,
        place=place,
        host=host_and_port(listing.origin),
        context=context or _context(row, facts) or listing.context,
        max_output=_max_output(row),
        capabilities=_capabilities(row, listing.dialect, flavour),
        wires=_wires(listing, flavour),
        continues=_continues(row, listing, flavour),
        parameters=_count(facts.get("n_params")),
        quantisation=str(row.get("quantization") or ""),
        size_bytes=_count(facts.get("size")),
        architecture=str(row.get("arch") or ""),
        price_ref=_price_ref(name, flavour, listing) if place == "cloud" else "",
    )


def _wires(listing: Listing, flavour: Flavour) -> tuple[str, ...]:
    dialect = listing.dialect
    spoken = SERVERS.get(flavour, SERVER) if dialect is SERVER else dialect
    return ("openai-chat", "openai-responses") if spoken.responses else ("openai-chat",)


def _continues(row: Mapping[str, Any], listing: Listing, flavour: Flavour) -> bool:
    if embeds(row):
        return False
    return bool(listing.dialect.prefix_flag) or flavour in ("llama-server", "vllm")


def _place(row: Mapping[str, Any], listing: Listing) -> Place:
    """The server's own, or farther: another Homeport says where its models run."""
    beyond = _table(row.get(_HOMEPORT)).get("place")
    places: list[Place] = [place for place in RANK if place == beyond]
    return max(listing.place, *places, key=RANK.__getitem__) if places else listing.place


def _price_ref(name: str, flavour: Flavour, listing: Listing) -> str:
    if flavour == "homeport":
        return name  # it begins with the provider already
    return f"{listing.dialect.prices or listing.provider}/{name}"


def _context(row: Mapping[str, Any], facts: Mapping[str, Any]) -> int | None:
    for field in _CONTEXT_FIELDS:
        found = _count(row.get(field))
        if found:
            return found
    beyond = _table(row.get(_HOMEPORT)).get("context")
    return _count(facts.get("n_ctx")) or _count(beyond) or None


def _max_output(row: Mapping[str, Any]) -> int | None:
    provider = _table(row.get("top_provider"))
    for table in (row, provider):
        for field in _MAX_OUTPUT_FIELDS:
            found = _count(table.get(field))
            if found:
                return found
    return None


def _capabilities(
    row: Mapping[str, Any], dialect: Provider, flavour: Flavour
) -> tuple[Capability, ...]:
    if embeds(row):
        return ("embeddings",)
    able: set[Capability] = set(dialect.capabilities)
    if not re.search(dialect.schema_models, str(row["id"]), re.IGNORECASE):
        able.discard("json_schema")
    if flavour in ("llama-server", "vllm"):
        able |= {"json_schema", "logprobs"}
    if flavour in COMPLETES:
        able.add("completion")
    if dialect.name and (dialect.server_tools or dialect.name == "openai"):
        able.add("server_tools")
    tells = isinstance(row.get("supported_parameters"), list)
    if not (dialect.name or tells or "capabilities" in row or "supports_tools" in row):
        # Most serve tools and say nothing of it; calls that come as text are read all the same.
        able.add("tools")
    if dialect.name and not tells and "logprobs" not in dialect.unsupported_knobs:
        able.add("logprobs")
    able |= _listed(row)
    return tuple(sorted(able))


def _listed(row: Mapping[str, Any]) -> set[Capability]:
    """What the row itself says that the model can do."""
    able: set[Capability] = set()
    abilities = row.get("capabilities")
    if isinstance(abilities, Mapping):
        able |= {"tools"} if abilities.get("function_calling") else set()
        able |= {"images"} if abilities.get("vision") else set()
        able |= {"fill"} if abilities.get("completion_fim") else set()
        able |= {"thinking"} if abilities.get("reasoning") else set()
    elif isinstance(abilities, list):
        able |= {"tools"} if {"tool_use", "tools"} & set(map(str, abilities)) else set()
        able |= {"images"} if {"vision", "multimodal"} & set(map(str, abilities)) else set()
    able |= {"tools"} if row.get("supports_tools") else set()
    able |= {"images"} if row.get("supports_image_input") or row.get("type") == "vlm" else set()
    inputs = _table(row.get("architecture")).get("input_modalities")
    if isinstance(inputs, list):
        able |= {"images"} if "image" in inputs else set()
        able |= {"audio"} if "audio" in inputs else set()
        able |= {"documents"} if "file" in inputs else set()
    beyond = _table(row.get(_HOMEPORT)).get("capabilities")
    if isinstance(beyond, list):
        able |= {name for name in get_args(Capability) if name in beyond}
    parameters = row.get("supported_parameters")
    if isinstance(parameters, list):
        able |= {"tools"} if "tools" in parameters else set()
        able |= {"json_schema"} if "structured_outputs" in parameters else set()
        able |= {"thinking"} if "reasoning" in parameters else set()
        able |= {"logprobs"} if "logprobs" in parameters else set()
    return able


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if ok else None
