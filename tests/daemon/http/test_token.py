"""The token: made once, kept privately, compared in constant time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeport.daemon.http.token import load_or_make, same
from homeport.policies.errors import DaemonTrouble


def test_it_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    token = load_or_make(path)
    assert len(token) >= 43
    assert load_or_make(path) == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]


def test_one_that_was_left_half_written_is_in_nobodys_way(tmp_path: Path) -> None:
    left = tmp_path / f"token.{os.getpid()}"
    left.write_text("half")
    token = load_or_make(tmp_path / "token")
    assert load_or_make(tmp_path / "token") == token
    assert not left.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "token"
    load_or_make(path)
    path.chmod(mode)
    with pytest.raises(DaemonTrouble, match="chmod 600"):
        load_or_make(path)


@pytest.mark.parametrize("text", ["", "short", "x" * 300, "with space " * 5, "\x00" * 40])
def test_what_is_not_a_token_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(DaemonTrouble, match="delete it"):
        load_or_make(path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    load_or_make(tmp_path / "real")
    (tmp_path / "token").symlink_to(tmp_path / "real")
    with pytest.raises(DaemonTrouble, match="cannot be read"):
        load_or_make(tmp_path / "token")


def test_comparing() -> None:
    assert same(b"abc", b"abc")
    assert not same(b"abd", b"abc")
    assert not same(b"", b"abc")
    assert not same("é".encode(), b"abc")
