"""The end of an answer that was cut off behind whole tool calls, where nobody can make more.

The calls stand, and the program goes on with them: what else there was to call is asked for in
its next turn.
"""

from __future__ import annotations

from homeport.adapters.base import Finish
from homeport.daemon.routing.request import Request

SAID = "ended with the tool calls that were whole"


def ended_with_calls(request: Request) -> Finish | None:
    """None where no call was sent, one is not whole, or the next in the order is asked for more."""
    called = [attempt for attempt in request.attempts if attempt.call_deltas]
    if not called or request.on_cut == "error":
        return None
    from homeport.daemon.handover.call_seams import is_whole
    from homeport.daemon.handover.further_calls import may_follow

    if not all(map(is_whole, request.sent.calls)):
        return None
    goes_on = request.decision.order and request.can_go_on and request.seconds_left > 0
    if goes_on and may_follow(request.prompt, request.chosen().card):
        return None
    attempt, failure = called[-1], request.history[-1]
    attempt.finish = Finish("tool_calls", attempt.usage(attempt.input_tokens))
    request.change(because=f"{request.view.because}; {SAID}: {failure.sentence}")
    return request.finish(attempt, request.payments.cost_nano, certain=request.payments.certain)
