"""Lines of an answer: what is understood, what is passed over, what is trouble."""

from __future__ import annotations

import msgspec
import pytest

from homeport.client.answer_lines import event_of, value_of
from homeport.client.errors import BrokenAnswer, DaemonError
from homeport.client.wire import (
    AskDeferred,
    AskDone,
    AskFailed,
    AskStatus,
    AskText,
    LinkView,
    OutboxItem,
    Trouble,
    VetoView,
)
from support.views import ask_result, request


@pytest.mark.parametrize("event", [AskStatus(request()), AskText("a", 1), AskDone(ask_result())])
def test_events_come_as_they_were_said(event: AskStatus | AskText | AskDone) -> None:
    assert event_of(msgspec.json.encode(event)) == event


def test_trouble_is_raised_whole() -> None:
    veto = VetoView("m", "privacy", "It is private.")
    trouble = Trouble("refused", "policy", "Nothing may.", vetoes=(veto,), decision="7f3a")
    with pytest.raises(DaemonError, match="Nothing may") as caught:
        event_of(msgspec.json.encode(AskFailed(trouble)))
    assert (caught.value.code, caught.value.blame) == ("refused", "policy")
    assert (caught.value.vetoes, caught.value.decision) == ((veto,), "7f3a")


def test_what_is_kept_for_later_is_raised_with_its_id() -> None:
    kept = AskDeferred(OutboxItem("ob1", "queued", 1, 1), "No interface is up.")
    with pytest.raises(DaemonError, match="Kept as ob1: No interface is up") as caught:
        event_of(msgspec.json.encode(kept))
    assert (caught.value.code, caught.value.status, caught.value.param) == ("deferred", 202, "ob1")


@pytest.mark.parametrize("line", [b'{"type":"weather","sun":true}', b'{"type":"later"}'])
def test_a_kind_that_nobody_knows_is_passed_over(line: bytes) -> None:
    assert event_of(line) is None


def test_fields_that_nobody_knows_are_passed_over() -> None:
    assert event_of(b'{"type":"text","text":"a","mood":"good"}') == AskText("a")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"<html>", "not JSON"),
        (b"[]", "not JSON"),
        (b'{"text":"a"}', "not JSON"),
        (b'{"type":"text"}', "not readable"),
        (b'{"type":"done","result":{"response":1}}', "not readable"),
        (b'{"type":"error"}', "not readable"),
    ],
)
def test_what_is_no_event_is_said(line: bytes, said: str) -> None:
    with pytest.raises(BrokenAnswer, match=said):
        event_of(line)


def test_a_whole_value() -> None:
    assert value_of(b'{"state":"online","more":1}', LinkView) == LinkView("online")
    with pytest.raises(BrokenAnswer, match="not readable"):
        value_of(b'{"state":"asleep"}', LinkView)
