"""The model providers this program knows by name, and how each one differs.

One row per provider: where its key is found in the environment, its address,
the wire it speaks, and where its dialect of that wire departs from the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from homeport.policies.model import Capability

Wire = Literal["openai", "anthropic", "gemini"]
Reasoning = Literal["", "effort", "router", "switch+effort", "switch", "on-off", "template"]
"""How it is told how much to reason; `openai_reasoning.py` has the words."""
ThinkingField = Literal["", "reasoning", "reasoning_content", "reasoning_details", "parts"]
"""Where it wants its own earlier reasoning back."""

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
    reasoning: Reasoning = ""
    thinking_field: ThinkingField = ""
    knob_names: Mapping[str, str] = field(default_factory=dict)
    """Its own names of knobs; `min_p` and `repeat_penalty` are unknown without one."""
    carried_fields: frozenset[str] = frozenset()
    """Fields without a noun that it takes, where it refuses those it does not know."""
    cache_marks: bool = False
    """Takes `cache_control` marks on parts."""
    custom_tools: bool = False
    """Takes tools that are called with free text."""
    server_tools: bool = False
    """Takes tools of its own by this wire."""
    refusals: bool = False
    """Takes an earlier refusal as a part of its own kind."""
    document_urls: Literal["", "file", "part"] = ""
    """Fetches documents by their address: in a file part, or in a part of their own kind."""
    fill_path: str = ""
    """Route that fills in what stands between a text and its suffix."""
    responses: bool = False
    """Serves the Responses wire as well."""
    prefix_url: str = ""
    """Its address for going on from a message, where that is another."""
    prefix_fields: Mapping[str, object] = field(default_factory=dict)
    """Fields of the top that go with such a message."""
    schema_models: str = ".*"
    """Names of the models that can be held to a schema, where not all of them can."""
    key_path: str = "models"
    """Route that answers only to a valid key."""

    @property
    def prices(self) -> str:
        """Its name in price tables."""
        return self.price_name or self.name


_NO_TOP_K: Final = frozenset({"top_k"})
_HUGGING_NAMES: Final = {"min_p": "min_p", "repeat_penalty": "repetition_penalty"}
_LLAMA_NAMES: Final = {"min_p": "min_p", "repeat_penalty": "repeat_penalty"}

PROVIDERS: Final[dict[str, Provider]] = {
    provider.name: provider
    for provider in (
        Provider(
            name="openai",
            key_names=("OPENAI_API_KEY",),
            base_url="https://api.openai.com/v1",
            base_url_name="OPENAI_BASE_URL",
            capabilities=("documents", *FULL),
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K,
            developer_role=True,
            reasoning="effort",
            custom_tools=True,
            refusals=True,
            responses=True,
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
            capabilities=("documents", *PLAIN),
            reasoning="router",
            thinking_field="reasoning_details",
            knob_names=_HUGGING_NAMES,
            cache_marks=True,
            server_tools=True,
            document_urls="file",
            responses=True,
            key_path="key",
        ),
        Provider(
            name="groq",
            key_names=("GROQ_API_KEY",),
            base_url="https://api.groq.com/openai/v1",
            capabilities=("json", "json_schema", "tools"),
            schema_models="gpt-oss|llama-4|kimi-k2",
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K | {"logprobs", "top_logprobs"},
            reasoning="effort",
            thinking_field="reasoning",
            server_tools=True,
            responses=True,
        ),
        Provider(
            name="mistral",
            key_names=("MISTRAL_API_KEY",),
            base_url="https://api.mistral.ai/v1",
            capabilities=("documents", "json", "json_schema", "tools"),
            unsupported_knobs=_NO_TOP_K | {"logprobs", "top_logprobs"},
            stream_usage=False,
            strict_fields=True,
            carried_fields=frozenset(
                {
                    "safe_prompt",
                    "random_seed",
                    "prediction",
                    "prompt_mode",
                    "prompt_cache_key",
                    "guardrails",
                    "metadata",
                }
            ),
            knob_names={"seed": "random_seed"},
            reasoning="on-off",
            thinking_field="parts",
            document_urls="part",
            fill_path="fim/completions",
            prefix_flag="prefix",
            dimensions_field="output_dimension",
        ),
        Provider(
            name="deepseek",
            key_names=("DEEPSEEK_API_KEY",),
            base_url="https://api.deepseek.com/v1",
            capabilities=PLAIN,
            unsupported_knobs=_NO_TOP_K | {"seed"},
            reasoning="switch+effort",
            thinking_field="reasoning_content",
            prefix_flag="prefix",
            prefix_url="https://api.deepseek.com/beta",
            prefix_fields={"thinking": {"type": "disabled"}},
            responses=True,
        ),
        Provider(
            name="xai",
            key_names=("XAI_API_KEY",),
            base_url="https://api.x.ai/v1",
            price_name="x-ai",
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K,
            reasoning="effort",
            responses=True,
        ),
        Provider(
            name="together",
            key_names=("TOGETHER_API_KEY",),
            base_url="https://api.together.ai/v1",
            capabilities=("json", "json_schema", "tools"),
            responses=True,
            reasoning="effort",
            thinking_field="reasoning",
            knob_names=_HUGGING_NAMES,
        ),
        Provider(
            name="fireworks",
            key_names=("FIREWORKS_API_KEY",),
            base_url="https://api.fireworks.ai/inference/v1",
            capabilities=("json", "json_schema", "tools"),
            strict_fields=True,
            carried_fields=frozenset(
                {
                    "context_length_exceeded_behavior",
                    "ignore_eos",
                    "logit_bias",
                    "metadata",
                    "mirostat_lr",
                    "mirostat_target",
                    "perf_metrics_in_response",
                    "prompt_cache_key",
                    "prompt_cache_max_len",
                    "prompt_truncate_len",
                    "raw_output",
                    "repetition_penalty",
                    "service_tier",
                    "thinking",
                    "typical_p",
                    "user",
                }
            ),
            responses=True,
            reasoning="effort",
            thinking_field="reasoning_content",
            knob_names=_HUGGING_NAMES,
        ),
        Provider(
            name="cerebras",
            key_names=("CEREBRAS_API_KEY",),
            base_url="https://api.cerebras.ai/v1",
            capabilities=("json", "json_schema", "tools"),
            max_tokens_field="max_completion_tokens",
            unsupported_knobs=_NO_TOP_K
            | {"presence_penalty", "frequency_penalty", "parallel_tool_calls"},
            reasoning="effort",
            thinking_field="reasoning",
        ),
        Provider(
            name="zai",
            key_names=("ZAI_API_KEY",),
            base_url="https://api.z.ai/api/paas/v4",
            capabilities=PLAIN,
            unsupported_knobs=_NO_TOP_K
            | {"seed", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs"},
            reasoning="switch",
            thinking_field="reasoning_content",
            server_tools=True,
        ),
    )
}

SERVER: Final = Provider(
    name="",
    key_names=(),
    base_url="",
    capabilities=("json",),
    reasoning="effort",
    cache_marks=True,
    server_tools=True,
)
"""What is assumed of a server that nobody described: little."""

SERVERS: Final[Mapping[str, Provider]] = {
    "llama-server": replace(
        SERVER, reasoning="template", thinking_field="reasoning_content", knob_names=_LLAMA_NAMES
    ),
    "lmstudio": replace(
        SERVER, thinking_field="reasoning_content", knob_names=_LLAMA_NAMES, responses=True
    ),
    "vllm": replace(
        SERVER,
        reasoning="template",
        thinking_field="reasoning",
        knob_names=_HUGGING_NAMES,
        responses=True,
    ),
    "homeport": replace(
        SERVER,
        thinking_field="reasoning_details",
        knob_names=_LLAMA_NAMES,
        developer_role=True,
        custom_tools=True,
        refusals=True,
        document_urls="file",
        responses=True,
    ),
}
"""What is known of the programs that serve at home, by what their listing tells."""

LOCAL_SERVERS: Final[tuple[tuple[str, int], ...]] = (
    ("lmstudio", 1234),
    ("llama-server", 8080),
    ("vllm", 8000),
    ("jan", 1337),
)
"""Names and the loopback ports where each such server listens by default."""


ADMIN_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai-admin": ("OPENAI_ADMIN_KEY",),
    "anthropic-admin": ("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_API_KEY"),
    "openrouter-admin": ("OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_PROVISIONING_KEY"),
}
"""Keys that read what an organization was charged and answer no prompt, with their environment
names."""


def key_names(provider: str) -> tuple[str, ...]:
    """Environment names under which a provider's key may be found."""
    row = PROVIDERS.get(provider)
    return row.key_names if row else ADMIN_KEYS.get(provider, ())
