"""What is shipped beside the code: the systemd unit starts the daemon, the sample is a config."""

import asyncio
import configparser
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from homeport.daemon.config.file import parse
from support.daemon import request
from support.doors import read_reply

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
UNIT = PACKAGING / "systemd" / "homeport.service"
QUIET = """
[listen]
port = 0
[ollama]
enabled = false
[models]
scan_stores = false
[probing]
local_ports = false
"""


@pytest.fixture
def person():
    """A home with the command installed where the unit looks for it; short, for its sockets."""
    with tempfile.TemporaryDirectory(prefix="hp") as folder:
        yield furnished(Path(folder) / "me")


def furnished(home):
    for folder in (".local/bin", ".config/homeport", "run"):
        (home / folder).mkdir(parents=True)
    (home / ".local/bin/homeportd").symlink_to(Path(sys.executable).with_name("homeportd"))
    (home / ".config/homeport/config.toml").write_text(QUIET)
    return home


def environment(person):
    """As little as systemd gives a unit."""
    return {
        "HOME": str(person),
        "XDG_RUNTIME_DIR": str(person / "run"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }


def unit():
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str
    parser.read(UNIT)
    return parser


def command_line(person):
    return [word.replace("%h", str(person)) for word in shlex.split(unit()["Service"]["ExecStart"])]


def test_a_worker_that_runs_out_of_memory_does_not_take_the_daemon_along():
    assert unit()["Service"]["OOMPolicy"] == "continue"


def test_it_is_started_again_after_a_crash_and_not_after_a_broken_config():
    service = unit()["Service"]
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")


def test_it_waits_longer_than_a_drain():
    from homeport.daemon.config.settings import Timeouts

    assert int(unit()["Service"]["TimeoutStopSec"]) > Timeouts().drain_s


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
def test_systemd_finds_no_fault_with_it(person):
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(UNIT)],
        env=environment(person),
        capture_output=True,
        text=True,
    )
    about_ours = [line for line in checked.stderr.splitlines() if "homeport" in line]
    assert (checked.returncode, about_ours) == (0, [])


async def test_its_command_line_starts_the_daemon(person):
    process = await asyncio.create_subprocess_exec(
        *command_line(person), env=environment(person), stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(60):
            status = await first_answer(person / "run/homeport/homeport.sock", process)
            process.send_signal(signal.SIGTERM)
            assert (status, await process.wait()) == (200, 0)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def first_answer(socket, process):
    """The status of the first answer, however long the start takes."""
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(str(socket))
        except OSError:
            assert process.returncode is None, (await process.stderr.read()).decode()
            await asyncio.sleep(0.02)
            continue
        writer.write(request("GET", "/healthz"))
        reply = await read_reply(reader)
        writer.close()
        return reply.status


def test_its_command_line_refuses_a_broken_config_with_the_code_that_ends_it(person):
    (person / ".config/homeport/config.toml").write_text("[listen]\nprot = 1\n")
    started = subprocess.run(
        command_line(person), env=environment(person), capture_output=True, text=True, timeout=60
    )
    assert str(started.returncode) == unit()["Service"]["RestartPreventExitStatus"]
    assert "line 2" in started.stderr
    assert "listen.port" in started.stderr


def test_the_sample_is_a_config_and_nothing_shipped_holds_a_secret():
    parse((PACKAGING / "config.sample.toml").read_text(), "sample")
    for path in (PACKAGING / "config.sample.toml", PACKAGING / "config.schema.json", UNIT):
        assert "sk-" not in path.read_text()
        assert os.access(path, os.R_OK)
