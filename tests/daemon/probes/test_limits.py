"""Control groups of both versions, and none."""

import pytest

from homeport.daemon.probes.limits import limited_memory, limited_processors
from support.recorded_host import RecordedHost

GIB = 1024**3


class Files(RecordedHost):
    """Only files."""

    def __init__(self, **files):
        self._said = {"files": files}


@pytest.mark.parametrize("name", ["laptop", "unknown", "mac"])
def test_without_limits_nothing_changes(name):
    assert limited_memory(RecordedHost(name), 8 * GIB, 4 * GIB) == (8 * GIB, 4 * GIB)
    assert limited_processors(RecordedHost(name)) is None


def test_the_tightest_group_counts():
    host = Files(
        **{
            "/proc/self/cgroup": "0::/outer/inner\n",
            "/sys/fs/cgroup/outer/memory.max": str(2 * GIB),
            "/sys/fs/cgroup/outer/memory.current": str(GIB),
            "/sys/fs/cgroup/outer/inner/memory.max": str(3 * GIB),
            "/sys/fs/cgroup/outer/inner/memory.current": str(GIB // 2),
            "/sys/fs/cgroup/outer/cpu.max": "400000 100000",
            "/sys/fs/cgroup/outer/inner/cpu.max": "max 100000",
        }
    )
    assert limited_memory(host, 8 * GIB, 8 * GIB) == (2 * GIB, GIB)
    assert limited_processors(host) == 4


def test_more_used_than_allowed_leaves_nothing():
    host = Files(
        **{
            "/proc/self/cgroup": "0::/",
            "/sys/fs/cgroup/memory.max": "100",
            "/sys/fs/cgroup/memory.current": "150",
            "/sys/fs/cgroup/cpu.max": "50000 100000",
        }
    )
    assert limited_memory(host, 1000, 900) == (100, 0)
    assert limited_processors(host) == 1


@pytest.mark.parametrize("damage", ["", "nonsense", "::::", "0:"])
def test_a_table_that_is_none_is_no_limit(damage):
    assert limited_memory(Files(**{"/proc/self/cgroup": damage}), 10, 5) == (10, 5)
