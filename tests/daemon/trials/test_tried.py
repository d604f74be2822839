"""What was found by trying: kept, for the weights that were tried, above labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from homeport.daemon.trials.tried import FILE_NAME, Finding, Tried, version_of
from support.scripted import card

CARD = card("scripted/a", capabilities=("json", "tools"), version="1")
DAY_MS = 1_795_000_000_000


def finding(**fields: object) -> Finding:
    return Finding(version_of(CARD), DAY_MS, **fields)  # type: ignore[arg-type]


def test_what_was_found_stands_above_the_label(tmp_path: Path) -> None:
    tried = Tried(tmp_path)
    assert tried.amended(CARD) == CARD
    tried.note(CARD, finding(able=("logprobs",), unable=("tools",)))
    amended = tried.amended(CARD)
    assert amended.capabilities == ("json", "logprobs")
    ((ability, day),) = amended.lacks
    assert (ability, day[:5]) == ("tools", "2026-")
    assert tried.amended(amended) == amended
    tried.note(CARD, finding(able=("tools",)))
    assert "tools" in tried.amended(amended).capabilities
    assert tried.amended(amended).lacks == ()
    assert repr(tried) == "Tried(1 models tried)"


def test_it_is_kept_over_a_restart(tmp_path: Path) -> None:
    Tried(tmp_path).note(CARD, finding(unable=("tools",)))
    assert Tried(tmp_path).of(CARD) == finding(unable=("tools",))
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    tried = Tried(tmp_path)
    tried.note(CARD, finding(unable=("tools",)))
    for change in ({"version": "2"}, {"size_bytes": 3}, {"quantisation": "Q2"}):
        other = dataclasses.replace(CARD, **change)
        assert tried.of(other) is None
        assert tried.amended(other) == other


def test_a_broken_file_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    tried = Tried(tmp_path)
    assert tried.of(CARD) is None
    tried.note(CARD, finding())
    assert Tried(tmp_path).of(CARD) == finding()
