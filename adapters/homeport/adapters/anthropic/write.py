"""Writes a `Prompt` as the body of a Messages request: its own bytes where they fit, else anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from homeport.adapters.anthropic.models import Traits
from homeport.adapters.anthropic.parts import (
    FOREIGN_FIELDS,
    WIRE,
    NotWritable,
    replayable,
    safe_id,
)
from homeport.adapters.anthropic.thinking import LEAST_BUDGET, tuning_of
from homeport.adapters.anthropic.tools import (
    AS_IT_COMES,
    JSON_ONLY,
    Unwrapped,
    answer_format,
    tool_fields,
)
from homeport.adapters.anthropic.turns import Conversation, conversation_of
from homeport.adapters.base import Prompt, Thinking, ToolCall

__all__ = ["NotWritable", "Written", "count_body", "write"]

# Written from nouns of the canonical model; a caller's field of the same name never wins.
_OWN_FIELDS: Final = frozenset(
    {
        *("model", "messages", "system", "stream", "max_tokens", "tools", "tool_choice"),
        *("temperature", "top_p", "top_k", "stop_sequences", "thinking", "output_config"),
        *("output_format", "homeport"),
    }
)
_NOT_COUNTED: Final = frozenset(
    {
        *("max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "homeport"),
        *("metadata", "service_tier", "container", "inference_geo", "speed"),
    }
)
"""Fields of a Messages request that the counting of its tokens does not take."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Written:
    """A request body, and what its answer's reader has to know."""

    body: bytes
    dropped: tuple[str, ...] = ()
    """Tuning knobs that were left out."""
    raw: bool = False
    """These are the caller's own bytes: what comes back may go through as it is."""
    unwrapped: Unwrapped = AS_IT_COMES
    tail: str = ""
    """Space at the end of the answer so far that could not be said: not to be said again."""


def write(
    prompt: Prompt, *, model: str, max_tokens: int, traits: Traits, prefix: str = ""
) -> Written:
    """The body of a streaming request; raises `NotWritable`."""
    if prompt.raw and prompt.wire == WIRE and not prefix:
        patched = _patched(prompt, model, max_tokens, traits)
        if patched is not None:
            return Written(patched, raw=True)
    return _anew(prompt, model, max_tokens, traits, prefix)


def count_body(prompt: Prompt, *, model: str, traits: Traits) -> bytes:
    """The body of a question for the count of a prompt's tokens; raises `NotWritable`."""
    written = write(prompt, model=model, max_tokens=LEAST_BUDGET * 64, traits=traits)
    fields = _fields.decode(written.body)
    return _encode({name: fields[name] for name in fields if name not in _NOT_COUNTED})


def _patched(prompt: Prompt, model: str, max_tokens: int, traits: Traits) -> bytes | None:
    """The caller's bytes with a few fields changed; None where this model would refuse them."""
    if not _speakable(prompt):
        return None
    if prompt.labels.model.rpartition("/")[2] != model and not _fits(prompt, traits):
        return None
    fields: dict[str, Any] = _fields.decode(prompt.raw)
    fields.pop("homeport", None)
    asked = prompt.sampling.max_tokens
    if asked is None or asked > max_tokens:
        if (prompt.sampling.reasoning_budget or 0) >= max_tokens:
            return None
        fields["max_tokens"] = max_tokens
    fields["model"] = model
    fields["stream"] = True
    return _encode(fields)


def _speakable(prompt: Prompt) -> bool:
    """Whether nothing in the turns bears the marks of another provider's model."""
    for message in prompt.messages:
        for part in message.parts:
            if isinstance(part, Thinking) and not replayable(part):
                return False
            if isinstance(part, ToolCall) and not _is_own(part):
                return False
    return _thinking(prompt).get("type") != "enabled" or not _calls_without_thinking(prompt)


def _is_own(call: ToolCall) -> bool:
    return safe_id(call.id) == call.id and not FOREIGN_FIELDS & call.extras.keys()


def _calls_without_thinking(prompt: Prompt) -> bool:
    """The last turn of the assistant calls tools, and does not begin with reasoning."""
    made = [message.parts for message in prompt.messages if message.role == "assistant"]
    if not made or not any(isinstance(part, ToolCall) for part in made[-1]):
        return False
    return not isinstance(made[-1][0], Thinking)


def _fits(prompt: Prompt, traits: Traits) -> bool:
    """Whether another model than the one that was asked for takes the request as it is."""
    sampling, kind = prompt.sampling, _thinking(prompt).get("type")
    tuned = (sampling.temperature, sampling.top_p, sampling.top_k) != (None, None, None)
    last_is_started = bool(prompt.messages) and prompt.messages[-1].role == "assistant"
    turned = any(message.role in ("system", "developer") for message in _after_first(prompt))
    return not (
        (tuned and not traits.tunable)
        or (kind == "enabled" and not traits.budgets)
        or (kind == "adaptive" and not traits.adaptive)
        or (kind == "disabled" and not traits.can_rest)
        or (sampling.reasoning_effort and sampling.reasoning_effort not in traits.efforts)
        or (prompt.response_format.kind == "json_schema" and not traits.structured)
        or (last_is_started and not traits.prefill)
        or (turned and not traits.system_turns)
    )


def _after_first(prompt: Prompt) -> tuple[Any, ...]:
    """The messages from the first turn on."""
    spoken = [m.role in ("system", "developer") for m in prompt.messages]
    return prompt.messages[spoken.index(False) :] if False in spoken else ()


def _anew(prompt: Prompt, model: str, max_tokens: int, traits: Traits, prefix: str) -> Written:
    same_wire = prompt.wire == WIRE
    conversation = conversation_of(prompt.messages, traits, prefix=prefix, same_wire=same_wire)
    tools = tool_fields(prompt, traits)
    own = _thinking(prompt) if same_wire else None
    # A budget does not go with a forced tool, nor behind calls without reasoning.
    bound = tools.is_forced or conversation.awaits_thinking
    tuning = tuning_of(
        prompt.sampling,
        replace(traits, budgets=traits.budgets and not bound),
        max_tokens,
        own=own,
        may_think=not conversation.is_prefilled,
    )
    output = _output_config(prompt, traits, tuning.effort)
    body = {
        **_carried(prompt),
        "model": model,
        "max_tokens": max_tokens,
        "messages": conversation.messages,
        "stream": True,
        **_system(prompt, conversation),
        **tools.fields,
        **tuning.fields,
        **({"output_config": output} if output else {}),
    }
    dropped = tuple(sorted(tuning.dropped))
    return Written(_encode(body), dropped, False, tools.unwrapped, conversation.tail)


def _carried(prompt: Prompt) -> dict[str, Any]:
    if prompt.wire != WIRE:
        return {}
    return {name: value for name, value in prompt.extras.items() if name not in _OWN_FIELDS}


def _thinking(prompt: Prompt) -> dict[str, Any]:
    """What the caller said about thinking in this wire's words."""
    said = prompt.extras.get("thinking") if prompt.wire == WIRE else None
    return said if isinstance(said, dict) else {}


def _output_config(prompt: Prompt, traits: Traits, effort: str) -> dict[str, Any]:
    said = prompt.extras.get("output_config") if prompt.wire == WIRE else None
    rest = said if isinstance(said, dict) else {}
    kept = {name: value for name, value in rest.items() if name not in ("format", "effort")}
    return (
        kept
        | answer_format(prompt.response_format, traits)
        | ({"effort": effort} if effort else {})
    )


def _system(prompt: Prompt, conversation: Conversation) -> dict[str, Any]:
    blocks = list(conversation.system)
    if prompt.response_format.kind == "json":
        blocks.append({"type": "text", "text": JSON_ONLY})
    return {"system": blocks} if blocks else {}
