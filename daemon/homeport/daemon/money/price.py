"""What tokens cost: integers in, integers out, rounded up once at the end.

    cost = (sum over classes of tokens x nano-dollars per million) / 1,000,000, rounded up

A usage whose parts do not add up is charged at the dearer reading of it.

Where the table has no price for what is kept in a cache for an hour, it is twice
that of input, as Anthropic, who sells it, states of all its models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import msgspec

from homeport.adapters.base import Usage
from homeport.daemon.money.price_table import Steps
from homeport.policies.model import ModelCard

PER = 1_000_000

TEXT_INPUT = ("input", "cache_read", "cache_write", "cache_write_5m")
MEDIA_INPUT = ("input_audio", "input_image", "input_video", "cache_read_audio", "cache_read_image")
OUTPUT = ("output", "reasoning", "citation", "output_audio")
HOUR_OF_INPUT = 2
"""What an hour in the cache costs, as a multiple of input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Nano-dollars per million tokens, for inputs of more than `above` tokens."""

    above: int
    input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    input_audio: int
    cache_read_audio: int
    output: int
    reasoning: int
    output_audio: int
    request: int
    """Nano-dollars for each request, whatever its length."""
    search: int
    """Nano-dollars for each search of the web."""
    dearest_text_input: int
    dearest_input: int
    dearest_output: int

    def dearest(self, *, media: bool, kept: bool) -> int:
        """The dearest class that a token of input can fall into."""
        dearest = self.dearest_input if media else self.dearest_text_input
        return max(dearest, self.cache_write_1h) if kept else dearest

    def worst(self, given: int, answered: int, media: bool, kept: bool, searches: int) -> int:
        """The most that so many tokens of input and output can cost."""
        dearest = self.dearest_text_input
        if media or kept:
            dearest = self.dearest(media=media, kept=kept)
        nano_millionths = given * dearest + answered * self.dearest_output
        return -(-nano_millionths // PER) + self.request + searches * self.search


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one model charges at one moment."""

    rates: tuple[Rates, ...]
    """In force, by rising `above`; the first is always above."""
    possible: tuple[Rates, ...]
    """These and all that may come into force while a request runs."""
    source: str
    date: str
    """The day since which it is in force, ISO 8601; empty where none is stated."""
    noted: str = ""
    """What the books say of its source, where that may be rewritten: with its figures."""

    @property
    def input_nano_per_mtok(self) -> int:
        """List price of input."""
        return self.rates[0].input

    @property
    def output_nano_per_mtok(self) -> int:
        """List price of output."""
        return self.rates[0].output

    @property
    def free(self) -> bool:
        """Nothing is ever charged."""
        return self is FREE or not any(
            r.dearest(media=True, kept=True) or r.dearest_output or r.request for r in self.possible
        )

    def cost(self, usage: Usage) -> int | None:
        """What this usage costs; None where its tokens are unknown and not free."""
        if self is FREE:
            return 0
        if usage.input is None or usage.output is None:
            return 0 if self.free else None
        rates = self._at(usage.input)
        cached, written = usage.cache_read or 0, usage.cache_write or 0
        heard, spoken = usage.input_audio or 0, usage.output_audio or 0
        kept = min(written, usage.cache_write_1h or 0)
        # Sound that came from the cache is in both counts.
        replayed = min(cached, heard, usage.cache_read_audio or 0)
        cached, heard = cached - replayed, heard - replayed
        reasoned = usage.reasoning or 0
        return _total(
            rates,
            (max(0, usage.input - cached - written - heard - replayed), rates.input),
            (cached, rates.cache_read),
            (written - kept, rates.cache_write),
            (kept, rates.cache_write_1h),
            (heard, rates.input_audio),
            (replayed, rates.cache_read_audio),
            (max(0, usage.output - reasoned - spoken), rates.output),
            (reasoned, rates.reasoning),
            (spoken, rates.output_audio),
        ) + rates.search * (usage.searches or 0)

    def expected(
        self, input_tokens: int, output_tokens: int, *, warm: int = 0, kept: bool = False
    ) -> int:
        """A prediction for text alone.

        `warm` of the input is read from a cache; of the rest, `kept` has it written there.
        """
        if self is FREE:
            return 0
        rates = self._at(input_tokens) if len(self.rates) > 1 else self.rates[0]
        warm = max(0, min(warm, input_tokens)) if warm else 0
        nano_millionths = (input_tokens - warm) * (rates.cache_write if kept else rates.input)
        nano_millionths += warm * rates.cache_read + output_tokens * rates.output
        return -(-nano_millionths // PER) + rates.request

    def together(
        self, prompts: int, *, above: int, input_tokens: int, cached: int, output_tokens: int
    ) -> int:
        """What so many prompts cost, each with more than `above` tokens of input, with the tokens
        of all of them. Of the input `cached` is read from a cache."""
        if self is FREE:
            return 0
        rates = self._at(above + 1)
        return _total(
            rates,
            (input_tokens - cached, rates.input),
            (cached, rates.cache_read),
            (output_tokens, rates.output),
        ) + rates.request * (prompts - 1)

    def worst(
        self,
        input_bound: int,
        output_bound: int,
        *,
        media: bool = True,
        kept: bool = True,
        searches: int = 0,
    ) -> int:
        """Never below the cost of a usage within these bounds.

        `media` False: nothing but text goes in. `kept` False: nothing is kept in
        a cache for an hour. `searches` bounds those of the web.
        """
        if self is FREE:
            return 0
        possible = self.possible
        worst = possible[0].worst(input_bound, output_bound, media, kept, searches)
        if len(possible) == 1:
            return worst
        for rates in possible[1:]:
            if rates.above < max(input_bound, 0):
                worst = max(worst, rates.worst(input_bound, output_bound, media, kept, searches))
        return worst

    def affordable(self, nano: int, input_tokens: int, *, kept: bool = False) -> int | None:
        """Output tokens that a sum buys beside an input; None where output costs nothing."""
        rates = self._at(input_tokens)
        if not rates.dearest_output:
            return None
        read = input_tokens * (rates.cache_write if kept else rates.input)
        return max(0, (nano - rates.request) * PER - read) // rates.dearest_output

    def affordable_beside(self, nano: int, usage: Usage) -> int | None:
        """Output tokens that a sum buys beside the input of a usage; None where that is unknown."""
        if usage.input is None or self is FREE:
            return None
        dearest = self._at(usage.input).dearest_output
        read = self.cost(
            msgspec.structs.replace(usage, output=0, reasoning=None, output_audio=None)
        )
        return max(0, nano - (read or 0)) * PER // dearest if dearest else None

    def _at(self, input_tokens: int) -> Rates:
        reached = self.rates[0]
        for rates in self.rates[1:]:
            if input_tokens > rates.above:
                reached = rates
        return reached


class PriceOf(Protocol):
    """Says what a model charges; None is unknown."""

    def __call__(self, card: ModelCard, terms: Mapping[str, str] = ...) -> Price | None:
        """`terms` is what a request says of itself that changes its price (`service_tier`)."""
        ...


def _total(rates: Rates, *parts: tuple[int, int]) -> int:
    nano_millionths = 0
    for tokens, nano in parts:
        nano_millionths += tokens * nano
    return -(-nano_millionths // PER) + rates.request


def rates_of(amounts: Mapping[str, Steps]) -> tuple[Rates, ...]:
    """The rates at every step; empty where input or output has no price.

    A class without a price of its own costs what the class it is part of does.
    """
    if "input" not in amounts or "output" not in amounts:
        return ()
    steps = sorted({above for name in amounts for above, _ in amounts[name]})
    return tuple(_rates_above(above, amounts) for above in steps)


def _rates_above(above: int, amounts: Mapping[str, Steps]) -> Rates:
    at = {name: _amount(steps, above) for name, steps in amounts.items()}
    write = at.get("cache_write", at.get("cache_write_5m", at["input"]))
    read = at.get("cache_read", at["input"])
    hour = at.get("cache_write_1h", max(write, HOUR_OF_INPUT * at["input"]))
    sound = at.get("input_audio", at["input"])
    return Rates(
        above=above,
        input=at["input"],
        cache_read=read,
        cache_write=write,
        cache_write_1h=hour,
        input_audio=sound,
        cache_read_audio=at.get("cache_read_audio", read if "cache_read" in at else sound),
        output=at["output"],
        reasoning=at.get("reasoning", at["output"]),
        output_audio=at.get("output_audio", at["output"]),
        request=at.get("requests", 0),
        search=at.get("searches", 0),
        dearest_text_input=_dearest(at, TEXT_INPUT),
        dearest_input=_dearest(at, TEXT_INPUT + MEDIA_INPUT),
        dearest_output=_dearest(at, OUTPUT),
    )


def _amount(steps: Steps, above: int) -> int:
    return [amount for start, amount in steps if start <= above][-1]


def _dearest(at: Mapping[str, int], names: Iterable[str]) -> int:
    return max(at[name] for name in names if name in at)


def price_of(
    now: Mapping[str, Steps], others: Sequence[Mapping[str, Steps]], *, source: str, date: str
) -> Price | None:
    """The price from the amounts in force and those that may follow; None where unknown."""
    rates = rates_of(now)
    later = [rates_of(amounts) for amounts in others]
    if not rates or not all(later):
        return None
    possible = tuple(dict.fromkeys(r for group in (rates, *later) for r in group))
    return Price(rates=rates, possible=possible, source=source, date=date)


def flat(input_nano_per_mtok: int, output_nano_per_mtok: int, *, source: str) -> Price:
    """A price without tiers, classes or dates."""
    amounts: dict[str, Steps] = {
        "input": ((-1, input_nano_per_mtok),),
        "output": ((-1, output_nano_per_mtok),),
    }
    rates = rates_of(amounts)
    return Price(rates=rates, possible=rates, source=source, date="")


def with_figures(price: Price, usd: Mapping[str, float]) -> Price:
    """A price that a person wrote, in dollars per million tokens, or each for `request`."""
    figures = ", ".join(f"{name} {amount:.12g}" for name, amount in usd.items())
    return replace(price, noted=f"{price.source}: {figures}")


FREE = flat(0, 0, source="runs at home")
"""What a model on this machine or in this network charges."""
