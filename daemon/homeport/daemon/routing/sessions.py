"""Which conversation a prompt goes on with, and which models likely still hold it warm.

A conversation is known by the header of its caller, or else by its beginning: a
keyed hash of the tools and messages up to each turn, of which those of answered
prompts are remembered; the longest that a new prompt begins with counts. The key
is drawn when the daemon starts and never leaves it, no text is kept, and the
10,000 that were used last are remembered. What is warm follows from the
beginning alone, whatever the header says: an agent that shortens its history
begins anew. Where the instructions end is remembered too, since other
conversations begin with the same ones.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec

from homeport.adapters.base import Message, Part, Prompt, Text, Tool, Usage
from homeport.daemon.routing.prompt_caches import habit_of, kept_tokens, lives_ms
from homeport.policies.model import Ask, ModelCard
from homeport.policies.quick import changed

REMEMBERED = 10_000
LONG_BYTES = 2_000_000
"""A prompt of more is hashed in a thread."""
NEWEST_WEIGHT = 0.3
"""Of the last answer, in how far a provider's cache is trusted."""
LEAST_TRUST = 0.01
LEAST_WARM = 16
"""Tokens that are worth speaking of."""
CACHE_MARK = "cache_control"
INSTRUCTIONS = ("system", "developer")

_encode = msgspec.json.Encoder(order="deterministic").encode


class Trail(msgspec.Struct, frozen=True):
    """The hashes of one prompt's beginnings, one for each message, the shortest first."""

    marks: tuple[bytes, ...] = ()
    instructions: int = 0
    """How many messages at its head are instructions."""
    instructions_share: float = 0.0
    """Of its bytes, those of the tools and the instructions."""


NO_TRAIL = Trail()


class Warm(msgspec.Struct, frozen=True, gc=False):
    """What one model keeps of one beginning."""

    tokens: int
    """By the measure of `Ask.input_tokens`."""
    until_ms: int


@dataclass(slots=True)
class Beginning:
    """One beginning that was answered."""

    session: str = ""
    """Empty for instructions, which many conversations share."""
    warm: dict[str, Warm] = field(default_factory=dict)
    """By model."""


class Sessions:
    """Owns what is remembered, in memory alone."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._key = secrets.token_bytes(32)
        self._bound = remembered
        self._beginnings: OrderedDict[bytes, Beginning] = OrderedDict()
        self._last_at_home: dict[str, frozenset[bytes]] = {}
        """Of each model that keeps one prompt, the beginnings of that one."""
        self._trust: dict[str, float] = {}
        """Share of what a model was expected to hold that its usage told of."""

    def __repr__(self) -> str:
        return f"Sessions({len(self._beginnings)} beginnings)"

    # -- before the answer

    async def trail(self, prompt: Prompt) -> Trail:
        """The prompt's beginnings."""
        size = sum([size_of(part) for message in prompt.messages for part in message.parts])
        if size <= LONG_BYTES:
            return self.trail_of(prompt)
        return await asyncio.to_thread(self.trail_of, prompt)

    def trail_of(self, prompt: Prompt) -> Trail:
        """The same, at once."""
        hashed = blake2b(digest_size=16, key=self._key)
        tools = b"".join([_encoded(unmarked(tool)) for tool in prompt.tools])
        hashed.update(tools)
        marks: list[bytes] = []
        size, head, instructions = len(tools), 0, 0
        for number, message in enumerate(prompt.messages, 1):
            data = hashed_of(message)
            size += len(data)
            hashed.update(data)
            marks.append(hashed.digest())
            if message.role in INSTRUCTIONS and instructions == number - 1:
                instructions, head = number, size
        return Trail(tuple(marks), instructions, head / (size or 1))

    def recognised(self, ask: Ask, trail: Trail, now_ms: int) -> Ask:
        """The ask with the session that it goes on with, where there is one, and what is warm."""
        session, warm = ask.session, dict[str, int]()
        for mark in reversed(trail.marks):
            known = self._beginnings.get(mark)
            if known is None:
                continue
            self._beginnings.move_to_end(mark)
            session = session or known.session
            for model, kept in known.warm.items():
                if model not in warm and self._still(model, mark, kept, now_ms):
                    warm[model] = round(kept.tokens * self._trust.get(model, 1.0))
        held = tuple(sorted([item for item in warm.items() if item[1] >= LEAST_WARM]))
        return changed(ask, session=session, warm=held) if session or held else ask

    def _still(self, model: str, mark: bytes, kept: Warm, now_ms: int) -> bool:
        last = self._last_at_home.get(model)
        return now_ms < kept.until_ms and (last is None or mark in last)

    # -- after it

    def note(self, ask: Ask, trail: Trail, card: ModelCard, usage: Usage, started_ms: int) -> None:
        """A model has read the prompt."""
        if not trail.marks or not usage.input:
            return
        self._judge(ask, card.id, usage)
        habit = habit_of(card)
        measured = ask.input_tokens / usage.input
        kept = round(kept_tokens(habit, usage) * measured)
        until_ms = started_ms + lives_ms(habit, usage)
        whole = trail.marks[-1]
        session = ask.session or f"talk-{whole.hex()[:12]}"
        self._beginning(whole, session).warm[card.id] = Warm(kept, until_ms)
        marks = {whole}
        if 0 < trail.instructions < len(trail.marks):
            mark, share = trail.marks[trail.instructions - 1], trail.instructions_share
            tokens = round(ask.input_tokens * share)
            tokens = min(kept, tokens) if tokens >= habit.least else 0
            self._beginning(mark).warm[card.id] = Warm(tokens, until_ms)
            marks.add(mark)
        if habit.keeps == "last":
            self._last_at_home[card.id] = frozenset(marks)
        while len(self._beginnings) > self._bound:
            self._beginnings.popitem(last=False)

    def displace(self, card: ModelCard) -> None:
        """A model has read something else than a prompt of a conversation."""
        if habit_of(card).keeps == "last":
            self._last_at_home[card.id] = frozenset()

    def _beginning(self, mark: bytes, session: str = "") -> Beginning:
        """What is remembered of it, as the newest."""
        known = self._beginnings.setdefault(mark, Beginning())
        self._beginnings.move_to_end(mark)
        known.session = session or known.session
        return known

    def _judge(self, ask: Ask, model: str, usage: Usage) -> None:
        """Whether the model held what it was expected to."""
        expected = dict(ask.warm).get(model, 0)
        if expected and usage.certain and usage.cache_read is not None and usage.input:
            before = self._trust.get(model, 1.0)
            told = usage.cache_read * ask.input_tokens / usage.input
            seen = min(1.0, told * before / expected)
            self._trust[model] = max(LEAST_TRUST, before + NEWEST_WEIGHT * (seen - before))


def size_of(part: Part) -> int:
    """Roughly its bytes."""
    return len(part.text) if type(part) is Text else len(getattr(part, "data", ""))


def hashed_of(message: Message) -> bytes:
    """What its hash is made of; a cache mark, which moves from turn to turn, is no part of it."""
    pieces = [_piece(part) for part in message.parts]
    sizes = " ".join([str(len(piece)) for piece in pieces])
    return b"".join((f"{message.role} {sizes}\n".encode(), *pieces))


def _piece(part: Part) -> bytes:
    if type(part) is Text and not part.citations and part.extras.keys() <= {CACHE_MARK}:
        return part.text.encode("utf-8", "surrogatepass")
    return _encoded(unmarked(part))


def _encoded(part: Part | Tool) -> bytes:
    try:
        return _encode(part)
    except (TypeError, ValueError, OverflowError):  # half a character, a number beyond any wire
        return repr(part).encode("utf-8", "surrogatepass")


def unmarked(thing: Part | Tool) -> Part | Tool:
    """The same without its cache mark."""
    extras: Mapping[str, Any] = getattr(thing, "extras", {})
    if CACHE_MARK not in extras:
        return thing
    kept = {name: value for name, value in extras.items() if name != CACHE_MARK}
    return msgspec.structs.replace(thing, extras=kept)
