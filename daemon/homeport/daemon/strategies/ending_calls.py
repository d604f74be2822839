"""The end of an answer that was cut off behind whole tool calls, where nobody can make more.

The calls stand, and the program goes on with them: what else there was to call is asked for in
its next turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.adapters.base import Delta, Finish, ToolCallDelta, Wired
from homeport.daemon.handover.completing import are_whole, is_whole, stands
from homeport.daemon.handover.further_calls import may_follow
from homeport.daemon.handover.sent import calls_of
from homeport.daemon.routing.request import Request
from homeport.daemon.strategies.withholding import Withheld

SAID = "ended with the tool calls that were whole"


def ended_with_calls(request: Request) -> Finish | None:
    """None where no call was sent, one is not whole, or the next in the order is asked for more."""
    if not _has_whole_calls(request):
        return None
    goes_on = request.decision.order and request.can_go_on and request.seconds_left > 0
    if goes_on and may_follow(request.prompt, request.chosen().card):
        return None
    return _ended(request, request.history[-1].sentence)


def ended_alone(request: Request, withheld: Withheld | None, why: str) -> Finish | None:
    """The same where nobody goes on; whole calls that were kept back are given after all.

    Not of a prompt that leaves at most once, which is sent again, nor of one of several answers.
    """
    if request.once is not None or not request.history:
        return None
    if withheld is not None and request.on_cut != "error" and not request.name:
        withheld.recall(request.attempts)
    return _ended(request, why) if _has_whole_calls(request) else None


def whole_calls_of(kept: Sequence[Delta]) -> list[Delta]:
    """All but the calls that are not whole; nothing where none is."""
    said = [
        one for delta in kept for one in (delta.deltas if isinstance(delta, Wired) else (delta,))
    ]
    *before, last = calls_of([one for one in said if isinstance(one, ToolCallDelta)])
    whole = [call.index for call in before if stands(call)]
    whole += [last.index] if is_whole(last) else []
    fitting = (one for one in said if not isinstance(one, ToolCallDelta) or one.index in whole)
    return list(fitting) if whole else []


def _has_whole_calls(request: Request) -> bool:
    """It may end with what was sent of them."""
    sent = request.sent.calls
    return bool(sent) and request.on_cut != "error" and are_whole(sent)


def _ended(request: Request, why: str) -> Finish:
    attempt = [attempt for attempt in request.attempts if attempt.call_deltas][-1]
    attempt.finish = Finish("tool_calls", attempt.usage(attempt.input_tokens))
    request.change(because=f"{request.view.because}; {SAID}: {why}")
    return request.finish(attempt, request.payments.cost_nano, certain=request.payments.certain)
