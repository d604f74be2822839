"""Which models a name stands for when several are to answer: named ones, chains, ladders.

No name of a model is written here. A chain is found among the models that may answer
at the moment, by provider, place, price, time and predicted quality.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from homeport.policies.model import Place, Scorecard, Veto
from homeport.policies.requested import Resolution, UnknownModel, resolve
from homeport.policies.situation import Situation

MOST_STEPS = 3
"""Of a chain that has a name."""

Order = Sequence[Scorecard]


class Found(NamedTuple):
    """What names came to."""

    models: tuple[Scorecard, ...]
    left_out: str = ""
    """A sentence on those that may not answer; empty where all may."""


def named(
    names: Sequence[str], order: Order, vetoes: Sequence[Veto], situation: Situation
) -> Found:
    """The models that a caller names, in the caller's order, as far as they may answer."""
    ids = (*(card.model for card in order), *(veto.model for veto in vetoes))
    reasons = {veto.model: veto.reason for veto in vetoes}
    aliases = dict(situation.policy.aliases)
    models: list[Scorecard] = []
    left_out: list[str] = []
    for name in names:
        meant = resolve(name, ids, aliases)
        card = None if isinstance(meant, UnknownModel) else _first_of(meant, order)
        if card is not None:
            models.append(card)
        else:
            left_out.append(f"{name} ({_why_not(meant, reasons)})")
    several = "are" if len(left_out) > 1 else "is"
    said = f"{', '.join(left_out)} {several} left out." if left_out else ""
    return Found(tuple(dict.fromkeys(models)), said)


def _first_of(meant: Resolution, order: Order) -> Scorecard | None:
    if meant.kind == "any":
        return order[0] if order else None
    if meant.kind in ("local", "cloud"):
        away = meant.kind == "cloud"
        return next((card for card in order if (card.place == "cloud") is away), None)
    return next((card for card in order if card.model in meant.ids), None)


def _why_not(meant: Resolution | UnknownModel, reasons: dict[str, str]) -> str:
    ids = () if isinstance(meant, UnknownModel) else meant.ids
    said = next((reasons[model] for model in ids if model in reasons), "it is not here")
    return said.removesuffix(".")


def chain(name: str, order: Order) -> tuple[Scorecard, ...]:
    """The steps of a chain that has a name, the least dear first; empty where none may answer."""
    able = relied_on(order)
    if name == "mixed":
        return _mixed(able)
    if name == "local":
        return ladder([card for card in able if card.place == "local"], _time)
    if name == "fast":
        return ladder(able, _time)
    return ladder([card for card in able if name in _makers(card)], _price)


def _mixed(able: Order) -> tuple[Scorecard, ...]:
    """The best at home, then one in the middle of the cloud, then the best of the cloud."""
    home = next((c for place in _HOME for c in able if c.place == place), None)
    cloud = ladder([card for card in able if card.place == "cloud"], _price)
    if home is None:
        return cloud
    better = tuple(card for card in cloud if card.quality > home.quality) or cloud[-1:]
    return (home, *better[-(MOST_STEPS - 1) :])


_HOME: tuple[Place, ...] = ("local", "lan")


def ladder(
    cards: Order, effort: Callable[[Scorecard], int], most: int = MOST_STEPS
) -> tuple[Scorecard, ...]:
    """From the least effort to the best: each step is predicted to be better than those before.

    Where there are more steps than `most`, the first and the last stay, and those between
    them that lie evenly.
    """
    steps: list[Scorecard] = []
    for card in sorted(cards, key=lambda c: (effort(c), -c.quality, c.model)):
        if not steps or card.quality > steps[-1].quality:
            steps.append(card)
    if len(steps) <= most:
        return tuple(steps)
    if most < 2:
        return tuple(steps[-most:])
    return tuple(steps[at * (len(steps) - 1) // (most - 1)] for at in range(most))


def _price(card: Scorecard) -> int:
    return card.cost_nano


def _time(card: Scorecard) -> int:
    return card.total_ms


def _makers(card: Scorecard) -> list[str]:
    """Who serves a model and, where that is not its maker, who made it: `router/maker/name`."""
    return card.model.lower().split("/")[:-1]


def is_demonstration(card: Scorecard) -> bool:
    """It is only there so that something answers."""
    return any(name == "demonstration" for name, _ in card.terms)


def relied_on(order: Order) -> Order:
    """Without demonstrations, where there is anything else."""
    return [card for card in order if not is_demonstration(card)] or order
