"""`homeport outbox`: the list, an answer, and the person's word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from homeport.client import wire
from support.fake_daemon import Asked, FakeDaemon
from support.views import snapshot

AT_MS = 1_795_262_400_000


def item(state: Any = "queued", name: str = "ob1", **fields: Any) -> wire.OutboxItem:
    fields = {"client": "editor", "model": "cloud"} | fields
    return wire.OutboxItem(name, state, AT_MS, AT_MS, **fields)


def holds(fake: FakeDaemon, *items: wire.OutboxItem, sentence: str = "") -> None:
    view = wire.OutboxView(queued=1, sentence=sentence)
    fake.answers["GET outbox"] = wire.OutboxReport(view, items)


def test_the_list_says_why_each_stands_as_it_does(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    holds(
        fake,
        item(sentence="No network interface is up.", when="off-peak"),
        item("uncertain", "ob2", sentence="It left.", cost_nano=5_000_000),
        item("answered", "ob3", answered_by="sky/a", cost_nano=7_000_000, custom_id="q1"),
        item("answered", "ob4", read_ms=AT_MS),
        sentence="No network interface is up.",
    )
    ran = homeport("outbox")
    assert ran.status == 0
    assert "No network interface is up; off-peak" in ran.out
    assert "It left; booked: ~$0.005" in ran.out
    assert "q1; sky/a, $0.007" in ran.out
    assert "ob4" not in ran.out
    assert "Nothing is sent now: No network interface is up." in ran.err
    assert "What is uncertain may have been answered" in ran.err
    assert "answered, read" in homeport("outbox", "list", "--all").out


def test_an_empty_outbox_is_said(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    holds(fake)
    assert homeport("outbox").out == "The outbox is empty.\n"
    assert homeport("outbox", "--json").json() == []


@pytest.mark.parametrize("name", ["中", "a b", "a?b", "a\r\nX: y", "\udcff", ".."])
def test_an_id_is_asked_for_as_it_was_typed(
    fake: FakeDaemon, homeport: Callable[..., Any], name: str
) -> None:
    for action in ("show", "drop"):
        assert homeport("outbox", action, name).status == 2
    typed = quote(name.replace("\udcff", "?"), safe="")
    assert fake.routes() == [f"GET outbox/{typed}", f"POST outbox/{typed}"]


@pytest.mark.parametrize("action", ["show", "drop", "retry"])
def test_nothing_is_no_id(fake: FakeDaemon, homeport: Callable[..., Any], action: str) -> None:
    ran = homeport("outbox", action, "")
    assert (ran.status, fake.routes()) == (2, [])
    assert "Name an item" in ran.err


def test_every_page_is_read(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    def page(asked: Asked) -> wire.OutboxReport:
        first = "after=" not in asked.query
        one = item(name="ob1" if first else "ob2")
        return wire.OutboxReport(wire.OutboxView(), (one,), more=first)

    fake.answers["GET outbox"] = page
    found = homeport("outbox", "list", "abcdef", "--json").json()
    assert [one["id"] for one in found] == ["ob1", "ob2"]
    assert "batch=abcdef" in fake.last("GET outbox").query


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"message": {"content": "Yes."}}]},
        {"choices": [{"text": "Yes."}]},
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}]},
        {"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Yes."}]},
        {"candidates": [{"content": {"parts": [{"text": "Yes."}]}}]},
        {"message": {"role": "assistant", "content": "Yes."}},
        {"response": "Yes.", "model_used": "sky/a"},
        "Yes.",
    ],
)
def test_the_words_of_an_answer_are_shown_whichever_door_gave_it(
    fake: FakeDaemon, homeport: Callable[..., Any], answer: Any
) -> None:
    one = item("answered", answered_by="sky/a", decision="d1")
    fake.answers["GET outbox/ob1"] = wire.OutboxDetail(one, {}, answer)
    fake.answers["POST outbox/ob1"] = {"items": []}
    ran = homeport("outbox", "show", "ob1")
    assert (ran.status, ran.out) == (0, "Yes.\n")
    assert fake.last("POST outbox/ob1").body == {"action": "read"}


def test_what_has_no_answer_is_shown_as_it_stands(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    one = item(sentence="The day's budget is spent.", tries=2, bytes=90, next_ms=AT_MS)
    fake.answers["GET outbox/ob1"] = wire.OutboxDetail(one, {"q": 1})
    ran = homeport("outbox", "show", "ob1")
    assert "The day's budget is spent." in ran.out
    assert "tries" in ran.out
    assert "POST outbox/ob1" not in fake.routes()
    assert homeport("outbox", "show", "ob1", "--json").json()["request"] == {"q": 1}


def test_the_person_decides(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST outbox/ob1"] = {"items": [item("queued")]}
    fake.answers["POST outbox/ob2"] = {"items": [item("uncertain", "ob2")]}
    fake.answers["GET status"] = snapshot(outbox=wire.OutboxView(queued=1))
    ran = homeport("outbox", "retry", "ob1")
    assert (ran.out, ran.err) == ("ob1 is queued.\n", "1 queued\n")
    ran = homeport("outbox", "drop", "ob2")
    assert ran.out == "ob2 is forgotten.\n"
    fake.answers["POST outbox/ob1"] = {"items": [item("cancelled")]}
    assert homeport("outbox", "drop", "ob1").out == "ob1 is cancelled.\n"
    assert homeport("outbox", "drop", "ob1", "--json").json()[0]["state"] == "cancelled"


def test_an_item_has_to_be_named(homeport: Callable[..., Any]) -> None:
    ran = homeport("outbox", "retry")
    assert ran.status == 2
    assert "homeport outbox retry ID" in ran.err
