"""From a prompt to the key that its answer is kept under.

Everything that an answer could depend on is in it, in one order of fields and one way
of writing numbers: the conversation with its images and tools, what shapes the answer,
which model and strategy were asked for. Left out is what changes no answer: how it is
delivered, who asks, what may be spent, and marks for a provider's own cache. Which door it
came by is left out too where the prompt says all that its caller did; where its body says
more (`plain.py`), an upstream of the same wire is sent that, and both are in the key.

The digest is keyed by a secret of this installation, so that nobody who holds the
database alone can try prompts against it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from homeport.adapters.base import CacheWish, Labels, Message, Prompt, Text, Tool
from homeport.daemon.caching.plain import is_told_whole
from homeport.daemon.storage.files import write_whole

VERSION = 2
LONG_CHARACTERS = 200_000
SECRET_BYTES = 32
DELIVERY = frozenset(
    {"homeport", "stream", "stream_options", "user", "metadata", "safety_identifier"}
    | {"prompt_cache_key", "prompt_cache_retention", "store", "keep_alive"}
)
"""Fields at the top of a body that change no answer."""
CONVERSATION = frozenset({"messages", "input", "contents", "prompt"})
"""Fields at the top of a body that hold the words."""
MARK = "cache_control"
OF_MARKS = frozenset({"type", "ttl"})
MOST_COMPARED = 20_000
"""Characters of last words that are compared with others."""
ELSEWHERE = "what is said last is told apart"
"""In the place of the last words, where what surrounds them is to be compared alone."""

_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(prompt: Prompt, namespace: str = "") -> bytes:
    """The prompt as JSON that does not depend on how it was written."""
    body = _body(prompt.raw)
    return _encode(_told(prompt, namespace) | _of_the_door(prompt, body, body))


def _told(prompt: Prompt, namespace: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "namespace": namespace,
        "labels": _labels(prompt.labels),
        "messages": _plain(prompt.messages),
        "tools": [_tool(tool) for tool in prompt.tools],
        "tool_choice": _plain(prompt.tool_choice),
        "parallel_tool_calls": prompt.parallel_tool_calls,
        "response_format": _plain(prompt.response_format),
        "sampling": _plain(prompt.sampling),
        "completion": _plain(prompt.completion),
    }


def _of_the_door(prompt: Prompt, body: Any, told: Any) -> dict[str, Any]:
    """What is to be the same beside the prompt itself: nothing, or all that came by its door.

    `told` is what counts of the body.
    """
    extras = _without_delivery(prompt.extras)
    if is_told_whole(prompt, extras, body):
        return {}
    forward = sorted(prompt.forward)
    return {"wire": prompt.wire, "extras": extras, "forward": forward, "raw": told}


def _tool(tool: Tool) -> Any:
    """A function is the same by whatever wire it came."""
    whose = tool.wire if tool.kind != "function" else ""
    return _plain(msgspec.structs.replace(tool, wire=whose))


def near(prompt: Prompt, namespace: str = "") -> bytes:
    """The same for all prompts whose last words may say the same; all else has to be the same."""
    from homeport.analysis.sameness import plainest

    return _around(prompt, namespace, {"words": plainest(last_words(prompt) or "")})


def around(prompt: Prompt, namespace: str = "") -> bytes:
    """The same for all prompts that differ in their last words alone."""
    return _around(prompt, namespace, {})


def _around(prompt: Prompt, namespace: str, words: dict[str, str]) -> bytes:
    emptied = msgspec.structs.replace(prompt, messages=_emptied(prompt.messages))
    body = _body(prompt.raw)
    beside = {n: body[n] for n in body.keys() - CONVERSATION} if isinstance(body, dict) else body
    told = _told(emptied, namespace) | _of_the_door(prompt, body, beside)
    return _encode(told | words)


def _emptied(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Without what is said last; who says it, and how, stays."""
    *before, last = messages
    parts = [
        msgspec.structs.replace(part, text=ELSEWHERE) if isinstance(part, Text) else part
        for part in last.parts
    ]
    return (*before, msgspec.structs.replace(last, parts=tuple(parts)))


def last_words(prompt: Prompt) -> str | None:
    """What the person said last, where that is plain text alone, and not too long to compare."""
    if not prompt.messages or prompt.completion is not None:
        return None
    last = prompt.messages[-1]
    if last.role != "user" or len(last.parts) != 1 or not isinstance(last.parts[0], Text):
        return None
    text = last.parts[0].text
    return text if text.strip() and len(text) <= MOST_COMPARED else None


def _labels(labels: Labels) -> dict[str, Any]:
    return {
        "model": labels.model,
        "policy": labels.policy,
        "strategy": labels.strategy,
        "weights": labels.weights,
        "options": _plain(labels.options),
        "private": labels.private,
        "tests": labels.tests,
    }


def _plain(value: Any) -> Any:
    return _normal(msgspec.to_builtins(value))


def _body(raw: bytes) -> Any:
    """The body as values; the bytes where they are no JSON."""
    try:
        body = msgspec.json.decode(raw) if raw else None
    except (msgspec.DecodeError, RecursionError):
        return raw.hex()
    return _without_delivery(body) if isinstance(body, dict) else _normal(body)


def _without_delivery(fields: Mapping[str, Any]) -> Any:
    return _normal({name: fields[name] for name in fields if name not in DELIVERY})


def _normal(value: Any) -> Any:
    """One way to write each value: 1.0 is 1, and marks for a provider's cache are left out."""
    if isinstance(value, dict):
        return {name: _normal(one) for name, one in value.items() if not _is_mark(name, one)}
    if isinstance(value, list | tuple):
        return [_normal(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _is_mark(name: str, value: Any) -> bool:
    """Whether this is a cache mark, and not a field of somebody's schema with that name."""
    is_mark = name == MARK and isinstance(value, dict) and value.get("type") == "ephemeral"
    return is_mark and value.keys() <= OF_MARKS


class Keys:
    """Makes keys. Owns the secret, which is made at its first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._secret = b""
        self._reading = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Keys({self._path})"

    async def of(self, prompt: Prompt, wish: CacheWish) -> bytes:
        """The key of the whole prompt. Raises `OSError` where the secret cannot be kept."""
        return await self._digested(canonical, prompt, wish)

    async def of_meaning(self, prompt: Prompt, wish: CacheWish) -> bytes | None:
        """The key of all prompts that may say the same; None where words alone do not say it."""
        if last_words(prompt) is None:
            return None
        return await self._digested(near, prompt, wish)

    async def of_surroundings(self, prompt: Prompt, wish: CacheWish) -> bytes | None:
        """The key of all prompts with other last words; None as for `of_meaning`."""
        if last_words(prompt) is None:
            return None
        return await self._digested(around, prompt, wish)

    async def _digested(self, read: Any, prompt: Prompt, wish: CacheWish) -> bytes:
        if not self._secret:
            async with self._reading:
                self._secret = await asyncio.to_thread(secret_of, self._path)

        def digested() -> bytes:
            return hmac.digest(self._secret, read(prompt, wish.namespace), hashlib.sha256)

        if len(prompt.raw) + _length(prompt) > LONG_CHARACTERS:
            return await asyncio.to_thread(digested)
        return digested()


def _length(prompt: Prompt) -> int:
    parts = [part for message in prompt.messages for part in message.parts]
    return sum(len(getattr(part, "text", "")) + len(getattr(part, "data", "")) for part in parts)


def secret_of(path: Path) -> bytes:
    """The secret that is kept there, for the owner alone; a fresh one where there is none."""
    with contextlib.suppress(OSError, ValueError):
        kept = bytes.fromhex(path.read_text("ascii").strip())
        if len(kept) == SECRET_BYTES:
            return kept
    fresh = secrets.token_bytes(SECRET_BYTES)
    write_whole(path, fresh.hex() + "\n", mode=0o600)
    return fresh
