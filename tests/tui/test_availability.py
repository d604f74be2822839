"""Why a key has nothing to do."""

from __future__ import annotations

from dataclasses import replace

from homeport.client import wire
from homeport.tui.availability import label_of, why_not
from homeport.tui.keys import KEYS
from homeport.tui.reducer import apply
from homeport.tui.state import State
from homeport.tui.view import View
from support import sights

KEY = {key.id: key for key in KEYS}


def live(**fields: object) -> State:
    return apply(State(phase="live"), sights.snapshot(**fields))


def reasons(state: State, view: View | None = None, *, readonly: bool = False) -> dict[str, str]:
    told = {key.id: why_not(key, state, view or View(), readonly=readonly) for key in KEYS}
    return {id_: reason for id_, reason in told.items() if reason}


def test_on_a_live_screen_only_retry_and_back_rest() -> None:
    assert set(reasons(live())) == {"retry", "back"}


def test_without_decisions_the_keys_that_need_one_say_so() -> None:
    told = reasons(live(requests=()))
    assert told["why"] == told["pause"] == told["copy"] == "There are no decisions yet."
    assert "help" not in told
    assert "offline" not in told


def test_without_a_daemon_nothing_can_be_asked_of_it() -> None:
    stopped = replace(live(), phase="stopped")
    told = reasons(stopped)
    assert told["why"] == "The daemon is not there to explain it."
    assert told["offline"] == "The daemon is not there to be told."
    assert "retry" not in told
    assert "filter" not in told


def test_readonly_changes_nothing() -> None:
    assert "--readonly" in reasons(live(), readonly=True)["offline"]


def test_there_is_a_way_back_from_everything() -> None:
    for view in (View(cursor="a"), View(filter="x"), View(errors_only=True), View(held={})):
        assert "back" not in reasons(live(), view)
    assert "back" not in reasons(live(), View(asking="offline"))


def test_labels_say_what_a_key_would_do_now() -> None:
    state = live()
    assert label_of(KEY["pause"], state, View()) == "Pause"
    assert label_of(KEY["pause"], state, View(held={})) == "Follow"
    assert label_of(KEY["errors"], state, View(errors_only=True)) == "All"
    chosen = live(link=wire.LinkView("offline", by_choice=True))
    assert label_of(KEY["offline"], chosen, View()) == "Go online"
