"""Programs that nobody here wrote, run as a person runs them: `homeport run -- PROGRAM`.

Each is run where it is installed: on the path, or in a folder that `HOMEPORT_TEST_PROGRAMS`
names (several with the path's separator). What they send is tested without them beside this
(`test_program_traffic.py`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from homeport.lab.server import LabServer
from support.daemon import RunningDaemon, running
from support.home import BIN

MADE = "made.txt"
SHELL = f"echo by-a-tool > {MADE}"
SCRIPT = f"text(await tools.exec_command({{cmd: '{SHELL}'}}));"
DESCRIBED = {"command": SHELL, "description": "Writes a file."}
TOOLS: list[dict[str, Any]] = [
    {"name": "exec", "arguments": {"input": SCRIPT}},
    {"name": "exec_command", "arguments": {"cmd": SHELL}},
    {"name": "Bash", "arguments": DESCRIBED},
    {"name": "bash", "arguments": DESCRIBED},
    {"name": "run_shell_command", "arguments": {**DESCRIBED, "is_background": False}},
]
"""The shell of each program, by the name that it has there."""
ASKS = "Write the file that was agreed upon."
LAB = {"text": "It is written.", "answer": [{"match": "agreed upon", "tool_calls": TOOLS}]}
WORDS: dict[str, Sequence[str]] = {
    "codex": ("exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", ASKS),
    "claude": ("-p", ASKS, "--allowedTools", "Bash"),
    "gemini": ("--skip-trust", "--yolo", "-p", ASKS),
    "qwen": ("--yolo", "-p", ASKS),
    "opencode": ("run", ASKS),
}
WHERE = {"anthropic": "ANTHROPIC_BASE_URL", "gemini": "GOOGLE_GEMINI_BASE_URL"}
"""Where the daemon reads the address of a wire that no table of its config names."""
FOLDERS = os.environ.get("HOMEPORT_TEST_PROGRAMS", "")
PATH = os.pathsep.join(filter(None, (FOLDERS, os.environ.get("PATH", ""))))
CONFIG = "[listen]\nport = 0\n[probing]\nlocal_ports = false\n"


def needs(program: str) -> pytest.MarkDecorator:
    """Skips before any daemon is started for it."""
    absent = shutil.which(program, path=PATH) is None
    reason = f"{program} is not installed; HOMEPORT_TEST_PROGRAMS names where it is"
    return pytest.mark.skipif(absent, reason=reason)


@pytest.fixture(params=["openai", "anthropic", "gemini"])
async def lab(request: pytest.FixtureRequest) -> AsyncIterator[LabServer]:
    async with LabServer(request.param, script=LAB) as server:
        yield server


@pytest.fixture
async def daemon(
    request: pytest.FixtureRequest, tmp_path: Path, lab: LabServer
) -> AsyncIterator[RunningDaemon]:
    config = f'{CONFIG}[[server]]\nname = "lab"\nurl = "{lab.origin}/v1"\n'
    wire = request.node.callspec.params["lab"]
    at = {name: lab.origin for name in (WHERE.get(wire),) if name}
    keys = {f"{wire.upper()}_API_KEY": "k"} if at else {}
    async with running(tmp_path / "h", config=config, **keys, **at) as started:
        yield started


async def run(daemon: RunningDaemon, folder: Path, *command: str) -> str:
    """What it said, once it has ended well."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home), "PATH": PATH, "PWD": str(folder), "HOMEPORT_HOME": str(daemon.home),
    }  # fmt: skip
    words = (str(BIN / "homeport"), "run", "--", *command)
    process = await asyncio.create_subprocess_exec(
        *words, cwd=folder, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 120)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.timeout(150)
@pytest.mark.parametrize("program", [pytest.param(name, marks=needs(name)) for name in WORDS])
async def test_it_runs_a_tool_and_goes_on(
    program: str, daemon: RunningDaemon, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    said = await run(daemon, folder, program, *WORDS[program])
    assert (folder / MADE).exists(), said
    assert (folder / MADE).read_text().strip() == "by-a-tool"
    assert "It is written." in said


@needs("llm")
async def test_llm_answers(daemon: RunningDaemon, tmp_path: Path) -> None:
    said = await run(daemon, tmp_path, "llm", "-m", "gpt-4o-mini", "Say something.")
    assert "It is written." in said


@needs("claude")
async def test_a_window_that_is_too_small_is_told_in_a_sentence(tmp_path: Path) -> None:
    small = 'mode = "local-only"\n' + CONFIG
    echo = "name=small;context=4096;capabilities=tools"
    async with running(tmp_path / "h", config=small, HOMEPORT_ECHO=echo) as daemon:
        with pytest.raises(AssertionError, match="tokens of context and it holds 4,096"):
            await run(daemon, tmp_path, "claude", "-p", ASKS)
