"""A decision as text: what the prompt needed, every candidate, every attempt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from homeport.cli.output import heading, pairs, table, write
from homeport.client.units import duration, joules, money

if TYPE_CHECKING:
    from homeport.client.wire import AttemptView, RequestView, StepView, Why


def write_needs(ask: dict[str, Any]) -> None:
    """What was measured of the prompt."""
    heading("what the prompt needs")
    pairs(_needs(ask))


def write_candidates(step: StepView) -> None:
    """Every candidate: its rank and numbers, or the gate that kept it out."""
    heading("candidates")
    ranked = [
        (
            str(rank),
            score.place,
            score.model,
            f"{score.quality:.2f}",
            duration(score.total_ms),
            money(score.cost_nano),
            money(score.worst_cost_nano),
            f"{score.utility:.3f}",
            score.note,
        )
        for rank, score in enumerate(step.order, 1)
    ]
    if ranked:
        columns = ("", "place", "model", "quality", "time", "cost", "worst", "score", "note")
        table(columns, ranked, right="rllrrrrr")
    if step.vetoes:
        table(("not", "gate", "reason"), [(v.model, v.gate, v.reason) for v in step.vetoes])
    if not ranked and not step.vetoes:
        pairs([("none", "no model is known here; homeport doctor says what would help")])


def write_rules(step: StepView) -> None:
    """What the person's rules set, and which rule did."""
    if step.rules:
        heading("rules")
        pairs(step.rules)


def write_plan(step: StepView) -> None:
    """How the answer was to be made, where by more than the first of the order."""
    plan = step.plan
    if plan is None:
        return
    heading(f"plan: {plan.strategy}")
    enough = [f"{chance:.2f}" for chance in plan.thresholds if chance]
    pairs(
        [
            ("why", plan.why),
            ("models", ", ".join(plan.models)),
            ("enough", ", ".join(dict.fromkeys(enough))),
            ("method", plan.method),
            ("judge", plan.judge),
            ("checks", ", ".join(plan.checks)),
        ]
    )


def write_branches(why: Why) -> None:
    """What was decided on each of several answers: who gives it, and why that one."""
    rows = [
        (step.branch, step.order[0].model if step.order else "nobody", step.after or step.because)
        for step in why.steps
        if step.branch
    ]
    if rows:
        heading("answers")
        table(("answer", "asked of", "because"), list(dict.fromkeys(rows)))


def write_checks(request: RequestView) -> None:
    """What each check made of an answer, in the order they were made."""
    if not request.checks:
        return
    heading("checks")
    table(
        ("check", "", "answer of", ""),
        [(one.check, _STANDS[one.passed], one.model, one.sentence) for one in request.checks],
    )


def write_cache(request: RequestView) -> None:
    """What the cache of answers did, where it was asked."""
    cache = request.cache
    if cache is None:
        return
    heading(f"cache: {cache.outcome}")
    write(cache.sentence)
    if cache.of:
        pairs([("kept", f"{duration(cache.age_ms)} ago"), ("saved", money(cache.saved_nano))])
    if cache.similarity is not None:
        pairs([("alike", f"{cache.similarity:.2f}")])


_STANDS = {True: "passed", False: "failed", None: "not told"}


def write_terms(step: StepView) -> None:
    """The parts that the scores are the sums of."""
    rows = [
        (score.model, " ".join(f"{name} {value:+.3f}" for name, value in score.terms))
        for score in step.order
        if score.terms
    ]
    if rows:
        heading("scores")
        pairs(rows)


def write_qualities(step: StepView) -> None:
    """Where each predicted quality comes from."""
    rows = [
        (score.model, f"{score.quality:.2f}, from {score.quality_source}")
        for score in step.order
        if score.quality_source
    ]
    if rows:
        heading("qualities")
        pairs(rows)


def write_attempts(request: RequestView) -> None:
    """The tries on a time line that starts with the arrival of the prompt."""
    if not request.attempts:
        return
    heading("attempts")
    table(
        ("start", "loaded", "first token", "end", "place", "model", "outcome"),
        [_attempt_row(attempt, request.at_ms) for attempt in request.attempts],
        right="rrrr",
    )


def _attempt_row(attempt: AttemptView, from_ms: int) -> tuple[str, ...]:
    sent = f", after {attempt.sent_tokens} tokens" if _failed(attempt) else ""
    said = f": {attempt.sentence}" if attempt.sentence else ""
    return (
        _since(attempt.started_ms, from_ms),
        _since(attempt.loaded_ms, from_ms),
        _since(attempt.first_token_ms, from_ms),
        _since(attempt.ended_ms, from_ms),
        attempt.place,
        attempt.model,
        f"{attempt.outcome or 'running'}{_cost(attempt)}{_charges(attempt)}{_current(attempt)}"
        f"{_cached(attempt)}"
        f"{sent}{said}",
    )


def _cost(attempt: AttemptView) -> str:
    """What is booked; and the price table's word, where the provider's own differs from it."""
    if not attempt.cost_nano:
        return ""
    booked, listed = money(attempt.cost_nano), attempt.listed_nano
    if listed is None or listed == attempt.cost_nano:
        return f" for {booked}"
    return f" for {booked} (list price {money(listed)})"


def _charges(attempt: AttemptView) -> str:
    """What else than tokens its cost is made of."""
    some, word = attempt.searches, "search" if attempt.searches == 1 else "searches"
    searches = f", {some:,} {word} of the web" if some else ""
    return searches + "".join([f", {name} {value}" for name, value in attempt.terms])


def _current(attempt: AttemptView) -> str:
    """The electricity that an answer at home took, where it is measured."""
    if not attempt.energy_mj:
        return ""
    certain = bool(attempt.energy_certain)
    price = money(attempt.energy_nano, certain=certain)
    how = "" if certain else ", estimated"
    return f", {joules(attempt.energy_mj)} of electricity ({price}{how})"


def _cached(attempt: AttemptView) -> str:
    """What its server read from a prompt cache."""
    return f", {attempt.cached_tokens:,} tokens from its cache" if attempt.cached_tokens else ""


def _failed(attempt: AttemptView) -> bool:
    return bool(attempt.sent_tokens) and attempt.outcome not in ("", "done")


def _since(at_ms: int | None, from_ms: int) -> str:
    return "" if at_ms is None else f"+{duration(max(0, at_ms - from_ms))}"


def _needs(ask: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The measurements that a person may want first; those that came, in this order."""
    task, difficulty = ask.get("task"), ask.get("difficulty")
    if task:
        by = f", by the scorer {ask['scorer']}" if ask.get("scorer") else ""
        yield "task", f"{task}, difficulty {difficulty} of 100 ({ask.get('level', '?')}){by}"
    if ask.get("input_tokens") is not None:
        yield "input", _tokens(ask["input_tokens"], ask.get("input_tokens_bound"))
    if ask.get("output_tokens") is not None:
        yield "output", _tokens(ask["output_tokens"], ask.get("max_tokens"))
    yield "features", ", ".join(ask.get("needs") or ())
    yield "privacy", "private: stays on this machine" if ask.get("privacy") == "private" else ""
    yield "asked for", _asked_for(ask)
    yield "policy", ask.get("mode") or ""
    yield "language", ask.get("language") or ""
    if ask.get("max_cost_nano") is not None:
        yield "at most", money(ask["max_cost_nano"])
    if ask.get("deadline_ms"):
        yield "deadline", duration(ask["deadline_ms"])
    yield "session", ask.get("session") or ""
    yield "tags", ", ".join(ask.get("tags") or ())


def _asked_for(ask: dict[str, Any]) -> str:
    model = ask.get("requested_model") or ""
    return "" if model == "auto" else model


def _tokens(expected: int, bound: int | None) -> str:
    most = f", at most {bound:,}" if bound else ""
    return f"about {expected:,} tokens{most}"
