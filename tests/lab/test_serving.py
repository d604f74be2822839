"""`homeport lab serve`: options, addresses, requests told, an end by signal."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest

from homeport.lab.log import Received
from homeport.lab.main import main
from homeport.lab.serving import tell

PROMPT = {"model": "lab-fast", "messages": [{"role": "user", "content": "hi"}]}


async def test_it_serves_until_a_signal(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text('text = "Hello."')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "homeport.lab", "serve", "--wire", "openai,ollama", "--json",
        "--script", str(script), "--fault", "503:times=1", "--key", "k", "--speed", "1000",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    told = json.loads(await process.stdout.readline())
    assert set(told["wires"]) == {"openai", "ollama"}
    async with httpx.AsyncClient(headers={"authorization": "Bearer k"}) as client:
        url = told["wires"]["openai"] + "/chat/completions"
        statuses = [(await client.post(url, json=PROMPT)).status_code for _ in "12"]
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert statuses == [503, 200]
    assert process.returncode == 0
    assert b"lab-fast  503  0 tokens  fault  fault 503:times=1" in said
    assert b"lab-fast  200  1 tokens  whole" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--wire", "telegraph"], "there is no wire 'telegraph'"),
        (["--fault", "rest"], "Did you mean reset?"),
        (["--script", "/absent.toml"], "cannot be read"),
        (["--recordings", "/absent"], "no recordings"),
    ],
)
def test_what_cannot_be_served_is_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 1
    assert "cannot be taken" in capsys.readouterr().err


def test_what_is_told_of_a_request_that_is_no_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Received("GET", "/v1/models", wire="openai", status=200, outcome="whole"))
    assert "GET /v1/models  200" in capsys.readouterr().err
