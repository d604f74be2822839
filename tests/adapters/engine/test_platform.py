"""What the engine asks of the operating system."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from homeport.adapters.engine import platform

CHILD = """
from homeport.adapters.engine import platform
platform.step_back()
print(open("/proc/self/oom_score_adj").read())
"""


def test_a_worker_gets_few_variables_and_no_secret() -> None:
    environment = {
        "PATH": "/bin",
        "HOME": "/h",
        "LC_ALL": "C",
        "CUDA_VISIBLE_DEVICES": "0",
        "OPENAI_API_KEY": "secret",
        "CUDA_TOKEN": "secret",
        "SSH_AUTH_SOCK": "/s",
        "HOMEPORT_HOME": "/x",
    }
    passed_on = platform.worker_environment(environment)
    assert set(passed_on) == {"PATH", "HOME", "LC_ALL", "CUDA_VISIBLE_DEVICES", *platform.WAITING}


def test_a_persons_own_way_of_waiting_is_kept() -> None:
    passed_on = platform.worker_environment({"GOMP_SPINCOUNT": "5"})
    assert passed_on["GOMP_SPINCOUNT"] == "5"


def test_cores_are_counted() -> None:
    assert 1 <= platform.physical_cores() <= (os.cpu_count() or 1)


def test_a_quota_of_the_control_group_bounds_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "CGROUP", tmp_path)
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert platform.physical_cores() == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert platform.physical_cores() >= 1
    (tmp_path / "memory.events").write_text("low 0\noom_kill 3\n")
    with_group = platform.memory_kills()
    (tmp_path / "memory.events").unlink()
    assert with_group - platform.memory_kills() == 3


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's own measure")
def test_a_worker_is_first_to_go() -> None:
    output = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, check=True, text=True
    )
    assert int(output.stdout) == platform.FIRST_TO_GO
    assert (platform.own_memory() or 0) > 1_000_000


def test_ends_are_put_in_words() -> None:
    assert platform.describe_end(None) == "it vanished"
    assert platform.describe_end(3) == "it ended with status 3"
    assert "SIGSEGV" in platform.describe_end(-signal.SIGSEGV)
    assert "signal 200" in platform.describe_end(-200)
    assert platform.was_killed(-9)
    assert not platform.was_killed(1)
    assert not platform.was_killed(None)


def test_workers_start_away_from_the_terminal() -> None:
    assert platform.start_options()
