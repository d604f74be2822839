"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from homeport.cli.whole_file import WholeFile
from homeport.client.errors import ClientError


def test_it_takes_the_place_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")
    with WholeFile(str(target)) as file:
        assert target.read_text() == "before"
        file.keep("after")
    assert target.read_text() == "after"
    assert sorted(os.listdir(tmp_path)) == ["a.txt"]


def test_without_keeping_nothing_changes(tmp_path: Path) -> None:
    with WholeFile(str(tmp_path / "a.txt")):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o666])
def test_the_mode_is_kept(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "a.txt"
    target.touch()
    target.chmod(mode)
    with WholeFile(str(target)) as file:
        file.keep("x")
    assert target.stat().st_mode & 0o777 == mode
    assert target.read_text() == "x"


def test_a_file_that_is_new_gets_the_mode_that_is_wanted(tmp_path: Path) -> None:
    with WholeFile(str(tmp_path / "a.txt"), new_mode=0o600) as file:
        file.keep("x")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600


def test_the_longest_name_that_a_file_can_have_is_one(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 127)
    with WholeFile(str(target)) as file:
        file.keep("x")
    assert target.read_text() == "x"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "real.txt"
    target.write_text("before")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    with WholeFile(str(link)) as file:
        file.keep("after")
    assert link.is_symlink()
    assert target.read_text() == "after"


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(fifo.read_text()))
    reader.start()
    with WholeFile(str(fifo)) as file:
        file.keep("through")
    reader.join()
    assert heard == ["through"]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="is a folder"):
        WholeFile(str(tmp_path))


def test_a_folder_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="cannot be written: No such file"):
        WholeFile(str(tmp_path / "no" / "a.txt"))
    assert "WholeFile" in repr(WholeFile("/dev/null"))


def test_what_no_file_can_be_at_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    (tmp_path / "loop").symlink_to("loop")
    for name in ("a.txt/b.txt", "loop", "x" * 300):
        with pytest.raises(ClientError, match="cannot be written: "):
            WholeFile(str(tmp_path / name))
