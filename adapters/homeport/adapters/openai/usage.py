"""Tokens by class, from the shapes in which the compatible servers count them.

Prompt tokens hold the cached ones on this wire, and completion tokens the
reasoning. Where a total says that something was left out, it is put back.
`num_cached_tokens` of Mistral is what its engine reused: it bills as cached only
what stands in the details.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from homeport.adapters.base import Usage

NANO: Final = 1_000_000_000
TICKS: Final = 10
"""Of xAI, in a nano-dollar."""
MOST_DOLLARS: Final = 1_000_000
"""For one answer: a cost beyond that is none."""


def read_usage(raw: dict[str, Any] | None) -> Usage:
    """The usage of a chat completion; the raw record goes along as its `extras`."""
    if not raw:
        return Usage(certain=False)
    if raw.keys() <= _BARE:
        return _bare(raw)
    of_prompt, of_output = _table(raw, "prompt_tokens_details"), _table(raw, *_OF_OUTPUT)
    prompt, output = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    reasoning = _first(of_output.get("reasoning_tokens"), raw.get("reasoning_tokens"))
    whole, adds_up = _whole_output(prompt, output, reasoning, _count(raw.get("total_tokens")))
    read = _first(
        of_prompt.get("cached_tokens"),
        raw.get("prompt_cache_hit_tokens"),
        raw.get("cached_tokens"),
        raw.get("cache_read_input_tokens"),
    )
    written = _first(
        of_prompt.get("cache_write_tokens"),
        of_prompt.get("cache_creation_tokens"),
        raw.get("cache_creation_input_tokens"),
    )
    if written and read and prompt is not None:
        # Gemini behind OpenRouter: what was read is told as written too.
        written = min(written, max(0, prompt - read))
    return Usage(
        input=prompt,
        cache_read=read,
        cache_write=written,
        output=whole,
        reasoning=reasoning,
        certain=prompt is not None and output is not None and adds_up,
        input_audio=_count(of_prompt.get("audio_tokens")),
        output_audio=_count(of_output.get("audio_tokens")),
        cache_write_1h=_count(
            _table(raw, "cache_creation").get("ephemeral_1h_input_tokens"),
        ),
        cost_nano=_cost_nano(raw),
        extras=raw,
    )


def _bare(raw: dict[str, Any]) -> Usage:
    """The same, of a record that tells nothing but sums."""
    prompt, output = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    whole, adds_up = _whole_output(prompt, output, None, _count(raw.get("total_tokens")))
    certain = prompt is not None and output is not None and adds_up
    return Usage(input=prompt, output=whole, certain=certain, extras=raw)


def read_response_usage(raw: dict[str, Any] | None) -> Usage:
    """The usage of an answer of the Responses API: other names for the same classes."""
    if not raw:
        return Usage(certain=False)
    named = {_OF_RESPONSES.get(name, name): value for name, value in raw.items()}
    return msgspec.structs.replace(read_usage(named), extras=raw)


_OF_RESPONSES: Final = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}
_BARE: Final = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})
_OF_OUTPUT: Final = ("completion_tokens_details", "output_tokens_details")


def _whole_output(
    prompt: int | None, output: int | None, reasoning: int | None, total: int | None
) -> tuple[int | None, bool]:
    """Output tokens, the reasoning too; and whether they agree with the total."""
    if prompt is None or output is None or total is None or total <= prompt + output:
        return output, True
    # Some count the reasoning outside of the completion; some tell of it in the total alone.
    rest = total - prompt
    return rest, rest == output + (reasoning or 0)


def _cost_nano(raw: dict[str, Any]) -> int | None:
    """What was charged, where the provider says it.

    OpenRouter with a key of the caller's own charges its fee, and the model's
    provider the rest.
    """
    ticks = _count(raw.get("cost_in_usd_ticks"))
    if ticks is not None:
        return -(-ticks // TICKS)
    cost = raw.get("cost")
    charged = _dollars(cost.get("total_cost") if isinstance(cost, dict) else cost)
    if charged is None or not raw.get("is_byok"):
        return charged
    beyond = _dollars(_table(raw, "cost_details").get("upstream_inference_cost"))
    return None if beyond is None else charged + beyond


def _dollars(value: Any) -> int | None:
    """Dollars as nano-dollars."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * NANO) if 0 <= value <= MOST_DOLLARS else None


def _table(raw: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((raw[name] for name in names if isinstance(raw.get(name), dict)), {})


def _first(*values: Any) -> int | None:
    return next((_count(value) for value in values if value is not None), None)


def _count(value: Any) -> int | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if ok else None
