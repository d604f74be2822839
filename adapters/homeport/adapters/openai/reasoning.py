"""How much a model is to reason, in the words of each server's dialect.

Two knobs in: an effort (`none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`)
and a budget of tokens, of which 0 switches reasoning off.
"""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import Sampling
from homeport.adapters.providers import Provider

Fields = dict[str, Any]

OFF = "none"
_BY_BUDGET = ((1024, "minimal"), (4096, "low"), (16384, "medium"))
"""Budgets up to so many tokens, as an effort; above them `high`."""


def reasoning_fields(sampling: Sampling, dialect: Provider) -> tuple[Fields, tuple[str, ...]]:
    """The fields to send, and the knobs that the dialect has no words for."""
    effort, budget = sampling.reasoning_effort, sampling.reasoning_budget
    if effort is None and budget is None:
        return {}, ()
    write = _WRITERS.get(dialect.reasoning)
    if write is None:
        asked = (("reasoning_effort", effort), ("reasoning_budget", budget))
        return {}, tuple(name for name, value in asked if value is not None)
    return write(_effort(effort, budget), budget), ()


def _effort(effort: str | None, budget: int | None) -> str:
    if effort is not None:
        return effort
    assert budget is not None  # noqa: S101 - one of the two is there
    if budget == 0:
        return OFF
    return next((word for most, word in _BY_BUDGET if budget <= most), "high")


def _plain(effort: str, _budget: int | None) -> Fields:
    return {"reasoning_effort": effort}


def _router(effort: str, budget: int | None) -> Fields:
    """One object; a budget is told as it is."""
    if effort == OFF:
        return {"reasoning": {"enabled": False}}
    return {"reasoning": {"max_tokens": budget} if budget else {"effort": effort}}


def _switched(effort: str, _budget: int | None) -> Fields:
    """A switch, and an effort where it is on."""
    if effort == OFF:
        return {"thinking": {"type": "disabled"}}
    return {"thinking": {"type": "enabled"}, "reasoning_effort": effort}


def _switch(effort: str, _budget: int | None) -> Fields:
    return {"thinking": {"type": "disabled" if effort == OFF else "enabled"}}


def _two_steps(effort: str, _budget: int | None) -> Fields:
    """Reasoning is on or off."""
    return {"reasoning_effort": OFF if effort in (OFF, "minimal") else "high"}


def _template(effort: str, budget: int | None) -> Fields:
    """Servers that hand it to the model's own chat template."""
    fields: Fields = {"chat_template_kwargs": {"enable_thinking": effort != OFF}}
    if effort != OFF:
        fields["reasoning_effort"] = effort
    if budget:
        fields["thinking_budget_tokens"] = budget
    return fields


_WRITERS = {
    "effort": _plain,
    "router": _router,
    "switch+effort": _switched,
    "switch": _switch,
    "on-off": _two_steps,
    "template": _template,
}
