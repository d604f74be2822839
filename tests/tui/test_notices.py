"""What is unusual, in words."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from homeport.client import wire
from homeport.tui.notices import absence, notices, waiting_words
from homeport.tui.reducer import apply, hear
from homeport.tui.state import State
from support import sights


def said(state: State) -> list[str]:
    return [sentence for sentence, _ in notices(state)]


def after(scene: str) -> list[str]:
    """The notices at the end of a scene."""
    state = State()
    for news, now_ms in sights.scenes()[scene]:
        state = hear(state, news, now_ms)
    return said(state)


def test_nothing_is_said_when_all_is_well_or_nothing_is_known() -> None:
    assert after("live") == []
    assert after("no-daemon") == []
    assert after("slow-watcher") == []


def test_a_quiet_line_says_its_age() -> None:
    sentence = "Nothing heard from the daemon for 34s; this is the picture of 14:03."
    assert after("quiet") == [sentence]


def test_a_daemon_that_stopped_and_one_that_vanished() -> None:
    ends = "at 14:03; this is its last picture. Start it with: homeport start"
    assert after("stopped") == [f"The daemon stopped {ends}"]
    assert after("gone") == [f"The daemon is gone: last heard {ends}"]
    assert "ends what runs" in after("stopping")[0]
    draining = replace(apply(State(), sights.snapshot(draining=True)), phase="stopping")
    assert said(draining) == after("stopping")


def test_other_trouble_keeps_the_picture_and_says_its_time() -> None:
    state = apply(State(heard_ms=sights.NOW_MS), sights.snapshot())
    state = replace(state, phase="refused", trouble="Not yours.")
    assert said(state) == ["Not yours. Below is the picture of 14:03."]


def test_offline_says_since_when_and_why() -> None:
    chosen = "Offline by choice since 13:40: cloud models rest. o goes online again."
    assert after("offline-by-choice") == [chosen]
    reason = "(no route to the internet)"
    assert after("offline-since") == [
        f"Offline since 13:40 {reason}: cloud models rest, local models go on."
    ]


def test_offline_without_a_time_or_a_reason() -> None:
    state = apply(State(phase="live"), sights.snapshot(link=wire.LinkView("offline")))
    assert said(state) == ["Offline: cloud models rest, local models go on."]


def test_a_spent_budget_says_until_when() -> None:
    assert after("budget-spent") == [
        "Today's budget is spent ($2.00 of $2.00): paid models rest until 00:00. "
        "b changes it, as does: homeport budget"
    ]


def test_a_spent_month_says_its_date() -> None:
    month = sights.spend().windows[1]
    window = wire.WindowView("month", month.spent_nano, month.spent_nano, 0, month.resets_at_ms)
    state = apply(State(phase="live"), sights.snapshot(spend=wire.SpendView((window,))))
    assert "This month's budget" in said(state)[0]
    assert "until 2026-12-01" in said(state)[0]


def test_a_refused_config_and_another_version() -> None:
    assert after("config-refused") == ['The config file is not in force: line 3: unknown key "mod"']
    assert after("older-daemon")[0].startswith("The daemon is version 0.0.9, this program is ")


def test_what_is_said_of_money_is_said_for_some_minutes() -> None:
    state = State()
    for news, now_ms in sights.moments()["alerted"]:
        state = hear(state, news, now_ms)
    assert said(state) == ["80 % of today's limit of $2.00 are spent."]
    assert said(replace(state, heard_ms=sights.NOW_MS + 601_000)) == []


def test_a_prompt_that_waits_at_a_limit_says_what_lets_it_go_on() -> None:
    waits = sights.waits()
    words = f"zed waits at today's limit: $0.09 more lets {sights.SONNET} answer. b says yes or no."
    assert waiting_words(waits) == words
    scoped = structs.replace(waits, client="", window="week", scope="tag", name="trip")
    assert waiting_words(scoped).startswith("A prompt waits at this week's limit of trip: ")


def test_the_outbox_says_what_needs_the_person() -> None:
    outbox = wire.OutboxView(queued=3, failed=1, uncertain=2, answered=1)
    state = replace(apply(State(), sights.snapshot(outbox=outbox)), phase="live")
    assert said(state) == [
        "Outbox: 2 prompts may have been answered, which nobody knows, 1 prompt could not be "
        "answered, 1 prompt answered and not read. See: homeport outbox"
    ]
    waiting = sights.snapshot(outbox=wire.OutboxView(queued=3))
    assert said(replace(apply(State(), waiting), phase="live")) == []


def test_why_there_is_no_daemon_is_one_sentence_where_the_body_is_about_something_else() -> None:
    for scene in ("starting", "no-daemon", "refused", "trouble", "versions-differ"):
        state = State()
        for news, now_ms in sights.scenes()[scene]:
            state = hear(state, news, now_ms)
        ((sentence, _),) = absence(state)
        assert sentence
    assert absence(replace(apply(State(), sights.snapshot()), phase="stopped")) == []
