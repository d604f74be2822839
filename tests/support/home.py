"""One person's machine in a folder: real commands, a real daemon, real sockets.

with a_home(tmp_path / "h", HOMEPORT_ECHO="name=calm;words=Hello there") as home:
    ran = home.homeport("ask", "hello")
    status, body = home.post("/v1/chat/completions", {"messages": []})
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from support.daemon import QUIET_CONFIG
from support.model import demo_model

BIN = Path(sys.executable).parent
COMMAND_S = 120.0
Ran = subprocess.CompletedProcess[str]


class Home:
    """A folder as `HOMEPORT_HOME`, and the installed commands that use it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {"HOMEPORT_HOME": str(folder), "HOME": str(folder)}
        self.environment = kept | own | environment

    # -- commands

    def homeport(self, *words: str, check: bool = False, stdin: str = "", **further: str) -> Ran:
        """Run the command to its end; `further` is added to its environment."""
        return self._run("homeport", *words, check=check, stdin=stdin, further=further)

    def homeportd(self, *words: str, **further: str) -> Ran:
        """Run the daemon's program to its end."""
        return self._run("homeportd", *words, check=False, stdin="", further=further)

    def _run(
        self, program: str, *words: str, check: bool, stdin: str, further: Mapping[str, str]
    ) -> Ran:
        return subprocess.run(
            [str(BIN / program), *words],
            env={**self.environment, **further},
            input=stdin,
            capture_output=True,
            text=True,
            check=check,
            timeout=COMMAND_S,
        )

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the command; whoever asks ends it."""
        return subprocess.Popen(
            [str(BIN / "homeport"), *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def asked(self, *words: str) -> dict[str, Any]:
        """`homeport ask --json`."""
        return dict(json.loads(self.homeport("ask", "--json", *words, check=True).stdout))

    def told(self, *words: str) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.homeport(*words, "--json").stdout)

    # -- the daemon

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "homeport.sock"

    @property
    def log(self) -> str:
        return (self.state / "homeportd.log").read_text()

    @property
    def token(self) -> str:
        return (self.state / "token").read_text().strip()

    def address(self) -> dict[str, Any]:
        """What the daemon wrote down."""
        return dict(json.loads((self.state / "daemon.json").read_text()))

    def daemon(self) -> psutil.Process:
        """The running daemon."""
        return psutil.Process(self.address()["pid"])

    def workers(self) -> list[psutil.Process]:
        """The engine's processes."""
        return [
            child for child in self.daemon().children() if "engine" in " ".join(child.cmdline())
        ]

    def kill(self) -> None:
        """`kill -9` the daemon, and wait until it is gone."""
        daemon = self.daemon()
        daemon.kill()
        psutil.wait_procs([daemon], timeout=20)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request over the Unix socket: its status, and what `answer_of` reads."""
        line = http.client.HTTPConnection("localhost", timeout=60)
        line.sock = socket.socket(socket.AF_UNIX)
        line.sock.settimeout(60)
        line.sock.connect(str(self.socket))
        return answer_of(line, method, path, body, headers)

    def ask_tcp(self, method: str, path: str, **headers: str) -> tuple[int, Any]:
        """One request over TCP, with no header that is not named."""
        host = self.address()["url"].removeprefix("http://")
        return answer_of(http.client.HTTPConnection(host, timeout=60), method, path, None, headers)


def answer_of(
    line: http.client.HTTPConnection, method: str, path: str, body: Any, headers: Mapping[str, str]
) -> tuple[int, Any]:
    """Send one request, and read its answer: JSON, a list of lines, or text."""
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        line.request(method, path, raw, {name.replace("_", "-"): v for name, v in headers.items()})
        answer = line.getresponse()
        text = answer.read()
        kind = answer.headers.get_content_type()
        if kind == "application/x-ndjson":
            return answer.status, text.splitlines()
        return answer.status, json.loads(text) if kind == "application/json" else text.decode()
    finally:
        line.close()


@contextmanager
def a_home(folder: Path, *, config: str = QUIET_CONFIG, **environment: str) -> Iterator[Home]:
    """A home without a model of the engine's; its daemon is stopped at the end."""
    (folder / "models").mkdir(parents=True)
    (folder / "config.toml").write_text(config)
    home = Home(folder, **environment)
    try:
        yield home
    finally:
        home.homeport("stop")


def give_model(home: Home, name: str = "") -> Path:
    """Put the demonstration model there; skips the test where it is absent."""
    model = demo_model()
    place = home.folder / "models" / (name or model.name)
    place.symlink_to(model)
    return place
