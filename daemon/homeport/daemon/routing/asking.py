"""From a prompt to its measurements: where words end.

Everything behind this module judges an `Ask`, which holds no text.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, get_args

import msgspec

from homeport.adapters.base import (
    Audio,
    Document,
    Image,
    Labels,
    Message,
    Opaque,
    Part,
    Prompt,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from homeport.analysis import Facts, Turn, measure
from homeport.daemon.routing.held import held_by
from homeport.policies.errors import BadRequest
from homeport.policies.model import Ask, AskedStrategy, Capability, Mode, Weights
from homeport.policies.quick import changed, placer

MODES: tuple[Mode, ...] = get_args(Mode)
LONG_CHARACTERS = 200_000
CHARACTERS_A_SOUND_TOKEN = 8
"""Of base64. The densest codec in use makes 1,000 a second, the finest model 32 tokens."""
AS_A_FUNCTION = 512
"""Bytes that a tool or a call of free text grows by, at most, for a server that knows functions
alone; the text of a call is written as JSON there."""
CACHE_MARK = "cache_control"
CACHE_MARK_BYTES = CACHE_MARK.encode()
TERMS = ("service_tier", "speed")
DEARER_OR_CHEAPER = ("priority", "flex", "fast", "scale")
FREE_CHOICES = (None, "auto", "none")
CACHES = ("cachedContent", "cached_content")
HELD_ELSEWHERE = ("previous_response_id", "conversation", "prompt", "container", *CACHES)
NAMES_A_FILE = re.compile(
    rb'file_?(?:uri|data|id|url)s?"|"(?:uri|url|image_url)"|item_reference', re.I
)
STRATEGIES: tuple[AskedStrategy, ...] = get_args(AskedStrategy)


def named_by(labels: Labels) -> str:
    """The mode or policy that the caller named, by label or as `auto:<name>`."""
    if labels.model.startswith("auto:"):
        return labels.model.removeprefix("auto:")
    return labels.policy or ""


def mode_of(labels: Labels) -> Mode | None:
    """The mode that the caller named, where it is one."""
    named = named_by(labels)
    return next((mode for mode in MODES if mode == named), None) if named else None


def policy_of(labels: Labels) -> str:
    """The policy that the caller named, where it is no mode; empty for the one in force."""
    named = named_by(labels)
    return "" if named in MODES else named


def weights_of(labels: Labels) -> Weights | None:
    """What counts for the caller."""
    if labels.weights is None:
        return None
    budget, latency, quality = labels.weights
    return Weights(budget=budget, latency=latency, quality=quality)


def strategy_of(labels: Labels) -> AskedStrategy:
    """The strategy that the caller named; `auto` where none."""
    named = labels.strategy
    if not named:
        return "auto"
    for strategy in STRATEGIES:
        if named == strategy:
            return strategy
    raise BadRequest(
        f"There is no strategy {labels.strategy!r}. There is: {', '.join(STRATEGIES)}.",
        code="unknown_strategy",
        param="strategy",
    )


def part_text(part: Part) -> str:
    """The words of a part, for measuring."""
    if isinstance(part, ToolCall):
        return f"{part.name} {part.arguments}"
    if isinstance(part, Image):
        return ""
    return getattr(part, "text", "")


def by_reference(part: Part) -> bool:
    """Its size in tokens cannot be known here."""
    if isinstance(part, Text):
        return False
    if isinstance(part, ToolResult):
        return any(map(by_reference, part.attachments))
    if isinstance(part, Document):
        return not part.text
    if isinstance(part, Opaque):
        if part.value.get("type") in HELD_ELSEWHERE or not part.value.keys().isdisjoint(CACHES):
            return True
        return NAMES_A_FILE.search(msgspec.json.encode(part.value)) is not None
    return isinstance(part, Image | Audio) and not part.data


def also_needed(prompt: Prompt, kinds: Sequence[type[Part]]) -> tuple[Capability, ...]:
    """What a model has to be able to do for tools and kinds of parts that are rare."""
    needs: list[Capability] = []
    if Audio in kinds:
        needs.append("audio")
    if Document in kinds:
        needs.append("documents")
    if "server" in [tool.kind for tool in prompt.tools]:
        needs.append("server_tools")
    if prompt.tools and prompt.tool_choice not in FREE_CHOICES and _must_call(prompt):
        needs.append("required_tools")
    if prompt.completion is not None and prompt.completion.suffix:
        needs.append("fill")
    return tuple(needs)


def _must_call(prompt: Prompt) -> bool:
    from homeport.adapters.mending.tool_offer import offer_of

    return offer_of(prompt).must_call


def parts_of(prompt: Prompt) -> list[Part]:
    """Every part, those that tool results hold too."""
    parts: list[Part] = []
    for message in prompt.messages:
        for part in message.parts:
            parts.append(part)
            if isinstance(part, ToolResult):
                parts.extend(part.attachments)
    return parts


def turn_of(message: Message) -> Turn:
    """One message as the analysis takes it."""
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        return Turn(role=message.role, text=message.parts[0].text)
    return Turn(role=message.role, text="\n".join(map(part_text, message.parts)))


def hidden_bytes(prompt: Prompt, parts: Sequence[Part]) -> int:
    """Bytes of what is read beside the words, as a bound of its tokens."""
    size = encoded_size(prompt.extras)
    for part in parts:
        if isinstance(part, Thinking):
            size += len(part.signature) + len(part.redacted)
        elif isinstance(part, ToolCall):
            size += encoded_size(part.extras)
            if part.extras.get("type") == "custom":
                size += encoded_size(part.arguments)
        elif isinstance(part, Opaque):
            size += encoded_size(part.value)
        elif isinstance(part, Audio):
            size += len(part.data) // CHARACTERS_A_SOUND_TOKEN
    size += AS_A_FUNCTION * [tool.kind for tool in prompt.tools].count("custom")
    return size + sum([encoded_size(message.extras) for message in prompt.messages])


def asks_to_cache(prompt: Prompt, parts: Sequence[Part]) -> bool:
    """Whether a cache mark stands anywhere in it, as it was read."""
    if CACHE_MARK in prompt.extras:
        return True
    marked = (*prompt.messages, *prompt.tools, *parts)
    return any(CACHE_MARK in thing.extras for thing in marked if not isinstance(thing, Opaque))


def terms_of(prompt: Prompt) -> tuple[tuple[str, str], ...]:
    """What it asks for that changes its price."""
    if not prompt.extras:
        return ()
    asked = ((name, prompt.extras.get(name)) for name in TERMS)
    return tuple((name, value) for name, value in asked if value in DEARER_OR_CHEAPER)


def held_elsewhere(prompt: Prompt, parts: Sequence[Part]) -> bool:
    """Whether a part of the input, or all that went before it, is only named."""
    if True in map(by_reference, parts):
        return True
    if not prompt.extras:
        return False
    google = prompt.extras.get("google")
    named = {**prompt.extras, **google} if isinstance(google, dict) else prompt.extras
    return any(named.get(name) for name in HELD_ELSEWHERE)


def encoded_size(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(msgspec.json.encode(value)) if value else 0


def facts_of(prompt: Prompt, default_deadline_ms: int) -> Facts:
    """What the request says beside its words."""
    labels, model, deadline_ms = prompt.labels, prompt.labels.model, default_deadline_ms
    completes = prompt.completion is not None  # what goes on from a text is no answer to look at
    if labels.deadline_ms and labels.deadline_ms < deadline_ms:
        deadline_ms = labels.deadline_ms
    plain = _facts(
        0,  # tools
        0,  # images
        prompt.response_format.kind,
        encoded_size(prompt.response_format.schema),
        0,  # tools_bytes
        prompt.sampling.logprobs,
        prompt.stream,
        prompt.sampling.max_tokens,
        "auto" if model.startswith("auto:") else model,
        mode_of(labels),
        policy_of(labels),
        weights_of(labels),
        "single" if completes and not labels.strategy else strategy_of(labels),
        labels.options,
        labels.private,
        labels.max_cost_nano,
        deadline_ms,
        labels.session,
        labels.client,
        labels.tags,
        "interactive" if labels.awaited else "batch",
        False,  # input_by_reference
        0,  # hidden_bytes
        prompt.raw.find(CACHE_MARK_BYTES) >= 0,  # `in` asks bytes if they are a number
    )
    return plain if is_plain(prompt) else _with_rare(plain, prompt)


_facts = placer(Facts)


def is_plain(prompt: Prompt) -> bool:
    """It is turns of text, and nothing else that has to be looked at."""
    if prompt.tools or prompt.extras or prompt.completion is not None:
        return False
    for message in prompt.messages:
        if message.extras:
            return False
        for part in message.parts:
            if type(part) is not Text or part.extras:
                return False
    return True


def _with_rare(facts: Facts, prompt: Prompt) -> Facts:
    """What a prompt says that is more than turns of text."""
    parts = parts_of(prompt)
    kinds = [type(part) for part in parts]
    has_tools = prompt.tools or ToolCall in kinds or ToolResult in kinds
    return changed(
        facts,
        tools=max(len(prompt.tools), 1) if has_tools else 0,
        tools_bytes=encoded_size(prompt.tools),
        images=kinds.count(Image),
        input_by_reference=held_elsewhere(prompt, parts),
        hidden_bytes=hidden_bytes(prompt, parts),
        caches=facts.caches or asks_to_cache(prompt, parts),
        terms=terms_of(prompt),
        also_needs=also_needed(prompt, kinds),
        held_by=held_by(prompt, parts),
    )


async def measured(prompt: Prompt, default_deadline_ms: int) -> Ask:
    """`ask_of`, in a thread where the prompt is so long that the loop would feel it."""
    length = sum([len(p.text) for m in prompt.messages for p in m.parts if isinstance(p, Text)])
    if length <= LONG_CHARACTERS:
        return ask_of(prompt, default_deadline_ms)
    return await asyncio.to_thread(ask_of, prompt, default_deadline_ms)


def ask_of(prompt: Prompt, default_deadline_ms: int) -> Ask:
    """Measure a prompt. Raises `BadRequest` for a strategy that does not exist."""
    facts = facts_of(prompt, default_deadline_ms)
    return measure([turn_of(message) for message in prompt.messages], facts=facts)
