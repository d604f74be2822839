"""Records of decisions, measured from a prompt with words that are easy to look for."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from homeport.analysis import Facts, Turn, measure
from homeport.client.wire import RequestView
from homeport.daemon.storage.decision_log import DecisionRecord, DecisionStep
from homeport.daemon.storage.decision_parts import Parts
from homeport.daemon.storage.decision_record import packed, unpacked
from homeport.policies import decide, next_after
from homeport.policies.model import Budget, BudgetWindow, Candidate, Failure, ModelCard, Policy

WORDS = ("zanzibar", "quicksilver", "hunter2", "Ünïcødé")
PROMPT = f"Tell me about {' and '.join(WORDS)} please."
BUDGET = Budget(
    windows=(
        BudgetWindow(window="day", limit_nano=10**9, spent_nano=1, reserved_nano=2, resets_at_ms=3),
    )
)
POLICY = Policy(mode="balanced", trusted_hosts=("nas.home",), aliases=(("gpt", "auto"),))


def candidates() -> tuple[Candidate, ...]:
    small = ModelCard(
        id="llamacpp/small", provider="llamacpp", name="small", place="local", context=4096
    )
    large = ModelCard(
        id="openai/large", provider="openai", name="large", place="cloud", price_ref="openai/large"
    )
    return (
        Candidate(card=small, state="ready", quality=0.61, cost_nano=0, worst_cost_nano=0),
        Candidate(
            card=large, state="ready", quality=0.97, cost_nano=1234, worst_cost_nano=98_765,
            key="valid", first_token_ms=311, total_ms=2003,
        ),
    )  # fmt: skip


def a_record(record_id: str, at_ms: int = 1000, *, failed: bool = False) -> DecisionRecord:
    """A prompt that was measured and decided on, perhaps twice."""
    ask = measure((Turn("user", PROMPT),), facts=Facts(client="editor", session="talk"))
    given = (ask, candidates(), BUDGET, POLICY)
    first = decide(*given)
    steps = [step(at_ms, given, (), first)]
    if failed:
        history = (
            Failure(model=first.order[0].model, kind="stall", sentence="It went quiet.",
                    sent_tokens=12),
        )  # fmt: skip
        again = (dataclasses.replace(ask, answer_tokens=12), *given[1:])
        steps.append(step(at_ms + 5, again, history, next_after(*again, history)))
    view = RequestView(id=record_id, at_ms=at_ms, state="done", because=first.because)
    return DecisionRecord(view=view, ask=ask, steps=tuple(steps))


def step(at_ms: int, given: Any, history: tuple[Failure, ...], decision: Any) -> DecisionStep:
    ask, of, budget, policy = given
    return DecisionStep(
        at_ms=at_ms,
        ask=ask,
        candidates=of,
        budget=budget,
        policy=policy,
        history=history,
        decision=decision,
    )


class PartsInMemory:
    """Keeps what records share, so that they can be packed and read without a disk."""

    def __init__(self) -> None:
        self._parts = Parts()
        self.by_digest: dict[str, Any] = {}

    def digest(self, value: object) -> str:
        digest = self._parts.digest(value, 0)
        self.by_digest[digest] = msgspec.to_builtins(value)
        return digest

    def packed(self, record: DecisionRecord) -> bytes:
        return packed(record, self.digest)

    def read(self, view: bytes, steps: bytes) -> DecisionRecord:
        return unpacked(view, steps, self.by_digest)
