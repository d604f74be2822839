"""From a decision without a candidate to the one error that explains it."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.client.units import day_and_clock, money
from homeport.policies.errors import BadRequest, HomeportError, NothingAnswered, OverBudget, Refused
from homeport.policies.model import Budget, Candidate, Decision, Failure, Veto

MONEY_GATES = frozenset({"budget", "max_cost", "limit"})
RULE_GATES = frozenset({"privacy", "mode", "requested", "rule", "price"})
READINESS_GATES = frozenset({"state", "battery", "memory", "breaker", "link", "tried", "deadline"})
BUSY_GATES = frozenset({"rate", "queue"})
NO_LIMITS = Budget()


def nothing_there() -> HomeportError:
    """No model at all."""
    return NothingAnswered(
        "There is no model to ask. `homeport models add default` fetches a small one, "
        "`homeport doctor` says what else would help.",
        code="no_model",
        status=503,
    )


def refusal(
    decision: Decision, candidates: Sequence[Candidate] = (), budget: Budget = NO_LIMITS
) -> HomeportError:
    """The error of an empty order: whose move it is follows from the gates."""
    if not decision.vetoes:
        return nothing_there()
    # Models for another purpose say nothing about why this was not answered.
    gates = {veto.gate for veto in decision.vetoes} - {"purpose"}
    if not gates:
        return with_vetoes(nothing_there(), decision.vetoes)
    sentence = as_sentence(decision.because)
    error: HomeportError
    if gates & BUSY_GATES and gates <= BUSY_GATES | READINESS_GATES | RULE_GATES:
        wait_s = free_in_s(decision.vetoes, candidates)
        error = NothingAnswered(sentence, code="busy", status=429, retry_after_s=wait_s)
    elif gates & MONEY_GATES and not (gates - MONEY_GATES - RULE_GATES - {"key"}):
        error = OverBudget(sentence + until_when(decision.vetoes, candidates, budget))
    elif gates == {"context"}:
        error = BadRequest(sentence, code="context_length_exceeded", param="messages")
    elif gates <= READINESS_GATES:
        error = NothingAnswered(sentence, code="nothing_ready", status=503)
    else:
        error = Refused(sentence)
    return with_vetoes(error, decision.vetoes)


def until_when(vetoes: Sequence[Veto], candidates: Sequence[Candidate], budget: Budget) -> str:
    """Which limit stands in the way longest of whoever costs least, and when it is over."""
    stopped = {veto.model for veto in vetoes if veto.gate == "budget"}
    worst = {c.card.id: c.worst_cost_nano or 0 for c in candidates if c.card.id in stopped}
    if not worst:
        return ""
    model = min(worst, key=lambda one: (worst[one], one))
    lacking = [w for w in budget.windows if w.covers(model) and w.left_nano < worst[model]]
    ending = [window for window in lacking if window.resets_at_ms]
    if not lacking or len(ending) < len(lacking):
        return ""
    last = max(ending, key=lambda window: window.resets_at_ms)
    whose = f" for {last.scope} {last.name}" if last.name else ""
    left, until = money(last.left_nano), day_and_clock(last.resets_at_ms)
    return f" The {last.window}'s budget{whose} has {left} left until {until}."


def free_in_s(vetoes: Sequence[Veto], candidates: Sequence[Candidate]) -> int:
    """Seconds until the first of those who are busy has room, or a place in line; at least one."""
    busy = {veto.model for veto in vetoes if veto.gate in BUSY_GATES}
    waits = [one.wait_ms // (one.queued + 1) for one in candidates if one.card.id in busy]
    return max(1, -(-min(waits, default=0) // 1000))


def gave_up(history: Sequence[Failure], decision: Decision) -> HomeportError:
    """The error after the last attempt failed."""
    last = history[-1]
    tried = "Tried " + ", then ".join(f"{f.model} ({f.sentence.rstrip('.')})" for f in history)
    status = 504 if last.kind in ("deadline", "first_token_timeout", "stall") else 502
    if all(failure.kind == "rate_limited" for failure in history):
        status = 429  # so that programs wait, as they would without this daemon between
    code = "context_length_exceeded" if last.kind == "context_overflow" else "nothing_answered"
    if code == "context_length_exceeded":
        return with_vetoes(BadRequest(f"{tried}.", code=code, param="messages"), decision.vetoes)
    retry_s = -(-last.retry_after_ms // 1000) if last.retry_after_ms else None
    error = NothingAnswered(f"{tried}.", status=status, retry_after_s=retry_s)
    return with_vetoes(error, decision.vetoes)


def with_vetoes(error: HomeportError, vetoes: Sequence[Veto]) -> HomeportError:
    """Attach the vetoes, for the wires that can show them."""
    error.vetoes = tuple(vetoes)
    return error


def as_sentence(because: str) -> str:
    """A reason that stands alone."""
    return f"{because[:1].upper()}{because[1:].rstrip('.')}."
