"""The whole path with the real engine: installed commands, a real model, real deaths."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support import loopback
from support.daemon import QUIET_CONFIG
from support.home import BIN, Home, a_home, give_model

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]
STORY = "Tell a long story about a lighthouse and the sea."
CONFIG = QUIET_CONFIG.replace("scan_stores = false", "scan_stores = false\ncontext = 2048")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path / "h", config=CONFIG) as made:
        give_model(made)
        yield made


def test_a_prompt_is_answered_by_a_real_model_and_explained(home: Home) -> None:
    asked = home.homeport("ask", "--max-tokens", "24", "What is a lighthouse?", check=True)
    assert asked.stdout.strip()
    assert "starting" in asked.stderr.lower() or "started" in asked.stderr.lower()
    last = [line for line in asked.stderr.splitlines() if line.strip()]
    assert any("local" in line and "$0" in line for line in last)
    assert "homeport models add" in asked.stderr
    again = home.asked("--max-tokens", "8", "Say hello.")
    assert again["place"] == "local"
    assert again["cost"] == 0
    assert 0 < again["confidence"] <= 1
    why = home.homeport("why", again["decision"]).stdout
    assert "identical" in why
    assert again["model_used"] in why


def test_a_worker_that_is_killed_in_mid_answer_costs_one_attempt(home: Home) -> None:
    home.asked("--max-tokens", "4", "Warm up.")
    asking = home.begin("ask", "--max-tokens", "200", STORY)
    assert asking.stdout is not None
    first = asking.stdout.read(20)
    (worker,) = home.workers()
    worker.send_signal(signal.SIGKILL)
    rest, told = asking.communicate(timeout=120)
    assert first
    assert asking.returncode == 0, told.decode()
    assert len(first + rest) > 40
    why = home.told("why", "last")
    outcomes = [attempt["outcome"] for attempt in why["request"]["attempts"]]
    assert outcomes == ["worker_died", "done"]
    assert why["replay"] == "identical"
    assert home.daemon().is_running()


def test_a_daemon_that_is_killed_takes_its_workers_along_and_starts_again(home: Home) -> None:
    home.asked("--max-tokens", "4", "Warm up.")
    daemon, workers = home.daemon(), home.workers()
    assert workers
    daemon.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive
    assert home.asked("--max-tokens", "4", "Again.")["place"] == "local"


def test_the_openai_sdk_streams_over_tcp_and_over_the_socket(home: Home) -> None:
    import httpx2
    import openai

    home.homeport("start", check=True)
    over_socket = httpx2.Client(transport=httpx2.HTTPTransport(uds=str(home.socket)))
    clients = [
        openai.OpenAI(base_url=f"{home.address()['url']}/v1", api_key=home.token),
        openai.OpenAI(base_url="http://localhost/v1", api_key="none", http_client=over_socket),
    ]
    for client in clients:
        with (
            client,
            client.chat.completions.create(
                model="auto",
                messages=[{"role": "user", "content": "Count to five."}],
                max_tokens=16,
                stream=True,
                stream_options={"include_usage": True},
            ) as stream,
        ):
            chunks = list(stream)
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text.strip()
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.completion_tokens > 0


@pytest.mark.netns
def test_it_starts_and_answers_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    prefix = (unshare or "unshare", "--net", "--map-root-user")
    probe = subprocess.run([*prefix, "true"], capture_output=True) if unshare else None
    if probe is None or probe.returncode:
        pytest.skip("this system does not let us make a network namespace")
    script = (
        "set -e; homeport ask --max-tokens 16 --json 'What is the sea?'; "
        "homeport status >/dev/null; homeport stop >/dev/null"
    )
    with a_home(tmp_path / "h", config=CONFIG) as home:
        give_model(home)
        environment = home.environment | {"PATH": f"{BIN}:{home.environment['PATH']}"}
        done = subprocess.run(
            [*prefix, sys.executable, loopback.__file__, "sh", "-c", script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["place"] == "local"
    assert answer["response"].strip()
