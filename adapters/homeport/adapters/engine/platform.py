"""What differs between operating systems: cores, priorities, memory, causes of death."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

FIRST_TO_GO = 900
"""Linux `oom_score_adj` of a worker: it goes before the daemon and the desktop."""

PASSED_ON = (
    "PATH",
    "HOME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "PYTHONPATH",
    "PYTHONHOME",
    "SYSTEMROOT",
    "WINDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "LLAMA_CPP_LIB_PATH",
)
PASSED_ON_STARTS = (
    "LC_",
    "CUDA_",
    "HIP_",
    "ROCR_",
    "HSA_",
    "GGML_",
    "VK_",
    "OMP_",
    "GOMP_",
    "MTL_",
)
NEVER_PASSED_ON = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")

CGROUP = Path("/sys/fs/cgroup")


WAITING = {"GOMP_SPINCOUNT": "1000"}
"""Threads that wait for each other spin for some microseconds, then sleep. Spinning
on, the usual way, is no faster on a free processor, and makes decoding ten times
slower as soon as anything else wants it."""


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The few variables that a worker needs; never a secret."""
    passed_on = {name: value for name, value in environment.items() if _is_passed_on(name)}
    return {**WAITING, **passed_on}


def _is_passed_on(name: str) -> bool:
    upper = name.upper()
    if any(word in upper for word in NEVER_PASSED_ON):
        return False
    return upper in PASSED_ON or upper.startswith(PASSED_ON_STARTS)


def start_options() -> dict[str, object]:
    """How a worker is started: away from the terminal, so that Ctrl-C does not reach it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def step_back() -> None:
    """In a worker: be the first to go when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))


def physical_cores() -> int:
    """Cores this process may use, without their second threads; at least 1."""
    cores = _linux_cores() if sys.platform == "linux" else None
    count = len(cores) if cores else os.cpu_count() or 1
    return max(1, min(count, _quota() or count))


def _linux_cores() -> set[tuple[str, str]] | None:
    """Pairs of package and core that the allowed processors belong to; None where unknown."""
    cores = set()
    for cpu in os.sched_getaffinity(0):
        topology = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology")
        try:
            package = (topology / "physical_package_id").read_text().strip()
            cores.add((package, (topology / "core_id").read_text().strip()))
        except OSError:
            return None
    return cores


def _quota() -> int | None:
    """Whole processors that the control group allows; None where it does not limit them."""
    try:
        quota, period = (CGROUP / "cpu.max").read_text().split()
        return None if quota == "max" else -(-int(quota) // int(period))
    except (OSError, ValueError):
        return None


def own_memory() -> int | None:
    """Bytes of memory that this process holds; None where unknown."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def memory_kills() -> int:
    """How often the kernel has killed for want of memory, as far as it can be seen."""
    return _counter(Path("/proc/vmstat"), "oom_kill") + _counter(
        CGROUP / "memory.events", "oom_kill"
    )


def _counter(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def describe_end(status: int | None) -> str:
    """How a process ended, in words; negative numbers are signals."""
    if status is None:
        return "it vanished"
    if status >= 0:
        return f"it ended with status {status}"
    try:
        return f"it was ended by signal {signal.Signals(-status).name}"
    except ValueError:
        return f"it was ended by signal {-status}"


def was_killed(status: int | None) -> bool:
    """Whether a process was ended from outside, without a chance to say why."""
    return status is not None and sys.platform != "win32" and status == -signal.SIGKILL
