"""The limits that a container or a service puts on this process (Linux control groups)."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import PurePosixPath

from homeport.daemon.probes.host import Host

V2 = "/sys/fs/cgroup"
V1_MEMORY = "/sys/fs/cgroup/memory"
V1_PROCESSOR = "/sys/fs/cgroup/cpu"


def limited_memory(host: Host, total: int, available: int) -> tuple[int, int]:
    """Total and available bytes, no more than the tightest group of this process has."""
    for limit, used in _memory_groups(host):
        total = min(total, limit)
        available = min(available, max(0, limit - used))
    return total, available


def limited_processors(host: Host) -> int | None:
    """Processors' worth of time that the tightest group allows, rounded up; None without limit."""
    quotas = [ceil(quota) for quota in _quotas(host)]
    return min(quotas, default=None)


def _memory_groups(host: Host) -> Iterator[tuple[int, int]]:
    """Limit, and use without the file cache that can be dropped, of each group that has a limit."""
    for group in _groups(host, "", V2):
        limit = _number(host.text(f"{group}/memory.max"))
        used = _number(host.text(f"{group}/memory.current"))
        if limit is not None and used is not None:
            yield limit, used - _cache(host, group, "inactive_file")
    for group in _groups(host, "memory", V1_MEMORY):
        limit = _number(host.text(f"{group}/memory.limit_in_bytes"))
        used = _number(host.text(f"{group}/memory.usage_in_bytes"))
        if limit is not None and used is not None:
            yield limit, used - _cache(host, group, "total_inactive_file")


def _quotas(host: Host) -> Iterator[float]:
    for group in _groups(host, "", V2):
        quota, _, period = (host.text(f"{group}/cpu.max") or "").strip().partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            yield int(quota) / int(period)
    for group in _groups(host, "cpu", V1_PROCESSOR):
        allowed = _number(host.text(f"{group}/cpu.cfs_quota_us"))
        every = _number(host.text(f"{group}/cpu.cfs_period_us"))
        if allowed and every:
            yield allowed / every


def _groups(host: Host, controller: str, mount: str) -> Iterator[str]:
    """This process's group and all above it, as folders.

    A container often sees its own group as the root of the mount, whatever path
    is told; asking for folders that are not there costs nothing.
    """
    for line in (host.text("/proc/self/cgroup") or "").splitlines():
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if controller in controllers.split(","):
            below = PurePosixPath(path.lstrip("/"))
            yield from (f"{mount}/{at}" for at in (below, *below.parents) if str(at) != ".")
            yield mount


def _number(text: str | None) -> int | None:
    """None for `max`, for a negative number and for nothing."""
    text = (text or "").strip()
    return int(text) if text.isdigit() else None


def _cache(host: Host, group: str, name: str) -> int:
    for line in (host.text(f"{group}/memory.stat") or "").splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return _number(value) or 0
    return 0
