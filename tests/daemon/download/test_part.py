"""The part that is here, across processes."""

import hashlib
import os

from homeport.daemon.download.part import Origin, Part


def test_it_is_kept_with_where_it_is_from(tmp_path):
    part = Part(tmp_path / "a.gguf")
    assert (part.size, part.origin) == (0, Origin())
    part.restart(Origin("http://x/a", '"tag"', "f" * 64))
    part.append(b"GGUF")
    assert part.size == 4
    part.close()
    again = Part(tmp_path / "a.gguf")
    assert (again.size, again.origin) == (4, Origin("http://x/a", '"tag"', "f" * 64))
    again.append(b"more")
    assert (again.size, again.head(6)) == (8, b"GGUFmo")
    assert again.sha256() == hashlib.sha256(b"GGUFmore").hexdigest()


def test_it_becomes_the_target_at_once_and_leaves_nothing(tmp_path):
    (tmp_path / "models").mkdir()
    part = Part(tmp_path / "models" / "a.gguf")
    part.restart(Origin("http://x/a"))
    part.append(b"whole")
    part.become_target()
    assert os.listdir(tmp_path / "models") == ["a.gguf"]
    assert (tmp_path / "models" / "a.gguf").read_bytes() == b"whole"


def test_a_restart_forgets_and_a_discard_leaves_nothing(tmp_path):
    (tmp_path / "models").mkdir()
    part = Part(tmp_path / "models" / "a.gguf")
    part.restart(Origin("http://x/a"))
    part.append(b"old")
    part.restart(Origin("http://x/b"))
    assert part.size == 0
    part.discard()
    part.discard()
    assert os.listdir(tmp_path / "models") == []


def test_a_damaged_note_is_as_none(tmp_path):
    (tmp_path / "a.gguf.part.json").write_bytes(b"not json")
    assert Part(tmp_path / "a.gguf").origin == Origin()
