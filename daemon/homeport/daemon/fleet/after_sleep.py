"""Which models run on the processor since this machine slept: a suspend can lose the graphics card.

Either sign is enough: their server says that less than half of what it held on the card is there
now, or a telling answer came at less than half of the speed. It is said until that is over.
"""

from __future__ import annotations

from collections.abc import Mapping

from homeport.client.units import size

FAR_LESS = 0.5
OnCard = tuple[int, int]
"""Bytes of a model in a graphics card's memory, and in all."""


class AfterSleep:
    """Owns what was before the last sleep, of models whose answers have not shown otherwise."""

    def __init__(self) -> None:
        self._held: dict[str, OnCard] = {}
        """As their server told, while nothing was in doubt."""
        self._rates: dict[str, float] = {}
        """Tokens a second before the sleep."""
        self._doubted: set[str] = set()
        self._lost: dict[str, str] = {}
        """What their server says, of models that it took off the card."""
        self._slowed: dict[str, str] = {}
        """What an answer showed."""

    def __repr__(self) -> str:
        return f"AfterSleep({len(self._doubted)} in doubt, {len(self._lost | self._slowed)} slow)"

    def slept(self, rates: Mapping[str, float | None]) -> None:
        """This machine slept; `rates` are the tokens a second that were seen of its models."""
        for model, rate in rates.items():
            if rate is not None and model not in self._slowed:
                self._rates[model] = rate
        self._doubted.update(rates)

    def told(self, running: Mapping[str, OnCard]) -> list[str]:
        """What a server has loaded now; gives the models that were found off the card."""
        fallen = []
        for model, (on_card, whole) in running.items():
            before = self._held.get(model, (0, whole))
            if model not in self._doubted or on_card >= FAR_LESS * before[0]:
                self._held[model] = (on_card, whole)
                self._lost.pop(model, None)
            elif model not in self._lost:
                self._lost[model] = (
                    f"running on the CPU: {size(on_card)} of it on the graphics card, "
                    f"{size(before[0])} before this machine slept"
                )
                fallen.append(model)
        return fallen

    def doubts(self, model: str) -> bool:
        """No answer has shown yet that it runs as it did."""
        return model in self._doubted

    def answered(self, model: str, tokens_per_s: float) -> bool:
        """One in doubt gave a telling answer; True where what was known of its speed is wrong."""
        before = self._rates.get(model, 0.0)
        if tokens_per_s >= FAR_LESS * before:
            self._doubted.discard(model)
            self._lost.pop(model, None)
            return self._slowed.pop(model, None) is not None
        is_news = model not in self._slowed
        self._slowed[model] = (
            f"running on the CPU, it seems: {tokens_per_s:.1f} tokens a second, "
            f"{before:.1f} before this machine slept"
        )
        return is_news

    def reason(self, model: str) -> str:
        """What a person is told of it; empty where it runs as it did."""
        return self._lost.get(model) or self._slowed.get(model, "")
