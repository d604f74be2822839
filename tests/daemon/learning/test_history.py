"""What is remembered of one model is bounded, and a later verdict takes the place of an earlier."""

from __future__ import annotations

from homeport.daemon.learning.history import EACH, History
from support.outcomes import an_outcome


def test_a_history_is_bounded_and_knows_its_verdicts() -> None:
    history = History()
    for number in range(EACH + 5):
        assert not history.add(an_outcome(number, source="thumb"))
    assert (len(history), history.noted) == (EACH, EACH + 5)
    assert history.add(an_outcome(EACH, source="thumb", good=0.0))
    assert not history.add(an_outcome(0, source="thumb"))
    assert len(history) == EACH
    assert (history.at("code"), history.at("chat")) == (list(history.all()), [])
    assert history.moment().outcomes == history.all()


def test_each_task_has_its_own_bound() -> None:
    history = History()
    for number in range(EACH + 1):
        history.add(an_outcome(number))
        history.add(an_outcome(number, task="chat"))
    assert len(history) == 2 * EACH
    assert [one.at_ms for one in history.at("chat")][:2] == [1001, 1002]
    assert repr(history) == f"<History {2 * EACH} outcomes>"


def test_a_moment_stands_still() -> None:
    history = History()
    history.add(an_outcome(1, source="edit"))
    moment = history.moment()
    history.add(an_outcome(1, source="edit", good=0.2))
    assert [one.good for one in moment.outcomes] == [1.0]
    assert (moment.noted, history.noted, history.replaced) == (1, 2, 1)
    assert [one.good for one in history.all()] == [0.2]
