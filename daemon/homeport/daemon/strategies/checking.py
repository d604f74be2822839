"""Looks at a kept answer, check by check, until one fails.

What each check makes of it is shown in the request's row and noted for its model. What
cannot be told is said so, and fails nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from homeport.adapters.base import Prompt, RefusalDelta, ResponseFormat
from homeport.analysis.checks.agreement import agree
from homeport.analysis.checks.code import program_of
from homeport.analysis.checks.looking import look, refusal, truncation
from homeport.analysis.checks.schema import shape_of_schema
from homeport.analysis.checks.shape import Shape
from homeport.client.wire import CheckView
from homeport.daemon.routing.request import Request
from homeport.daemon.routing.rooms import Rooms
from homeport.daemon.sandbox.outcome import verdict_of
from homeport.daemon.strategies.branching import Held, held, opened, spoken
from homeport.daemon.strategies.lessons import note_verdict
from homeport.policies.model import CheckKind, Verdict

SECOND: frozenset[CheckKind] = frozenset({"second-sample", "second-model"})
LATE = SECOND | {"confidence"}
HEAT = 0.8
"""Temperature of a second sample: the same words again would say nothing."""


class Checking:
    """The checks of one answer."""

    def __init__(self, request: Request, rooms: Rooms, answer: Held, threshold: float) -> None:
        self._request = request
        self._rooms = rooms
        self.answer = answer
        self._threshold = threshold
        """Chance of being right from which it is taken."""
        self.verdicts: list[Verdict] = []

    def __repr__(self) -> str:
        return f"Checking({self.answer!r}, {self.failed or 'stands'})"

    @property
    def failed(self) -> str:
        """The check that it did not stand; empty where there is none."""
        return next((v.check for v in self.verdicts if v.passed is False), "")

    async def stands(self) -> bool:
        """Whether no check fails. The first that does is the last that is made."""
        if self.answer.calls_tools:
            return True
        async with aclosing(self._made()) as verdicts:
            async for verdict in verdicts:
                self.verdicts.append(verdict)
                show(self._request, verdict, self.answer.model)
                note_verdict(self._request, self._rooms, self.answer, verdict)
                if verdict.passed is False:
                    return False
        return True

    async def _made(self) -> AsyncGenerator[Verdict, None]:
        """In the order of the plan."""
        looked = self._looked()
        for check in self._checks():
            if check == "tests":
                yield await tested(self._rooms, self.answer.text, self._request.prompt.labels.tests)
            elif check in SECOND:
                yield await self._asked_again(check)
            elif check == "confidence":
                yield self._confident()
            else:
                for verdict in looked:
                    if verdict.check == check:
                        yield verdict

    def _checks(self) -> list[CheckKind]:
        """Those of the plan; with tests only where the prompt came with some, and then in any
        case before what takes another answer."""
        planned = self._request.decision.plan.checks
        checks: list[CheckKind] = [check for check in planned if check != "tests"]
        if self._request.prompt.labels.tests:
            late = [at for at, check in enumerate(checks) if check in LATE]
            checks.insert(min(late, default=len(checks)), "tests")
        return checks

    def _looked(self) -> Sequence[Verdict]:
        answer, finish = self.answer, self.answer.finish
        flagged = any(isinstance(said, RefusalDelta) for said in spoken(answer.deltas))
        return look(
            answer.text,
            self._request.ask,
            finish=finish.reason if finish else "",
            shape=shape_of(self._request.prompt.response_format),
            flagged=flagged or (finish is not None and finish.reason == "content_filter"),
        )

    async def _asked_again(self, check: CheckKind) -> Verdict:
        """Whether a second answer says the same."""
        request, rooms, ask = self._request, self._rooms, self._request.ask
        model = request.decision.plan.judge if check == "second-model" else self.answer.model
        branch = opened(request, rooms, "second answer", model, prompt=heated(request.prompt))
        branch.is_answer = False
        if not branch.decision.order:
            return Verdict(check=check, passed=None, sentence=f"{model} cannot be asked for it.")
        second = await held(branch, rooms)
        if not is_an_answer(second):
            return Verdict(check=check, passed=None, sentence=f"{model} gave no second answer.")
        same = agree(self.answer.text, second.text, ask.checkable, language=ask.language)
        who = "Asked again, it" if check == "second-sample" else model
        return Verdict(check=check, passed=same, sentence=f"{who} {_AGREES[same]}.")

    def _confident(self) -> Verdict:
        """Whether its chance of being right is enough: by its own tokens where what they are
        worth is known; else, where nothing else can tell, as it was predicted."""
        view, enough = self.answer.branch.view, self._threshold
        if view.confidence is not None and view.calibrated:
            note = f"{view.confidence_note}; {enough:.2f} is enough"
            sentence = f"Right with a chance of {view.confidence:.2f} ({note})."
            passed = view.confidence >= enough
            return Verdict(
                check="confidence", passed=passed, sentence=sentence, score=view.confidence
            )
        unknown = f"Its confidence is {view.confidence_note or 'unknown'}"
        if self._request.decision.strategy == "verify":
            return Verdict(check="confidence", passed=None, sentence=f"{unknown}.")
        chance = self._predicted()
        sentence = f"{unknown}; predicted was {chance:.2f}, and {enough:.2f} is enough."
        return Verdict(check="confidence", passed=chance >= enough, sentence=sentence, score=chance)

    def _predicted(self) -> float:
        order = self.answer.branch.steps[0].decision.order
        return next((c.quality for c in order if c.model == self.answer.model), 0.0)


_AGREES = {
    True: "says the same",
    False: "says something else",
    None: "says nothing that can be compared",
}


def is_an_answer(answer: Held) -> bool:
    """Whether there is something to compare others with: it is whole, and refuses nothing."""
    finish = answer.finish
    if finish is None or finish.reason == "content_filter":
        return False
    flagged = any(isinstance(said, RefusalDelta) for said in spoken(answer.deltas))
    return says_something(answer.text, finish.reason, flagged=flagged)


def says_something(text: str, finish: str, *, flagged: bool = False) -> bool:
    """Whether a text answers at all, and to its end."""
    refused = refusal(text, flagged=flagged).passed
    return refused is not False and truncation(text, finish).passed is not False


def show(request: Request, verdict: Verdict, model: str) -> None:
    """In the row that watchers see."""
    made = CheckView(verdict.check, verdict.passed, verdict.sentence, verdict.score, model)
    request.announce(request.view.state, checks=(*request.view.checks, made))


async def tested(rooms: Rooms, answer: str, tests: str) -> Verdict:
    """Whether the program of an answer passes the tests that came with the prompt."""
    block = program_of(answer)
    if block is None:
        return Verdict(check="tests", passed=False, sentence="No program was found in it.")
    if block.language not in ("python", ""):
        return Verdict(check="tests", passed=None, sentence="Only Python programs are tested.")
    return verdict_of(await rooms.sandbox().run(block.source, tests))


def shape_of(wanted: ResponseFormat) -> Shape | None:
    """What JSON has to fit; None where none was asked for. Without a schema it is an object."""
    if wanted.kind == "text":
        return None
    return shape_of_schema(wanted.schema or {"type": "object"})


def heated(prompt: Prompt) -> Prompt:
    """The same prompt, for an answer that need not be word for word the same."""
    given = prompt.sampling.temperature
    changes: dict[str, Any] = {"temperature": max(HEAT, given or 0.0), "seed": None}
    sampling = msgspec.structs.replace(prompt.sampling, **changes)
    return msgspec.structs.replace(prompt, sampling=sampling, raw=b"")


def told(prompt: Prompt) -> Prompt:
    """The same prompt, with the probabilities of the tokens of its answer."""
    if prompt.sampling.logprobs:
        return prompt
    sampling = msgspec.structs.replace(prompt.sampling, logprobs=True, top_logprobs=0)
    return msgspec.structs.replace(prompt, sampling=sampling, raw=b"")
