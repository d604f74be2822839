"""The model providers this program knows by name, and how each one differs.

One row per provider: where its key is found in the environment, its address,
the wire it speaks, and where its dialect of that wire departs from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from homeport.policies.model import Capability

Wire = Literal["openai", "anthropic", "gemini"]

FULL: Final[tuple[Capability, ...]] = ("images", "json", "json_schema", "tools")
PLAIN: Final[tuple[Capability, ...]] = ("json", "tools")

SAMPLING_KNOBS: Final = frozenset(
    {"temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of models."""

    name: str
    """First part of the ids of its models."""
    key_names: tuple[str, ...]
    """Environment names its key may have, the first that is set counts."""
    base_url: str
    base_url_name: str = ""
    """Environment name that overrides the address."""
    wire: Wire = "openai"
    price_name: str = ""
    """What price tables call it, where that differs."""
    capabilities: tuple[Capability, ...] = FULL
    """What its models can do where the listing does not say."""
    max_tokens_field: str = "max_tokens"
    unsupported_knobs: frozenset[str] = frozenset()
    """Tuning knobs that it refuses or ignores."""
    developer_role: bool = False
    """Knows `developer` messages; the others are told `system`."""
    stream_usage: bool = True
    """Must be asked for the usage of a stream."""
    strict_fields: bool = False
    """Refuses a request with a field it does not know."""
    prefix_flag: str = ""
    """Field on the last assistant message that makes it go on from there."""
    dimensions_field: str = "dimensions"
    """How the length of embeddings is asked for."""
    key_path: str = "models"
    """Route that answers only to a valid key."""

    @property
    def prices(self) -> str:
        """Its name in price tables."""
        return self.price_name or self.name


_NO_TOP_K: Final = frozenset({"top_k"})

PROVIDERS: Final[dict[str, Provider]] = {
    provider.name: provider
    for provider in (
        Provider(
            name="openai",
            key_names=("OPENAI_API_KEY",),
            base_url="https://api.openai.com/v1",
            base_url_name="OPENAI_BASE_URL",
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K,
            developer_role=True,
        ),
        Provider(
            name="anthropic",
            key_names=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
            base_url="https://api.anthropic.com",
            base_url_name="ANTHROPIC_BASE_URL",
            wire="anthropic",
        ),
        Provider(
            name="gemini",
            key_names=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            base_url="https://generativelanguage.googleapis.com",
            base_url_name="GOOGLE_GEMINI_BASE_URL",
            wire="gemini",
            price_name="google",
        ),
        Provider(
            name="openrouter",
            key_names=("OPENROUTER_API_KEY",),
            base_url="https://openrouter.ai/api/v1",
            capabilities=PLAIN,
            key_path="key",
        ),
        Provider(
            name="groq",
            key_names=("GROQ_API_KEY",),
            base_url="https://api.groq.com/openai/v1",
            capabilities=PLAIN,
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K | {"logprobs", "top_logprobs"},
        ),
        Provider(
            name="mistral",
            key_names=("MISTRAL_API_KEY",),
            base_url="https://api.mistral.ai/v1",
            capabilities=("json", "json_schema", "tools"),
            unsupported_knobs=_NO_TOP_K | {"logprobs", "top_logprobs", "reasoning_effort"},
            stream_usage=False,
            strict_fields=True,
            prefix_flag="prefix",
            dimensions_field="output_dimension",
        ),
        Provider(
            name="deepseek",
            key_names=("DEEPSEEK_API_KEY",),
            base_url="https://api.deepseek.com/v1",
            capabilities=PLAIN,
            unsupported_knobs=_NO_TOP_K | {"seed"},
        ),
        Provider(
            name="xai",
            key_names=("XAI_API_KEY",),
            base_url="https://api.x.ai/v1",
            price_name="x-ai",
            unsupported_knobs=_NO_TOP_K,
        ),
        Provider(
            name="together",
            key_names=("TOGETHER_API_KEY",),
            base_url="https://api.together.xyz/v1",
            capabilities=PLAIN,
        ),
        Provider(
            name="fireworks",
            key_names=("FIREWORKS_API_KEY",),
            base_url="https://api.fireworks.ai/inference/v1",
            capabilities=PLAIN,
        ),
        Provider(
            name="cerebras",
            key_names=("CEREBRAS_API_KEY",),
            base_url="https://api.cerebras.ai/v1",
            capabilities=PLAIN,
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K | {"presence_penalty", "frequency_penalty"},
        ),
    )
}

SERVER: Final = Provider(
    name="", key_names=(), base_url="", capabilities=("json",), unsupported_knobs=frozenset()
)
"""What is assumed of a server that nobody described: little."""

LOCAL_SERVERS: Final[tuple[tuple[str, int], ...]] = (
    ("lmstudio", 1234),
    ("llama-server", 8080),
    ("vllm", 8000),
    ("jan", 1337),
)
"""Names and the loopback ports where each such server listens by default."""


def key_names(provider: str) -> tuple[str, ...]:
    """Environment names under which a provider's key may be found."""
    row = PROVIDERS.get(provider)
    return row.key_names if row else ()
