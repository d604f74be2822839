"""A conversation: what was said so far, and what holds for what is said next."""

from __future__ import annotations

from typing import Any

Turn = dict[str, str]

MOST_TURNS = 10_000
"""That the daemon reads; the oldest are left out."""


class Conversation:
    """Turns, oldest first. Each answer stands behind its prompt."""

    def __init__(self, said: dict[str, Any], *, turns: list[Turn] | None = None) -> None:
        """`said` holds the fields of `wire.AskRequest` that every prompt has."""
        self._said = said
        self.turns = turns or []

    def __repr__(self) -> str:
        return f"Conversation({len(self.turns)} turns, {self.model}, private={self.private})"

    @property
    def model(self) -> str:
        """Who is to answer."""
        return str(self._said["model"])

    @model.setter
    def model(self, name: str) -> None:
        self._said["model"] = name

    @property
    def private(self) -> bool:
        """Nothing of it leaves this machine."""
        return bool(self._said["private"])

    @property
    def session(self) -> str:
        """Its name."""
        return str(self._said["session"])

    @property
    def last_prompt(self) -> str:
        """What was asked last; empty where nothing was."""
        return self.turns[-2]["text"] if len(self.turns) > 1 else ""

    def keep_private(self) -> None:
        """From here on: there is no way back, because all of it is sent with each prompt."""
        self._said["private"] = True
        if self.model == "cloud":
            self.model = "auto"

    def request(self, prompt: str, *, again: bool = False, model: str = "") -> dict[str, Any]:
        """The fields of `wire.AskRequest`; `again` goes on from before the last prompt."""
        before = self.turns[:-2] if again else self.turns
        request = {**self._said, "prompt": prompt, "messages": before[-MOST_TURNS:]}
        return {**request, "model": model} if model else request

    def add(self, prompt: str, answer: str, *, instead: bool = False) -> None:
        """What was asked and answered; `instead` takes the place of the last such pair."""
        if instead:
            del self.turns[-2:]
        self.turns += [{"role": "user", "text": prompt}, {"role": "assistant", "text": answer}]

    def forget(self) -> None:
        """Starts afresh, under the same options."""
        self.turns = []
