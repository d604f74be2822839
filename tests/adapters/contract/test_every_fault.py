"""Every kind of upstream with every fault of the lab: each attempt ends as the table says.

An attempt gives the words that came before its fault and then one `Finish` or one
`AttemptFailed`; the upstream was called once; the next prompt is answered whole.
"""

from __future__ import annotations

import asyncio
import sys
from typing import NamedTuple

import pytest

from homeport.adapters.base import AttemptFailed, Finish
from homeport.lab.faults import FAULTS, STATUSES
from homeport.policies.model import FailureKind
from support.asks import Outcome
from support.polling import until
from support.silence import UNHURRIED, silenced
from support.upstream_kinds import KINDS, Upstream, text_of, upstream

WORDS = ("w1", " w2", " w3", " w4")
SCRIPT = {"words": len(WORDS), "always_usage": True}
MOST_GROWTH_BYTES = 256 * 1024 * 1024
"""What an attempt may take for a gigabyte: a quarter, of which the lab's own buffers are a part."""


class Ends(NamedTuple):
    """How an attempt ends."""

    kind: FailureKind | None = None
    """None is a whole answer."""
    words: int = 0
    """That reached the caller."""
    calls: int = 1
    """Prompts that reached the upstream."""
    status: int | None = None
    retry_after_ms: int | None = None
    is_late: bool = False
    """A limit ends it."""
    lets_go: bool = False
    """The upstream sees its connection closed while it still has something to say."""


WHOLE = Ends(None, len(WORDS))
TABLE: dict[str, Ends] = {
    "refuse": Ends("refused", calls=0),
    "close_on_connect": Ends("reset", calls=0),
    "reset_on_connect": Ends("reset", calls=0),
    "silence": Ends("first_token_timeout", calls=0, is_late=True),
    "slow_headers": Ends("first_token_timeout", is_late=True, lets_go=True),
    "slow_headers:seconds=0.05": WHOLE,
    "endless_headers": Ends("garbage", lets_go=True),
    "no_http": Ends("garbage"),
    "hang_up": Ends("reset"),
    "web_page": Ends("garbage"),
    "empty": Ends("truncated"),
    "lying_type": Ends("garbage"),
    "lying_encoding": WHOLE,
    "wrong_charset": Ends("garbage"),
    "drip": WHOLE,
    "reset": Ends("reset"),
    "reset@0": Ends("reset"),
    "reset@2": Ends("reset", 2),
    "stall": Ends("first_token_timeout", is_late=True, lets_go=True),
    "stall@0": Ends("first_token_timeout", is_late=True, lets_go=True),
    "stall@2": Ends("stall", 2, is_late=True, lets_go=True),
    "stall@2:seconds=0.05": WHOLE,
    "cut": Ends("reset", 4),
    "cut@0": Ends("reset"),
    "cut@2": Ends("reset", 2),
    "clean_end": Ends("truncated", 4),
    "clean_end@0": Ends("truncated"),
    "clean_end@2": Ends("truncated", 2),
    "garbage@0": Ends("garbage"),
    "garbage@2": Ends("garbage", 2),
    "bad_json@0": Ends("garbage"),
    "bad_json@2": Ends("garbage", 2),
    "deep_json@0": Ends("garbage"),
    "deep_json@2": Ends("garbage", 2),
    "long_line@0": Ends("garbage", lets_go=True),
    "long_line@2": Ends("garbage", 2, lets_go=True),
    "error_event@0": Ends("overloaded"),
    "error_event@2": Ends("overloaded", 2),
    "bad_chunk@0": Ends("garbage"),
    "bad_chunk@2": Ends("garbage", 2),
    "trailing_bytes": WHOLE,
    "wrong_usage": WHOLE,
    "no_usage": WHOLE,
    "300": Ends("garbage", status=300),
    "400": Ends("rejected", status=400),
    "401": Ends("unauthorized", status=401),
    "402": Ends("rate_limited", status=402),
    "403": Ends("unauthorized", status=403),
    "404": Ends("missing", status=404),
    "408": Ends("overloaded", status=408),
    "413": Ends("context_overflow", status=413),
    "422": Ends("rejected", status=422),
    "429": Ends("rate_limited", status=429),
    "429:retry_after=7": Ends("rate_limited", status=429, retry_after_ms=7000),
    "500": Ends("overloaded", status=500),
    "502": Ends("overloaded", status=502),
    "503": Ends("overloaded", status=503),
    "503:retry_after=2": Ends("overloaded", status=503, retry_after_ms=2000),
    "504": Ends("overloaded", status=504),
    "529": Ends("overloaded", status=529),
    "529:retry_after=1": Ends("overloaded", status=529, retry_after_ms=1000),
}
# The official client does not look at the content type, and unpacks what is said to be packed.
OTHERWISE: dict[tuple[str, str], Ends] = {
    ("ollama", "lying_type"): WHOLE,
    ("ollama", "lying_encoding"): Ends("garbage"),
    # What passes as it came is asked for without the client that believes the encoding.
    ("ollama, wired", "lying_encoding"): WHOLE,
}
STATUS_IN_STREAM = {"anthropic": 529, "gemini": 503, "llama-server": 503}
"""What an error inside a stream tells of its status, where the wire has a word for it."""


def test_every_fault_of_the_lab_is_in_the_table() -> None:
    played = {text.partition("@")[0].partition(":")[0] for text in TABLE}
    assert {row.kind for row in FAULTS} | set(map(str, STATUSES)) <= played


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("fault", TABLE)
async def test_an_attempt_ends_as_the_table_says(name: str, fault: str) -> None:
    wire = name.partition(",")[0]
    ends = OTHERWISE.get((name, fault)) or OTHERWISE.get((wire, fault), TABLE[fault])
    async with upstream(name, script=SCRIPT) as each:
        await each.lab.set_faults(fault)
        before = _peak_bytes()
        outcome = await (_silenced(each, ends) if ends.is_late else each.run())
        assert _peak_bytes() - before < MOST_GROWTH_BYTES
        _ended(outcome, ends, each.card.id, status=_status(wire, fault, ends))
        assert each.lab.log.calls() == ends.calls
        if ends.lets_go:
            await until(lambda: each.lab.log.last.outcome == "left")
        await _is_well_again(each)


async def _silenced(each: Upstream, ends: Ends) -> Outcome:
    said = "".join(WORDS[: ends.words])
    stream = each.stream(UNHURRIED)
    return await silenced(stream, each.lab.stalled, lambda heard: text_of(heard) == said)


def _status(wire: str, fault: str, ends: Ends) -> int | None:
    return STATUS_IN_STREAM.get(wire) if fault.startswith("error_event") else ends.status


def _ended(outcome: Outcome, ends: Ends, model: str, *, status: int | None) -> None:
    """One end, the words before it, and what is told of it."""
    finishes = [delta for delta in outcome.deltas if isinstance(delta, Finish)]
    assert text_of(outcome) == "".join(WORDS[: ends.words])
    if ends.kind is None:
        assert outcome.failure is None
        assert finishes == [outcome.deltas[-1]]
        return
    assert not finishes
    assert outcome.failure is not None
    assert outcome.failure.kind == ends.kind
    assert outcome.failure.model == model
    assert outcome.failure.sent_tokens == ends.words
    assert outcome.failure.status == status
    assert outcome.failure.retry_after_ms == ends.retry_after_ms


async def _is_well_again(each: Upstream) -> None:
    """What is left of a fault harms no later prompt."""
    await each.lab.set_faults()
    outcome = await each.run()
    assert outcome.failure is None
    assert text_of(outcome) == "".join(WORDS)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("fault", "told"), [("wrong_usage", (30, 40, True)), ("no_usage", (None, None, False))]
)
async def test_usage_is_what_was_told_and_never_made_up(
    name: str, fault: str, told: tuple[int | None, int | None, bool]
) -> None:
    async with upstream(name, script=SCRIPT, faults=[fault]) as each:
        usage = (await each.run()).finish.usage
    assert (usage.input, usage.output, usage.certain) == told


@pytest.mark.parametrize("name", [name for name in KINDS if "," not in name])
@pytest.mark.parametrize(
    "fault",
    [
        "deep_json:depth=600000",
        "long_line",
        "endless_headers",
        "web_page",
        "wrong_charset",
        "empty",
    ],
)
async def test_a_list_of_models_may_be_as_hostile(name: str, fault: str) -> None:
    async with upstream(name, script=SCRIPT) as each:
        await each.lab.set_faults(f"{fault}{',' if ':' in fault else ':'}on=models")
        with pytest.raises(AttemptFailed) as caught:
            await each.adapter.models(each.egress.probe_permit(each.adapter.origin))
    assert caught.value.failure.kind == "garbage"


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("at", [0, 2])
async def test_a_caller_that_leaves_is_seen_by_the_upstream(name: str, at: int) -> None:
    async with upstream(name, script=SCRIPT, faults=[f"stall@{at}"]) as each:
        task = asyncio.ensure_future(each.run())
        await asyncio.wait_for(each.lab.stalled.wait(), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(each.lab.left.wait(), 20)
        await _is_well_again(each)


def _peak_bytes() -> int:
    """The most memory that this process ever had; unknown where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
