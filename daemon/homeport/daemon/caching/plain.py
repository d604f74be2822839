"""Whether a body says no more than the prompt that was read from it.

Then what was asked is the same whichever door it came by, and an answer to it is told on any
of them. A field that is not in these tables may be read by a provider of that wire: such a
prompt is told apart by its body, and stays with its door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.base import Prompt

ANYTHING: Final = object()
"""Carried whole by the prompt."""
SCALAR: Final = None


def _one_of(*words: str) -> frozenset[str]:
    return frozenset(words)


def _scalars(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), SCALAR)


_MARKED = {"cache_control": ANYTHING}
_TEXT = {"type": _one_of("text"), "text": SCALAR, **_MARKED}

_CHAT_PARTS = (
    _TEXT,
    {"type": _one_of("image_url"), "image_url": (SCALAR, {"url": SCALAR}), **_MARKED},
)
_CHAT_CALL = {
    "id": SCALAR,
    "type": _one_of("function"),
    "function": {"name": SCALAR, "arguments": SCALAR},
}
_CHAT = {
    **_scalars("model temperature top_p top_k min_p repeat_penalty seed max_tokens"),
    **_scalars("max_completion_tokens presence_penalty frequency_penalty parallel_tool_calls"),
    **_scalars("reasoning_effort logprobs top_logprobs n"),
    "stop": ANYTHING,
    "tool_choice": ANYTHING,
    "messages": [
        {
            **_scalars("role name tool_call_id"),
            "content": (SCALAR, [(SCALAR, *_CHAT_PARTS)]),
            "tool_calls": (SCALAR, [_CHAT_CALL]),
        }
    ],
    "tools": (
        SCALAR,
        [
            {
                "type": _one_of("function"),
                "function": {**_scalars("name description strict"), "parameters": ANYTHING},
            }
        ],
    ),
    "response_format": (
        SCALAR,
        {"type": SCALAR, "json_schema": {**_scalars("name strict"), "schema": ANYTHING}},
    ),
}

_BLOCKS = (
    _TEXT,
    {
        "type": _one_of("image"),
        "source": {"type": _one_of("base64"), "media_type": SCALAR, "data": SCALAR},
        **_MARKED,
    },
    {"type": _one_of("tool_use"), "id": SCALAR, "name": SCALAR, "input": ANYTHING, **_MARKED},
    {
        "type": _one_of("tool_result"),
        **_scalars("tool_use_id content is_error"),
        **_MARKED,
    },
)
_MESSAGES = {
    **_scalars("model max_tokens temperature top_p top_k"),
    "stop_sequences": ANYTHING,
    "system": (SCALAR, [_TEXT]),
    "messages": [{"role": SCALAR, "content": (SCALAR, [_BLOCKS])}],
    "tools": (
        SCALAR,
        [{**_scalars("name description strict"), "input_schema": ANYTHING, **_MARKED}],
    ),
    "tool_choice": (
        SCALAR,
        {
            "type": _one_of("auto", "any", "none", "tool"),
            "name": SCALAR,
            "disable_parallel_tool_use": SCALAR,
        },
    ),
}

_RESPONSES = {
    **_scalars("model instructions temperature top_p max_output_tokens background"),
    "input": (
        SCALAR,
        [
            {
                "type": _one_of("message"),
                "role": SCALAR,
                "content": (SCALAR, [{"type": _one_of("input_text"), "text": SCALAR}]),
            }
        ],
    ),
}
"""Without tools: they are strict here unless it is said, and nowhere else."""

_GEMINI = {
    "contents": [{"role": SCALAR, "parts": [{"text": SCALAR}]}],
    "systemInstruction": {"role": SCALAR, "parts": [{"text": SCALAR}]},
    "generationConfig": {
        **_scalars("temperature topP topK maxOutputTokens seed presencePenalty frequencyPenalty"),
        "stopSequences": ANYTHING,
    },
}
"""Without tools: their schemas are written in words of its own."""

_OLLAMA = {
    **_scalars("model prompt system"),
    "messages": [_scalars("role content")],
    "options": {
        **_scalars("temperature top_k top_p min_p seed num_predict repeat_penalty"),
        **_scalars("presence_penalty frequency_penalty"),
        "stop": ANYTHING,
    },
    "format": ANYTHING,
}

SHAPES: Mapping[str, Mapping[str, Any]] = {
    "openai-chat": _CHAT,
    "anthropic": _MESSAGES,
    "openai-responses": _RESPONSES,
    "gemini": _GEMINI,
    "ollama": _OLLAMA,
}
"""By wire, what of a body the prompt has nouns for."""
VERSION_HEADER = "anthropic-version"
"""Says how the wire is written, and changes no answer."""


def is_told_whole(prompt: Prompt, extras: object, body: object) -> bool:
    """Whether the nouns of a prompt say all that its caller did.

    `extras` and `body` are its own, without what changes no answer; None for no body.
    """
    if extras or any(name != VERSION_HEADER for name, _ in prompt.forward):
        return False
    if body is None:
        return True
    shape = SHAPES.get(prompt.wire)
    return shape is not None and says_no_more(body, shape) and not _has_no_one_bound(body)


def _has_no_one_bound(body: Any) -> bool:
    """Whether the longest answer is told twice, or is none, of which the prompt tells less."""
    if {"max_tokens", "max_completion_tokens"} <= body.keys():
        return True
    options = body.get("options")
    bounds = (body.get("max_tokens"), options.get("num_predict") if options else None)
    return any(bound is not None and bound < 1 for bound in bounds)


def says_no_more(value: object, shape: object) -> bool:
    """Whether a value has no field and no kind of thing beside those of a shape."""
    if shape is ANYTHING:
        return True
    if isinstance(shape, tuple):
        return any(says_no_more(value, one) for one in shape)
    if isinstance(shape, frozenset):
        return isinstance(value, str) and value in shape
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            name in shape and says_no_more(one, shape[name]) for name, one in value.items()
        )
    if isinstance(shape, list):
        return isinstance(value, list) and all(says_no_more(one, shape[0]) for one in value)
    return not isinstance(value, dict | list)
