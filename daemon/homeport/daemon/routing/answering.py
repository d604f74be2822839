"""The answers of a request that has several, side by side, for the caller alone."""

from __future__ import annotations

from homeport.client.wire import AnswerView
from homeport.daemon.routing.request import Branch, Request


def answer_views(request: Request) -> tuple[AnswerView, ...]:
    """Each branch that is an answer to the prompt itself, in the order they were begun."""
    answers = [branch for branch in request.branches if branch.is_answer]
    return tuple(_view(branch, request) for branch in answers)


def _view(branch: Branch, request: Request) -> AnswerView:
    view, usage = branch.view, branch.total_usage()
    ended = max([attempt.view.ended_ms or 0 for attempt in branch.attempts], default=0)
    cost, certain = request.payments.paid_for(branch.attempts)
    return AnswerView(
        model=view.model or branch.ask.only[0],
        place=view.place,
        text=branch.answer_text,
        ok=branch.finished,
        error=view.error or _stopped(branch),
        first_token_ms=view.first_token_ms,
        total_ms=ended - request.arrived_ms if ended else None,
        input_tokens=usage.input,
        output_tokens=usage.output,
        cost_nano=cost,
        certain=certain and usage.certain,
        confidence=view.confidence,
        chosen=branch.answered is not None and branch.answered is request.answered,
    )


def _stopped(branch: Branch) -> str:
    """Why an answer that did not fail is not whole."""
    if branch.finished:
        return ""
    if not branch.attempts:
        return "it was not needed" if branch.decision.order else branch.decision.because
    return branch.attempts[-1].view.sentence
