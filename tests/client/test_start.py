"""Starting a daemon, with small real programs in its place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from homeport.client import paths
from homeport.client.connection import Connection
from homeport.client.errors import NoDaemon, StartFailed
from homeport.client.start import ensure_daemon, start_daemon
from support.fake_daemon import FakeDaemon

STAND_IN = """
import http.server, os, socketserver, sys
path = os.path.join(os.environ["HOMEPORT_HOME"], "run", "homeport.sock")
os.makedirs(os.path.dirname(path), exist_ok=True)

class Speaker(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        report = "\\n".join([
            str(os.getpid()), os.getcwd(), str(os.getsid(0)), os.environ.get("SOME_API_KEY", ""),
            os.environ["HOMEPORT_HOME"],
        ]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(report)))
        self.end_headers()
        self.wfile.write(report)

    def address_string(self):
        return "here"

try:
    server = socketserver.UnixStreamServer(path, Speaker)
except OSError:
    sys.exit("Another daemon runs already.")
print("listening", flush=True)
server.serve_forever()
"""

SLOW_TO_LISTEN = """
import fcntl, json, os, sys, time
lock = open(os.path.join(os.environ["HOMEPORT_HOME"], "state", "daemon.lock"), "a+")
while True:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        break
    except OSError:
        lock.seek(0)
        if lock.read():
            sys.exit("A daemon runs already.")
        time.sleep(0.01)
lock.truncate(0)
json.dump({"pid": os.getpid()}, lock)
lock.flush()
time.sleep(0.5)
"""
"""Put before `STAND_IN`: a daemon that takes its place long before it answers."""

HANGS_UP = """
import os, socket, sys
path = os.path.join(os.environ["HOMEPORT_HOME"], "run", "homeport.sock")
os.makedirs(os.path.dirname(path), exist_ok=True)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
caller, _ = server.accept()
os.unlink(path)
sys.exit("ledger.db was written by a newer Homeport")
"""


def program(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "stand_in.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def about_itself() -> list[str]:
    return Connection().fetch("GET", "/healthz").body.decode().split("\n")


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_starts_detached_with_the_environment_kept(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_home.parent)
    monkeypatch.setenv("HOMEPORT_HOME", own_home.name)
    monkeypatch.setenv("SOME_API_KEY", "kept")
    said: list[str] = []
    ensure_daemon(said.append, command=program(tmp_path, STAND_IN))
    pid, folder, session, key, home = about_itself()
    try:
        assert session == pid, "it has a session of its own"
        assert (folder, key, home) == ("/", "kept", str(own_home))
        assert said == ["No daemon is running: starting homeportd in the background."]
        assert paths.log_path().stat().st_mode & 0o777 == 0o600
        assert paths.log_path().parent.stat().st_mode & 0o777 == 0o700
    finally:
        end(int(pid))


def test_a_daemon_that_runs_is_left_alone(fake: FakeDaemon) -> None:
    said: list[str] = []
    ensure_daemon(said.append, command=["/nonexistent"])
    assert said == []


def test_two_that_start_at_once_both_find_a_daemon(tmp_path: Path) -> None:
    command = program(tmp_path, STAND_IN)
    troubles: list[Exception] = []

    def start() -> None:
        try:
            start_daemon(command)
        except StartFailed as error:
            troubles.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    end(int(about_itself()[0]))


def test_several_that_start_at_once_wait_for_the_first(tmp_path: Path) -> None:
    command = program(tmp_path, SLOW_TO_LISTEN + STAND_IN)
    troubles: list[Exception] = []

    def start() -> None:
        try:
            start_daemon(command)
        except StartFailed as error:
            troubles.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    end(int(about_itself()[0]))


def test_the_place_of_one_that_is_going_is_taken_when_it_has_gone(
    tmp_path: Path, own_home: Path
) -> None:
    lock = own_home / "state" / "daemon.lock"
    lock.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", SLOW_TO_LISTEN]) as going:
        while not lock.exists() or not lock.read_text():
            time.sleep(0.01)
        threading.Thread(target=going.wait).start()
        start_daemon(program(tmp_path, SLOW_TO_LISTEN + STAND_IN))
    end(int(about_itself()[0]))


GIVES_WAY_ONCE = """
[ -e {marker} ] && exec {python} {stand_in}
touch {marker}
kill {holder}
while kill -0 {holder} 2>/dev/null; do sleep 0.01; done
exit 1
"""


def test_one_that_gave_way_to_who_was_gone_before_we_looked_is_started_again(
    tmp_path: Path, own_home: Path
) -> None:
    lock = own_home / "state" / "daemon.lock"
    lock.parent.mkdir()
    python, stand_in = program(tmp_path, STAND_IN)
    with subprocess.Popen(["sleep", "600"]) as going:
        lock.write_text(json.dumps({"pid": going.pid}))
        threading.Thread(target=going.wait).start()
        marker = tmp_path / "gave_way"
        script = GIVES_WAY_ONCE.format(
            marker=marker, python=python, stand_in=stand_in, holder=going.pid
        )
        start_daemon(["sh", "-c", script])
    end(int(about_itself()[0]))


def test_a_daemon_that_hangs_up_on_its_first_caller_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="written by a newer Homeport"):
        start_daemon(program(tmp_path, HANGS_UP))


def test_a_daemon_that_dies_is_quoted(tmp_path: Path) -> None:
    paths.log_path().parent.mkdir(parents=True)
    paths.log_path().write_text("an older story\n")
    text = "import sys; sys.exit('config.toml line 3: there is no setting budgget')"
    with pytest.raises(StartFailed) as caught:
        start_daemon(program(tmp_path, text))
    assert "status 1" in caught.value.sentence
    assert "line 3: there is no setting budgget" in caught.value.sentence
    assert "an older story" not in caught.value.sentence


def test_a_daemon_that_dies_without_a_word_names_its_log(tmp_path: Path) -> None:
    text = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(StartFailed, match=r"signal 9.*says nothing"):
        start_daemon(program(tmp_path, text))


def test_a_daemon_that_stays_silent_is_bounded() -> None:
    command = ["sh", "-c", "echo $$; exec sleep 600"]
    with pytest.raises(StartFailed, match=r"does not answer"):
        start_daemon(command, timeout_s=1.0)
    end(int(paths.log_path().read_text().split()[0]))


def test_a_program_that_is_not_there_is_said() -> None:
    with pytest.raises(StartFailed, match="cannot be started"):
        start_daemon(["/nonexistent/homeportd"])


def test_a_log_that_cannot_be_written_is_said(own_home: Path) -> None:
    (own_home / "state").write_text("a file where a folder should be")
    with pytest.raises(StartFailed, match="cannot be written"):
        start_daemon(["/nonexistent"])


def test_a_daemon_behind_a_url_is_not_started_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEPORT_URL", "http://127.0.0.1:1")
    with pytest.raises(NoDaemon, match="HOMEPORT_URL names") as caught:
        start_daemon(["/nonexistent"])
    assert caught.value.command == "unset HOMEPORT_URL; homeport start"
    said: list[str] = []
    with pytest.raises(NoDaemon):
        ensure_daemon(said.append, command=["/nonexistent"])
    assert said == [], "it is not said to be starting"
