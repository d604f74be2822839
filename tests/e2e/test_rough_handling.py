"""Killed, cut off, hurried and crowded: every prompt gets its answer or one error, none is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.daemon import QUIET_CONFIG
from support.home import Home, a_home, give_model
from support.polling import eventually

KILLS = int(os.environ.get("HOMEPORT_PROVE") or 3)
"""`HOMEPORT_PROVE=200` kills the engine's worker so many times."""
WORDS = " ".join(f"w{number}" for number in range(40))
ECHO = f"name=calm;words=Hello there|name=slow;words={WORDS};tokens_per_s=20"
LASTING = "name=slow;words=w0 w1 w2 w3 w4;tokens_per_s=1"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path / "h", HOMEPORT_ECHO=ECHO) as made:
        yield made


def begun(home: Home, *words: str) -> subprocess.Popen[bytes]:
    """A slow answer whose first two words have come."""
    asking = home.begin("ask", "--model", "echo/slow", *words, "hi")
    assert asking.stdout is not None
    assert asking.stdout.read(5) == b"w0 w1"
    return asking


def newest(home: Home) -> dict[str, Any]:
    """The last request as the daemon has it."""
    found = home.ask("GET", "/homeport/v1/decisions?limit=1")[1]["requests"]
    return dict(found[0]) if found else {"state": ""}


def nothing_in_flight(home: Home) -> bool:
    return "\nhomeport_requests_in_flight 0\n" in home.ask("GET", "/metrics")[1]


def prompts(home: Home) -> int:
    return sum(int(row["requests"]) for row in home.told("spend")["rows"])


# -- a caller that goes


def test_ctrl_c_ends_the_answer_here_and_there(home: Home) -> None:
    home.homeport("start", check=True)
    asking = begun(home)
    asking.send_signal(signal.SIGINT)
    _, told = asking.communicate(timeout=20)
    assert (asking.returncode, told.decode().strip()) == (130, "Cancelled.")
    eventually(lambda: newest(home)["state"] == "cancelled")
    eventually(lambda: nothing_in_flight(home))


def test_a_reader_that_has_enough_ends_the_answer_without_a_complaint(home: Home) -> None:
    home.homeport("start", check=True)
    asking = begun(home)
    assert asking.stdout is not None
    asking.stdout.close()
    asking.wait(timeout=20)
    assert asking.stderr is not None
    with asking.stderr:
        assert (asking.returncode, asking.stderr.read()) == (141, b"")
    eventually(lambda: newest(home)["state"] == "cancelled")


# -- a daemon that goes


def test_stop_lets_the_running_answer_end(home: Home) -> None:
    home.environment["HOMEPORT_ECHO"] = LASTING
    home.homeport("start", check=True)
    asking = begun(home)
    stopping = home.begin("stop")
    eventually(lambda: home.ask("GET", "/healthz")[0] == 503)
    status, answer = home.ask("POST", "/homeport/v1/ask", {"prompt": "one more"})
    assert (status, answer["error"]["code"]) == (503, "draining")
    rest, _ = asking.communicate(timeout=30)
    assert (asking.returncode, rest.decode()) == (0, " w2 w3 w4\n")
    stopping.communicate(timeout=30)
    assert stopping.returncode == 0
    assert not home.socket.exists()


def test_a_daemon_that_is_killed_in_mid_answer_has_lost_no_account(home: Home) -> None:
    home.asked("before")
    asking = begun(home, "--tag", "cut")
    home.kill()
    _, told = asking.communicate(timeout=20)
    assert asking.returncode == 1
    assert b"broke off" in told
    assert home.asked("after")["response"] == "Hello there"
    report = home.told("spend", "--by", "tag")
    assert [(row["group"], row["requests"]) for row in report["rows"]] == [("cut", 1)]
    assert prompts(home) == 3
    assert all(window["reserved_nano"] == 0 for window in report["view"]["windows"])


# -- many at once


def test_several_commands_that_start_the_daemon_at_once_all_get_answers(home: Home) -> None:
    with ThreadPoolExecutor(6) as threads:
        ran = list(
            threads.map(
                lambda n: home.homeport("ask", "--model", "echo/calm", f"prompt {n}"), range(6)
            )
        )
    assert [(one.returncode, one.stdout) for one in ran] == [(0, "Hello there\n")] * 6, [
        one.stderr for one in ran
    ]
    assert home.log.count("listening: pid") == 1
    assert prompts(home) == 6


def test_fifty_at_once_are_all_answered_and_counted(home: Home) -> None:
    home.homeport("start", check=True)
    prompt = {"prompt": "hi", "model": "echo/calm"}
    with ThreadPoolExecutor(50) as threads:
        asked = list(threads.map(lambda _: home.ask("POST", "/homeport/v1/ask", prompt), range(50)))
    for status, lines in asked:
        assert status == 200
        assert json.loads(lines[-1])["result"]["response"] == "Hello there"
    assert prompts(home) == 50
    eventually(lambda: nothing_in_flight(home))


def test_events_are_numbered_and_timed_in_order(home: Home) -> None:
    home.homeport("start", check=True)
    watching = home.begin("watch", "--json")
    assert watching.stdout is not None
    events = [json.loads(watching.stdout.readline())]
    began = time.time() * 1000
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: home.homeport("ask", f"prompt {n}"), range(8)))
    settled = 0
    while settled < 8:
        events.append(json.loads(watching.stdout.readline()))
        settled += events[-1]["type"] == "settled"
    watching.send_signal(signal.SIGINT)
    watching.communicate(timeout=20)
    numbers = [event["n"] for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    times = [event["at_ms"] for event in events]
    assert times == sorted(times)
    assert times[-1] >= began - 1000
    assert times[-1] <= time.time() * 1000 + 1000


# -- the engine's worker


@pytest.mark.engine
@pytest.mark.timeout(120 + 20 * KILLS)
def test_no_answer_is_lost_to_a_worker_that_is_killed(tmp_path: Path) -> None:
    """`kill -9` of the model's process at random moments of random answers."""
    config = QUIET_CONFIG.replace("scan_stores = false", "scan_stores = false\ncontext = 2048")
    chance = random.Random(4663)  # noqa: S311 - no secret
    outcomes: list[tuple[str, ...]] = []
    with a_home(tmp_path / "h", config=config) as home:
        give_model(home)
        home.asked("--max-tokens", "2", "Warm up.")
        daemon = home.daemon()
        for number in range(KILLS):
            asking = home.begin("ask", "--json", "--max-tokens", "48", f"Tell story {number}.")
            time.sleep(chance.uniform(0.0, 0.9))
            for worker in home.workers():
                worker.kill()
            told, complaint = asking.communicate(timeout=240)
            assert asking.returncode == 0, complaint.decode()
            answer = json.loads(told)
            assert answer["response"].strip()
            outcomes.append(tuple(attempt["outcome"] for attempt in answer["attempts"]))
        assert home.daemon() == daemon
        assert prompts(home) == KILLS + 1
    assert set(outcomes) <= {("done",), ("worker_died", "done")}
    hit = outcomes.count(("worker_died", "done"))
    print(f"\n{KILLS} kills: {hit} in mid-answer, {KILLS - hit} before or after; all answered")
