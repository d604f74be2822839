"""One attempt: its deltas, its clock, and how it may end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeport.adapters.base import (
    AttemptFailed,
    Delta,
    Finish,
    Limits,
    RefusalDelta,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    failed,
)
from homeport.daemon.routing import attempt as attempt_module
from homeport.daemon.routing.attempt import Attempt, Watch
from support.scripted import Script, ScriptedAdapter, card, prompt

CARD = card("scripted/a")


def attempt_of(script: Script, prefix: str = "") -> tuple[Attempt, ScriptedAdapter]:
    ticks = itertools.count(1_000)
    attempt = Attempt("r", 1, CARD, prefix, lambda: next(ticks))
    attempt.adapter = adapter = ScriptedAdapter({CARD.id: script}, [CARD])
    return attempt, adapter


async def run(attempt: Attempt, **limits: float) -> list[object]:
    bounds = Limits(max_tokens=10, **({"deadline_s": 5.0} | limits))  # type: ignore[arg-type]
    attempt.start(prompt(), bounds, None)
    deltas: list[object] = []
    try:
        while attempt.finish is None:
            deltas.append(await attempt.next())
    finally:
        await attempt.close()
    return deltas


class Told(ScriptedAdapter):
    """Plays deltas as they are."""

    def __init__(self, *deltas: Delta) -> None:
        super().__init__({}, [CARD])
        self.deltas = deltas

    async def stream(self, *_: Any, **__: Any) -> AsyncIterator[Delta]:
        """The deltas."""
        for delta in self.deltas:
            yield delta


@pytest.mark.parametrize(
    ("before", "extras", "loads", "loaded"),
    [
        ([StatusDelta("queued"), StatusDelta("prefill")], {}, False, True),
        ([StatusDelta("loading"), StatusDelta("prefill")], {}, True, True),
        ([], {"load_duration": 2_000_000_000}, True, True),
        ([], {"load_duration": 40_000_000}, False, False),
        ([], {"load_duration": "long"}, False, False),
        ([], {}, False, False),
    ],
)
async def test_loading_is_told_from_waiting_in_line(
    before: list[Delta], extras: dict[str, Any], loads: bool, loaded: bool
) -> None:
    attempt, _ = attempt_of(Script())
    usage = Usage(input=7, cache_read=5, output=1)
    attempt.adapter = Told(*before, TextDelta("Hi"), Finish("stop", usage, extras=extras))
    await run(attempt)
    attempt.ended("done")
    assert attempt.view.loads == loads
    assert (attempt.view.loaded_ms is not None) == loaded
    assert attempt.view.cached_tokens == 5


async def test_a_whole_answer_ends_with_its_finish() -> None:
    attempt, adapter = attempt_of(Script())
    deltas = await run(attempt)
    assert isinstance(deltas[-1], Finish)
    assert "".join(attempt.text) == "Hello there."
    assert attempt.sent_tokens == 3
    assert attempt.usage(99) == Usage(input=7, output=3)
    attempt.ended("done")
    assert repr(attempt) == "Attempt(r.1 at scripted/a: done, 3 tokens)"
    assert attempt.view.first_token_ms is not None
    assert adapter.closed == 1


async def test_an_end_without_a_finish_is_a_truncated_answer() -> None:
    attempt, _ = attempt_of(Script(ends_early=True))
    with pytest.raises(AttemptFailed) as caught:
        await run(attempt)
    assert (caught.value.failure.kind, caught.value.failure.sent_tokens) == ("truncated", 3)


@pytest.mark.parametrize(
    ("words", "limits", "kind"),
    [
        ((), {"first_token_s": 0.01}, "first_token_timeout"),
        (("a",), {"gap_s": 0.01}, "stall"),
        (("a",), {"deadline_s": 0.01}, "deadline"),
    ],
)
async def test_an_adapter_that_hangs_is_given_up(
    words: tuple[str, ...], limits: dict[str, float], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt_module, "GRACE_S", 0.01)
    attempt, adapter = attempt_of(Script(words=words, hangs=True))
    with pytest.raises(AttemptFailed) as caught:
        await run(attempt, **limits)
    assert caught.value.failure.kind == kind
    assert adapter.closed == 1


async def test_an_adapter_with_a_mistake_costs_one_attempt() -> None:
    attempt, adapter = attempt_of(Script())
    adapter.scripts.clear()
    with pytest.raises(AttemptFailed) as caught:
        await run(attempt)
    assert caught.value.failure.kind == "garbage"
    assert "the log says where" in caught.value.failure.sentence


async def test_cancelling_the_reader_closes_the_stream_and_stays_a_cancellation() -> None:
    attempt, adapter = attempt_of(Script(hangs=True))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(run(attempt))
        while attempt.sent_tokens < 3:
            await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    assert adapter.closed == 1


async def test_usage_that_nobody_reported_is_our_own_count_and_not_certain() -> None:
    attempt, _ = attempt_of(Script(usage=Usage(input=None, output=None)))
    await run(attempt)
    assert attempt.usage(42) == Usage(input=42, output=3, certain=False)


async def test_a_refusal_cannot_be_gone_on_from() -> None:
    attempt, _ = attempt_of(Script())
    attempt._note(TextDelta("a", logprobs=(TokenLogprob("a", -0.5),)))
    assert (attempt.logprob_sum, attempt.logprob_count) == (-0.5, 1)
    attempt._note(ThinkingDelta("hm"))
    attempt._note(ToolCallDelta(index=0, name="f"))
    assert attempt.resumable
    attempt._note(RefusalDelta("I will not"))
    assert not attempt.resumable


async def test_what_was_kept_back_is_taken_from_what_was_given_not_from_what_was_written() -> None:
    attempt, _ = attempt_of(Script())
    attempt._note(TextDelta("a"))
    attempt._note(ToolCallDelta(index=0, name="f"))
    attempt.withdraw(1, 1, False)
    assert (attempt.text, attempt.call_deltas, attempt.given_tokens) == (["a"], [], 1)
    assert attempt.usage(9).output == 2


async def test_what_a_server_counted_before_it_failed_is_booked_as_an_estimate() -> None:
    class Counting(ScriptedAdapter):
        async def stream(self, *args: Any, **named: Any) -> AsyncIterator[Delta]:
            yield TextDelta("a")
            error = failed(CARD.id, "reset", "It broke.")
            error.usage = Usage(input=400, output=500, reasoning=499)
            raise error

    attempt, _ = attempt_of(Script())
    attempt.adapter = Counting({}, [CARD])
    with pytest.raises(AttemptFailed):
        await run(attempt)
    assert attempt.usage(7) == Usage(input=400, output=500, reasoning=499, certain=False)


def test_a_watch_that_is_due_at_once_goes_on_watching() -> None:
    loops = pytest.importorskip("uvloop", reason="whose timers of no time are none")

    async def words() -> AsyncIterator[Delta]:
        yield TextDelta("in time")

    async def watched() -> Delta:
        watch = Watch(0.0)
        delta = await watch.next(words(), watch.now() + 60.0)
        watch.stop()
        return delta

    with asyncio.Runner(loop_factory=loops.new_event_loop) as runner:
        assert runner.run(watched()) == TextDelta("in time")
