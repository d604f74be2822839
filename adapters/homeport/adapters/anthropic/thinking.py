"""Decides how a model of Anthropic's is told to think, and which knobs may be turned beside it.

    asked for                    a model with budgets         a model that adapts
    a number of tokens           that budget, within bounds   its own length
    an effort                    a budget for that effort     that effort
    nothing                      nothing                      nothing
    no thinking (0, `none`)      no thinking                  no thinking, where it can rest

A model that thinks takes no temperature, `top_p` or `top_k`; a started answer
forbids thinking.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from homeport.adapters.anthropic.models import Traits
from homeport.adapters.base import Sampling

LEAST_BUDGET: Final = 1024
_BUDGETS: Final = {
    "minimal": LEAST_BUDGET,
    "low": 2048,
    "medium": 8192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 65_536,
}
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_OFF: Final = ("none", "off", "disabled")
_NEVER: Final = (
    *("seed", "presence_penalty", "frequency_penalty", "min_p", "repeat_penalty"),
    "top_logprobs",
)
"""Knobs that this wire does not have."""


@dataclass(slots=True)
class Tuning:
    """Fields of the request, and the knobs that had to be left out."""

    fields: dict[str, Any] = field(default_factory=dict)
    effort: str = ""
    """Goes into `output_config`."""
    dropped: set[str] = field(default_factory=set)


def tuning_of(
    sampling: Sampling,
    traits: Traits,
    max_tokens: int,
    *,
    own: dict[str, Any] | None = None,
    may_think: bool = True,
) -> Tuning:
    """How the model is tuned. `own` is the caller's `thinking`, where it speaks this wire."""
    tuning = Tuning()
    _think(tuning, sampling, traits, max_tokens, own, may_think=may_think)
    _knobs(tuning, sampling, traits)
    _stops(tuning, sampling)
    tuning.dropped |= {name for name in _NEVER if getattr(sampling, name)}
    if sampling.logprobs:
        tuning.dropped.add("logprobs")
    return tuning


def _think(
    tuning: Tuning,
    sampling: Sampling,
    traits: Traits,
    max_tokens: int,
    own: dict[str, Any] | None,
    *,
    may_think: bool,
) -> None:
    effort, budget = sampling.reasoning_effort, sampling.reasoning_budget
    kind = (own or {}).get("type")
    if budget == 0 or effort in _OFF or kind == "disabled":
        if traits.can_rest and traits.adaptive:
            tuning.fields["thinking"] = {"type": "disabled"}
        return
    if effort and traits.efforts:
        tuning.effort = _nearest(effort, traits.efforts)
    # An effort of a caller of this wire is no wish to think: `thinking` is.
    asked = kind is not None or budget is not None or (effort is not None and own is None)
    if not asked:
        return
    config = _config(effort, budget, traits, max_tokens, own) if may_think else None
    if config is not None:
        tuning.fields["thinking"] = config
    else:
        tuning.dropped.add("reasoning_budget" if budget is not None else "reasoning_effort")


def _config(
    effort: str | None,
    budget: int | None,
    traits: Traits,
    max_tokens: int,
    own: dict[str, Any] | None,
) -> dict[str, Any] | None:
    rest = {name: value for name, value in (own or {}).items() if name != "budget_tokens"}
    # The newest keep their reasoning to themselves unless they are asked for it.
    shown = {"display": "summarized"} if own is None else rest
    if traits.adaptive and not (budget is not None and traits.budgets):
        return {**shown, "type": "adaptive"}
    if not traits.budgets:
        return None
    if budget is None:
        budget = min(_BUDGETS.get(effort or "medium", _BUDGETS["medium"]), max_tokens // 2)
    budget = min(budget, max_tokens - 1)
    return {"type": "enabled", "budget_tokens": budget} if budget >= LEAST_BUDGET else None


def _nearest(effort: str, efforts: tuple[str, ...]) -> str:
    """The effort itself, or the highest below it that the model knows."""
    place = _EFFORTS.index(effort) if effort in _EFFORTS else 0
    below = [known for known in efforts if _EFFORTS.index(known) <= place]
    return below[-1] if below else efforts[0]


def _knobs(tuning: Tuning, sampling: Sampling, traits: Traits) -> None:
    asked = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or None,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    thinks = tuning.fields.get("thinking", {}).get("type") in ("enabled", "adaptive")
    if thinks or not traits.tunable:
        tuning.dropped |= set(asked)
        return
    if traits.one_of_temperature_and_top_p and {"temperature", "top_p"} <= set(asked):
        del asked["top_p"]
        tuning.dropped.add("top_p")
    if "temperature" in asked:
        asked["temperature"] = min(1.0, asked["temperature"] or 0.0)
    tuning.fields |= asked


def _stops(tuning: Tuning, sampling: Sampling) -> None:
    """A sequence of nothing but space is refused."""
    stops = [text for text in sampling.stop if text.strip()]
    if stops:
        tuning.fields["stop_sequences"] = stops
    if len(stops) < len(sampling.stop):
        tuning.dropped.add("stop")
