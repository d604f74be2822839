"""How a kept answer that is given stands in the feed, in `why` and beside the answer."""

from __future__ import annotations

from homeport.client.wire import CacheView
from homeport.daemon.caching.kept import Stored
from homeport.daemon.routing.request import Request
from homeport.policies.sentences import dollars, duration

HOUR_MS = 3_600_000


def given(stored: Stored, now_ms: int, similarity: float | None) -> CacheView:
    """What the cache did; `similarity` where the prompts are not the same."""
    return CacheView(
        "hit" if similarity is None else "near",
        f"Answered from the cache: the answer of {stored.request}.",
        of=stored.request,
        age_ms=max(0, now_ms - stored.kept_ms),
        saved_nano=stored.cost_nano,
        similarity=similarity,
    )


def show_given(request: Request, view: CacheView, stored: Stored) -> None:
    """The row: whose answer it is, and that nobody is asked and nothing leaves."""
    request.change(
        cache=view,
        model=stored.model,
        place="local",
        strategy=stored.strategy,
        because=because(view, stored),
    )


def because(view: CacheView, stored: Stored) -> str:
    """The sentence of the feed."""
    prompt = "the same prompt" if view.similarity is None else "a prompt that says the same"
    then = "at an unknown cost" if view.saved_nano is None else f"for {_cost(view.saved_nano)}"
    return (
        f"From the cache: {stored.model} answered {prompt} {age(view.age_ms)} ago, {then} "
        f"({stored.request})."
    )


def age(ms: int) -> str:
    """`12 s`, `3 min`, `5 h` or `2 days`."""
    if ms < 2 * HOUR_MS:
        return duration(ms)
    return f"{ms // HOUR_MS} h" if ms < 48 * HOUR_MS else f"{ms // (24 * HOUR_MS)} days"


def _cost(nano: int) -> str:
    return dollars(nano) if nano else "$0"
