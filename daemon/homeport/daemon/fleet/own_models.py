"""What the person's config says of models, put above labels, price tables and guesses.

Each `[[model]]` whose pattern fits a model's id has a say, in their order; the
first to say a thing says it.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import msgspec

from homeport.daemon.config.settings import OwnModel
from homeport.daemon.fleet.abilities import CONFIG, STRENGTH, WEAKNESS, Prior, prior_of
from homeport.daemon.money.price import Price, flat, with_figures
from homeport.daemon.money.price_doubts import doubt
from homeport.policies.model import ModelCard, Task

log = logging.getLogger(__name__)

NANO = 1_000_000_000
SURE = 4.0
"""How far an ability that the person states may be off: a standard deviation, in points."""
RUN_HERE = "llamacpp"
"""Its window is what it is run with: it can be said to be smaller, not larger."""


class OwnModels:
    """Reads the config in force at every question; keeps what follows from one."""

    def __init__(
        self,
        models: Callable[[], Sequence[OwnModel]],
        listed: Callable[[str], Price | None] | None = None,
    ) -> None:
        """`listed` is what a list of prices says of `provider/model`; None for no list yet."""
        self._models = models
        self._listed = listed
        self.doubts: dict[str, str] = {}
        """Per model, why the price that is said of it is not taken, as a sentence."""
        self._made_from: Sequence[OwnModel] = ()
        self._known: dict[str, OwnModel | None] = {}
        self._prices: dict[str, Price | None] = {}

    def __repr__(self) -> str:
        return f"OwnModels({len(self._models())} in the config)"

    def of(self, model: str) -> OwnModel | None:
        """All that is said of a model, by its id; None where nothing is."""
        models = self._models()
        if models is not self._made_from:
            self._made_from, self._known = models, {}
            self.hold_against(self._listed)
        if not models:
            return None
        if model not in self._known:
            self._known[model] = merged(model, models)
        return self._known[model]

    def amended(self, card: ModelCard) -> ModelCard:
        """The card, with what is said above what it says."""
        own = self.of(card.id)
        if own is None:
            return card
        context = own.context or card.context
        if card.provider == RUN_HERE and card.context and context:
            context = min(context, card.context)
        return dataclasses.replace(
            card,
            context=context,
            max_output=own.max_output or card.max_output,
            domain=own.domain or card.domain,
            requests_per_minute=own.requests_per_minute or card.requests_per_minute,
            tokens_per_minute=own.tokens_per_minute or card.tokens_per_minute,
            at_once=own.at_once or card.at_once,
        )

    def price(self, card: ModelCard) -> Price | None:
        """What is said that it costs; None where nothing is, or what cannot be meant."""
        own = self.of(card.id)
        if own is None or own.input_usd is None or own.output_usd is None:
            return None
        if card.id not in self._prices:
            usd = own.input_usd, own.output_usd
            doubted = card.place == "cloud" and self._is_doubted(own, card, usd)
            price = flat(*[round(one * NANO) for one in usd], source=CONFIG)
            noted = with_figures(price, {"input": usd[0], "output": usd[1]})
            self._prices[card.id] = None if doubted else noted
        return self._prices[card.id]

    def hold_against(self, listed: Callable[[str], Price | None] | None) -> None:
        """Doubt what is far from this list."""
        self._listed, self._prices, self.doubts = listed, {}, {}

    def _is_doubted(self, own: OwnModel, card: ModelCard, usd: tuple[float, float]) -> bool:
        if own.sure_of_price or self._listed is None:
            return False
        listed = self._listed(card.price_ref or card.id)
        said = doubt(dict(zip(("input", "output"), usd, strict=True)), listed)
        if said:
            counts = "its price is unknown" if listed is None else "the listed price counts"
            self.doubts[card.id] = (
                f"[[model]] {card.id}, in US dollars: {said}. Until then {counts}; "
                "`sure_of_price = true` says that it is meant."
            )
            log.warning("a price is not taken: %s", self.doubts[card.id])
        return bool(said)

    def prior(self, card: ModelCard) -> Prior:
        """What is expected of it."""
        own, prior = self.of(card.id), prior_of(card)
        if own is None:
            return prior
        if own.ability is not None:
            prior = Prior(own.ability, SURE, CONFIG)
        return msgspec.structs.replace(prior, shifts=shifts_of(own), domain=own.domain)


def merged(model: str, models: Sequence[OwnModel]) -> OwnModel | None:
    """What several tables say of one model."""
    fitting = [own for own in models if fnmatchcase(model, own.id)]
    if not fitting:
        return None
    said = {
        name: value
        for own in reversed(fitting)
        for name, value in msgspec.structs.asdict(own).items()
        if value not in (None, "", ())
    }
    return OwnModel(**{**said, "id": model})


def shifts_of(own: OwnModel) -> tuple[tuple[Task, float], ...]:
    """Points more or less at each task that is named."""
    better = tuple((task, STRENGTH) for task in dict.fromkeys(own.strengths))
    worse = tuple((t, WEAKNESS) for t in dict.fromkeys(own.weaknesses) if t not in own.strengths)
    return better + worse
