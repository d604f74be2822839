"""A prompt that waits at a limit: the person may raise it once, refuse, or say nothing.

Raised, it goes on as it would have; else at home. Both are said in its `because`, and in
the error where nothing at home may answer.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from homeport.adapters.base import Delta, StatusDelta
from homeport.client.units import NANO, money
from homeport.client.wire import BudgetQuestion
from homeport.daemon.money.questions import Word
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.policies import next_after
from homeport.policies.errors import HomeportError
from homeport.policies.model import BudgetWindow, Candidate

CENT = NANO // 100
MOST_OF_DEADLINE = 0.5
"""What a prompt may wait of the time that is left: who answers at home needs some too."""
RAISED = ("day", "week", "month")
"""Windows that can be raised; a session and a prompt have no other to come."""


def has_question(request: Request, rooms: Rooms) -> bool:
    """Whether the budget alone keeps away whoever would answer, and the person can be asked."""
    if rooms.policy_of_now().at_limit != "ask":
        return False
    kept_away = any(veto.gate == "limit" for veto in request.decision.vetoes)
    return kept_away or _wanted(request) is not None


async def waiting(request: Request, rooms: Rooms) -> AsyncGenerator[Delta, None]:
    """Every delta of the answer, once there was a word, or none came in time."""
    from homeport.daemon.strategies.choosing import answer_of

    try:
        async for status in _asking(request, rooms):
            yield status
    except HomeportError as error:
        request.fail(error)
        raise
    answer = answer_of(request, rooms)
    try:
        async for delta in answer:
            yield delta
    finally:
        await answer.aclose()


async def raised_meanwhile(request: Request, rooms: Rooms) -> bool:
    """Ask where others took the money between deciding and reserving; whether it goes on.

    Raises `HomeportError` where nobody may answer.
    """
    if request.asked_for_more or request.name or request.history:
        return False
    if not has_question(request, rooms):
        return False
    async for _ in _asking(request, rooms):
        pass
    return True


async def _asking(request: Request, rooms: Rooms) -> AsyncGenerator[StatusDelta, None]:
    """Ask about each window that has too little, and decide on the answer. Raises
    `HomeportError` where nobody may answer then."""
    word: Word | None = None
    wanted = _wanted(request)
    request.asked_for_more = True
    while wanted is not None and word in (None, "raised"):
        question = _question(request, rooms, wanted, _wait_s(request, rooms))
        if question is None:
            break
        request.announce("queued")
        yield StatusDelta("queued", question.sentence)
        word = await _put(question, request, rooms, wanted)
    _decide_on(request, rooms, word)


def _wanted(request: Request) -> Candidate | None:
    """Who would answer if money were no object; None where it is not the money."""
    step = request.steps[-1]
    free = replace(step.budget, windows=())
    best = next_after(step.ask, step.candidates, free, step.policy, step.history, step.around)
    model = best.order[0].model if best.order else ""
    vetoed = {veto.model for veto in step.decision.vetoes if veto.gate == "budget"}
    named = (candidate for candidate in step.candidates if candidate.card.id == model)
    return next(named, None) if model in vetoed else None


def _lacking(request: Request, rooms: Rooms, wanted: Candidate) -> list[BudgetWindow]:
    """The windows that have too little left for it now."""
    worst = wanted.worst_cost_nano or 0
    windows = rooms.ledger.budget(request.ask).windows
    return [one for one in windows if one.covers(wanted.card.id) and one.left_nano < worst]


def _question(
    request: Request, rooms: Rooms, wanted: Candidate, wait_s: float
) -> BudgetQuestion | None:
    """About the window that lacks most; None where one lacks that cannot be raised, or none."""
    lacking = _lacking(request, rooms, wanted)
    if not lacking or any(window.window not in RAISED for window in lacking):
        return None
    window = min(lacking, key=_room)
    worst, now_ms = wanted.worst_cost_nano or 0, rooms.clock_ms()
    missing = -(-(worst - _room(window)) // CENT) * CENT
    whose = f" for {window.scope} {window.name}" if window.name else ""
    scope = f" --{window.scope} {window.name}" if window.name else ""
    return BudgetQuestion(
        id=request.id,
        state="open",
        at_ms=now_ms,
        until_ms=now_ms + int(wait_s * 1e3),
        model=wanted.card.id,
        worst_nano=worst,
        window=window.window,
        left_nano=window.left_nano,
        raise_nano=missing,
        scope=window.scope,
        name=window.name,
        client=request.ask.client,
        sentence=(
            f"{wanted.card.id} could cost {money(worst)} and this {window.window}'s budget{whose} "
            f"has {money(window.left_nano)} left; this prompt waits {wait_s:.0f} s: `homeport "
            f"budget raise --{window.window} {missing / NANO:.2f}{scope}` lets it go on, "
            "`homeport budget refuse` does not."
        ),
    )


def _room(window: BudgetWindow) -> int:
    """Below 0 where a lowered limit is overdrawn."""
    return window.limit_nano - window.spent_nano - window.reserved_nano


def _wait_s(request: Request, rooms: Rooms) -> float:
    wanted = rooms.config().budget.ask_wait_s
    return max(0.0, min(wanted, request.seconds_left * MOST_OF_DEADLINE))


async def _put(question: BudgetQuestion, request: Request, rooms: Rooms, wanted: Candidate) -> Word:
    """The person's word; that window alone has to have room, others are asked about next."""

    def has_room() -> bool:
        key = (question.window, question.scope, question.name)
        lacking = _lacking(request, rooms, wanted)
        return key not in [(one.window, one.scope, one.name) for one in lacking]

    wait_s = (question.until_ms - rooms.clock_ms()) / 1e3
    return await rooms.questions.put(question, max(0.0, wait_s), has_room)


_SAID = {
    "raised": "the budget was raised for it",
    "refused": "a raise of the budget was refused",
    "timed-out": "nobody raised the budget in time",
}


def _decide_on(request: Request, rooms: Rooms, word: Word | None) -> None:
    """Decide again, where a limit means to go on at home. Raises where nobody may answer."""
    said = _SAID.get(word or "", "")
    request.decide(
        rooms.fleet.candidates(request.ask_of_next),
        rooms.pacer.paced(rooms.ledger.budget(request.ask), rooms.policy_of_now()),
        rooms.policy_of_now(),
    )
    if not request.decision.order:
        error = request.refused()
        if said:
            error.sentence = f"{error.sentence} {said[:1].upper()}{said[1:]}."
        raise error
    if said:
        request.change(because=f"{request.view.because}; {said}")
    request.announce_decision()
