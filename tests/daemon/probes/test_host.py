"""This machine, asked for real."""

import os
import sys
import time

from homeport.daemon.probes.host import ThisHost

HOST = ThisHost()


def test_files_and_folders(tmp_path):
    (tmp_path / "b").write_text("x")
    (tmp_path / "a").write_bytes(b"\xff")
    assert HOST.names(str(tmp_path)) == ("a", "b")
    assert HOST.text(str(tmp_path / "b")) == "x"
    assert HOST.text(str(tmp_path / "a")) == "�"
    assert HOST.text(str(tmp_path / "absent")) is None
    assert HOST.text(str(tmp_path)) is None
    assert HOST.names(str(tmp_path / "absent")) == ()


def test_commands(monkeypatch):
    monkeypatch.setattr("homeport.daemon.probes.host.COMMAND_TIMEOUT_S", 60.0)
    assert HOST.output(sys.executable, "-c", "print(5)") == "5\n"
    assert HOST.output(sys.executable, "-c", "raise SystemExit(1)") is None
    assert HOST.output("/no/such/command") is None


def test_a_command_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr("homeport.daemon.probes.host.COMMAND_TIMEOUT_S", 0.1)
    assert HOST.output(sys.executable, "-c", "import time; time.sleep(60)") is None


def test_numbers():
    total, available = HOST.memory()
    assert 0 < available <= total
    assert 1 <= HOST.usable_processors() <= os.cpu_count()
    assert HOST.physical_cores() is None or HOST.physical_cores() >= 1
    assert HOST.load() >= 0
    assert HOST.battery() is None or 0 <= HOST.battery().percent <= 100
    assert HOST.system
    assert HOST.release()


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path):
    assert HOST.disk_free(tmp_path / "a" / "b") > 0


def test_the_driver_is_asked_by_a_deadline():
    started = time.monotonic()
    reading = HOST.nvidia()
    assert reading.gpus or reading.note
    assert time.monotonic() - started < 60
