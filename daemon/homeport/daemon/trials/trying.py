"""Tries one model for real: each exercise goes the way of any prompt, to this model alone.

It is reserved, paid for and logged as any other; only the candidates are narrowed to the
one model, which counts as able to do everything that is tried.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from homeport.adapters.base import Labels, Prompt
from homeport.client.wire import ProbePlan, ProbeReport, TrialView
from homeport.daemon.fleet.fleet import Fleet
from homeport.daemon.routing.asking import measured
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.routing.router import Router
from homeport.daemon.trials.exercises import Exercise, exercises, heard_of
from homeport.daemon.trials.tried import CLIENT, Finding, Outcome, Tried, version_of
from homeport.policies.errors import HomeportError, NotFound
from homeport.policies.model import Ask, Candidate, Capability, ModelCard

DEADLINE_MS = 180_000
CANNOT = frozenset({"unsupported", "rejected", "bad_call"})
"""Failures that say what the model cannot do; any other says nothing of it."""
VECTORS = frozenset({"embeddings"})


class Narrowed:
    """The fleet with one candidate, which claims what it is tried for."""

    def __init__(self, fleet: Fleet, model: str, claims: Iterable[Capability]) -> None:
        self._fleet = fleet
        self._model = model
        self._claims = tuple(claims)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fleet, name)

    def candidates(self, ask: Ask) -> list[Candidate]:
        """The one."""
        return [
            dataclasses.replace(candidate, card=self._claiming(candidate.card))
            for candidate in self._fleet.candidates(ask)
            if candidate.card.id == self._model
        ]

    def _claiming(self, card: ModelCard) -> ModelCard:
        able = tuple(sorted({*card.capabilities, *self._claims}))
        return dataclasses.replace(card, capabilities=able, lacks=())


class Trying:
    """One model on trial."""

    def __init__(self, rooms: Rooms, tried: Tried, model: str) -> None:
        """Raises `NotFound` for a model that is not offered, or makes embeddings alone."""
        self._card = _card(rooms.fleet, model)
        self._known = tried
        self._exercises = [e for e in exercises() if _is_tried(e, self._card)]
        claims = {e.ability for e in self._exercises if e.ability is not None}
        fleet = cast("Fleet", Narrowed(rooms.fleet, model, claims))
        self._rooms = dataclasses.replace(rooms, fleet=fleet)
        self._router = Router(self._rooms)

    def __repr__(self) -> str:
        return f"Trying({self._card.id}, {len(self._exercises)} exercises)"

    async def plan(self) -> ProbePlan:
        """What would be tried, and what it may cost at most."""
        worst: int | None = 0
        for exercise in self._exercises:
            ask = await measured(self._labelled(exercise.prompt), DEADLINE_MS)
            for candidate in self._rooms.fleet.candidates(ask):
                cost = candidate.worst_cost_nano
                worst = None if worst is None or cost is None else worst + cost * exercise.tries
        names = tuple(exercise.name for exercise in self._exercises)
        return ProbePlan(self._card.id, self._card.place, names, worst)

    async def run(self) -> ProbeReport:
        """Try everything, and keep what was found. Raises `HomeportError` where it may not be."""
        trials = [await self._tried(exercise) for exercise in self._exercises]
        await self._router.settled()
        at_ms = self._rooms.clock_ms()
        finding = finding_of(self._card, trials, self._exercises, at_ms)
        await asyncio.to_thread(self._known.note, self._card, finding)
        seen = self._rooms.fleet.speeds.seen(self._card.id)
        return ProbeReport(
            model=self._card.id,
            place=self._card.place,
            at_ms=at_ms,
            trials=tuple(trials),
            able=finding.able,
            unable=finding.unable,
            tokens_per_s=round(seen.tokens_per_s, 1) if seen else None,
            first_token_ms=int(seen.overhead_ms) if seen else None,
            cost_nano=_sum(trial.cost_nano for trial in trials),
        )

    async def _tried(self, exercise: Exercise) -> TrialView:
        trial = await self._once(exercise)
        cost = [trial.cost_nano]
        for _ in range(exercise.tries - 1):
            if trial.found != "no":
                break
            trial = await self._once(exercise)
            cost.append(trial.cost_nano)
        return msgspec.structs.replace(trial, cost_nano=_sum(cost))

    async def _once(self, exercise: Exercise) -> TrialView:
        try:
            async with self._router.answer(self._labelled(exercise.prompt)) as answer:
                outcome, sentence = await _outcome(answer, exercise)
        except HomeportError as error:
            if exercise.name == "answer":
                raise  # what may not be asked at all is not tried on
            return self._view(exercise, "unknown", error.sentence)
        view = answer.view
        return self._view(
            exercise, outcome, sentence, decision=answer.id, ms=view.total_ms, cost=view.cost_nano
        )

    def _view(
        self,
        exercise: Exercise,
        outcome: Outcome,
        sentence: str,
        *,
        decision: str = "",
        ms: int | None = None,
        cost: int | None = 0,
    ) -> TrialView:
        labelled = None if exercise.ability is None else _is_labelled(exercise.ability, self._card)
        return TrialView(
            name=exercise.name,
            found=outcome,
            sentence=sentence,
            labelled=labelled,
            decision=decision,
            ms=ms,
            cost_nano=cost,
        )

    def _labelled(self, prompt: Prompt) -> Prompt:
        labels = Labels(model=self._card.id, client=CLIENT, deadline_ms=DEADLINE_MS)
        return msgspec.structs.replace(prompt, labels=labels, stream=True, wire="homeport")


async def _outcome(answer: Any, exercise: Exercise) -> tuple[Outcome, str]:
    try:
        heard = heard_of([delta async for delta in answer.deltas()])
    except HomeportError as error:
        last = answer.view.attempts[-1] if answer.view.attempts else None
        cannot = last is not None and last.outcome in CANNOT
        if exercise.name == "answer":
            raise
        return ("no" if cannot else "unknown"), last.sentence if last else error.sentence
    problem = exercise.judge(heard)
    if problem and heard.reason == "length" and exercise.name == "thinking":
        return "unknown", "it was still at it when its room was used up"
    return ("no", f"{problem[:1].upper()}{problem[1:]}.") if problem else ("yes", "")


def finding_of(
    card: ModelCard, trials: Sequence[TrialView], tried: Sequence[Exercise], at_ms: int
) -> Finding:
    """Able is what succeeded in each of its exercises, unable what failed in one."""
    outcomes: dict[Capability, list[str]] = {}
    for exercise, trial in zip(tried, trials, strict=True):
        if exercise.ability is not None:
            outcomes.setdefault(exercise.ability, []).append(trial.found)
    able = [ability for ability, all_ in outcomes.items() if set(all_) == {"yes"}]
    unable = [ability for ability, all_ in outcomes.items() if "no" in all_]
    return Finding(version_of(card), at_ms, tuple(sorted(able)), tuple(sorted(unable)))


def _card(fleet: Fleet, model: str) -> ModelCard:
    try:
        card = fleet.card(model)
    except KeyError:
        known = ", ".join(fleet.ids()[:20]) or "none"
        raise NotFound(
            f"There is no model `{model[:200]}` to try. There are: {known}.",
            code="model_not_found",
            param="probe",
        ) from None
    if not VECTORS.isdisjoint(card.capabilities):
        sentence = f"{model} makes embeddings and cannot chat: there is nothing to try."
        raise NotFound(sentence, code="model_not_found", param="probe")
    return card


def _is_labelled(ability: Capability, card: ModelCard) -> bool:
    """No label tells the ways of calling tools apart."""
    said = "tools" if ability == "required_tools" else ability
    return ability in card.capabilities or said in card.capabilities


def _is_tried(exercise: Exercise, card: ModelCard) -> bool:
    claimed = {*card.capabilities, *(ability for ability, _ in card.lacks)}
    return not exercise.only_claimed or exercise.ability in claimed


def _sum(costs: Iterable[int | None]) -> int | None:
    total = 0
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total
