"""Embeddings: one exact model, and never another in its place.

Vectors of different models do not mix, so the name must say which model it is:
an id, an alias of one, a bare name that one model has, or a word such as `auto`
where exactly one embedding model may take the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from homeport.adapters.base import (
    AttemptFailed,
    Embedded,
    Embedder,
    Finish,
    Inputs,
    Limits,
    Prompt,
    Usage,
    failed,
)
from homeport.analysis import count_bound, estimate_tokens
from homeport.client.wire import RequestView
from homeport.daemon.clocks import steady
from homeport.daemon.housekeeping import guarded
from homeport.daemon.money.payment import Payments
from homeport.daemon.routing.asking import mode_of, policy_of, weights_of
from homeport.daemon.routing.attempt import GRACE_S, Attempt
from homeport.daemon.routing.once import Once, is_last, key_of
from homeport.daemon.routing.refusals import gave_up
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.routing.router import new_id, publish_end
from homeport.daemon.routing.ruled import ruled
from homeport.daemon.strategies import single
from homeport.daemon.strategies.backing_off import back_off
from homeport.policies import UnknownModel, decide, resolve
from homeport.policies.errors import BadRequest, HomeportError, NotFound
from homeport.policies.gates import VECTORS
from homeport.policies.model import Ask, Capability, ModelCard

SHOWN_MODELS = 12
"""Names in the sentence of an error, at most."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """What an embedding request gives: the vectors in the order of the inputs, and its row."""

    embedded: Embedded
    view: RequestView


# What was asked


def ask_of(inputs: Inputs, default_deadline_ms: int) -> Ask:
    """Measure the inputs: all of them are paid for, and each has the context to itself."""
    labels = inputs.labels
    estimates, bounds = _sizes(inputs)
    return Ask(
        task="data",
        difficulty=0,
        level="basic",
        checkable="free",
        language="und",
        urgency="interactive",
        input_tokens=sum(estimates),
        input_tokens_bound=sum(bounds),
        output_tokens=0,
        max_tokens=1,
        needs=("embeddings",),
        privacy="private" if labels.private else "normal",
        streams=False,
        requested_model="auto" if labels.model.startswith("auto:") else labels.model,
        mode=mode_of(labels),
        strategy="single",
        max_cost_nano=labels.max_cost_nano,
        deadline_ms=min(labels.deadline_ms or default_deadline_ms, default_deadline_ms),
        session=labels.session,
        client=labels.client,
        tags=labels.tags,
        weights=weights_of(labels),
        policy=policy_of(labels),
        longest_tokens=max(estimates),
    )


OPENING_BOUND = 8
"""Tokens that a model may put around one input."""


def _sizes(inputs: Inputs) -> tuple[list[int], list[int]]:
    estimates, bounds = [], []
    for item in inputs.inputs:
        known = not isinstance(item, str)
        estimates.append(len(item) if known else estimate_tokens(item))  # type: ignore[arg-type]
        bounds.append(OPENING_BOUND + (len(item) if known else count_bound(item)))  # type: ignore[arg-type]
    return estimates or [0], bounds or [0]


# Which model it means


def exact(ask: Ask, rooms: Rooms) -> Ask:
    """The ask for the one model that its name means.

    Raises `NotFound` for a name that no embedding model has, `BadRequest` for one that
    several have, or none alone.
    """
    cards = {model: rooms.fleet.card(model) for model in rooms.fleet.ids()}
    aliases = dict(rooms.policy_of_now().aliases)
    found = resolve(ask.requested_model, cards, aliases)
    if not isinstance(found, UnknownModel) and found.kind in ("any", "local", "cloud"):
        allowed = replace(ask, mode=ask.mode or found.mode, requested_model=found.name)
        card = _the_only_one(allowed, cards, rooms)
    else:
        card = _named(found.name, cards)
    if VECTORS.isdisjoint(card.capabilities):
        able = [model for model, it in cards.items() if "embeddings" in it.capabilities]
        raise BadRequest(
            f"{card.id} makes no embeddings. {_there_are(able)}",
            code="no_embeddings",
            param="model",
        )
    need: Capability = "embeddings" if "embeddings" in card.capabilities else "pooling"
    return replace(ask, requested_model=card.id, needs=(need,))


def _the_only_one(ask: Ask, cards: Mapping[str, ModelCard], rooms: Rooms) -> ModelCard:
    """The one that place and privacy allow; who is ready now does not count: the same
    words must not mean another model tomorrow."""
    able = [model for model, card in cards.items() if "embeddings" in card.capabilities]
    among = [model for model in able if model not in _kept_away(ask, rooms)]
    if len(among) == 1:
        return cards[among[0]]
    if not among:
        why = "None of the models that make embeddings may take this. " if able else ""
        raise NotFound(
            f"{why}{_there_are(able)}",
            code="no_embedding_model",
            param="model",
        )
    raise BadRequest(
        f"{len(among)} models make embeddings and their vectors do not mix: name one as `model`."
        f" {_there_are(among)}",
        code="ambiguous_model",
        param="model",
    )


def _kept_away(ask: Ask, rooms: Rooms) -> frozenset[str]:
    """Models that the place rules out, whatever they can do."""
    plain = [
        replace(candidate, card=replace(candidate.card, capabilities=()))
        for candidate in rooms.fleet.candidates(ask)
    ]
    asked = replace(ask, needs=())
    vetoes = decide(asked, plain, rooms.ledger.budget(ask), rooms.policy_of_now()).vetoes
    return frozenset(v.model for v in vetoes if v.gate in ("privacy", "mode", "requested", "rule"))


def _named(name: str, cards: Mapping[str, ModelCard]) -> ModelCard:
    """By id, else by a bare name that exactly one has (`:latest` may be left out)."""
    if name in cards:
        return cards[name]
    among = [card for card in cards.values() if card.name in (name, f"{name}:latest")]
    able = [card for card in among if "embeddings" in card.capabilities] or among
    if len(able) == 1:
        return able[0]
    if able:
        raise BadRequest(
            f"Several models are called {name[:200]!r} and their vectors may not mix:"
            f" name one by its id. {_there_are([card.id for card in able])}",
            code="ambiguous_model",
            param="model",
        )
    others = [card.id for card in cards.values() if "embeddings" in card.capabilities]
    raise NotFound(
        f"There is no model named {name[:200]!r} here, and embeddings are never made by another"
        f" one than asked for. {_there_are(others)}",
        code="model_not_found",
        param="model",
    )


def _there_are(ids: Sequence[str]) -> str:
    if not ids:
        return "No model that makes embeddings is known; `homeport models --list` shows all."
    shown = sorted(ids)
    more = f" and {len(shown) - SHOWN_MODELS} more" if len(shown) > SHOWN_MODELS else ""
    return f"There are: {', '.join(shown[:SHOWN_MODELS])}{more}."


# Doing it


class Embeddings:
    """Opens a request for each set of inputs."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.in_flight = 0

    def __repr__(self) -> str:
        return f"Embeddings({self.in_flight} in flight)"

    async def embed(self, inputs: Inputs, once: Once | None = None) -> Vectors:
        """One vector for each input, in order, all of one exact model. Raises `HomeportError`.

        Whatever becomes of it is paid for, announced and on its way to the log afterwards.
        """
        self.in_flight += 1
        try:
            request = await self._opened(inputs)
            request.once = once
            try:
                self._admit(request)
                embedded = await run(request, inputs, self._rooms)
                return Vectors(embedded, request.view)
            except HomeportError as error:
                error.decision = request.id
                request.change(state="failed", error=error.sentence)
                raise
            finally:
                ending = guarded(partial(self._end, request))
                await asyncio.shield(self._rooms.tasks.create_task(ending))
        finally:
            self.in_flight -= 1

    async def _opened(self, inputs: Inputs) -> Request:
        rooms = self._rooms
        asked = ask_of(inputs, int(rooms.config().timeouts.deadline_s * 1e3))
        asked = ruled(asked, rooms).ask
        await rooms.fleet.first_look()
        await self._look_at_the_cloud(asked)
        under = ruled(exact(asked, rooms), rooms)
        ask = under.ask
        payments = Payments(
            rooms.ledger, rooms.price_of, ask, rooms.clock_ms, under.policy.name, rooms.electricity
        )
        # The record of a prompt holds none of its text.
        prompt = Prompt(messages=(), labels=inputs.labels, wire=inputs.wire)
        request = Request(new_id(), prompt, ask, payments, rooms.bus, steady(rooms.clock_ms), under)
        request.decide(rooms.fleet.candidates(ask), rooms.ledger.budget(ask), under.policy)
        return request

    async def _look_at_the_cloud(self, ask: Ask) -> None:
        """Every model that may take it has to be known before a word such as `auto` is judged."""
        rooms = self._rooms
        home = "local-only" in (ask.mode, rooms.policy_of_now().mode)
        home = home or ask.privacy == "private" or ask.requested_model == "local"
        if not home and rooms.fleet.cloud_unasked and ask.requested_model not in rooms.fleet.ids():
            looking = partial(rooms.fleet.refresh, cloud=True)
            await asyncio.wait((rooms.tasks.create_task(guarded(looking)),))

    def _admit(self, request: Request) -> None:
        request.announce_decision()
        if not request.decision.order:
            raise request.refused()

    async def _end(self, request: Request) -> None:
        rooms = self._rooms
        try:
            for attempt in request.payments.open_attempts():
                if not attempt.view.outcome:
                    attempt.ended("cancelled", "the caller went away")
                rooms.fleet.end(attempt.card.id, attempt.adapter)
                await request.payments.settle(attempt, attempt.view.outcome)
        finally:
            if not request.finished:
                _show_end(request)
            publish_end(request, rooms)


def _show_end(request: Request) -> None:
    """Of a request that gave nothing."""
    request.change(
        state="failed" if request.view.error else "cancelled",
        attempts=tuple(attempt.view for attempt in request.attempts),
        total_ms=request.clock_ms() - request.arrived_ms,
        cost_nano=request.payments.cost_nano,
        certain=request.payments.certain,
    )


async def run(request: Request, inputs: Inputs, rooms: Rooms) -> Embedded:
    """The vectors. Raises `HomeportError` where the model cannot give them.

    The same model may be tried again; the gates let no other one in.
    """
    while True:
        attempt = await single.begin(request, rooms)
        try:
            return await _one_try(request, attempt, inputs, rooms)
        except AttemptFailed as caught:
            await single.note_failure(request, attempt, caught.failure, rooms)
            if request.once is not None and is_last(request, attempt, caught.failure):
                raise gave_up(request.history, request.decision) from None
        single.decide_again(request, rooms)
        await back_off(request, partial(single.decide_again, request, rooms))
        if not request.decision.order or request.seconds_left <= 0:
            raise gave_up(request.history, request.decision)


async def _one_try(request: Request, attempt: Attempt, inputs: Inputs, rooms: Rooms) -> Embedded:
    card, adapter = attempt.card, attempt.adapter
    if adapter is None:
        raise failed(card.id, "missing", f"{card.id} is not offered any more.")
    if not isinstance(adapter, Embedder):
        raise failed(card.id, "unsupported", f"{card.provider} makes no embeddings.")
    hear = single.hearing(attempt, rooms)
    permit = rooms.egress.permit(request.ask, card, adapter.origin, hear)
    limits = msgspec.structs.replace(_limits(request, rooms), key=key_of(request, attempt))
    try:
        async with asyncio.timeout(limits.deadline_s + GRACE_S):
            embedded = await adapter.embed(inputs, card, limits=limits, permit=permit)
    except TimeoutError:
        sentence = f"{card.id} was not done within {limits.deadline_s:.0f} s"
        raise failed(card.id, "deadline", sentence) from None
    if len(embedded.vectors) != len(inputs.inputs):
        raise failed(card.id, "garbage", f"{card.id} gave another number of vectors than asked.")
    wanted = inputs.dimensions
    if wanted is not None and any(len(vector) != wanted for vector in embedded.vectors):
        sentence = f"{card.id} cannot give vectors of {wanted} numbers; leave `dimensions` out."
        raise failed(card.id, "unsupported", sentence)
    attempt.finish = Finish("stop", _counted(embedded.usage, inputs), embedded.model)
    single.whole(request, attempt, rooms)
    return msgspec.structs.replace(embedded, usage=attempt.finish.usage)


def _counted(usage: Usage, inputs: Inputs) -> Usage:
    """What the server reported; an estimate over all inputs where it reported nothing."""
    if usage.input is not None:
        return msgspec.structs.replace(usage, output=usage.output or 0)
    return Usage(input=sum(_sizes(inputs)[0]), output=0, certain=False, extras=usage.extras)


def _limits(request: Request, rooms: Rooms) -> Limits:
    """Nothing comes before everything is done, so only the deadline bounds the wait."""
    left = max(0.1, request.seconds_left)
    connect_s = rooms.config().timeouts.connect_s
    return Limits(1, left, connect_s=connect_s, first_token_s=left, gap_s=left)
