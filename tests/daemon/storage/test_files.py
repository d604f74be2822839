"""Files are replaced whole, with the mode they had."""

import os
import stat

import pytest

from homeport.daemon.storage.files import write_whole


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_alone(tmp_path):
    write_whole(tmp_path / "deep" / "er" / "file", "text\r\n")
    assert (tmp_path / "deep/er/file").read_bytes() == b"text\r\n"
    assert mode(tmp_path / "deep/er/file") == 0o600
    assert mode(tmp_path / "deep/er") == 0o700


def test_an_old_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_text("old")
    path.chmod(0o640)
    write_whole(path, "new")
    assert (path.read_text(), mode(path)) == ("new", 0o640)
    assert os.listdir(path.parent) == ["file"]
    write_whole(path, "newer", mode=0o600)
    assert mode(path) == 0o600


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["file"]
