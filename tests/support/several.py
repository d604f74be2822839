"""Several scripted models in one house: at home and in the cloud, each with an answer a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from homeport.adapters.base import Delta, Finish, Labels, Limits, Permit, Prompt, TextDelta
from homeport.client.wire import RequestView
from homeport.daemon.money.ledger import LedgerLimits
from homeport.daemon.money.price import flat
from homeport.daemon.storage.decision_record import DecisionRecord
from homeport.policies.model import ModelCard, StrategyOptions
from support.house import House, house
from support.scripted import Script, ScriptedAdapter, card, prompt

HOME, OTHER, CLOUD, BEST = "scripted/home", "scripted/other", "sky/mid", "sky/best"
SUM = "What is 17 + 25? Answer with the number alone."
TALK = "Tell me about the sea."
CENT = 10_000_000

SIZES = {HOME: 3 * 10**9, OTHER: 2 * 10**9, CLOUD: 70 * 10**9, BEST: 900 * 10**9}


class Turns(ScriptedAdapter):
    """Plays the next script of a model with each prompt; the last one again and again."""

    def __init__(self, turns: Mapping[str, Sequence[Script]], **fields: object) -> None:
        super().__init__({}, [self._card(model, **fields) for model in turns])
        self._turns = {model: list(scripts) for model, scripts in turns.items()}
        self.prompts: list[tuple[str, Prompt]] = []
        self.open = 0
        self.told = asyncio.Event()
        """A model has said its first word."""
        self.gate = asyncio.Event()
        """Closed, it keeps every model from its first word."""
        self.gate.set()
        self.watch: Callable[[], None] = lambda: None
        """Called as each prompt arrives."""

    def _card(self, model: str, **fields: object) -> ModelCard:
        return card(model, parameters=SIZES[model], **fields)

    async def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """The next script of the model."""
        self.prompts.append((card.id, prompt))
        self.watch()
        turns = self._turns[card.id]
        self.scripts[card.id] = turns.pop(0) if len(turns) > 1 else turns[0]
        self.open += 1
        try:
            await self.gate.wait()
            async for delta in super().stream(
                prompt, card, prefix=prefix, limits=limits, permit=permit
            ):
                if isinstance(delta, TextDelta):
                    self.told.set()
                yield delta
        finally:
            self.open -= 1


def says(*words: str, **fields: object) -> Script:
    """An answer of these words."""
    return Script(words=words, **fields)  # type: ignore[arg-type]


def broken(kind: str = "overloaded", *words: str) -> Script:
    """A failure, after some words."""
    return Script(words=words, fails=kind)  # type: ignore[arg-type]


@dataclass
class Told:
    """What came of one prompt."""

    text: str = ""
    finish: Finish | None = None
    deltas: list[Delta] = field(default_factory=list)
    view: RequestView = field(default_factory=lambda: RequestView("", 0, "deciding"))
    record: DecisionRecord | None = None

    @property
    def checks(self) -> list[tuple[str, bool | None]]:
        """Names and verdicts."""
        return [(check.check, check.passed) for check in self.view.checks]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Model and end of each attempt."""
        return [(attempt.model, attempt.outcome) for attempt in self.view.attempts]


class Several:
    """A house with models at home and in the cloud."""

    def __init__(self, made: House, home: Turns, sky: Turns) -> None:
        self.house, self.home, self.sky = made, home, sky

    def price(self, model: str, nano: int) -> None:
        """Whatever is answered costs this: nano-dollars for a million tokens."""
        self.house.around.prices[model] = flat(nano, nano, source="a test")

    async def ask(
        self, text: str = SUM, strategy: str = "auto", /, *, stream: bool = False, **fields: object
    ) -> Told:
        """The whole answer. Fields of labels, and of the options of the strategy, by name."""
        apart = {name: fields.pop(name) for name in ("response_format", "tools") if name in fields}
        own = {name: fields.pop(name) for name in tuple(fields) if name in _OPTIONS}
        labels = Labels(
            strategy=strategy,
            options=StrategyOptions(**own),  # type: ignore[arg-type]
            **fields,  # type: ignore[arg-type]
        )
        told = Told()
        try:
            async with self.house.router.answer(
                prompt(text, labels=labels, stream=stream, **apart)
            ) as answer:
                async for delta in answer.deltas():
                    told.deltas.append(delta)
                    told.text += delta.text if isinstance(delta, TextDelta) else ""
                    told.finish = delta if isinstance(delta, Finish) else told.finish
        finally:
            await self.house.router.settled()
            told.view = self.house.rooms.bus.requests()[-1]
        await self.house.rooms.decisions.flush()
        told.record = await self.house.rooms.decisions.get(told.view.id)
        return told

    @property
    def view(self) -> RequestView:
        """Of the last prompt."""
        return self.house.rooms.bus.requests()[-1]

    @property
    def committed_nano(self) -> int:
        """Spent and held today."""
        day = self.house.rooms.ledger.spend_view().windows[0]
        return day.spent_nano + day.reserved_nano

    def is_idle(self) -> bool:
        """Nothing runs, and nothing is held."""
        fleet = self.house.rooms.fleet
        spend = self.house.rooms.ledger.spend_view()
        reserved = sum(window.reserved_nano for window in spend.windows)
        return not (self.home.open or self.sky.open or reserved or any(fleet._in_flight.values()))


_OPTIONS = frozenset(StrategyOptions.__dataclass_fields__)


@asynccontextmanager
async def several(
    folder: Path,
    home: Mapping[str, Sequence[Script]],
    sky: Mapping[str, Sequence[Script]] | None = None,
    *,
    limits: LedgerLimits | None = None,
    **fields: object,
) -> AsyncIterator[Several]:
    """These models; a million tokens of the best cost ten dollars, of others in the cloud one."""
    at_home = Turns(home, **fields)
    away = Turns(sky or {}, place="cloud", price_ref="x/y", **fields)
    away.origin = "https://api.example.com"
    async with house(folder, [at_home, away] if sky else [at_home], limits=limits) as made:
        several_ = Several(made, at_home, away)
        for model in sky or {}:
            several_.price(model, CENT * (10**3 if model == BEST else 10**2))
        yield several_
