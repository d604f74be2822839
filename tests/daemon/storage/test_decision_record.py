"""A decision's record: packed, read again whatever program wrote it, replayed."""

from __future__ import annotations

import dataclasses
import json
import zlib
from typing import Any

import msgspec
import pytest

from homeport.daemon.storage.decision_record import (
    DecisionRecord,
    Unreadable,
    completed,
    neutral,
    packed,
    replay,
    unpacked,
)
from homeport.policies.model import Budget, ModelCard
from support.decisions import a_record

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
    view = msgspec.to_builtins(record.view)
    return view, json.loads(zlib.decompress(packed(record)))


def read(view: object, steps: object) -> DecisionRecord:
    return unpacked(json.dumps(view).encode(), zlib.compress(json.dumps(steps).encode()))


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
