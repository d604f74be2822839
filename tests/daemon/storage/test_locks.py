"""A name is locked by one at a time, and given back without a trace."""

from __future__ import annotations

from pathlib import Path

from homeport.daemon.storage.locks import locked, unlocked


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = locked(path)
    assert first is not None
    assert locked(path) is None
    other = tmp_path / "b.lock"
    beside = locked(other)
    assert beside is not None
    unlocked(beside, other)
    unlocked(first, path)
    again = locked(path)
    assert again is not None
    unlocked(again, path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_name_was_taken_away_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    stale = locked(path)
    assert stale is not None
    path.unlink()
    fresh = locked(path)
    assert fresh is not None
    unlocked(fresh, path)
    unlocked(stale, path)
