"""The list of system calls, run through a reading of the filter."""

from __future__ import annotations

import pytest

from homeport.daemon.sandbox.seccomp import Step, is_known, numbers_of, steps_of

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = 4711


def judged(steps: list[Step], architecture: int, number: int, *arguments: int) -> int:
    """What the filter returns: it is read as the kernel reads it."""
    words = {0: number, 4: architecture}
    words |= {16 + 8 * place: argument for place, argument in enumerate(arguments)}
    loaded, at = 0, 0
    while True:
        code, if_so, if_not, value = steps[at]
        at += 1
        if code == 0x06:
            return value
        if code == 0x20:
            loaded = words.get(value, 0)
        elif code == 0x54:
            loaded &= value
        else:
            is_so = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
            at += if_so if is_so else if_not


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_is_listed_is_allowed_and_nothing_else(machine: str) -> None:
    steps, numbers = steps_of(machine, OWN), numbers_of(machine)
    for name in ("read", "write", "openat", "mmap", "futex", "exit_group", "getrandom"):
        assert judged(steps, ARCHITECTURE[machine], numbers[name]) == ALLOW
    listed = set(numbers.values())
    assert {
        judged(steps, ARCHITECTURE[machine], number)
        for number in range(600)
        if number not in listed
    } == {EPERM}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize(
    ("name", "arguments", "verdict"),
    [
        ("clone", (0x10000 | 0x100,), ALLOW),
        ("clone", (17,), EPERM),
        ("clone3", (), ENOSYS),
        ("kill", (OWN,), ALLOW),
        ("kill", (1,), EPERM),
        ("tgkill", (OWN + 1,), EPERM),
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (1,), EPERM),
        ("socketpair", (1, 1 | 0o2000000), ALLOW),
        ("socketpair", (1, 2), EPERM),
        ("socketpair", (2, 1), EPERM),
        ("fcntl", (5, 3), ALLOW),
        ("fcntl", (5, 8), EPERM),
        ("ioctl", (5, 0x5421), ALLOW),
        ("ioctl", (5, 0x5412), EPERM),
    ],
)
def test_some_depend_on_how_they_are_called(
    machine: str, name: str, arguments: tuple[int, ...], verdict: int
) -> None:
    number = numbers_of(machine)[name]
    assert judged(steps_of(machine, OWN), ARCHITECTURE[machine], number, *arguments) == verdict


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_calls_of_another_architecture_end_it(machine: str) -> None:
    steps = steps_of(machine, OWN)
    assert judged(steps, 0x40000003, 0) == KILL
    assert judged(steps, ARCHITECTURE[machine], 0x40000000) == KILL


def test_nothing_dangerous_is_listed() -> None:
    for machine in ("x86_64", "aarch64"):
        assert not numbers_of(machine).keys() & {
            *(
                "socket",
                "connect",
                "bind",
                "execve",
                "execveat",
                "fork",
                "vfork",
                "ptrace",
                "mount",
            ),
            *("chmod", "fchmod", "chown", "utimensat", "setxattr", "link", "linkat", "truncate"),
            *(
                "unshare",
                "setns",
                "bpf",
                "io_uring_setup",
                "keyctl",
                "process_vm_readv",
                "memfd_create",
            ),
        }
    assert not is_known("riscv64")
