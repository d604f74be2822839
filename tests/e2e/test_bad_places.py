"""Files, folders, disks and sockets that are not as they should be: said at once, nothing lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from support.daemon import QUIET_CONFIG
from support.home import Home, a_home, give_model
from support.polling import eventually
from support.upstreams import closed_port

CALM = "name=calm;words=Hello there"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path / "h", HOMEPORT_ECHO=CALM) as made:
        yield made


def refused_start(home: Home, code: int) -> str:
    """The one sentence with which the daemon does not start, from its program and its client."""
    ran = home.homeportd()
    assert ran.returncode == code, ran
    (sentence,) = ran.stderr.splitlines()
    typed = home.homeport("ask", "hi")
    assert typed.returncode == 1
    assert sentence in typed.stderr
    assert "Traceback" not in typed.stderr
    assert not home.socket.exists()
    return sentence


# -- the config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\nprot = 1\n", "line 2: `listen.prot` is not a setting. Did you mean"),
        ('mode = "balanced"\n[bugdet]\n', "line 2: `bugdet` is not a setting. Did you mean"),
        ('mode = "ballanced"\n', 'line 1: `mode` takes one of "balanced"'),
        ("[listen]\nport = 70000\n", "line 2: `listen.port` takes a whole number from 0 to 65535"),
        ('[budget]\nday_usd = "two"\n', "line 2: `budget.day_usd` takes a number"),
        ("[[server]]\nurl = 1\n", "line 1: "),
        ("[listen\n", "line 1: This is not valid TOML"),
        ("\n\nmode = \n", "line 3: This is not valid TOML"),
    ],
)
def test_a_broken_config_is_named_by_file_line_and_key(home: Home, text: str, said: str) -> None:
    config = home.folder / "config.toml"
    config.write_text(text)
    sentence = refused_start(home, 2)
    assert sentence.startswith(f"{config}, ")
    assert said in sentence
    assert said in home.homeport("config", "check").stderr
    assert said in home.homeport("doctor").stdout


# -- the models


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_broken_model_files_are_named_and_the_others_answer(home: Home) -> None:
    whole = give_model(home)
    folder = home.folder / "models"
    with whole.open("rb") as file:
        start = file.read(3_000_000)
    (folder / "empty.gguf").touch()
    (folder / "cut-in-its-head.gguf").write_bytes(start[:1000])
    (folder / "cut-in-its-weights.gguf").write_bytes(start)
    (folder / "no-model.gguf").write_bytes(os.urandom(4096))
    (folder / "scratched.gguf").write_bytes(start[:300] + os.urandom(2000) + start[2300:])
    (folder / "gone.gguf").symlink_to("/nonexistent.gguf")
    asked = home.asked("--model", "smollm2-135m", "--max-tokens", "4", "hi")
    assert asked["place"] == "local"
    doctor = home.homeport("doctor").stdout
    for name, why in {
        "empty": "cut short",
        "cut-in-its-head": "cut short",
        "cut-in-its-weights": "are missing",
        "no-model": "not a GGUF file",
        "scratched": "corrupt",
    }.items():
        (line,) = [line for line in doctor.splitlines() if f"/{name}.gguf: " in line]
        assert why in line
        assert line.startswith("WARNING")


def test_without_any_model_the_sentence_says_how_to_get_one(tmp_path: Path) -> None:
    with a_home(tmp_path / "h") as home:
        ran = home.homeport("ask", "hi")
        assert ran.returncode == 5
        assert "homeport models add default" in ran.stderr
        status, answer = home.ask(
            "POST", "/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}
        )
        assert (status, answer["error"]["code"]) == (503, "no_model")
        assert home.homeport("route", "hi").returncode == 5
        assert "homeport models add default" in home.homeport("models").stdout


@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.parametrize("only_model", [True, False])
def test_an_engine_that_cannot_be_loaded(tmp_path: Path, only_model: bool) -> None:
    """As where a shared library of the system is missing."""
    stand_in = tmp_path / "packages" / "llama_cpp"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").write_text("raise ImportError('libgomp.so.1: cannot open')\n")
    echo = {} if only_model else {"HOMEPORT_ECHO": CALM}
    with a_home(tmp_path / "h", PYTHONPATH=str(stand_in.parent), **echo) as home:
        give_model(home)
        ran = home.homeport("ask", "--model", "smollm2-135m", "hi")
        if only_model:
            assert ran.returncode == 5
            assert "libgomp.so.1: cannot open" in ran.stderr
        else:
            assert (ran.returncode, ran.stdout) == (0, "Hello there\n")


# -- the ledger


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_newer_database_is_refused_and_left_as_it_was(home: Home) -> None:
    home.asked("hi")
    home.homeport("stop", check=True)
    ledger = home.state / "ledger.db"
    with closing(sqlite3.connect(ledger)) as raw:
        raw.execute("PRAGMA user_version = 99")
    before = digest(ledger)
    sentence = refused_start(home, 1)
    assert "written by a newer Homeport (its schema is version 99" in sentence
    assert "update Homeport" in sentence
    assert digest(ledger) == before
    assert not list(home.state.glob("ledger.db-*"))


@pytest.mark.parametrize("kind", ["noise", "cut", "scratched", "foreign"])
def test_a_damaged_database_is_refused_and_left_as_it_was(home: Home, kind: str) -> None:
    home.asked("hi")
    home.homeport("stop", check=True)
    ledger = home.state / "ledger.db"
    good = ledger.read_bytes()
    if kind == "foreign":
        ledger.unlink()
        with closing(sqlite3.connect(ledger)) as raw:
            raw.execute("CREATE TABLE recipe (name TEXT)")
    else:
        noise = {
            "noise": os.urandom(8192),
            "cut": good[:9000],
            "scratched": good[:4096] + os.urandom(8192) + good[12288:],
        }
        ledger.write_bytes(noise[kind])
    before = digest(ledger)
    sentence = refused_start(home, 1)
    assert str(ledger) in sentence
    assert "It was left as it is: move it aside" in sentence
    assert digest(ledger) == before
    ledger.unlink()
    assert home.homeport("ask", "hi").stdout == "Hello there\n"


# -- a full disk


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk, and only Linux is asked to")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let us mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    stuffing = folder / "stuffing"
    with stuffing.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return stuffing


def prompts(home: Home) -> int:
    return sum(int(row["requests"]) for row in home.told("spend")["rows"])


def test_a_full_disk_is_said_in_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, a_home(disk / "h", HOMEPORT_ECHO=CALM) as home:
        home.asked("before")
        answered = 1
        stuffing = fill(disk)
        for _ in range(3):
            ran = home.homeport("ask", "while it is full")
            answered += ran.returncode == 0
            if ran.returncode:
                assert ran.returncode == 1
                assert "There is no room left on the disk" in ran.stderr.splitlines()[0]
        assert "There is no room left on the disk" in home.homeport("doctor").stdout
        assert "No space left" in home.homeport("config", "set", "mode", "balanced").stderr
        offline = home.homeport("offline")
        assert "You are offline until the daemon ends" in offline.stderr
        assert home.told("status")["link"]["by_choice"] is True
        assert "Traceback" not in home.log
        stuffing.unlink()
        home.homeport("online", check=True)
        assert home.homeport("ask", "after").stdout == "Hello there\n"
        eventually(lambda: "no room left" not in home.homeport("doctor").stdout)
        assert prompts(home) == answered + 1
        home.homeport("restart", check=True)
        assert prompts(home) == answered + 1


def test_a_first_start_on_a_full_disk_names_the_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, a_home(disk / "h", HOMEPORT_ECHO=CALM) as home:
        stuffing = fill(disk)
        ran = home.homeport("ask", "hi")
        assert ran.returncode == 1
        assert "no room left on the disk" in ran.stderr.lower() or "No space" in ran.stderr
        stuffing.unlink()
        assert home.homeport("ask", "hi").stdout == "Hello there\n"


# -- the place of the daemon


def test_a_second_daemon_is_told_who_runs(home: Home) -> None:
    home.homeport("start", check=True)
    ran = home.homeportd()
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"A daemon runs already (pid {home.address()['pid']}, socket")
    other = home.folder.parent / "other"
    other.mkdir()
    (other / "config.toml").write_text(QUIET_CONFIG)
    taken = home.homeportd(HOMEPORT_HOME=str(other), HOMEPORT_SOCKET=str(home.socket))
    assert (taken.returncode, "Another program answers at" in taken.stderr) == (1, True)
    assert home.homeport("ask", "hi").stdout == "Hello there\n"


def test_a_socket_that_a_killed_daemon_left_is_replaced(home: Home) -> None:
    home.homeport("start", check=True)
    home.kill()
    assert home.socket.exists()
    ran = home.homeport("status")
    assert (ran.returncode, "homeport start" in ran.stderr) == (4, True)
    assert home.homeport("ask", "hi").stdout == "Hello there\n"


def test_a_folder_that_is_not_safe_is_refused(home: Home) -> None:
    run = home.folder / "run"
    run.mkdir(mode=0o777)
    run.chmod(0o777)
    assert "others can write to it" in refused_start(home, 1)
    run.rmdir()
    run.symlink_to(home.state)
    assert "it is a symbolic link" in refused_start(home, 1)
    run.unlink()
    if os.geteuid() == 0:
        run.mkdir(mode=0o700)
        os.chown(run, 12345, 12345)
        assert "it belongs to another user" in refused_start(home, 1)
        os.chown(run, 0, 0)


def test_what_is_no_socket_is_not_removed(home: Home) -> None:
    home.socket.parent.mkdir(mode=0o700)
    home.socket.write_text("mine")
    ran = home.homeportd()
    assert (ran.returncode, "it is not a socket" in ran.stderr) == (1, True)
    assert home.socket.read_text() == "mine"
    home.socket.unlink()


def test_the_socket_and_the_token_are_for_their_owner_alone(home: Home) -> None:
    home.homeport("start", check=True)
    for path in (home.socket, home.state / "token", home.state / "ledger.db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (home.socket.parent, home.state):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can become somebody else"
)
def test_another_user_is_refused_also_where_the_socket_lets_them_in(home: Home) -> None:
    home.homeport("start", check=True)
    home.socket.chmod(0o666)
    for folder in home.socket.parents:
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(0o711)
    knock = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534);"
        "line = socket.socket(socket.AF_UNIX); line.connect(sys.argv[1]);"
        "line.sendall(b'GET /v1/models HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'); print(line.recv(4096))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", knock, str(home.socket)], capture_output=True, text=True, check=False
    )
    assert "403" in ran.stdout or "401" in ran.stdout, ran
    assert "owner" in ran.stdout


@pytest.mark.parametrize("folder", ["/dev/null/home", "/proc/home"])
def test_a_home_that_cannot_be_made_is_said(home: Home, folder: str) -> None:
    if not Path(folder).parent.exists():
        pytest.skip(f"this system has no {Path(folder).parent}")
    ran = home.homeportd(HOMEPORT_HOME=folder)
    assert (ran.returncode, f"{folder}/state cannot be made" in ran.stderr) == (1, True)
    typed = home.homeport("ask", "hi", HOMEPORT_HOME=folder)
    assert (typed.returncode, f"{folder}/state" in typed.stderr) == (1, True)
    assert home.homeport("status", HOMEPORT_HOME=folder).returncode == 4


def test_a_socket_path_that_is_too_long_names_the_way_out(home: Home) -> None:
    deep = home.folder / ("d" * 100)
    deep.mkdir()
    ran = home.homeport("ask", "hi", HOMEPORT_HOME=str(deep))
    assert (ran.returncode, "Set HOMEPORT_SOCKET" in ran.stderr) == (1, True)


def test_a_port_that_is_taken_leaves_the_socket(home: Home) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = QUIET_CONFIG.replace("port = 0", f"port = {port}")
        (home.folder / "config.toml").write_text(config)
        assert home.homeport("ask", "hi").stdout == "Hello there\n"
        assert "could not listen on TCP" in home.homeport("doctor").stdout
        assert str(port) in home.log


# -- what points back at us


def test_a_daemon_started_where_homeport_env_was_read_does_not_ask_itself(home: Home) -> None:
    port = closed_port()
    config = QUIET_CONFIG.replace("port = 0", f"port = {port}")
    (home.folder / "config.toml").write_text(
        f'{config}\n[[server]]\nname = "mirror"\nurl = "http://localhost:{port}/v1"\n'
    )
    home.homeport("start", check=True)
    home.environment |= home.told("env")
    home.homeport("restart", check=True)
    assert home.homeport("models", "--refresh").returncode == 0
    assert {model["id"] for model in home.told("models")["models"]} == {"echo/calm"}
    keys = {key["provider"]: key["state"] for key in home.told("keys")["keys"]}
    assert keys["openai"] == "absent"
    assert home.asked("hi")["model_used"] == "echo/calm"
    eventually(lambda: "mirror is this daemon itself" in home.log)
