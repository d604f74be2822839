"""One try at one model: its clock, its outcome, and the answer it gave.

Holds no money. The adapter's own limits end an attempt first; the watch kept
here is the last line, for an adapter that hangs.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import msgspec

from homeport.adapters.base import (
    Adapter,
    AttemptFailed,
    CitationDelta,
    Delta,
    Finish,
    Limits,
    PartEnd,
    Permit,
    Prompt,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
    UsageDelta,
    Wired,
    failed,
)
from homeport.client.wire import AttemptView
from homeport.daemon.money.meter import Meter
from homeport.daemon.money.plausible import plausible
from homeport.policies.model import FailureKind, ModelCard

if TYPE_CHECKING:
    from homeport.daemon.handover.seams import Seam
    from homeport.daemon.handover.way import WayOn

log = logging.getLogger("homeport.attempt")

LOADS_NS = 150_000_000
"""What takes less is no loading: a server looks for a model that is there."""
NOTHING_TOLD = (Usage(), Usage(certain=False))
GRACE_S = 2.0
"""What an adapter may overrun its own limits by."""


class Watch:
    """Ends the wait for a delta that does not come, with one timer for the whole attempt.

    One task reads an attempt, from its first delta to its last. `least_s` is
    the shortest that a delta may be waited for.
    """

    def __init__(self, least_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        """Seconds on the clock that `next` takes its moments from."""
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = math.inf
        self._reader = asyncio.current_task()
        self._waiting = False
        self._due = math.inf
        self.expired = False
        self._arm(self.now() + least_s)

    async def next(self, deltas: AsyncIterator[Delta], due: float) -> Delta:
        """The next delta; TimeoutError when none has come by then."""
        self._waiting = True
        self._due = due
        if self._timer is None or self._looks_at > self._due:
            self._arm(self._due)
        try:
            return await anext(deltas)
        except asyncio.CancelledError:
            if self.expired and self._reader is not None and self._reader.uncancel() == 0:
                raise TimeoutError from None
            raise
        finally:
            self._waiting = False

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # What is due at once is no timer to some loops, and knows no moment of its own.
        self._timer, self._looks_at = self._loop.call_at(when, self._look), when

    def _look(self) -> None:
        self._timer = None
        if not self._waiting or self._reader is None:
            return
        if self._loop.time() < self._due:
            self._arm(self._due)
        elif not self.expired:
            self.expired = True
            self._reader.cancel()

    def stop(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()


class Attempt:
    """Reads one adapter's stream and keeps what became of it."""

    def __init__(
        self,
        request: str,
        number: int,
        card: ModelCard,
        prefix: str,
        clock_ms: Callable[[], int],
        input_tokens: int = 0,
    ) -> None:
        self.id = f"{request}.{number}"
        self.number = number
        self.card = card
        self.input_tokens = input_tokens
        """What it reads, by our own count: the prompt, and what it is handed of an answer."""
        self.adapter: Adapter | None = None
        """The one it runs with, from its start to its end."""
        self.way = 0
        """By which of several it was let in."""
        self.was_heard = False
        """Its server said something, and be it no."""
        self._heard_s = 0.0
        self._longest_gap_s = -1.0
        self.prefix = prefix
        self._clock_ms = clock_ms
        self.text: list[str] = []
        self.finish: Finish | None = None
        self.sent_tokens = 0
        self.withdrawn_tokens = 0
        """Of these, what was kept back and never given."""
        self.call_deltas: list[ToolCallDelta] = []
        self.reasoned = False
        self.resumable = True
        """Nothing was sent that no other model can go on from."""
        self._seam: Seam | None = None
        self.logprob_sum = 0.0
        self.logprob_count = 0
        self.logprob_least = 0.0
        self.view = AttemptView(model=card.id, place=card.place, started_ms=clock_ms())
        self._stream: AsyncIterator[Delta] | None = None
        self._watch: Watch
        self._limits: Limits
        self._ends = math.inf
        self._usage: tuple[object, Usage] | None = None
        """As it was last worked out, and of what."""
        self._told: Usage | None = None
        """What its server had counted, as far as it told."""
        self._told_at = 0
        """What it had written when more was told."""
        self.meter: Meter | None = None
        """Of what is set aside for it; None where it costs nothing."""
        self.turned_away = False
        """Its server answered with an error status, and put no model to work."""

    def __repr__(self) -> str:
        state = self.view.outcome or "running"
        return f"Attempt({self.id} at {self.card.id}: {state}, {self.sent_tokens} tokens)"

    @property
    def started(self) -> bool:
        """Its adapter was asked."""
        return self._stream is not None

    @property
    def goes_on(self) -> bool:
        """With an answer that another attempt began."""
        return self._seam is not None

    @property
    def given_tokens(self) -> int:
        """Of what it wrote, what its caller was given."""
        return self.sent_tokens - self.withdrawn_tokens

    @property
    def answer_tokens(self) -> int:
        """Of what its caller was given, as its server counts where it told of that on the way;
        else by our own count."""
        given = self.given_tokens
        if not given or self._told is None or self._told.output is None:
            return given
        unsaid = self._written - given
        return max(1, (self.usage(0).output or 0) - unsaid)

    def withdraw(self, texts: int, tokens: int, reasoned: bool) -> None:
        """Its caller was given so many pieces of text and tokens of it, and no call."""
        del self.text[texts:]
        self.call_deltas.clear()
        self.reasoned, self.resumable = reasoned, True
        self.withdrawn_tokens = self.sent_tokens - tokens

    def start(
        self,
        prompt: Prompt,
        limits: Limits,
        permit: Permit | None,
        way: WayOn | None = None,
    ) -> None:
        """Ask the adapter, by `way` where it goes on. Called by the task that then reads it."""
        assert self.adapter is not None  # noqa: S101 - it is not started without one
        self._limits = limits
        self._watch = Watch(min(limits.first_token_s, limits.gap_s) + GRACE_S)
        self._ends = self._watch.now() + limits.deadline_s + GRACE_S
        prefix = self.prefix if way is None else way.prefix
        stream = self.adapter.stream(prompt, self.card, prefix=prefix, limits=limits, permit=permit)
        self._stream = stream
        if way is not None:
            self._stream = self._seam = way.join(stream, self.card.id)

    async def next(self) -> Delta:
        """The adapter's next delta, the last one a `Finish`. Raises `AttemptFailed`."""
        assert self._stream is not None  # noqa: S101 - it was started
        while True:
            if self.meter is not None and self.meter.used_up:
                raise self._broke("budget", "used up what was set aside for it")
            try:
                delta = await self._watch.next(self._stream, self._due())
            except TimeoutError:
                raise self._hung(self._limits, self._ends <= self._watch.now()) from None
            except StopAsyncIteration:
                raise self._broke("truncated", "ended before the answer was whole") from None
            except AttemptFailed as error:
                self.turned_away = error.turned_away
                if error.usage is not None and error.usage not in NOTHING_TOLD:
                    self._tell(error.usage)
                raise
            except Exception:
                log.exception("the adapter of %s broke", self.card.id)
                raise self._broke("garbage", "broke in its adapter; the log says where") from None
            if type(delta) is not UsageDelta:
                self._note(delta)
                return delta
            self._tell(delta.usage)

    def _due(self) -> float:
        """Until when the next delta has to come."""
        limits, now = self._limits, self._watch.now()
        bound = limits.first_token_s
        if self.sent_tokens:
            bound, gap_s = limits.gap_s, now - self._heard_s
            if self._heard_s and gap_s > self._longest_gap_s:
                self._longest_gap_s = gap_s
            self._heard_s = now
        return min(now + bound + GRACE_S, self._ends)

    def _tell(self, usage: Usage) -> None:
        """What its server has counted by now."""
        before = self._told.output if self._told is not None else None
        if (usage.output or 0) > (before or 0):
            self._told_at = self._written
        self._told = usage
        if self.meter is not None:
            context = self.card.context
            self.meter.tell(plausible(usage, input_tokens=0, sent_tokens=0, context=context))

    async def close(self) -> None:
        """Stop the work upstream, if it goes on; may be called at any time, and again."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        self._watch.stop()
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()

    def _hung(self, limits: Limits, deadline_passed: bool) -> AttemptFailed:
        if deadline_passed:
            return self._broke("deadline", f"was not done within {limits.deadline_s:.0f} s")
        if self.sent_tokens:
            return self._broke("stall", f"went quiet for {limits.gap_s:.0f} s")
        sentence = f"gave no first token within {limits.first_token_s:.0f} s"
        return self._broke("first_token_timeout", sentence)

    def _broke(self, kind: FailureKind, what: str) -> AttemptFailed:
        sentence = f"{self.card.id} {what}"
        return failed(self.card.id, kind, sentence, sent_tokens=self.sent_tokens)

    def _note(self, delta: Delta) -> None:
        if isinstance(delta, TextDelta):
            self._note_token(delta.tokens)
            self.text.append(delta.text)
            if self.meter is not None:
                self.meter.note(delta.text)
            for token in delta.logprobs:
                self.logprob_sum += token.logprob
                self.logprob_count += 1
                self.logprob_least = min(self.logprob_least, token.logprob)
        elif isinstance(delta, Finish):
            self.finish = delta
            self._note_loading(delta.extras.get("load_duration"))
        elif isinstance(delta, StatusDelta):
            if delta.phase == "loading":
                self.view = msgspec.structs.replace(self.view, loads=True)
            elif delta.phase == "prefill" and self.view.loaded_ms is None:
                self.view = msgspec.structs.replace(self.view, loaded_ms=self._clock_ms())
        elif isinstance(delta, Wired):
            for spoken in delta.deltas:
                self._note(spoken)
        elif not isinstance(delta, PartEnd | CitationDelta):
            self._note_other(delta)

    def _note_other(self, delta: Delta) -> None:
        """A part of the answer that is no text."""
        self._note_token(1)
        if isinstance(delta, ToolCallDelta):
            self.call_deltas.append(delta)
        elif isinstance(delta, ThinkingDelta):
            self.reasoned = True
        else:
            self.resumable = False
        if self.meter is not None:
            self.meter.note(_words_of(delta))

    def _note_loading(self, took_ns: object) -> None:
        """How long its server says that loading took, where it says so at the end."""
        if self.view.loaded_ms is None and isinstance(took_ns, int) and took_ns >= LOADS_NS:
            loaded_ms = self.view.started_ms + took_ns // 1_000_000
            self.view = msgspec.structs.replace(self.view, loaded_ms=loaded_ms, loads=True)

    def _note_token(self, tokens: int) -> None:
        if not self.sent_tokens:
            self.view = msgspec.structs.replace(self.view, first_token_ms=self._clock_ms())
        self.sent_tokens += tokens

    @property
    def quiet_ms(self) -> int:
        """For how long it has said nothing."""
        if self.sent_tokens and self._heard_s:
            return round(1e3 * (self._watch.now() - self._heard_s))
        return self._clock_ms() - (self.view.loaded_ms or self.view.started_ms)

    def ended(self, outcome: str, sentence: str = "") -> None:
        """Write down how it ended."""
        if self._seam is not None and outcome == "done":
            sentence = self._seam.told
        self.view = msgspec.structs.replace(
            self.view,
            ended_ms=self._clock_ms(),
            outcome=outcome,
            sentence=sentence,
            longest_gap_ms=round(self._longest_gap_s * 1e3) if self._longest_gap_s >= 0 else None,
            sent_tokens=self.given_tokens,
            cached_tokens=self.finish.usage.cache_read if self.finish is not None else None,
        )

    def usage(self, estimated_input: int) -> Usage:
        """What the model's server reported; our own count where that is nothing or nonsense."""
        seen = (estimated_input, self.sent_tokens, self.finish, self._told)
        if self._usage is None or self._usage[0] != seen:
            self._usage = seen, self._usage_of(estimated_input)
        return self._usage[1]

    def _usage_of(self, estimated_input: int) -> Usage:
        reported = self.finish.usage if self.finish is not None else Usage()
        sent_tokens = self._written
        if self.meter is not None and (self.finish is None or reported.output is None):
            sent_tokens = max(sent_tokens, self.meter.counted)
        if self.finish is None and self._told is not None:
            reported = self._as_told(self._told)
        return plausible(
            reported,
            input_tokens=estimated_input,
            sent_tokens=sent_tokens,
            context=self.card.context,
        )

    def _as_told(self, told: Usage) -> Usage:
        """What an answer without its end has used: what was told, and what came since."""
        output = told.output
        if output is not None and self.meter is not None:
            output = self.meter.counted
        elif output is not None:
            since = self._written - self._told_at
            output = output + since if self._told_at else max(output, since)
        return msgspec.structs.replace(told, output=output, certain=False, cost_nano=None)

    @property
    def _written(self) -> int:
        """Tokens that its model wrote, by our own count."""
        return self.sent_tokens + (self._seam.unsaid_tokens if self._seam else 0)


def _words_of(delta: Delta) -> str:
    """What was written, of a delta that is no text."""
    if isinstance(delta, ToolCallDelta):
        return delta.name + delta.arguments
    return delta.text if isinstance(delta, ThinkingDelta | RefusalDelta) else ""
