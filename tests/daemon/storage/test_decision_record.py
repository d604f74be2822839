"""A decision's record: packed, read again whatever program wrote it, replayed."""

from __future__ import annotations

import dataclasses
import json
import zlib
from typing import Any

import msgspec
import pytest

from homeport.daemon.storage.decision_record import (
    PLAIN_BYTES,
    DecisionRecord,
    Unreadable,
    completed,
    digests_in,
    neutral,
    replay,
    unpacked,
)
from homeport.policies.model import Budget, ModelCard
from support.decisions import PartsInMemory, a_record

# -- replaying -------------------------------------------------------------------------


def test_a_changed_decision_is_different() -> None:
    record = a_record("0001")
    only = record.steps[0]
    changed = dataclasses.replace(only.decision, because=only.decision.because + " Or so.")
    other = dataclasses.replace(record, steps=(dataclasses.replace(only, decision=changed),))
    assert replay(other) == "different"


def test_another_engine_version_is_not_compared() -> None:
    record = a_record("0001")
    old = dataclasses.replace(record.steps[0].decision, engine_version="0")
    steps = (dataclasses.replace(record.steps[0], decision=old),)
    assert replay(dataclasses.replace(record, steps=steps)) == "other-version"


def test_nothing_logged_is_said_so() -> None:
    assert replay(dataclasses.replace(a_record("0001"), steps=())) == "not-logged"


# -- records of other versions, and garbage ------------------------------------------------


def stored(record: DecisionRecord) -> tuple[dict[str, Any], dict[str, Any]]:
    """As programs wrote it that knew no digests."""
    inside = {"ask": record.ask, "steps": record.steps}
    return msgspec.to_builtins(record.view), msgspec.to_builtins(inside)


def read(view: object, steps: object) -> DecisionRecord:
    return unpacked(json.dumps(view).encode(), zlib.compress(json.dumps(steps).encode()), {})


def test_a_record_of_an_older_program_is_read_and_replays() -> None:
    record = a_record("0001", failed=True)
    assert read(*stored(record)) == record
    assert replay(read(*stored(record))) == "identical"


def test_what_records_share_is_in_none_of_them() -> None:
    parts, record = PartsInMemory(), a_record("0001")
    data = parts.packed(record)
    assert b"trusted_hosts" not in data
    assert b"capabilities" not in data
    assert len(parts.by_digest) == 5  # two cards, a policy, a ruling and a plan
    assert data.count(b'"difficulty"') == 1  # the step's ask is the record's own
    assert digests_in(data) == parts.by_digest.keys()
    again = parts.read(msgspec.json.encode(record.view), data)
    assert again == record
    assert replay(again) == "identical"


def test_a_record_without_a_part_that_it_holds_is_unreadable() -> None:
    record = a_record("0001")
    data = PartsInMemory().packed(record)
    with pytest.raises(Unreadable, match="is not there"):
        unpacked(msgspec.json.encode(record.view), data, {})


def test_a_long_record_is_compressed() -> None:
    parts, record = PartsInMemory(), a_record("0001")
    long = dataclasses.replace(record, steps=record.steps * 20)
    data = parts.packed(long)
    assert len(data) < PLAIN_BYTES
    assert digests_in(data) == parts.by_digest.keys()
    assert parts.read(msgspec.json.encode(record.view), data) == long


def test_fields_that_an_older_program_did_not_have_are_filled() -> None:
    view, inside = stored(a_record("0001", failed=True))
    for gone in ("language", "tags", "max_tokens", "urgency", "deadline_ms"):
        del inside["ask"][gone]
    del inside["steps"][0]["decision"]["because"]
    del inside["steps"][0]["candidates"][0]["quality"]
    del inside["steps"][1]["history"]
    del inside["steps"][1]["budget"]
    del view["state"]
    record = read(view, inside)
    assert (record.ask.language, record.ask.tags, record.ask.max_tokens) == ("", (), None)
    assert record.steps[0].decision.because == ""
    assert record.steps[0].candidates[0].quality == 0.0
    assert record.steps[1].history == ()
    assert record.steps[1].budget == Budget()
    assert record.view.state == "deciding"


def test_fields_that_a_newer_program_added_are_passed_over() -> None:
    view, inside = stored(a_record("0001"))
    inside["ask"]["mood"] = "sunny"
    inside["steps"][0]["candidates"][0]["card"]["colour"] = "blue"
    assert read(view, inside) == a_record("0001")


def test_values_that_cannot_be_right_are_unreadable() -> None:
    view, inside = stored(a_record("0001"))
    inside["ask"]["difficulty"] = "very"
    with pytest.raises(Unreadable):
        read(view, inside)


def test_neutral_values() -> None:
    assert [neutral(kind) for kind in (str, int, float, bool, int | None, tuple[int, ...])] == [
        "",
        0,
        0.0,
        False,
        None,
        [],
    ]
    assert completed(int, 5) == 5
    assert neutral(ModelCard)["id"] == ""
