"""Models that lab servers list: names of the lab's own, and names that price tables know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec


class LabModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a lab server."""

    name: str
    context: int = 128_000
    max_output: int = 16_384
    capabilities: tuple[str, ...] = ("completion", "tools", "vision")
    """In Ollama's words."""
    parameters: int = 7_000_000_000
    size_bytes: int = 4_500_000_000
    embeds: bool = False
    first_token_ms: float | None = None
    """In place of the script's, as is the next."""
    tokens_per_s: float | None = None


def _named(*names: str, context: int = 128_000) -> tuple[LabModel, ...]:
    return tuple(LabModel(name=name, context=context) for name in names)


def _embedding(name: str) -> LabModel:
    return LabModel(name=name, embeds=True, capabilities=("embedding",), context=8192)


_OWN: Final = (
    LabModel(name="lab-fast"),
    LabModel(name="lab-deep", context=400_000, capabilities=("completion", "tools", "thinking")),
)

MODELS: Final[dict[str, tuple[LabModel, ...]]] = {
    "openai": (
        *_OWN,
        *_named("gpt-5.5", "gpt-5.4-mini", "gpt-5-nano", context=400_000),
        *_named("gpt-4o-mini"),
        _embedding("text-embedding-3-small"),
    ),
    "anthropic": (
        *_OWN,
        *_named("claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5", context=200_000),
    ),
    "gemini": (
        *_OWN,
        *_named("gemini-3-pro-preview", "gemini-2.5-flash", context=1_048_576),
        _embedding("gemini-embedding-001"),
    ),
    "ollama": (
        LabModel(name="lab-home:3b", context=32_768, parameters=3_000_000_000,
                 size_bytes=2_000_000_000),
        LabModel(name="lab-home:8b", context=32_768, parameters=8_000_000_000,
                 size_bytes=4_900_000_000),
        _embedding("lab-embed:latest"),
    ),
    "llama-server": (
        LabModel(name="lab-home-4b", context=16_384, parameters=4_000_000_000,
                 size_bytes=2_500_000_000),
    ),
}  # fmt: skip
"""What each wire lists where nothing else is said. The names that are not the lab's own are those
of today's providers, so that prices are known: nothing but the name is theirs."""


def models_for(wire: str, names: Sequence[str | LabModel] | None) -> tuple[LabModel, ...]:
    """The models of a server: those named, or the wire's usual ones."""
    if names is None:
        return MODELS.get(wire, _OWN)
    return tuple(_made(wire, name) for name in names)


def find(models: Iterable[LabModel], name: str) -> LabModel | None:
    """A listed model; Ollama's names may leave out `:latest`."""
    return next((model for model in models if model.name in (name, f"{name}:latest")), None)


def _made(wire: str, name: str | LabModel) -> LabModel:
    if isinstance(name, LabModel):
        return name
    return find(MODELS.get(wire, ()), name) or LabModel(name=name)
