"""Prompts that come again: the same words in the same session within a minute.

Asked again, most likely because the answer was no good: weak evidence, since it
may be a program that wants another sample. Only what has the look of a person
talking counts: a session, a turn that was answered, or our own clients; a program
that sends one prompt over and over is only a program. Prompts are told apart by a hash under
a key that this process alone has; no text is kept. What comes more often than
`MOST` times is a program's doing, and counts no further.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from homeport.adapters.base import Prompt, Text
from homeport.client.wire import RequestView
from homeport.daemon.learning.outcome import Outcome
from homeport.daemon.trials.tried import CLIENT as TRIALS
from homeport.policies.model import Ask, ModelCard

OURS = "homeport"
"""The client that `homeport ask` and `homeport chat` name."""
WITHIN_MS = 60_000
MOST = 2
REMEMBERED = 2000
LONGEST = 4000
"""Characters of a message that are looked at, half at its beginning and half at its end."""


class Answered(Struct, frozen=True):
    """One prompt that was answered."""

    decision: str
    card: ModelCard
    ask: Ask
    ended_ms: int
    again: int = 0
    """How often it has come again."""
    raw: float | None = None


class Retries:
    """Remembers what was answered a moment ago."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._answered: OrderedDict[bytes, Answered] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Retries {len(self._answered)} prompts>"

    def mark(self, prompt: Prompt) -> bytes:
        """What tells a prompt from others: who asks, in which session, and every word.

        Empty for what says nothing when it comes again.
        """
        labels = prompt.labels
        if labels.client == TRIALS:  # each model is tried with the same prompts
            return b""
        if not (labels.session or labels.client == OURS or _is_conversation(prompt)):
            return b""
        who = f"{labels.client}\0{labels.session}".encode("utf-8", "surrogatepass")
        digest = blake2b(who, digest_size=16, key=self._key)
        for message in prompt.messages:
            for part in message.parts:
                text = part.text if isinstance(part, Text) else type(part).__name__
                digest.update(f"\0{message.role}\0{len(text)}\0".encode())
                digest.update(_ends(text).encode("utf-8", "surrogatepass"))
        return digest.digest()

    def note_answered(
        self, mark: bytes, card: ModelCard, ask: Ask, view: RequestView, now_ms: int
    ) -> None:
        """A prompt has its whole answer."""
        if not mark:
            return
        before = self._answered.pop(mark, None)
        again = before.again if before and now_ms - before.ended_ms <= WITHIN_MS else 0
        self._answered[mark] = Answered(view.id, card, ask, now_ms, again, view.raw_confidence)
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)

    def asked(self, mark: bytes, now_ms: int) -> tuple[Outcome, ModelCard] | None:
        """A prompt comes: what that says of the answer it had, if it had one just now."""
        before = self._answered.get(mark)
        if before is None or now_ms - before.ended_ms > WITHIN_MS:
            return None
        self._answered[mark] = replace(before, again=before.again + 1)
        if before.again >= MOST:
            return None
        outcome = Outcome(
            at_ms=now_ms,
            decision=before.decision,
            model=before.card.id,
            task=before.ask.task,
            difficulty=before.ask.difficulty,
            source="retry",
            good=0.0,
            raw=before.raw,
        )
        return outcome, before.card


def _is_conversation(prompt: Prompt) -> bool:
    return any(message.role == "assistant" for message in prompt.messages)


def _ends(text: str) -> str:
    """The whole of a text, or its beginning and its end."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else text[:half] + text[-half:]
