"""A conversation: its rounds, and what holds for what is said next. Knows no screen."""

from __future__ import annotations

import os

from homeport.client.wire import AskDone, AskRequest, AskStatus, AskText, Turn
from homeport.tui.answering import AskHeard
from homeport.tui.round import TOO_LONG, Round

MOST_ROUNDS = 200
MOST_LETTERS = 2_000_000
"""That a conversation keeps; the oldest rounds are let go."""
CLIENT = "homeport"


class Talk:
    """Rounds, oldest first; at most one of them runs."""

    def __init__(self) -> None:
        self.rounds: list[Round] = []
        self.let_go = 0
        """Rounds that are no longer kept."""
        self.model = "auto"
        self.private = False
        self.tried: list[str] = []
        """Models that answered the last prompt."""
        self.session = _session()
        self._advised = ""
        """What was advised last; the same is said once."""

    def __repr__(self) -> str:
        return f"Talk({len(self.rounds)} rounds, {self.model}, private={self.private})"

    @property
    def running(self) -> Round | None:
        """The round whose answer comes."""
        last = self.last
        return last if last and last.standing == "running" else None

    @property
    def last(self) -> Round | None:
        """The newest round."""
        return self.rounds[-1] if self.rounds else None

    @property
    def is_bound(self) -> bool:
        """Whether something was said in private, which must go on as it began."""
        return any(each.private for each in self.rounds)

    def ask(self, prompt: str) -> AskRequest:
        """A further round, and what is asked of the daemon for it."""
        self.tried = []
        return self._start(prompt, self.model)

    def ask_again(self, model: str) -> AskRequest:
        """The last prompt once more; its answer takes the place of the one before."""
        before = self.rounds[-1]
        before.is_replaced = True
        return self._start(before.prompt, model)

    def _start(self, prompt: str, model: str) -> AskRequest:
        messages = tuple(self._turns())
        self.rounds.append(Round(prompt, model=model, private=self.private))
        self._bound()
        return AskRequest(
            prompt=prompt,
            model=model,
            private=self.private,
            session=self.session,
            client=CLIENT,
            messages=messages,
        )

    def _turns(self) -> list[Turn]:
        turns: list[Turn] = []
        for each in self.rounds:
            answer = str(each.text) if each.counts else ""
            if answer.strip():
                turns += [Turn("user", each.prompt), Turn("assistant", answer)]
        return turns

    def _bound(self) -> None:
        letters = sum(len(each.prompt) + each.text.letters for each in self.rounds)
        while len(self.rounds) > MOST_ROUNDS or (letters > MOST_LETTERS and len(self.rounds) > 1):
            oldest = self.rounds.pop(0)
            letters -= len(oldest.prompt) + oldest.text.letters
            self.let_go += 1

    def hear(self, event: AskHeard) -> bool:
        """Takes in one event of the round that runs; False where it is to be stopped."""
        running = self.running
        if running is None:
            return False
        if isinstance(event, AskText):
            running.text.add(event.text)
            running.sentence = ""
            if running.text.is_full:
                running.stop(TOO_LONG)
                return False
        elif isinstance(event, AskStatus):
            running.request, running.sentence = event.request, event.sentence
        elif isinstance(event, AskDone):
            running.end(event.result)
            fresh = running.advice != self._advised
            self._advised = running.advice or self._advised
            running.advice = running.advice if fresh else ""
            self.tried.append(event.result.model_used)
        return True

    def settle(self) -> None:
        """A round that gave no word leaves the one before in its place."""
        last = self.last
        if last and not last.text.letters and len(self.rounds) > 1:
            before = self.rounds[-2]
            if before.is_replaced and before.prompt == last.prompt:
                before.is_replaced = False

    def keep_private(self) -> None:
        """From here on nothing of it leaves this machine."""
        self.private = True
        if self.model == "cloud":
            self.model = "auto"

    def forget(self) -> None:
        """Starts afresh; who answers stays."""
        self.rounds, self.tried, self.let_go = [], [], 0
        self.private, self.session = False, _session()


def _session() -> str:
    return f"chat-{os.urandom(4).hex()}"
