"""What a rule is, and what a set of rules comes to for one prompt.

Plain values without a word of the prompt, so that they are logged with the
decision and give the same result again.
"""

from __future__ import annotations

from homeport.policies.quick import quick


@quick(frozen=True, slots=True, kw_only=True)
class Trait:
    """One thing that has to hold: a fact is one of some words, or within a range."""

    fact: str
    """A name of `rules.facts.FACTS`."""
    words: tuple[str, ...] = ()
    """Patterns as in file names; empty where the fact is a number."""
    low: float | None = None
    high: float | None = None
    """Both ends count; None is open. Above `low` and below `high` by turns where low > high
    and the fact goes round, as hours do."""


@quick(frozen=True, slots=True, kw_only=True)
class Condition:
    """All of its parts hold. Without parts it holds always."""

    traits: tuple[Trait, ...] = ()
    every: tuple[Condition, ...] = ()
    """`all`: each of them."""
    some: tuple[Condition, ...] = ()
    """`any`: at least one of them, where there is one."""
    none: tuple[Condition, ...] = ()
    """`not`: none of them."""


@quick(frozen=True, slots=True, kw_only=True)
class Orders:
    """What rules can set. Empty, None and False set nothing."""

    places: tuple[str, ...] = ()
    """Only models in these places."""
    allow: tuple[str, ...] = ()
    """Only models whose id matches one of these patterns."""
    deny: tuple[str, ...] = ()
    """No model whose id matches one of these."""
    prefer: tuple[str, ...] = ()
    """Models that are rather taken: patterns of ids, or places."""
    strategy: str = ""
    mode: str = ""
    weights: tuple[float, float, float] | None = None
    """Budget, latency, quality."""
    max_cost_nano: int | None = None
    """Most that the answer may cost at worst."""
    dearest_nano: int | None = None
    """Most that the answer may be expected to cost."""
    deadline_ms: int | None = None
    private: bool = False
    """Nothing leaves. There is no order that takes it back."""
    refuse: str = ""
    """Nothing answers, and this sentence says why."""

    @property
    def narrows(self) -> bool:
        """Something of what the caller allowed may be less under these."""
        return (
            self.private
            or self.mode == "local-only"
            or self.max_cost_nano is not None
            or self.deadline_ms is not None
        )


THINGS: tuple[str, ...] = tuple(Orders.__dataclass_fields__)
"""What can be set, by its name."""


@quick(frozen=True, slots=True, kw_only=True)
class Rule:
    """One `[[rule]]`."""

    name: str
    when: Condition = Condition()
    then: Orders = Orders()
    say: str = ""
    """Why, in a sentence of the person's own."""


@quick(frozen=True, slots=True, kw_only=True)
class Said:
    """Which rule set a thing."""

    thing: str
    rule: str
    say: str = ""


@quick(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What all rules together come to for one prompt."""

    orders: Orders = Orders()
    by: tuple[Said, ...] = ()

    def author(self, thing: str) -> Said:
        """The rule that set a thing."""
        for said in self.by:
            if said.thing == thing:
                return said
        return Said(thing=thing, rule="")


NO_RULING = Ruling()


@quick(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What rules may look at besides the prompt and the budget. None and empty are unknown."""

    hour: int | None = None
    """Of the person's own clock, 0 to 23."""
    link: str = ""
    """`online`, `offline` or `offline-by-choice`."""
    battery: float | None = None
    """What is left of it, 0 to 1."""
    power: str = ""
    """`battery` or `mains`."""
    metered: bool | None = None
    """The connection is paid for by its volume."""


NOWHERE = Surroundings()
