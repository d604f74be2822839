"""A policy as its file says it: rules, what they stand on, and cases that pin them."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from homeport.policies.model import Mode, Weights
from homeport.policies.quick import quick
from homeport.policies.rules.rule import Rule

Key = tuple[str | int, ...]
"""Where in the file: names of tables and keys, and indexes."""


@quick(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a policy."""

    key: Key
    sentence: str
    nearest: str = ""
    """The valid word that is nearest to what was written."""


@quick(frozen=True, slots=True, kw_only=True)
class Book:
    """One policy file, read."""

    name: str
    summary: str = ""
    mode: Mode | None = None
    """None leaves it to the config."""
    weights: Weights | None = None
    explore: float = 0.0
    """Share of the prompts of which the second answers, where it is worth nearly as much."""
    cloud_share: float | None = None
    """Share of the answers that should come from the cloud."""
    include: tuple[str, ...] = ()
    """Policies whose rules come after its own."""
    rules: tuple[Rule, ...] = ()
    cases: tuple[dict[str, Any], ...] = field(default=())
