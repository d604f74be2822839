"""`single`: the first in the order answers, the rest are the fallback.

When an attempt fails, before or after its first token, the next model is
chosen on fresh numbers and goes on from what was sent; the caller sees one
answer. Longer than other modules: the way of an attempt, from its entry to its
end, is told in one place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from homeport.adapters.base import AttemptFailed, Delta, Finish, Limits, StatusDelta, failed
from homeport.daemon.fleet.admission import Full, Turn
from homeport.daemon.routing.attempt import Attempt
from homeport.daemon.routing.correcting import corrected, correction_of
from homeport.daemon.routing.once import is_last, key_of, leaving
from homeport.daemon.routing.refusals import gave_up
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.strategies.backing_off import back_off
from homeport.daemon.strategies.withholding import withheld_of
from homeport.policies.errors import HomeportError, NothingAnswered
from homeport.policies.model import Candidate, Failure

log = logging.getLogger("homeport.attempt")

MOST_STEPS = 24
"""Decisions for one request, as a last bound on a chain that never ends."""


class Single:
    """Every delta of the one answer, the last one a `Finish`: iterate over it once.

    Raises `HomeportError` where there is none. Not an async generator, whose
    bookkeeping in the event loop costs more than all that is done here for a delta.
    """

    def __init__(self, request: Request, rooms: Rooms) -> None:
        self._request = request
        self._rooms = rooms
        self._attempt: Attempt | None = None
        """The one that is read; None before the first, and between two."""
        self._withheld = withheld_of(request)
        self._over = False

    def __repr__(self) -> str:
        return f"Single({self._request!r})"

    def __aiter__(self) -> Single:
        return self

    async def __anext__(self) -> Delta:
        withheld = self._withheld
        if withheld is not None and withheld.ready:
            return withheld.ready.popleft()
        if self._over:
            raise StopAsyncIteration
        request, rooms = self._request, self._rooms
        try:
            while True:
                attempt = self._attempt
                if attempt is None:
                    attempt = self._attempt = await begin(request, rooms)
                try:
                    if not attempt.started:
                        start(request, attempt, rooms)
                    delta = self._noted(attempt, await attempt.next())
                    if withheld is None:
                        return delta
                    withheld.take(attempt, delta)
                    if withheld.ready:
                        return withheld.ready.popleft()
                except AttemptFailed as caught:
                    request.correction = correction_of(caught)
                    end = await self._go_on_after(attempt, caught.failure)
                    if end is not None:
                        self._over = True
                        return self._last(end)
        except HomeportError as error:
            self._over = True
            end = self._with_whole_calls(error.sentence)
            if end is not None:
                return self._last(end)
            request.fail(error)
            raise

    def _last(self, end: Finish) -> Delta:
        """The end for the caller, behind what is still kept back."""
        if self._withheld is None:
            return end
        self._withheld.end(end)
        return self._withheld.ready.popleft()

    def _with_whole_calls(self, why: str) -> Finish | None:
        """The end of an answer with which nobody goes on, where it has whole tool calls."""
        request = self._request
        if not (request.prompt.tools and request.history):
            return None
        from homeport.daemon.strategies.ending_calls import ended_alone  # seldom needed

        return ended_alone(request, self._withheld, why)

    def _noted(self, attempt: Attempt, delta: Delta) -> Delta:
        """What a delta means for the request; gives the one for the caller."""
        request = self._request
        if isinstance(delta, Finish):
            self._over = True
            return whole(request, attempt, self._rooms)
        if isinstance(delta, StatusDelta):
            request.announce("loading" if delta.phase != "queued" else "queued")
        elif attempt.sent_tokens and request.view.state != "streaming":
            request.first_token()
        return delta

    async def _go_on_after(self, attempt: Attempt, failure: Failure) -> Finish | None:
        """Settle a failed attempt and decide again; gives the end of an answer that money cuts
        short. Raises where nothing is left to try."""
        request = self._request
        self._attempt = None
        await attempt.close()
        long_enough = failure.kind == "budget" and request.is_long_enough
        if self._withheld is not None and not long_enough:
            self._withheld.drop(attempt)
        long_enough = long_enough or request.has_all_tokens
        note_end(request, attempt, failure, self._rooms)
        request.payments.settle_later(attempt, failure.kind, self._rooms.lull.do)
        request.announce("queued")
        if request.once is not None:
            await written(request)
            if is_last(request, attempt, failure) and not long_enough:
                raise gave_up(request.history, request.decision)
        if long_enough:
            return cut_short(request, attempt, failure)
        decide_again(request, self._rooms)
        if request.payments.holds_money(attempt) and wants_money(request):
            await written(request)
            decide_again(request, self._rooms)
        await back_off(request, partial(decide_again, request, self._rooms))
        if request.prompt.tools and (end := _with_its_calls(request)) is not None:
            return end
        if not request.decision.order or not request.can_go_on or request.seconds_left <= 0:
            if (end := self._with_whole_calls(failure.sentence)) is not None:
                return end
            if failure.kind == "budget" and attempt.given_tokens:
                return cut_short(request, attempt, failure)
            raise gave_up(request.history, request.decision)
        return None

    async def aclose(self) -> None:
        """End the attempt that is read, and its work upstream."""
        self._over = True
        if self._attempt is not None:
            await self._attempt.close()


def _with_its_calls(request: Request) -> Finish | None:
    if not any(attempt.call_deltas for attempt in request.attempts):
        return None
    from homeport.daemon.strategies.ending_calls import ended_with_calls  # seldom needed

    return ended_with_calls(request)


async def begin(request: Request, rooms: Rooms) -> Attempt:
    """Enter by the first in the order, and reserve for it; decides again where one had to wait,
    a budget became too small, or too many wait."""
    while request.decision.order or await _raised(request, rooms):
        candidate = request.chosen()
        way = _entered(request, candidate, rooms)
        if isinstance(way, Turn):
            way = await _its_turn(request, way, rooms)
            candidate = candidate if way is None else request.chosen()
        attempt = None if way is None else await _reserved(request, candidate, way, rooms)
        if attempt is not None:
            return attempt
        if len(request.steps) >= MOST_STEPS:
            break
    raise gave_up(request.history, request.decision) if request.history else request.refused()


async def _raised(request: Request, rooms: Rooms) -> bool:
    """Whether the person was asked for more money, and there is somebody to answer after it."""
    if rooms.policy_of_now().at_limit != "ask":
        return False
    from homeport.daemon.strategies.at_limit import raised_meanwhile

    return await raised_meanwhile(request, rooms)


def _entered(request: Request, candidate: Candidate, rooms: Rooms) -> Turn | int | None:
    """The way to the model, or a turn where one has to wait; None where its line is full, and
    it is decided again."""
    card, entrance = candidate.card, rooms.fleet.entrance
    if entrance.line(card.id) is None:
        return 0
    try:
        return entrance.enter(card, request.asked)
    except Full:
        decide_again(request, rooms)
        return None


async def _its_turn(request: Request, turn: Turn, rooms: Rooms) -> int | None:
    """Wait for it; gives the way, None where another one is first by then, or nobody. Raises
    `HomeportError` where it does not come in time."""
    from homeport.daemon.strategies.in_line import let_in  # where one has to wait

    model = request.decision.order[0].model
    try:
        return await let_in(request, turn, rooms)
    except TimeoutError:
        raise NothingAnswered(
            f"There was no room at {model} within the time for this prompt: ask again later, "
            "or allow it more time.",
            status=504,
        ) from None


async def _reserved(
    request: Request, candidate: Candidate, way: int, rooms: Rooms
) -> Attempt | None:
    """An attempt that is paid for; None where a budget became too small, and it is decided again.
    What was entered is given back wherever there is no attempt."""
    model, attempt = candidate.card.id, None
    try:
        attempt = request.begin_attempt(candidate)
        window = await request.payments.reserve(attempt, candidate, request.id)
    except BaseException:
        _turn_back(request, attempt, model, way, rooms)
        raise
    if window is not None:
        _turn_back(request, attempt, model, way, rooms)
        decide_again(request, rooms)
        return None
    if request.once is not None:
        await _told(request, attempt, way, rooms)
    if request.history and candidate.card.place == "local":
        rooms.lull.do(rooms.ledger.soon)  # what costs nothing keeps nobody that is cut off too
    elif request.prompt.stream:
        rooms.ledger.soon()
    attempt.adapter, attempt.way = rooms.fleet.begin(model, way), way
    request.announce("queued")
    return attempt


def _turn_back(
    request: Request, attempt: Attempt | None, model: str, way: int, rooms: Rooms
) -> None:
    """It is not begun after all."""
    if attempt is not None:
        request.drop_attempt(attempt)
    rooms.fleet.entrance.turn_back(model, way, request.asked)


async def _told(request: Request, attempt: Attempt, way: int, rooms: Rooms) -> None:
    """Whoever sends a prompt at most once knows of an attempt before it leaves."""
    try:
        await leaving(request, attempt)
    except BaseException:
        rooms.fleet.entrance.turn_back(attempt.card.id, way, request.asked)
        raise


def decide_again(request: Request, rooms: Rooms) -> None:
    """Judge afresh, with what is known by now."""
    judge(request, rooms.fleet.candidates(request.ask_of_next), rooms)


def judge(request: Request, candidates: list[Candidate], rooms: Rooms) -> None:
    """Decide among these, under the policy and the budget of the moment."""
    policy, budget = rooms.policy_of_now(), rooms.ledger.budget(request.ask)
    if not request.history and not request.name:
        budget = rooms.pacer.paced(budget, policy)
    request.decide(candidates, budget, policy)
    request.announce_decision()


def start(request: Request, attempt: Attempt, rooms: Rooms) -> None:
    """Have its adapter asked, under a permit of its own. Raises `AttemptFailed`."""
    card, adapter = attempt.card, attempt.adapter
    if adapter is None:
        raise failed(card.id, "missing", f"{card.id} is not offered any more.")
    hear = hearing(attempt, rooms)
    permit = rooms.egress.permit(request.ask, card, adapter.origin, hear)
    limits = limits_of(request, attempt, request.chosen(), rooms)
    prompt, correction = request.prompt, request.correction
    if correction is not None and correction.model == card.id:
        prompt = corrected(prompt, correction)
    way = None
    if len(request.attempts) > 1 and request.sent_tokens:
        from homeport.daemon.handover.way_on import way_on  # when the first answer is cut off

        again = any(was.kind == "bad_call" and was.model == card.id for was in request.history)
        way = way_on(prompt, request.sent, card, again=again)
        if way.anew:
            room = rooms.fleet.reply_bound(card, request.ask)
            limits = msgspec.structs.replace(limits, max_tokens=room)
        prompt = way.prompt
    attempt.start(prompt, limits, permit, way)
    if not request.history:  # where many go on at once there is no time to spare
        rooms.spare.comes()


def hearing(attempt: Attempt, rooms: Rooms) -> Callable[[Mapping[str, str]], None] | None:
    """Who is told that its server answers, and how; nobody is on this machine."""
    if attempt.card.place == "local":
        return None
    limits = rooms.fleet.entrance.hearing(attempt.card, attempt.way)

    def hear(headers: Mapping[str, str]) -> None:
        attempt.was_heard = True
        if limits is not None:
            limits(headers)

    return hear


def limits_of(request: Request, attempt: Attempt, candidate: Candidate, rooms: Rooms) -> Limits:
    """The bounds of one attempt: its share of the deadline, and what is left of the answer."""
    times, shares = rooms.config().timeouts, rooms.fleet.shares
    model, first_s, gap_s = attempt.card.id, times.first_token_s, times.gap_s
    if times.learned:
        first_s = shares.first_token_s(model, candidate.first_token_ms, first_s)
        gap_s = shares.gap_s(model, gap_s)
    wait_ms = candidate.wait_ms and rooms.fleet.wait_at_server_ms(candidate)
    room = rooms.fleet.reply_bound(attempt.card, request.ask) - request.sent_tokens
    limits = Limits(
        max_tokens=max(1, room),
        deadline_s=max(0.1, request.seconds_left),
        connect_s=times.connect_s,
        first_token_s=first_s + (wait_ms + candidate.load_ms) / 1e3,
        gap_s=gap_s,
    )
    key = key_of(request, attempt) if request.once is not None else ""
    if key:  # it is answered whole, and has the time for that
        return msgspec.structs.replace(limits, key=key, first_token_s=limits.deadline_s)
    return limits


def whole(request: Request, attempt: Attempt, rooms: Rooms) -> Finish:
    """The answer is complete: learn from it, and give the finish for the caller."""
    card = attempt.card
    attempt.ended("done")
    rooms.fleet.note_success(card.id)
    rooms.keys_note(card, "valid")
    learn_speed(attempt, rooms)
    if rooms.fleet.entrance.line(card.id) is not None:
        used = attempt.usage(attempt.input_tokens)
        rooms.fleet.entrance.correct(card.id, attempt.way, request.asked, used)
    request.payments.book(attempt, "done")
    return request.finish(attempt, request.payments.cost_nano, certain=request.payments.certain)


def cut_short(request: Request, attempt: Attempt, failure: Failure) -> Finish:
    """What was set aside is used up, and nobody at home goes on: the answer ends here."""
    attempt.finish = Finish("length", attempt.usage(attempt.input_tokens))
    request.change(because=f"{request.view.because}; ended early: {failure.sentence}")
    return request.finish(attempt, request.payments.cost_nano, certain=request.payments.certain)


def learn_speed(attempt: Attempt, rooms: Rooms) -> None:
    """Only from an answer that one model gave alone."""
    view = attempt.view
    if attempt.goes_on or view.first_token_ms is None or view.ended_ms is None:
        return
    begun_ms = view.loaded_ms or view.started_ms
    start_ms = max(0, view.first_token_ms - begun_ms)
    rooms.fleet.shares.note(attempt.card.id, start_ms, view.longest_gap_ms)
    usage = attempt.usage(0)
    fresh = (usage.input or 0) - (usage.cache_read or 0)
    rooms.fleet.speeds.note(
        attempt.card,
        input_tokens=max(0, fresh),
        output_tokens=usage.output or attempt.sent_tokens,
        load_ms=view.loaded_ms - view.started_ms if view.loaded_ms is not None else None,
        loads=view.loads,
        first_token_ms=view.first_token_ms - view.started_ms,
        total_ms=view.ended_ms - view.started_ms,
    )


def wants_money(request: Request) -> bool:
    """Whether the next one costs something, or a budget has a say in who it is: what an attempt
    has set aside is free again when its end is on disk."""
    decision = request.decision
    if any(veto.gate in ("budget", "limit") for veto in decision.vetoes):
        return True
    return bool(decision.order) and request.chosen().worst_cost_nano != 0


async def written(request: Request) -> None:
    """Wait until all that is settled is on disk."""
    answered = asyncio.Event()
    request.payments.when_written(answered.set)
    await answered.wait()


async def note_failure(request: Request, attempt: Attempt, failure: Failure, rooms: Rooms) -> None:
    """Write down, learn, and pay for a failed attempt."""
    note_end(request, attempt, failure, rooms)
    await request.payments.settle(attempt, failure.kind)
    request.announce("queued")


def note_end(request: Request, attempt: Attempt, failure: Failure, rooms: Rooms) -> None:
    """Write down and learn from a failed attempt."""
    # Of a lost link hundreds may hear at once, and its own room has told it to the log.
    level = logging.DEBUG if failure.kind == "link_lost" else logging.WARNING
    told = "%s: %s failed (%s): %s"
    log.log(level, told, request.id, failure.model, failure.kind, failure.sentence)
    attempt.ended(failure.kind, failure.sentence)
    request.history.append(failure)
    if not rooms.fleet.entrance.turned_away(failure.model, attempt.way, failure):
        was_heard = attempt.was_heard or attempt.card.host == ""
        rooms.fleet.note_failure(failure, was_heard=was_heard)
        if failure.kind == "unauthorized":
            rooms.keys_note(attempt.card, "refused")
    rooms.fleet.shares.cut_off(failure.model, failure.kind, attempt.quiet_ms)
    rooms.fleet.end(attempt.card.id, attempt.adapter)
