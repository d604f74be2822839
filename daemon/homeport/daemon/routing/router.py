"""Takes a prompt, decides, and gives its answer: the way of one request.

Longer than other modules: an answer's beginning and its end, in the books too, belong together.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from homeport.adapters.base import Delta, OnCut, Prompt
from homeport.client.wire import AnswerView, RequestView, Settled, Why
from homeport.daemon.clocks import steady
from homeport.daemon.housekeeping import guarded
from homeport.daemon.money.payment import Payments
from homeport.daemon.routing.answering import answer_views
from homeport.daemon.routing.asking import measured
from homeport.daemon.routing.counting import Counted, counted
from homeport.daemon.routing.explaining import explain
from homeport.daemon.routing.once import Once
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.routing.ruled import ruled
from homeport.daemon.strategies.choosing import answer_of
from homeport.policies import UnknownModel, resolve
from homeport.policies.errors import BadRequest, HomeportError, NotFound
from homeport.policies.model import NO_OPTIONS, Ask, Decision, Plan

if TYPE_CHECKING:
    from homeport.daemon.caching.visit import Visit
    from homeport.daemon.routing.attempt import Attempt

log = logging.getLogger("homeport.router")

ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in ID_ALPHABET for second in ID_ALPHABET)
"""Two symbols for each ten bits."""
_last_number = 0


def new_id() -> str:
    """Short, sortable by time, and safe to say aloud: 9 symbols of time and 5 of chance.

    Of two in the same millisecond the later is the larger, so that none comes twice.
    """
    global _last_number
    number = (time.time_ns() // 1_000_000) << 25 | random.getrandbits(25)
    number = _last_number = max(number, _last_number + 1)
    return "".join([_PAIRS[number >> shift & 1023] for shift in (60, 50, 40, 30, 20, 10, 0)])


class Answer:
    """One answer as it comes. Iterate over `deltas()` once."""

    def __init__(self, request: Request, rooms: Rooms, visit: Visit | None = None) -> None:
        """`visit` is its visit to the cache of answers."""
        self._request = request
        self._rooms = rooms
        self._visit = visit
        told = visit.deltas(request, rooms) if visit is not None else answer_of(request, rooms)
        self._deltas = told
        self.settled = asyncio.Event()
        """It is paid for, announced and on its way to the log."""

    def __repr__(self) -> str:
        return f"Answer({self._request!r})"

    @property
    def id(self) -> str:
        """What `homeport why` takes."""
        return self._request.id

    @property
    def view(self) -> RequestView:
        """As it stands."""
        return self._request.view

    @property
    def decision(self) -> Decision:
        """The latest."""
        return self._request.decision

    @property
    def used_demonstration(self) -> bool:
        """Only a demonstration model answered."""
        answered = self._request.answered
        return answered is not None and answered.card.demonstration

    @property
    def sent_away(self) -> list[Attempt]:
        """The attempts that left this machine."""
        return [one for one in self._request.all_attempts if one.card.place != "local"]

    @property
    def answers(self) -> tuple[AnswerView, ...]:
        """Every answer, where the strategy asked for several; empty where it did not."""
        return answer_views(self._request)

    @property
    def plan(self) -> Plan:
        """How it was to be made."""
        decisions = [step.decision for step in self._request.steps]
        return next((one for one in decisions if one.order), decisions[0]).plan

    def deltas(self) -> AsyncIterator[Delta]:
        """Every delta, the last one a `Finish`. Raises `HomeportError` where it fails."""
        return self._deltas

    async def stop(self) -> None:
        """End the attempt that runs, where the caller went away."""
        try:
            await self._deltas.aclose()
        finally:
            if self._visit is not None:
                self._visit.ended()
        for attempt in self._request.payments.open_attempts():
            if not attempt.view.outcome:
                attempt.ended("cancelled", "the caller went away")

    def remember(self) -> None:
        """Who has read the prompt, for the next turn of its conversation."""
        request, sessions = self._request, self._rooms.sessions
        readers = request.read_by
        for attempt in request.all_attempts:
            if attempt in readers:
                usage, started_ms = attempt.usage(request.ask.input_tokens), attempt.view.started_ms
                sessions.note(request.ask, request.trail, attempt.card, usage, started_ms)
            elif attempt.sent_tokens:
                sessions.displace(attempt.card)

    def end_soon(self, ended: Callable[[Answer], None]) -> None:
        """Let go of its models, and `settle_soon`: in spare time, where that sets no money free."""
        request, rooms = self._request, self._rooms
        unpaid = request.payments.open_attempts()
        for attempt in unpaid:
            rooms.fleet.end(attempt.card.id, attempt.adapter)
        if unpaid and not any(request.payments.holds_money(one) for one in unpaid):
            rooms.spare.do(partial(self.settle_soon, ended))
        else:
            self.settle_soon(ended)

    def settle_soon(self, ended: Callable[[Answer], None]) -> None:
        """Pay for what is open, announce the end, and write the decision down.

        The caller has the answer: it does not wait for the books.
        """
        payments, go_on = self._request.payments, partial(self.settle_soon, ended)
        unpaid = payments.open_attempts()
        try:
            if unpaid:
                payments.settle_soon(unpaid[0], unpaid[0].view.outcome, go_on)
                return
            if payments.is_writing:
                payments.when_written(go_on)
                return
        except Exception:
            log.exception("the end of %s could not be booked", self.id)
        try:
            self._show_end()
        finally:
            ended(self)
            self.settled.set()

    def _show_end(self) -> None:
        request = self._request
        if not request.finished:
            state = "failed" if request.view.error else "cancelled"
            usage = request.total_usage()
            request.change(
                state=state,
                attempts=request.attempt_views,
                total_ms=request.clock_ms() - request.arrived_ms,
                output_tokens=usage.output,
                cost_nano=request.payments.cost_nano,
                certain=request.payments.certain,
            )
        publish_end(request, self._rooms)

    def result_metadata(self) -> dict[str, Any]:
        """What `homeport ask --json` says beside the answer."""
        view = self.view
        decode_ms = (view.total_ms or 0) - (view.first_token_ms or 0)
        rate = None
        alone = view.strategy in ("single", "cheapest")
        fresh = view.cache is None or not view.cache.of
        if alone and fresh and view.output_tokens and view.output_tokens > 1 and decode_ms > 0:
            rate = round(1e3 * (view.output_tokens - 1) / decode_ms, 1)
        return {
            "because": view.because,
            "first_token_ms": view.first_token_ms,
            "tokens_per_s": rate,
            "cost_nano": view.cost_nano,
            "certain": view.certain,
            "task": view.task,
            "difficulty": view.difficulty,
            "mode": view.mode,
            "demonstration": self.used_demonstration,
            "advice": self._advice(),
        }

    def _advice(self) -> str:
        """What would have given a better answer; empty where nothing is to be said."""
        better = self._rooms.better_model() if self.used_demonstration else ""
        if not better:
            return ""
        return (
            "This came from a demonstration model; do not rely on it. "
            f"`homeport models add {better}` gets one that this machine can run well."
        )


def publish_end(request: Request, rooms: Rooms) -> None:
    """Announce the end and log the decision."""
    if request.finished and request.mark:
        by = [one for one in request.all_attempts if one.card.id == request.view.model]
        for attempt in by[-1:]:
            rooms.learned.answered(request.mark, attempt.card, request.ask, request.view)
    if request.steps:
        rooms.pacer.learn(request.view, request.steps[0].decision)
    rooms.bus.publish(Settled, request=request.view, spend=rooms.spend_view)
    rooms.decisions.record(request.record())


class Router:
    """Opens a request for each prompt."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._settling: set[Answer] = set()
        self.in_flight = 0

    def __repr__(self) -> str:
        return f"Router({self.in_flight} in flight)"

    async def settled(self) -> None:
        """Wait until every answer that has ended is paid for and logged."""
        self._rooms.spare.hurry()
        for answer in tuple(self._settling):
            await answer.settled.wait()

    def answer(self, prompt: Prompt, once: Once | None = None) -> Answering:
        """What `async with` takes for an answer. Raises `HomeportError` where there can be none."""
        return Answering(self, prompt, once)

    async def begin(self, prompt: Prompt, once: Once | None = None) -> Answer:
        """Decide on a prompt; the answer has to be ended."""
        self.in_flight += 1
        try:
            request, visit = await self._open(prompt)
            request.once = once
            return Answer(request, self._rooms, visit)
        except BaseException:
            self.in_flight -= 1
            raise

    async def end(self, answer: Answer) -> None:
        """Stop it where it still runs, and let it settle."""
        try:
            await answer.stop()
        finally:
            self.in_flight -= 1
            self._settling.add(answer)
            answer.end_soon(self._settling.discard)
            answer.remember()

    async def _open(self, prompt: Prompt) -> tuple[Request, Visit | None]:
        request = await self._decided(prompt)
        visit = None
        if prompt.labels.cache is not None or self._rooms.config().cache.exact:
            visit = await self._visited(request)
        if visit is None or not visit.answers:
            request.mark = self._rooms.learned.asked(prompt)
        request.announce_decision()
        answered = visit is not None and visit.answers
        if not request.decision.order and not answered and not self._asks_for_a_raise(request):
            if visit is not None:
                visit.ended()
            self._give_up(request, request.refused())
        return request, visit

    async def _visited(self, request: Request) -> Visit | None:
        """What the cache of answers has for it."""
        try:
            return await self._rooms.caching().visit(request, self._rooms)
        except HomeportError as error:
            request.announce_decision()
            self._give_up(request, error)

    def _give_up(self, request: Request, error: HomeportError) -> NoReturn:
        """There is no answer, and none was begun."""
        error.decision = request.id
        request.change(
            state="failed",
            error=error.sentence,
            cost_nano=0,
            total_ms=request.clock_ms() - request.arrived_ms,
        )
        publish_end(request, self._rooms)
        raise error

    def _asks_for_a_raise(self, request: Request) -> bool:
        """Whether it waits at a limit for the person's word, instead of being refused."""
        if self._rooms.policy_of_now().at_limit != "ask":
            return False
        from homeport.daemon.strategies.at_limit import has_question

        return has_question(request, self._rooms)

    async def explain(self, prompt: Prompt) -> Why:
        """What would be decided on a prompt: a dry run that nobody else sees."""
        request = await self._decided(prompt)
        return explain(request.record(), "not-logged")

    async def foreseen(self, prompt: Prompt) -> tuple[Ask, Decision]:
        """What would be decided on a prompt, which nobody sees."""
        request = await self._decided(prompt)
        return request.ask, request.decision

    async def has_kept(self, prompt: Prompt) -> bool:
        """Whether the cache of answers would answer it; nothing is begun, counted or shown."""
        if prompt.labels.cache is None and not self._rooms.config().cache.exact:
            return False
        return await self._rooms.caching().has(await self._decided(prompt), self._rooms)

    async def count(self, prompt: Prompt) -> Counted:
        """How many tokens it is for the model that would answer; nothing is answered or shown."""
        return await counted(await self._decided(prompt), self._rooms)

    async def _decided(self, prompt: Prompt) -> Request:
        rooms = self._rooms
        ask = await measured(prompt, int(rooms.config().timeouts.deadline_s * 1e3))
        ask = await rooms.scorer.rescored(prompt, ask)
        trail = await rooms.sessions.trail(prompt)
        ask = rooms.sessions.recognised(ask, trail, rooms.clock_ms())
        await rooms.ledger.meet(ask)
        under = ruled(ask, rooms)
        ask = under.ask
        await rooms.fleet.first_look()
        await self._look_at_the_cloud(ask)
        self._check_name(ask)
        payments = Payments(
            rooms.ledger, rooms.price_of, ask, rooms.clock_ms, under.policy.name, rooms.electricity
        )
        calibrate = rooms.learned.confidence
        clock_ms = steady(rooms.clock_ms)
        request = Request(new_id(), prompt, ask, payments, rooms.bus, clock_ms, under, calibrate)
        request.trail = trail
        request.on_cut = on_cut_of(prompt, rooms.config().on_cut)
        request.decide(rooms.fleet.candidates(ask), under.budget, under.policy)
        return request

    async def _look_at_the_cloud(self, ask: Ask) -> None:
        """The first prompt that may leave has the cloud asked for its models.

        Nothing is asked at start-up. The prompt waits only where it needs the answer.
        """
        rooms, name = self._rooms, ask.requested_model
        if not rooms.fleet.cloud_unasked or ask.privacy == "private" or name == "local":
            return
        if "local-only" in (ask.mode, rooms.policy_of_now().mode):
            return
        ids = rooms.fleet.ids()
        asking = rooms.tasks.create_task(guarded(partial(rooms.fleet.refresh, cloud=True)))
        several = ask.strategy not in ("auto", "single")
        if several or ask.mode == "cloud-only" or not ids or name not in ("auto", *ids):
            await asyncio.wait((asking,))

    def _check_name(self, ask: Ask) -> None:
        """A name that nobody knows is a mistake, not a preference."""
        rooms, options = self._rooms, ask.options
        ids, aliases = rooms.fleet.ids(), dict(rooms.policy_of_now().aliases)
        if ask.requested_model not in ids or aliases:
            found = resolve(ask.requested_model, ids, aliases)
            if isinstance(found, UnknownModel):
                raise NotFound(found.sentence, code="model_not_found", param="model")
        if options is NO_OPTIONS:
            return
        for param, names in (("models", options.models), ("judge", (options.judge,))):
            for name in filter(None, names):
                found = resolve(name, ids, aliases)
                if isinstance(found, UnknownModel):
                    raise BadRequest(found.sentence, code="unknown_model", param=param)


class Answering:
    """An answer for as long as the context lasts. What it cost is settled after that."""

    def __init__(self, router: Router, prompt: Prompt, once: Once | None) -> None:
        self._router = router
        self._prompt = prompt
        self._once = once
        self._answer: Answer

    async def __aenter__(self) -> Answer:
        self._answer = await self._router.begin(self._prompt, self._once)
        return self._answer

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._router.end(self._answer)


def on_cut_of(prompt: Prompt, usual: OnCut) -> OnCut:
    """What becomes of it where it is cut off. Raises `BadRequest` for a stream that is to be
    begun anew: its caller has seen it."""
    if prompt.labels.on_cut == "restart" and prompt.stream:
        raise BadRequest(
            "`on_cut: restart` is for answers that are not streamed: leave `stream` out, or take "
            "`continue`.",
            code="unsupported_value",
            param="on_cut",
        )
    return prompt.labels.on_cut or usual
