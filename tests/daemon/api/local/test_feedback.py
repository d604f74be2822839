"""Feedback over the door: it turns a decision, is kept once, and is told to watchers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from homeport.daemon.learning.learned import Learned, Outcome
from homeport.daemon.learning.outcomes import Outcomes
from support.whole_daemon import WholeDaemon, whole_daemon

LOCAL = "/homeport/v1"
ECHO = (
    "name=first;words=Yes indeed;parameters=8000000000 | name=second;words=No;parameters=7000000000"
)
PROMPT = "Write a Python function that reverses a linked list in place."


@pytest.fixture
async def daemon() -> AsyncIterator[WholeDaemon]:
    async with whole_daemon(ECHO) as started:
        yield started


async def asked(daemon: WholeDaemon, prompt: str = PROMPT) -> dict[str, Any]:
    result: dict[str, Any] = (await daemon.lines(f"{LOCAL}/ask", {"prompt": prompt}))[-1]["result"]
    return result


async def judged(daemon: WholeDaemon, decision: str, verdict: str, **fields: Any) -> Any:
    body = {"decision": decision, "verdict": verdict, **fields}
    reply = await daemon.ask("POST", f"{LOCAL}/feedback", body)
    assert reply.status == 200, reply.body
    return msgspec.json.decode(reply.body, type=wire.FeedbackReply)


async def why(daemon: WholeDaemon, decision: str) -> wire.Why:
    reply = await daemon.ask("GET", f"{LOCAL}/decisions/{decision}")
    return msgspec.json.decode(reply.body, type=wire.Why)


async def test_a_few_thumbs_turn_the_order_and_why_says_so(daemon: WholeDaemon) -> None:
    first = await asked(daemon)
    assert first["model_used"] == "echo/first"
    before = await why(daemon, first["decision"])
    assert before.steps[0].order[0].quality_source == "its size and quantisation"
    answer, thumbs = first, 0
    while answer["model_used"] == "echo/first" and thumbs < 5:
        reply = await judged(daemon, answer["decision"], "down")
        assert reply.after < reply.before
        thumbs += 1
        answer = await asked(daemon, f"{PROMPT} Variant {thumbs}.")
    after = await why(daemon, answer["decision"])
    ranked = {row.model: row.quality_source for row in after.steps[0].order}
    assert next(iter(ranked)) == "echo/second"
    assert ranked["echo/first"] == f"{thumbs} thumb{'s' * (thumbs > 1)} at code"
    assert after.replay == "identical"


async def test_a_second_thumb_replaces_the_first(daemon: WholeDaemon) -> None:
    answer = await asked(daemon)
    up = await judged(daemon, answer["decision"], "up")
    again = await judged(daemon, answer["decision"], "up")
    down = await judged(daemon, answer["decision"][:10], "down")
    assert up.after == again.after > down.after
    assert (down.source, down.before) == ("1 thumb at code", up.after)
    assert (await why(daemon, "last")).request.verdict == "down"


async def test_an_edit_keeps_no_text(daemon: WholeDaemon) -> None:
    answer = await asked(daemon)
    texts = {"original": "Yes indeed zanzibar", "edited": "Yes indeed quicksilver"}
    reply = await judged(daemon, answer["decision"], "edit", **texts)
    assert (reply.kept, reply.source) == (0.5, "1 edit at code")
    await daemon.daemon.database.flush()
    path = daemon.daemon.database.path
    kept = b"".join(file.read_bytes() for file in path.parent.glob("ledger.db*"))
    assert b"zanzibar" not in kept
    assert b"quicksilver" not in kept


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"decision": "nosuch", "verdict": "up"}, 404, "There is no decision `nosuch`."),
        ({"decision": "last", "verdict": "edit"}, 400, "An edit needs `original` and `edited`"),
        ({"decision": "last", "verdict": "up", "answer": 4}, 400, "no number 4"),
        ({"decision": "last", "verdict": "meh"}, 400, "verdict"),
    ],
)
async def test_what_cannot_be_taken_is_said_in_one_sentence(
    daemon: WholeDaemon, body: dict[str, Any], status: int, said: str
) -> None:
    await asked(daemon)
    reply = await daemon.ask("POST", f"{LOCAL}/feedback", body)
    assert reply.status == status
    assert said in reply.json["error"]["sentence"]


async def test_before_anything_was_asked_there_is_no_last(daemon: WholeDaemon) -> None:
    reply = await daemon.ask("POST", f"{LOCAL}/feedback", {"decision": "last", "verdict": "up"})
    assert reply.status == 404
    assert reply.json["error"]["sentence"].startswith("Nothing was asked yet")


async def test_watchers_are_told_and_the_feed_keeps_it(daemon: WholeDaemon) -> None:
    answer = await asked(daemon)
    await daemon.daemon.written_down()
    with daemon.daemon.bus.watch() as watcher:
        events = aiter(watcher)
        assert isinstance(await anext(events), wire.Snapshot)
        await judged(daemon, "last", "up")
        # The machine and the models change beside it.
        event = await anext(event async for event in events if isinstance(event, wire.Judged))
    assert (event.request.id, event.request.verdict) == (answer["decision"], "up")
    (row,) = daemon.daemon.bus.requests()
    assert row.verdict == "up"


async def test_what_left_the_feed_is_not_put_back(daemon: WholeDaemon) -> None:
    answer = await asked(daemon)
    await daemon.daemon.written_down()
    daemon.daemon.bus._requests.clear()
    await judged(daemon, answer["decision"], "up")
    assert daemon.daemon.bus.requests() == ()


async def test_models_show_what_was_learned_and_it_outlives_the_daemon(daemon: WholeDaemon) -> None:
    answer = await asked(daemon)
    await judged(daemon, answer["decision"], "up")
    reply = await daemon.ask("GET", f"{LOCAL}/models")
    (first, _) = msgspec.convert(reply.json["models"], tuple[wire.ModelView, ...])
    (seen,) = first.learned
    assert (seen.task, seen.outcomes, seen.calibrated) == ("code", 1, False)
    assert seen.confidence == "not calibrated yet (0 of 40 answers)"
    learned = Learned(Outcomes(daemon.daemon.database), lambda: 0)
    await learned.settled()
    assert repr(learned) == "Learned(1 outcomes of 1 models)"


async def completed(daemon: WholeDaemon) -> wire.RequestView:
    """An answer whose tokens have probabilities, as its row in the feed."""
    body = {"model": "echo/first", "messages": [{"role": "user", "content": PROMPT}]}
    reply = await daemon.ask("POST", "/v1/chat/completions", {**body, "logprobs": True})
    assert reply.status == 200, reply.body
    await daemon.daemon.written_down()
    return daemon.daemon.bus.requests()[-1]


async def test_a_confidence_becomes_a_chance_once_enough_answers_were_judged(
    daemon: WholeDaemon,
) -> None:
    raw = await completed(daemon)
    assert (raw.confidence, raw.raw_confidence, raw.calibrated) == (0.9048, 0.9048, False)
    assert raw.confidence_note == "not calibrated yet (0 of 40 answers)"
    assert dict(raw.signals).keys() == {"least", "length"}
    learned, card = daemon.daemon.learned, daemon.daemon.fleet.card("echo/first")
    for number in range(60):
        outcome = Outcome(
            at_ms=raw.at_ms, decision=f"d{number}", model=card.id, task="code", difficulty=40,
            source="check", good=float(number % 2), raw=0.9048, signals=raw.signals,
        )  # fmt: skip
        learned.note(outcome, card)
    await learned.settled()
    found = await completed(daemon)
    assert found.confidence == pytest.approx(0.5, abs=0.05)
    assert (found.raw_confidence, found.calibrated) == (0.9048, True)
    assert found.confidence_note.startswith("calibrated on 60 answers, error 0.")
