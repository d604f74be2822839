"""One prompt and its answer, while it comes and afterwards."""

from __future__ import annotations

from io import StringIO
from typing import Literal

from msgspec import structs

from homeport.client.errors import ClientError, DaemonError, NoDaemon
from homeport.client.units import NANO
from homeport.client.wire import AskResult, RequestView

Standing = Literal["running", "done", "stopped", "failed"]

MOST_LETTERS = 1_000_000
"""Of one answer; a longer one is stopped."""
TOO_LONG = f"Stopped: more than {MOST_LETTERS:,} letters are not kept here."
_MOST_REASONS = 4


class Text:
    """Text that grows by small pieces and is read in larger ones."""

    def __init__(self) -> None:
        self._buffer = StringIO()
        self.letters = 0

    def __repr__(self) -> str:
        return f"Text({self.letters} letters)"

    def __str__(self) -> str:
        return self._buffer.getvalue()

    @property
    def is_full(self) -> bool:
        """Whether nothing more is kept."""
        return self.letters >= MOST_LETTERS

    def add(self, piece: str) -> None:
        """More of it, up to the most that is kept."""
        piece = piece[: MOST_LETTERS - self.letters]
        self._buffer.seek(0, 2)
        self._buffer.write(piece)
        self.letters += len(piece)

    def since(self, letters: int) -> str:
        """What came behind so many letters."""
        self._buffer.seek(letters)
        return self._buffer.read()


class Round:
    """What is known of one prompt's way, and the words of its answer."""

    def __init__(self, prompt: str, *, model: str = "auto", private: bool = False) -> None:
        self.prompt = prompt
        self.model = model
        """Who was asked for."""
        self.private = private
        self.text = Text()
        self.standing: Standing = "running"
        self.request: RequestView | None = None
        """As last heard."""
        self.sentence = ""
        """What happens beside the words, or why there are none."""
        self.reasons: tuple[str, ...] = ()
        """Why each model could not answer."""
        self.advice = ""
        self.verdict = ""
        self._decision = ""
        self.is_replaced = False
        """Whether another answer to the same prompt took its place."""

    def __repr__(self) -> str:
        return f"Round({self.standing}, {self.text})"

    @property
    def id(self) -> str:
        """Of the decision; empty before there is one."""
        return self.request.id if self.request else self._decision

    @property
    def counts(self) -> bool:
        """Whether what is said next goes on from it."""
        return self.text.letters > 0 and not self.is_replaced

    def stop(self, sentence: str = "Stopped.") -> None:
        """The person has read enough; the words stay."""
        self.standing, self.sentence = "stopped", sentence

    def fail(self, trouble: ClientError) -> None:
        """There is no whole answer."""
        self.standing, self.sentence = "failed", trouble.sentence
        self._decision = trouble.decision
        if isinstance(trouble, NoDaemon):
            self.sentence += f" Start it with: {trouble.command}"
        if isinstance(trouble, DaemonError):
            vetoes = trouble.vetoes[:_MOST_REASONS]
            self.reasons = tuple(f"{veto.model}: {veto.reason}" for veto in vetoes)

    def end(self, result: AskResult) -> None:
        """The answer is whole."""
        self.standing, self.sentence = "done", ""
        if not self.text.letters:
            self.text.add(result.response)
        self.advice = str(result.metadata.get("advice") or "")
        self.request = request_after(self.request, result)


def request_after(before: RequestView | None, result: AskResult) -> RequestView:
    """The request as its result leaves it."""
    said = result.metadata
    view = before or RequestView(result.decision, 0, "done")
    cost_nano = said.get("cost_nano")
    if cost_nano is None and result.cost is not None:
        cost_nano = round(result.cost * NANO)
    return structs.replace(
        view,
        state="done",
        model=result.model_used,
        place=result.place,
        because=str(said.get("because") or view.because),
        strategy=result.strategy,
        attempts=result.attempts,
        first_token_ms=said.get("first_token_ms"),
        total_ms=round(result.latency * 1000),
        input_tokens=result.input_tokens,
        output_tokens=result.output_tokens,
        cost_nano=cost_nano,
        certain=bool(said.get("certain", True)),
        checks=result.checks,
    )
