"""Decisions of every kind, for pictures of Why and tests of it."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from homeport.client import wire
from support import sights


def _why(request: wire.RequestView, *steps: wire.StepView, **fields: Any) -> wire.Why:
    """One decision; what the prompt needed is that of `sights.why`."""
    told: dict[str, Any] = {"request": request, "steps": steps, "what_if": ()}
    return structs.replace(sights.why(), **{**told, **fields})


def _at_home(because: str) -> wire.StepView:
    """The model at home was best, and one had no key."""
    first, second = sights.why().steps
    return wire.StepView(first.at_ms, because, second.order, first.vetoes[1:])


def running() -> dict[str, wire.RequestView]:
    """Prompts on their way to a model at home, two seconds ago, by their states."""
    started = sights.NOW_MS - 2_000
    waits = wire.AttemptView(sights.QWEN, "local", started + 3, loads=True)
    begun = structs.replace(waits, loaded_ms=started + 1_100, first_token_ms=started + 1_400)
    view = structs.replace(
        sights.request("5ac0d200", "14:03:05", sights.QWEN, "fits here, good enough"),
        attempts=(waits,),
        total_ms=None,
        output_tokens=None,
        cost_nano=None,
    )
    undecided = structs.replace(view, place="none", model="", because="", attempts=())
    return {
        "deciding": structs.replace(undecided, state="deciding"),
        "queued": structs.replace(view, state="queued"),
        "loading": structs.replace(view, state="loading"),
        "streaming": structs.replace(view, state="streaming", attempts=(begun,), output_tokens=9),
    }


def _vetoed() -> wire.Why:
    """Nobody may answer."""
    vetoes = (
        wire.VetoView(sights.QWEN, "context", "the prompt needs 64k; it holds 32k"),
        wire.VetoView(sights.SONNET, "budget", "it costs about $0.0960; $0.0120 is left today"),
        wire.VetoView("mistral/mistral-large", "key", "there is no key for mistral"),
    )
    failed = sights.requests()[5]
    step = wire.StepView(failed.at_ms, "over today's budget, none local", (), vetoes)
    return _why(failed, step, what_if=(("cloud-only", "nobody may answer: today's budget"),))


def _cancelled() -> wire.RequestView:
    done = sights.requests()[0]
    (attempt,) = done.attempts
    cut = structs.replace(attempt, outcome="cancelled", sentence="the caller went away")
    return structs.replace(done, state="cancelled", attempts=(cut,), output_tokens=31)


def whys() -> dict[str, wire.Why]:
    """Decisions that have ended, by what a person would call them; the state is the first word."""
    done, private, *_ = sights.requests()
    why, home = sights.why(), _at_home("fits here, good enough")
    told = {
        "done at home": _why(done, home),
        "done, and private": _why(
            private, _at_home("private: stays here"), ask={**why.ask, "privacy": "private"}
        ),
        "done from the cache": _why(sights.kept_answer(), replay="not-logged"),
        "failed: vetoed": _vetoed(),
        "cancelled": _why(_cancelled(), home),
        "decided otherwise today": structs.replace(why, replay="different"),
        "decided by another version": structs.replace(why, replay="other-version"),
    }
    return {
        name: structs.replace(why, request=structs.replace(why.request, id=f"5ac0d1{number:02x}"))
        for number, (name, why) in enumerate(told.items())
    }
