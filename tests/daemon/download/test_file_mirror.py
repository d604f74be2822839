"""A file that is here already is taken without a copy where the disk allows."""

import pytest

from homeport.daemon.download.file_mirror import copy_file
from homeport.daemon.download.part import Part
from homeport.daemon.download.wanted import MirrorFailed
from support.downloading import Heard


def test_on_the_same_disk_it_gets_a_second_name(tmp_path):
    source = tmp_path / "source.gguf"
    source.write_bytes(b"GGUF" * 1000)
    part = Part(tmp_path / "target.gguf")
    copy_file(source, part, Heard())
    part.become_target()
    assert (tmp_path / "target.gguf").samefile(source)


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_bytes(b"GGUF")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    part = Part(tmp_path / "target.gguf")
    copy_file(tmp_path / "link", part, Heard())
    assert not part.path.is_symlink()


def test_on_another_disk_it_is_copied(tmp_path, monkeypatch):
    def another_disk(source, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", another_disk)
    source = tmp_path / "source.gguf"
    source.write_bytes(b"GGUF" * 1000)
    part, heard = Part(tmp_path / "target.gguf"), Heard()
    copy_file(source, part, heard)
    assert part.path.read_bytes() == source.read_bytes()
    assert not part.path.samefile(source)
    assert heard.received == [4000]


@pytest.mark.parametrize("name", ["absent", "."])
def test_what_is_no_file(tmp_path, name):
    with pytest.raises(MirrorFailed, match="no such file"):
        copy_file(tmp_path / name, Part(tmp_path / "target"), Heard())
