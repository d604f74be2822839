"""What came of a prompt."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.client.wire import AnswerView, AskResult, AttemptView, CheckView


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: its text, where it came from, and what it took."""

    text: str
    model: str
    """Whose answer it is."""
    place: str
    """`local`, `lan` or `cloud`."""
    strategy: str
    cost: float | None
    """US dollars, all models together; None is unknown."""
    certain: bool
    """False where the cost is an estimate."""
    latency: float
    """Seconds, to the last word."""
    first_token: float | None
    """Seconds, to the first word."""
    confidence: float | None
    """0 to 1; None is unknown."""
    input_tokens: int | None
    output_tokens: int | None
    models: tuple[str, ...]
    """Every model that was asked, in that order."""
    attempts: tuple[AttemptView, ...]
    answers: tuple[AnswerView, ...]
    """Every answer, where several were given."""
    checks: tuple[CheckView, ...]
    """What was found of the answers, in the order of the checks."""
    because: str
    """Why this model, in a sentence."""
    decision: str
    """The id that `why` takes."""
    timestamp: str
    """When it was asked: ISO 8601, UTC."""
    metadata: dict[str, Any]
    """What else the daemon said."""

    def whole_answer(self, answer: int | None) -> int | None:
        """The place among the answers that came whole, as feedback counts them."""
        if answer is None:
            return None
        whole = [attempt.model for attempt in self.attempts if attempt.outcome == "done"]
        return whole.index(self.answers[answer].model)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.decision}: {self.model}, {len(self.text)} letters)"


def facts_of(result: AskResult) -> dict[str, Any]:
    """The fields of a `Result`."""
    said = result.metadata
    first_ms = said.get("first_token_ms")
    return {
        "text": result.response,
        "model": result.model_used,
        "place": result.place,
        "strategy": result.strategy,
        "cost": result.cost,
        "certain": bool(said.get("certain", True)),
        "latency": result.latency,
        "first_token": None if first_ms is None else first_ms / 1e3,
        "confidence": result.confidence,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "models": _models(result),
        "attempts": result.attempts,
        "answers": result.answers,
        "checks": result.checks,
        "because": str(said.get("because") or ""),
        "decision": result.decision,
        "timestamp": result.timestamp,
        "metadata": said,
    }


def _models(result: AskResult) -> tuple[str, ...]:
    tried = [attempt.model for attempt in result.attempts]
    named = [*tried, *result.ensemble_models, result.model_used]
    return tuple(dict.fromkeys(name for name in named if name))
