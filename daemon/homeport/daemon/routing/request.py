"""One prompt on its way: what was decided, tried, sent and announced.

Owns the request's view, the row that every watcher sees, and the inputs of
each step, so that each can be replayed. Longer than other modules: a request and
its branches are one record, told in one place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import msgspec

from homeport.adapters.base import Finish, OnCut, Prompt, Usage
from homeport.client.wire import Attempted, AttemptView, Decided, RequestState, RequestView
from homeport.daemon.bus import Bus
from homeport.daemon.handover.sent import NOTHING_BESIDE, Beside, Sent, sent_of
from homeport.daemon.learning.calibration import Calibrate, uncalibrated
from homeport.daemon.money.entries import TOKEN_CLASSES
from homeport.daemon.money.payment import Payments
from homeport.daemon.routing.attempt import Attempt
from homeport.daemon.routing.correcting import Correction
from homeport.daemon.routing.once import Once
from homeport.daemon.routing.refusals import refusal
from homeport.daemon.routing.ruled import Ruled
from homeport.daemon.routing.sessions import NO_TRAIL, Trail
from homeport.daemon.routing.trust import TRUST, trust
from homeport.daemon.storage.decision_record import DecisionRecord, DecisionStep
from homeport.policies import next_after
from homeport.policies.errors import HomeportError
from homeport.policies.model import (
    NO_OPTIONS,
    Ask,
    Budget,
    Candidate,
    Decision,
    Failure,
    Policy,
)
from homeport.policies.quick import changed
from homeport.policies.requested import wish
from homeport.policies.rules.rule import NOWHERE


class Request:
    """The record of one prompt. Knows no model server."""

    asked_for_more = False
    """The person was asked to raise a limit for it."""

    once: Once | None = None
    """Where it is to leave this machine at most once: who sees to that."""

    def __init__(
        self,
        request_id: str,
        prompt: Prompt,
        ask: Ask,
        payments: Payments,
        bus: Bus,
        clock_ms: Callable[[], int],
        ruled: Ruled | None = None,
        calibrate: Calibrate = uncalibrated,
    ) -> None:
        """`ask` is what holds under the rules, `ruled` what it was made of."""
        self.calibrate = calibrate
        self.id = request_id
        self.prompt = prompt
        self.ask = ask
        self._ruled = ruled
        self.payments = payments
        self.bus = bus
        self.clock_ms = clock_ms
        self._numbers = 0
        self.trail: Trail = NO_TRAIL
        """Of the prompt, for the memory of conversations."""
        self.arrived_ms = clock_ms()
        self.deadline = asyncio.get_running_loop().time() + ask.deadline_ms / 1e3
        self.steps: list[DecisionStep] = []
        self.history: list[Failure] = []
        self.attempts: list[Attempt] = []
        self.branches: list[Branch] = []
        self._beside: tuple[int, Beside] | None = None
        """As it was measured last, after so many failures."""
        self.correction: Correction | None = None
        """What the model that failed last can be told, where it is tried once more."""
        self.answered: Attempt | None = None
        """Whose words end the answer, once it is whole."""
        self.mark = b""
        """By which the same prompt is known if it comes again."""
        self.finished = False
        self.on_cut: OnCut = "continue"
        """What becomes of an answer that is cut off half-way."""
        self.view = RequestView(
            id=request_id,
            at_ms=self.arrived_ms,
            state="deciding",
            client=ask.client,
            task=ask.task,
            difficulty=ask.difficulty,
            private=ask.privacy == "private",
            strategy=ask.strategy,
            input_tokens=ask.input_tokens,
        )

    def __repr__(self) -> str:
        return f"Request({self.id}: {self.view.state}, {len(self.attempts)} attempts)"

    @property
    def name(self) -> str:
        """Which of several answers to the prompt; empty for the request itself."""
        return ""

    def branch(
        self, name: str, *models: str, prompt: Prompt | None = None, **changes: Any
    ) -> Branch:
        """A further answer to the same prompt, which these models alone may give.

        It has attempts, decisions and failures of its own; the id, the deadline,
        the money and the row that watchers see are those of the request. Another
        `prompt`, such as that of a judge, comes with what it changes of the measurements.
        """
        ask = replace(self.ask, strategy="single", options=NO_OPTIONS, only=models, **changes)
        branch = Branch(self, name, prompt or self.prompt, ask, changes)
        self.branches.append(branch)
        return branch

    # -- deciding

    @property
    def decision(self) -> Decision:
        """The latest."""
        return self.steps[-1].decision

    @property
    def policy(self) -> Policy | None:
        """That it was decided under, with all of its rules; None where none were asked."""
        return None if self._ruled is None else self._ruled.whole

    def ruled_for(self, ask: Ask, changes: dict[str, Any]) -> Ruled | None:
        """The rules that hold for this request, over another ask."""
        return None if self._ruled is None else self._ruled.narrowed(ask, changes)

    def decide(self, candidates: list[Candidate], budget: Budget, policy: Policy) -> Decision:
        """Decide on fresh inputs: the first time, after a wait, or after a failure. Tells nobody.

        Who may answer was found before the wait: how it is answered stays as it was decided.
        """
        ruled, history = self._ruled, tuple(self.history)
        if self.steps:
            candidates = self._with_the_named(candidates)
        ask = ruled.measured if ruled else self.ask
        around = ruled.around if ruled else NOWHERE
        left_nano = self.payments.left_nano
        if left_nano is not None and self.payments.committed_nano:
            ask = changed(ask, max_cost_nano=left_nano)
        if history or self.name:
            left_ms = max(0, int(self.seconds_left * 1e3))
            ask = changed(ask, answer_tokens=self.sent_tokens, deadline_ms=left_ms)
            policy = ruled.later(policy) if ruled else policy
        elif self.steps:
            ask = changed(ask, deadline_ms=max(0, int(self.seconds_left * 1e3)))
            if self.decision.order:
                ask = changed(ask, strategy=self.decision.strategy, lot=None)
            policy = ruled.later(policy) if ruled else policy
        if policy.at_limit == "ask" and (self.asked_for_more or history or self.name):
            # The person is asked once, and before anything was tried.
            policy = replace(policy, at_limit="local")
        decision = next_after(ask, candidates, budget, policy, history, around)
        self.steps.append(
            DecisionStep(
                at_ms=self.clock_ms(),
                ask=ask,
                candidates=tuple(candidates),
                budget=budget,
                policy=policy,
                history=history,
                decision=decision,
                around=around,
                branch=self.name,
            )
        )
        self._show(decision)
        return decision

    def _with_the_named(self, candidates: list[Candidate]) -> list[Candidate]:
        """What was asked for by its exact name and went away since stands among them as missing:
        how far others may be is measured by it."""
        first = self.steps[0]
        named = wish(first.ask.requested_model, first.candidates, first.policy)
        if named.kind != "pinned" or named.name in [one.card.id for one in candidates]:
            return candidates
        gone = next(one for one in first.candidates if one.card.id == named.name)
        return [*candidates, changed(gone, state="missing", state_reason="", breaker="closed")]

    def _show(self, decision: Decision) -> None:
        first = decision.order[0] if decision.order else None
        self.change(
            mode=decision.mode,
            strategy=decision.strategy,
            because=decision.because if first or not self.view.because else self.view.because,
            model=first.model if first else self.view.model,
            place=first.place if first else self.view.place,
        )

    @property
    def asked(self) -> Ask:
        """What the latest decision was made on: with how much of an answer there is."""
        return self.steps[-1].ask

    def refused(self) -> HomeportError:
        """The error of a decision without a candidate."""
        step = self.steps[-1]
        return refusal(self.decision, step.candidates, step.budget)

    def announce_decision(self) -> None:
        """Tell the watchers what was decided; a second look that comes to the same is no news."""
        if len(self.steps) < 2 or not _alike(*self.steps[-2:]):
            self.bus.publish(Decided, request=self.view)

    def chosen(self) -> Candidate:
        """The first in the order."""
        step = self.steps[-1]
        model = step.decision.order[0].model
        for candidate in step.candidates:
            if candidate.card.id == model:
                return candidate
        raise LookupError(f"{model} was not a candidate")

    @property
    def ask_of_next(self) -> Ask:
        """The ask, with the answer so far, and what the next model may read beside the prompt in
        the bound of its input."""
        more = self.beside.bound if self.history else 0
        if not more:
            return self.ask
        bound = self.ask.input_tokens_bound + more
        return changed(self.ask, input_tokens_bound=bound, answer_tokens=self.sent_tokens)

    @property
    def beside(self) -> Beside:
        """What the model that is tried after the last failure may read beside the prompt."""
        if self._beside is None or self._beside[0] != len(self.history):
            self._beside = len(self.history), self._measured_beside()
        return self._beside[1]

    def _measured_beside(self) -> Beside:
        sent = self.sent
        if not sent.text and not sent.calls and self.correction is None:
            return NOTHING_BESIDE
        from homeport.daemon.handover.beside import beside  # when an answer was cut off

        return beside(self.prompt, sent, self.correction)

    # -- trying

    def begin_attempt(self, candidate: Candidate) -> Attempt:
        """The next try, going on from what was sent."""
        number, reads = self.next_number(), self.ask.input_tokens
        if self.history and candidate.worst_cost_nano:
            reads += self.beside.tokens
        attempt = Attempt(self.id, number, candidate.card, self.answer_text, self.clock_ms, reads)
        self.attempts.append(attempt)
        return attempt

    def drop_attempt(self, attempt: Attempt) -> None:
        """It was never started."""
        self.attempts.remove(attempt)

    def next_number(self) -> int:
        """Of the next attempt, over all branches."""
        self._numbers += 1
        return self._numbers

    @property
    def all_attempts(self) -> list[Attempt]:
        """Of all branches, in the order they were begun."""
        if not self.branches:
            return self.attempts
        branched = [attempt for branch in self.branches for attempt in branch.attempts]
        return sorted([*self.attempts, *branched], key=lambda attempt: attempt.number)

    @property
    def read_by(self) -> list[Attempt]:
        """Those that read the very words of the request, and gave something of an answer."""
        words = self.prompt.messages
        alike = [branch.attempts for branch in self.branches if branch.prompt.messages is words]
        tries = [*self.attempts, *[attempt for attempts in alike for attempt in attempts]]
        return [attempt for attempt in tries if attempt.finish or attempt.sent_tokens]

    @property
    def attempt_views(self) -> tuple[AttemptView, ...]:
        """How every try stands."""
        return tuple([attempt.view for attempt in self.all_attempts])

    @property
    def answer_text(self) -> str:
        """The answer so far, over all attempts."""
        return "".join(piece for attempt in self.attempts for piece in attempt.text)

    @property
    def sent_tokens(self) -> int:
        """Of the answer so far."""
        return sum([attempt.answer_tokens for attempt in self.attempts])

    @property
    def sent(self) -> Sent:
        """The answer so far, with its calls."""
        return sent_of(self.attempts)

    @property
    def can_go_on(self) -> bool:
        """Nothing was sent, or another model may and can continue it."""
        stops = self.on_cut == "error"
        return all(a.given_tokens == 0 or (a.resumable and not stops) for a in self.attempts)

    @property
    def is_long_enough(self) -> bool:
        """The answer has all the tokens that its caller asked for, by our own count."""
        meters = (attempt.meter for attempt in self.attempts)
        counted = sum([meter.counted for meter in meters if meter is not None])
        return self.ask.max_tokens is not None and counted >= self.ask.max_tokens

    @property
    def has_all_tokens(self) -> bool:
        """As many were given as its caller asked for: nothing is left to go on with."""
        most = self.ask.max_tokens
        return most is not None and self.sent_tokens >= max(1, most)

    @property
    def seconds_left(self) -> float:
        """Until the deadline over the whole chain."""
        return self.deadline - asyncio.get_running_loop().time()

    # -- showing

    def change(self, **fields: object) -> None:
        """Change the row without telling anyone yet."""
        self.view = msgspec.structs.replace(self.view, **fields)

    def announce(self, state: RequestState, **fields: object) -> None:
        """Tell the watchers how the running attempt stands."""
        self.change(state=state, attempts=self.attempt_views, **fields)
        self.bus.publish(Attempted, request=self.view)

    def first_token(self) -> None:
        """The answer starts to arrive."""
        first_ms = self.view.first_token_ms
        if first_ms is None:
            first_ms = self.clock_ms() - self.arrived_ms
        self.announce("streaming", first_token_ms=first_ms)

    def fail(self, error: HomeportError) -> None:
        """There is no answer, or no whole one: say so in the row, and the decision in the error."""
        error.decision = self.id
        self.change(state="failed", error=error.sentence)

    def finish(self, attempt: Attempt, cost_nano: int | None, *, certain: bool) -> Finish:
        """The answer is whole: fill in the row, and give the finish that adds all attempts up."""
        usage = self.total_usage()
        self.finished, self.answered = True, attempt
        self.change(
            state="done",
            model=attempt.card.id,
            place=attempt.card.place,
            attempts=self.attempt_views,
            total_ms=self.clock_ms() - self.arrived_ms,
            input_tokens=usage.input,
            output_tokens=usage.output,
            cost_nano=cost_nano,
            certain=certain,
            **trust(attempt.card, self.ask.task, self.attempts, self.calibrate),
        )
        assert attempt.finish is not None  # noqa: S101 - finished above
        return msgspec.structs.replace(attempt.finish, usage=usage)

    def adopt(self, branch: Branch) -> Finish:
        """The answer of a branch is the answer: fill in the row, and give the finish that adds
        all branches up. What its server said of its own usage is not the whole of it."""
        attempt = branch.answered
        assert attempt is not None  # noqa: S101 - its answer is whole
        payments = self.payments
        finish = self.finish(attempt, payments.cost_nano, certain=payments.certain)
        view = branch.view
        self.change(**{name: getattr(view, name) for name in TRUST})
        if len([one for one in self.all_attempts if one.finish or one.sent_tokens]) > 1:
            finish = msgspec.structs.replace(finish, raw=b"")
        return finish

    def total_usage(self) -> Usage:
        """The tokens of every attempt that reached its model, added up."""
        usages = [
            attempt.usage(attempt.input_tokens)
            for attempt in self.all_attempts
            if attempt.finish is not None or attempt.sent_tokens
        ]
        if len(usages) == 1:
            return usages[0]
        sums: dict[str, Any] = {
            name: total(getattr(usage, name) for usage in usages) for name in TOKEN_CLASSES
        }
        return Usage(**sums, certain=all(usage.certain for usage in usages) and bool(usages))

    def record(self) -> DecisionRecord:
        """For the log."""
        steps = [*self.steps, *(step for branch in self.branches for step in branch.steps)]
        return DecisionRecord(view=self.view, ask=self.ask, steps=tuple(steps))


class Branch(Request):
    """A further answer to the prompt of a request."""

    def __init__(
        self, root: Request, name: str, prompt: Prompt, ask: Ask, changes: dict[str, Any]
    ) -> None:
        super().__init__(
            root.id,
            prompt,
            ask,
            root.payments,
            root.bus,
            root.clock_ms,
            calibrate=root.calibrate,
        )
        self._root = root
        self.once = root.once
        self.on_cut = root.on_cut
        self._name = name
        self._changes = changes
        """What it measures otherwise than the request does."""
        self.is_answer = True
        """To the prompt itself, and not a step on the way to one."""
        self._ruled = root.ruled_for(ask, changes)
        self.arrived_ms = root.arrived_ms
        self.deadline = root.deadline

    def __repr__(self) -> str:
        return f"Branch({self.id} {self._name}: {self.view.state}, {len(self.attempts)} attempts)"

    @property
    def name(self) -> str:
        """Which of several answers to the prompt."""
        return self._name

    def next_number(self) -> int:
        """Of the next attempt, over all branches."""
        return self._root.next_number()

    def refused(self) -> HomeportError:
        """By what keeps those away that are asked: that others are not asked is no reason."""
        asked = tuple(veto for veto in self.decision.vetoes if veto.model in self.ask.only)
        step = self.steps[-1]
        return refusal(replace(self.decision, vetoes=asked), step.candidates, step.budget)

    def announce_decision(self) -> None:
        """The request's own decision is what watchers see."""

    def announce(self, state: RequestState, **fields: object) -> None:
        """Tell the watchers how all of its attempts stand; what streams goes on to."""
        self.change(state=state, **fields)
        told = self._root.view.state
        self._root.announce(told if told == "streaming" else state)

    def first_token(self) -> None:
        """It starts to arrive; whether the caller sees it is for its strategy to say."""
        first_ms = self.clock_ms() - self.arrived_ms
        self.change(state="streaming", first_token_ms=self.view.first_token_ms or first_ms)

    def widen(self, *models: str) -> None:
        """From here on these may go on with its answer too, where it is cut off."""
        only = (*self.ask.only, *models)
        self.ask = replace(self.ask, only=tuple(dict.fromkeys(only)))
        self._ruled = self._root.ruled_for(self.ask, self._changes)

    def fail(self, error: HomeportError) -> None:
        """This answer failed; whether the request did is for its strategy to say."""
        self.change(state="failed", error=error.sentence)


def total(counts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _alike(before: DecisionStep, after: DecisionStep) -> bool:
    """Whether two looks at the same failures came to the same."""
    one, other = before.decision, after.decision
    first = [score.model for score in one.order[:1]]
    return (
        before.history == after.history
        and one.because == other.because
        and first == [score.model for score in other.order[:1]]
    )
