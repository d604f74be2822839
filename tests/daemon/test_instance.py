"""The files that say "a daemon runs here"."""

from __future__ import annotations

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from homeport.client.wire import Address
from homeport.daemon.instance import Instance, answers, own_folder
from homeport.policies.errors import DaemonTrouble


def an_instance(home: Path) -> Instance:
    return Instance(home / "state" / "lock", home / "state" / "daemon.json", home / "run" / "sock")


def bound(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener


def test_one_claim_at_a_time(tmp_path: Path) -> None:
    first, second = an_instance(tmp_path), an_instance(tmp_path)
    first.claim()
    assert "held" in repr(first)
    with pytest.raises(DaemonTrouble, match=rf"pid {os.getpid()}, socket .*sock") as caught:
        second.claim()
    assert caught.value.code == "already_running"
    second.release()
    first.release()
    second.claim()
    second.release()


@pytest.mark.parametrize("before", ["", '{"pid": 4194305}'])
def test_who_has_just_taken_the_lock_is_waited_for_until_it_has_written_its_name(
    tmp_path: Path, before: str
) -> None:
    first = an_instance(tmp_path)
    first.claim()
    lock = tmp_path / "state" / "lock"
    told = lock.read_text()
    lock.write_text(before)
    with ThreadPoolExecutor() as threads:
        second = threads.submit(an_instance(tmp_path).claim)
        assert not wait([second], 0.05).done
        lock.write_text(told)
        with pytest.raises(DaemonTrouble, match=f"pid {os.getpid()}"):
            second.result()
        lock.write_text(before)
        third = an_instance(tmp_path)
        waiting = threads.submit(third.claim)
        first.release()
        waiting.result()
    assert "held" in repr(third)
    third.release()


def test_a_garbled_lock_still_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeport.daemon.instance.NAMED_S", 0.0)
    first = an_instance(tmp_path)
    first.claim()
    (tmp_path / "state" / "lock").write_text("[nonsense")
    with pytest.raises(DaemonTrouble, match="pid unknown"):
        an_instance(tmp_path).claim()
    first.release()


def test_a_stale_socket_is_cleared_and_a_live_one_kept(tmp_path: Path) -> None:
    instance = an_instance(tmp_path)
    own_folder(tmp_path / "run")
    path = tmp_path / "run" / "sock"
    with bound(path):
        assert answers(path)
        with pytest.raises(DaemonTrouble, match="Another program"):
            instance.clear_socket()
    assert path.exists()
    assert not answers(path)
    instance.clear_socket()
    assert not path.exists()
    instance.clear_socket()


def test_the_address_is_written_and_withdrawn(tmp_path: Path) -> None:
    instance = an_instance(tmp_path)
    instance.claim()
    instance.clear_socket()
    with bound(tmp_path / "run" / "sock"):
        instance.remember_socket()
        instance.announce(Address(socket="s", url="u"), "1.0")
        path = tmp_path / "state" / "daemon.json"
        told = json.loads(path.read_text())
        assert told == {"pid": os.getpid(), "socket": "s", "url": "u", "version": "1.0"}
        assert path.stat().st_mode & 0o777 == 0o600
        instance.release()
    assert not (tmp_path / "run" / "sock").exists()
    assert not path.exists()


def test_a_socket_of_another_is_not_removed(tmp_path: Path) -> None:
    instance = an_instance(tmp_path)
    instance.claim()
    instance.clear_socket()
    path = tmp_path / "run" / "sock"
    with bound(path):
        instance.remember_socket()
        path.rename(tmp_path / "elsewhere")
        with bound(path):
            instance.release()
            assert path.exists()


def test_without_a_unix_socket(tmp_path: Path) -> None:
    instance = Instance(tmp_path / "lock", tmp_path / "daemon.json", None)
    instance.claim()
    instance.clear_socket()
    instance.remember_socket()
    instance.announce(Address(url="u"), "1")
    instance.release()


def test_a_folder_is_made_private(tmp_path: Path) -> None:
    own_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_link_is_not_a_folder_of_ours(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(DaemonTrouble, match="symbolic link"):
        own_folder(tmp_path / "link")


def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(DaemonTrouble, match="another user"):
        own_folder(tmp_path)


def test_a_folder_that_others_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o770)
    with pytest.raises(DaemonTrouble, match="others can write"):
        own_folder(tmp_path / "open")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DaemonTrouble, match="cannot be made"):
        own_folder(tmp_path / "file" / "below")
