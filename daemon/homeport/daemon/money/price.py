"""What tokens cost: integers in, integers out, rounded up once at the end.

    cost = (sum over classes of tokens x nano-dollars per million) / 1,000,000, rounded up

A usage whose parts do not add up is charged at the dearer reading of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from homeport.adapters.base import Usage
from homeport.daemon.money.price_table import Steps

PER = 1_000_000

TEXT_INPUT = ("input", "cache_read", "cache_write", "cache_write_5m", "cache_write_1h")
MEDIA_INPUT = ("input_audio", "input_image", "input_video", "cache_read_audio", "cache_read_image")
OUTPUT = ("output", "reasoning", "citation", "output_audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Nano-dollars per million tokens, for inputs of more than `above` tokens."""

    above: int
    input: int
    cache_read: int
    cache_write: int
    input_audio: int
    output: int
    reasoning: int
    output_audio: int
    request: int
    """Nano-dollars for each request, whatever its length."""
    dearest_text_input: int
    dearest_input: int
    dearest_output: int


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
        return all(r.dearest_input == r.dearest_output == r.request == 0 for r in self.possible)

    def cost(self, usage: Usage) -> int | None:
        """What this usage costs; None where its tokens are unknown and not free."""
        if usage.input is None or usage.output is None:
            return 0 if self.free else None
        rates = self._at(usage.input)
        cached, written = usage.cache_read or 0, usage.cache_write or 0
        heard, spoken = usage.input_audio or 0, usage.output_audio or 0
        reasoned = usage.reasoning or 0
        return _total(
            rates,
            (max(0, usage.input - cached - written - heard), rates.input),
            (cached, rates.cache_read),
            (written, rates.cache_write),
            (heard, rates.input_audio),
            (max(0, usage.output - reasoned - spoken), rates.output),
            (reasoned, rates.reasoning),
            (spoken, rates.output_audio),
        )

    def expected(self, input_tokens: int, output_tokens: int) -> int:
        """A prediction: nothing cached, text alone."""
        rates = self._at(input_tokens)
        return _total(rates, (input_tokens, rates.input), (output_tokens, rates.output))

    def worst(self, input_bound: int, output_bound: int, *, media: bool = True) -> int:
        """Never below the cost of a usage within these bounds.

        `media` False: nothing but text goes in.
        """
        return max(
            [
                _total(
                    rates,
                    (input_bound, rates.dearest_input if media else rates.dearest_text_input),
                    (output_bound, rates.dearest_output),
                )
                for rates in self.possible
                if rates.above < max(input_bound, 0)
            ]
        )

    def _at(self, input_tokens: int) -> Rates:
        reached = self.rates[0]
        for rates in self.rates[1:]:
            if input_tokens > rates.above:
                reached = rates
        return reached


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
    return Rates(
        above=above,
        input=at["input"],
        cache_read=at.get("cache_read", at["input"]),
        cache_write=write,
        input_audio=at.get("input_audio", at["input"]),
        output=at["output"],
        reasoning=at.get("reasoning", at["output"]),
        output_audio=at.get("output_audio", at["output"]),
        request=at.get("requests", 0),
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


FREE = flat(0, 0, source="runs at home")
"""What a model on this machine or in this network charges."""
