"""What a model must be able to do for a prompt."""

from __future__ import annotations

from homeport.analysis.facts import Facts
from homeport.analysis.focus import Focus
from homeport.analysis.terms import terms
from homeport.policies.model import Capability, Urgency

_NO_HURRY = terms(
    "no rush, no hurry, take your, whenever you, overnight, keine eile, pas pressé, sin prisa, "
    "senza fretta, sem pressa, geen haast, не спеши, the background"
)


def needs_of(facts: Facts) -> tuple[Capability, ...]:
    """Capabilities, sorted, without repeats."""
    needs: list[Capability] = []
    if facts.images:
        needs.append("images")
    if facts.response_format != "text":
        needs.append(facts.response_format)
    if facts.logprobs:
        needs.append("logprobs")
    if facts.tools:
        needs.append("tools")
    return tuple(sorted({*needs, *facts.also_needs}))


def urgency_of(focus: Focus, facts: Facts) -> Urgency:
    """The caller's own word, else whether the text says that there is no hurry."""
    if facts.urgency is not None:
        return facts.urgency
    return "batch" if _NO_HURRY & (focus.head | focus.tail) else "interactive"
