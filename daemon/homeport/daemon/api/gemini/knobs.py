"""`generationConfig` of Gemini's wire: knobs, the shape of the answer, how much to think."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import ResponseFormat, Sampling
from homeport.daemon.api.gemini.fields import Fields
from homeport.daemon.api.gemini.schemas import json_schema_of
from homeport.daemon.api.stops import stops_of
from homeport.policies.errors import BadRequest

ENUM = "text/x.enum"
"""The answer is one word of a list, and no JSON."""
WITH_NOUNS = (
    *("temperature", "topP", "topK", "seed", "presencePenalty", "frequencyPenalty"),
    *("stopSequences", "maxOutputTokens", "responseLogprobs", "logprobs", "candidateCount"),
    *("responseSchema", "responseJsonSchema"),
)
"""Fields that are said again from the canonical model; the others are carried."""
_TOLD_ELSEWHERE = frozenset(
    {
        *("generationConfig", "toolConfig", "cachedContent", "labels", "store"),
        *("thinkingConfig", "responseMimeType", "responseModalities"),
        *("functionCallingConfig", "includeServerSideToolInvocations"),
    }
)
"""Carried fields that are said by a noun too, or that change no answer."""
_LEVELS = ("minimal", "low", "medium", "high")


def sampling_of(config: Fields) -> Sampling:
    """The knobs. Raises `BadRequest`."""
    _refuse_what_nobody_here_does(config)
    thinking = config.table("thinkingConfig") or Fields({})
    budget = thinking.whole("thinkingBudget", -1)
    return Sampling(
        temperature=config.number("temperature", 0, 2),
        top_p=config.number("topP", 0, 1),
        top_k=config.whole("topK", 0) or None,
        seed=config.whole("seed", -(2**63), 2**63 - 1),
        stop=stops_of(config.texts("stopSequences"), config.path("stopSequences")),
        max_tokens=config.whole("maxOutputTokens", 1),
        presence_penalty=config.number("presencePenalty", -2, 2),
        frequency_penalty=config.number("frequencyPenalty", -2, 2),
        logprobs=bool(config.flag("responseLogprobs")),
        top_logprobs=config.whole("logprobs", 0, 20) or 0,
        reasoning_effort=_effort(thinking),
        # A budget of -1 leaves it to the model.
        reasoning_budget=budget if budget is not None and budget >= 0 else None,
    )


def _refuse_what_nobody_here_does(config: Fields) -> None:
    count = config.whole("candidateCount", 1) or 1
    modalities = [word.upper() for word in config.texts("responseModalities")]
    if count > 1:
        raise _unsupported(config, "candidateCount", "One answer is given: ask again for another.")
    if set(modalities) - {"TEXT", "MODALITY_UNSPECIFIED"}:
        raise _unsupported(config, "responseModalities", "Answers are text here.")


def _unsupported(config: Fields, name: str, sentence: str) -> BadRequest:
    path = config.path(name)
    return BadRequest(f"`{path}` cannot be had. {sentence}", code="unsupported_value", param=path)


def _effort(thinking: Fields) -> str | None:
    level = (thinking.text("thinkingLevel") or "").lower()
    if level in ("", "thinking_level_unspecified"):
        return None
    if level not in _LEVELS:
        raise thinking.wrong("thinkingLevel", "MINIMAL, LOW, MEDIUM or HIGH")
    return level


def shows_thoughts(generation: Any) -> bool:
    """Whether the caller asked to be shown the reasoning; takes what `carried` gave."""
    thinking = generation.get("thinkingConfig") if isinstance(generation, dict) else None
    return isinstance(thinking, dict) and Fields(thinking).values.get("includeThoughts") is True


def carried(config: Fields) -> dict[str, Any]:
    """What has no noun, or more in it than its noun says."""
    return config.rest(*WITH_NOUNS)


def knobs_of_the_wire(extras: dict[str, Any]) -> tuple[str, ...]:
    """Names of what was asked that no other wire knows; takes the extras of a prompt."""
    generation, calling = extras.get("generationConfig") or {}, extras.get("toolConfig") or {}
    return (
        *sorted(extras.keys() - _TOLD_ELSEWHERE),
        *sorted(f"generationConfig.{name}" for name in generation.keys() - _TOLD_ELSEWHERE),
        *sorted(f"toolConfig.{name}" for name in calling.keys() - _TOLD_ELSEWHERE),
    )


def response_format_of(config: Fields) -> ResponseFormat:
    """The shape of the answer. Raises `BadRequest`."""
    media_type = (config.text("responseMimeType") or "").lower()
    if media_type not in ("", "text/plain", "application/json", ENUM):
        raise config.wrong("responseMimeType", f"text/plain, application/json or {ENUM}")
    schema = config.raw("responseJsonSchema")
    if schema is None and config.raw("responseSchema") is not None:
        schema = json_schema_of(config.raw("responseSchema"))
    if schema:
        return ResponseFormat("json_schema", schema, "answer")
    return ResponseFormat("json" if media_type == "application/json" else "text")
