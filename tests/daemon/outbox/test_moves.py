"""From state to state: what may become of an item, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from homeport.daemon.outbox import moves
from homeport.daemon.outbox.item import Item, Kept, kept_of, row_of
from support.outboxes import kept

NOW = 1_795_262_400_000


class OneItem(RuleBasedStateMachine):
    """An item, a provider that counts, a daemon that dies, and a person.

    The rules are what the daemon does, each in its order: written down, then sent.
    """

    @initialize()
    def put(self) -> None:
        self.item = kept("a", at_ms=NOW)
        self.now = NOW
        self.sent = 0
        """How often a byte of it left."""
        self.allowed = 1
        """How often it may have: once, and once more for each time the person said so, or a
        provider said that it did nothing."""
        self.has_answer = False
        self.on_its_way = False
        """A living daemon waits for what becomes of it."""

    def _move(self, move: Callable[[Kept], Kept]) -> bool:
        """Through the file and back, as it really goes; whether it could be done."""
        try:
            moved = move(kept_of(_written(self.item)))
        except moves.WrongState:
            return False
        self.item = kept_of(_written(moved))
        assert self.item.intact
        return True

    @property
    def state(self) -> str:
        return self.item.item.state

    @rule()
    @precondition(lambda self: self.state == "queued")
    def leave(self) -> None:
        assert self._move(partial(moves.leaves, decision="d", model="m", now_ms=self.now))
        self.sent += 1
        self.on_its_way = True

    @rule()
    @precondition(lambda self: self.on_its_way)
    def answer(self) -> None:
        if self._move(partial(moves.answered, answer=b"{}", now_ms=self.now)):
            self.has_answer = True
        self.on_its_way = False

    @rule()
    @precondition(lambda self: self.on_its_way)
    def turn_away(self) -> None:
        wait = partial(moves.waits, sentence="no", next_ms=self.now + 5, now_ms=self.now)
        self.allowed += self._move(wait)
        self.on_its_way = False

    @rule()
    @precondition(lambda self: self.on_its_way)
    def cut(self) -> None:
        self._move(partial(moves.cut_off, sentence="cut", now_ms=self.now, cost_nano=1))
        self.on_its_way = False

    @rule()
    @precondition(lambda self: self.on_its_way)
    def fail(self) -> None:
        self._move(partial(moves.failed, answer=b"", now_ms=self.now, sentence="no"))
        self.on_its_way = False

    @rule()
    def die_and_start(self) -> None:
        self.on_its_way = False
        if self.state == "sending":
            assert self._move(partial(moves.cut_off, sentence="x", now_ms=self.now, cost_nano=1))

    @rule()
    def cancel(self) -> None:
        before = self.state
        done = self._move(partial(moves.cancelled, now_ms=self.now))
        assert done == (before in moves.STILL)
        self.on_its_way = self.on_its_way and not done

    @rule()
    def retry(self) -> None:
        before = self.state
        done = self._move(partial(moves.again, now_ms=self.now))
        assert done == (before in moves.OVER)
        self.allowed += done

    @rule()
    def read(self) -> None:
        assert self._move(partial(moves.read, now_ms=self.now)) == (self.state == "answered")

    @rule(days=st.floats(0, 400))
    def wait(self, days: float) -> None:
        self.now += int(days * moves.DAY_MS)

    @invariant()
    def it_left_no_more_often_than_it_may_have(self) -> None:
        if hasattr(self, "item"):
            assert self.sent <= self.allowed

    @invariant()
    def an_answer_is_never_lost_or_replaced(self) -> None:
        if hasattr(self, "item") and self.has_answer:
            assert (self.state, self.item.answer) == ("answered", b"{}")

    @invariant()
    def it_waits_for_a_living_daemon_alone(self) -> None:
        if hasattr(self, "item") and self.on_its_way:
            assert self.state == "sending"


TestOneItem = OneItem.TestCase


def _written(one: Kept):  # type: ignore[no-untyped-def]
    row = row_of(one)
    return row._replace(checksum=row.sum())


def item(**fields: object) -> Item:
    base = {"id": "a", "at_ms": NOW, "since_ms": NOW, "from_ms": NOW, "path": "/v1"}
    return Item(**(base | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "ahead_ms", "due"),
    [
        ({}, 0, True),
        ({"next_ms": NOW + 5000}, 0, False),
        ({"next_ms": NOW + 5000}, 5000, True),
        ({"next_ms": NOW + 2 * moves.HOUR_MS}, 0, True),
        ({"state": "sending"}, 0, False),
    ],
)
def test_when_it_is_due(fields: dict[str, object], ahead_ms: int, due: bool) -> None:
    """A moment that is hours off was written by another clock, and does not count."""
    assert moves.is_due(item(**fields), NOW + ahead_ms) is due


def test_a_clock_that_is_set_back_expires_and_forgets_nothing() -> None:
    assert not moves.is_expired(item(), 1, NOW - 10 * moves.DAY_MS)
    read = item(state="answered", read_ms=NOW)
    assert not moves.is_read_long_ago(read, NOW - 10 * moves.DAY_MS)
    assert not moves.is_past(item(state="cancelled"), NOW - 10 * moves.DAY_MS)


def test_an_answer_that_nobody_read_is_never_past() -> None:
    assert not moves.is_past(item(state="answered"), NOW + 4000 * moves.DAY_MS)
    assert not moves.is_past(item(state="uncertain"), NOW + 4000 * moves.DAY_MS)
    assert moves.is_past(item(state="cancelled"), NOW + 8 * moves.DAY_MS)


def test_what_was_forgotten_cannot_be_asked_again() -> None:
    gone = moves.forgotten(Kept(item(state="failed"), b"x"))
    with pytest.raises(moves.WrongState, match="forgotten"):
        moves.again(gone, NOW)


def test_what_needs_the_link_waits_without_a_try() -> None:
    waiting = moves.needs_the_link(Kept(item(asks_home=True), b"x"), "no link")
    assert (waiting.item.asks_home, waiting.item.tries) == (False, 0)
    with pytest.raises(moves.WrongState):
        moves.needs_the_link(Kept(item(state="sending"), b"x"), "no link")
