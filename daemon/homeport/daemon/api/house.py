"""What every route is given: the daemon, the counts, and the way to stop it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from homeport.adapters.base import Inputs, Prompt
from homeport.client import paths
from homeport.policies.errors import DaemonTrouble, HomeportError

if TYPE_CHECKING:
    from homeport.daemon.api.responses.background import Background
    from homeport.daemon.assemble import Daemon
    from homeport.daemon.outbox.outbox import Outbox
    from homeport.daemon.routing.embedding import Vectors
    from homeport.daemon.routing.once import Once
    from homeport.daemon.routing.router import Answer

DRAIN_RETRY_S = 5


class House:
    """Shared by all calls. Owns the counts since the start."""

    def __init__(self, daemon: Daemon, stop: Callable[[], None]) -> None:
        self.daemon = daemon
        self.stop = stop
        """Begins the drain; returns at once."""
        self.answered: Counter[tuple[str, str]] = Counter()
        """Prompts by (place, outcome)."""
        self.open_prompts = 0
        self._background: Background | None = None
        self._outbox: Outbox | None = None

    def __repr__(self) -> str:
        return f"House({self.open_prompts} open, {self.answered.total()} answered)"

    def admit_prompt(self) -> None:
        """Raises where one prompt more would be too many."""
        most = self.daemon.config.listen.max_requests
        if self.open_prompts >= most:
            raise DaemonTrouble(
                f"{most} prompts are being answered already: ask again in a moment, or raise"
                " `listen.max_requests`.",
                code="too_many_requests",
                status=429,
                retry_after_s=1,
            )

    def admit(self) -> None:
        """Raises where the daemon takes no more calls."""
        if self.daemon.draining:
            raise DaemonTrouble(
                "Homeport is stopping. Ask again when it has started.",
                code="draining",
                retry_after_s=DRAIN_RETRY_S,
            )

    def answering(self, prompt: Prompt) -> CountedAnswering:
        """What `async with` takes for an answer to a prompt, counted when it has ended."""
        return CountedAnswering(self, prompt)

    @property
    def outbox(self) -> Outbox:
        """The prompts that are kept until they can be sent."""
        if self._outbox is None:
            from homeport.daemon.outbox.outbox import Outbox

            self._outbox = Outbox(self)
        return self._outbox

    @property
    def background(self) -> Background:
        """The answers that no connection waits for."""
        if self._background is None:
            from homeport.daemon.api.responses.background import Background

            self._background = Background(self)
        return self._background

    @property
    def has_outbox(self) -> bool:
        """Something was kept there, by this daemon or one before it."""
        return self._outbox is not None or paths.outbox_path().exists()

    def look_into_the_outbox(self) -> None:
        """Go on with what an earlier daemon left there; nothing of it is loaded otherwise."""
        if self.has_outbox:
            self.outbox.begin()

    async def quiet(self) -> None:
        """Wait until nothing is answered in the background, and nothing is being sent."""
        if self._background is not None:
            await self._background.quiet()
        if self._outbox is not None:
            await self._outbox.quiet()

    async def close(self) -> None:
        """Stop what is answered in the background. To be called before the daemon stops."""
        if self._background is not None:
            await self._background.close()
        if self._outbox is not None:
            await self._outbox.close()

    async def embed(self, inputs: Inputs, once: Once | None = None) -> Vectors:
        """One vector for each input, all of one exact model, counted as a prompt is.

        Raises `HomeportError`; `Vectors` holds `embedded` and the request's `view`.
        """
        self.admit_prompt()
        self.open_prompts += 1
        outcome, place = "cancelled", "none"
        try:
            vectors = await self.daemon.embeddings.embed(inputs, once)
            outcome, place = "done", vectors.view.place
            return vectors
        except HomeportError as error:
            outcome = "refused" if error.blame in ("policy", "caller") else "failed"
            raise
        finally:
            self.open_prompts -= 1
            self.answered[(place, outcome)] += 1


class CountedAnswering:
    """An answer for as long as the context lasts, in the counts of its house."""

    def __init__(self, house: House, prompt: Prompt, once: Once | None = None) -> None:
        self._house = house
        self._prompt = prompt
        self._answering = house.daemon.router.answer(prompt, once)
        self._answer: Answer | None = None

    async def __aenter__(self) -> Answer:
        self._house.admit_prompt()
        if self._prompt.labels.defer:
            await self._put_off()
        self._house.open_prompts += 1
        try:
            self._answer = await self._answering.__aenter__()
        except BaseException as error:
            self._count(error)
            self._keep_instead(error)
            raise
        return self._answer

    async def _put_off(self) -> None:
        """Raises `PutOff` where the prompt is to be kept."""
        from homeport.daemon.api.put_off import refuse_for_now

        await refuse_for_now(self._prompt, self._house.daemon)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._answering.__aexit__(kind, error, trace)
        finally:
            self._count(error)
            self._keep_instead(error)

    def _keep_instead(self, error: BaseException | None) -> None:
        """Where nobody answered a prompt that may be kept, its door keeps it."""
        if self._prompt.labels.defer and isinstance(error, HomeportError):
            from homeport.daemon.api.in_vain import put_off_after

            error.put_off = put_off_after(error, self._prompt, self._answer, self._house.daemon)

    def _count(self, error: BaseException | None) -> None:
        outcome, place = "cancelled", "none"
        if self._answer is not None:
            view = self._answer.view
            place = view.place
            outcome = "failed" if view.error else "done" if view.state == "done" else outcome
        if isinstance(error, HomeportError):
            outcome = "refused" if error.blame in ("policy", "caller") else "failed"
        self._house.open_prompts -= 1
        self._house.answered[(place, outcome)] += 1
