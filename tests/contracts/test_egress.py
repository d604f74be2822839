"""No connection leaves but through the egress: by the source of every room, and at run time."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.sources import tree_of

REPO = Path(__file__).parents[2]
ROOMS = ("adapters", "daemon", "policies", "tui")

# Names whose use opens a connection, or a client that could.
NETWORK_MODULES = frozenset(
    [
        "aiohttp",
        "anthropic",
        "ftplib",
        "http.client",
        "httpcore",
        "httpcore2",
        "httpx",
        "httpx2",
        "imaplib",
        "ollama",
        "openai",
        "poplib",
        "requests",
        "smtplib",
        "telnetlib",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc.client",
    ]
)
OPENING_CALLS = frozenset(
    [
        "AsyncClient",
        "ClientSession",
        "HTTPConnection",
        "HTTPSConnection",
        "connect",
        "connect_ex",
        "create_connection",
        "create_datagram_endpoint",
        "create_unix_connection",
        "open_connection",
        "open_unix_connection",
        "sendto",
        "sock_connect",
        "urlopen",
        "urlretrieve",
    ]
)
PROCESS_MODULES = frozenset({"subprocess", "multiprocessing", "pty"})
PROCESS_CALLS = frozenset(
    [
        "create_subprocess_exec",
        "create_subprocess_shell",
        "execv",
        "execve",
        "execvp",
        "execvpe",
        "fork",
        "popen",
        "posix_spawn",
        "posix_spawnp",
        "spawnv",
        "spawnve",
        "startfile",
        "system",
    ]
)

TRANSPORT = "the transport itself: makes connections under a permit"
OWN_SOCKET = "speaks to the daemon's own socket and to nothing else"
DATABASE = "opens a database file"
ALLOWED: dict[tuple[str, str], str] = {
    ("daemon/egress/addresses.py", "sock_connect"): TRANSPORT,
    ("daemon/egress/certificates.py", "httpx2"): "the certificates it trusts",
    ("daemon/egress/http1_pool.py", "create_connection"): TRANSPORT,
    ("daemon/egress/proxied.py", "aiohttp"): TRANSPORT,
    ("daemon/egress/proxied.py", "ClientSession"): TRANSPORT,
    ("daemon/egress/transport.py", "httpx2"): TRANSPORT,
    ("daemon/egress/transport.py", "AsyncClient"): TRANSPORT,
    ("daemon/egress/older_httpx.py", "httpx"): TRANSPORT,
    ("adapters/ollama/client.py", "ollama"): "the official client, over the permit's transport",
    ("client/async_client.py", "AsyncClient"): OWN_SOCKET,
    ("client/destinations.py", "connect"): OWN_SOCKET,
    ("client/destinations.py", "create_connection"): OWN_SOCKET,
    ("client/exchange.py", "open_connection"): OWN_SOCKET,
    ("daemon/download/http_mirror.py", "httpx2"): "names the errors of its permit's client",
    ("daemon/instance.py", "connect"): "dials the daemon's own socket: is another one there",
    ("daemon/probes/way_to.py", "connect"): "names the far end of a socket that sends nothing",
    ("daemon/storage/database.py", "connect"): DATABASE,
}
PROCESSES: dict[str, str] = {
    "adapters/engine/platform.py": "starts a worker of the embedded engine",
    "adapters/engine/process.py": "starts a worker of the embedded engine",
    "client/start.py": "starts the daemon",
    "daemon/download/package_mirror.py": "pip fetches a package that the person asked for",
    "daemon/keys/references.py": "runs the command that the config names for a key",
    "daemon/link/metered.py": "asks NetworkManager whether the connection is metered",
    "daemon/notices.py": "shows a notice on the desktop, by the system's own program",
    "daemon/money/price_book.py": "compiles the price table, from files alone",
    "daemon/probes/host.py": "asks the system about its hardware",
    "daemon/sandbox/namespaces.py": "the first process of a program's own world, confined",
    "daemon/sandbox/sandbox.py": "runs a program that a model wrote, confined, without a network",
    "cli/config_program.py": "starts this program's own checks",
    "cli/config_edit.py": "starts the person's editor",
    "cli/models.py": "starts this program's own download",
    "cli/run.py": "starts the program that the person names",
    "cli/tui.py": "starts this program's own interface",
    "lab/demo/show.py": "starts this program's own interface",
    "lab/demo/stage.py": "starts the demonstration's daemon",
}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the rooms as `room/path.py`, parsed once for all rules."""
    return tuple(
        (path.relative_to(REPO / room / "homeport").as_posix(), tree_of(path))
        for room in ROOMS
        for path in sorted((REPO / room / "homeport").rglob("*.py"))
    )


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


def called(node: ast.Call) -> str:
    target = node.func
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def within(name: str, packages: frozenset[str]) -> str:
    """The package among these that a dotted name lies in; empty where none."""
    return next((p for p in packages if name == p or name.startswith(p + ".")), "")


@cache
def uses(tree: ast.Module) -> set[str]:
    """The names of `NETWORK_MODULES` and `OPENING_CALLS` that a module uses."""
    found = {within(name, NETWORK_MODULES) for name in imported(tree)}
    calls = {called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {name for name in found | (calls & OPENING_CALLS) if name}


def test_no_other_module_can_open_a_connection() -> None:
    strangers = {
        (name, use) for name, tree in modules() for use in uses(tree) if (name, use) not in ALLOWED
    }
    assert not strangers, f"these go around the egress: {sorted(strangers)}"


def test_every_exception_is_still_needed() -> None:
    seen = {(name, use) for name, tree in modules() for use in uses(tree)}
    present = {name for name, _ in modules()}
    unused = {(name, use) for name, use in ALLOWED if name in present} - seen
    assert not unused


def test_processes_are_started_where_a_reason_is_given() -> None:
    starters = set()
    for name, tree in modules():
        calls = {called(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if calls & PROCESS_CALLS or any(within(use, PROCESS_MODULES) for use in imported(tree)):
            starters.add(name)
    assert starters <= set(PROCESSES), sorted(starters - set(PROCESSES))


@pytest.mark.parametrize(
    "source",
    [
        "import aiohttp",
        "from httpx2 import AsyncClient",
        "from urllib import request",
        "import http.client",
        "async def f():\n    await asyncio.open_connection('x', 1)",
        "import importlib\nimportlib.import_module('requests')",
        "socket.socket().connect(('x', 1))",
    ],
)
def test_the_rule_sees_what_it_must(source: str) -> None:
    assert uses(ast.parse(source))


def watched(*arguments: str) -> dict[str, Any]:
    """The report of the program that runs every adapter under the audit hook."""
    environment = {**os.environ, "PYTHONPATH": str(REPO / "tests")}
    program = [sys.executable, "-m", "support.watched_adapters", *arguments]
    done = subprocess.run(
        program, capture_output=True, text=True, env=environment, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_every_adapter_connects_under_its_permit_alone() -> None:
    report = watched()
    assert report["connections"], "the hook saw nothing"
    assert report["outside"] == []
    assert {"echo", "ollama", "openai-compatible"} <= set(report["adapters"])


def test_an_adapter_that_goes_around_is_caught() -> None:
    assert watched("--bad")["outside"]
