"""The process that runs a program: gives up everything first, then runs it and its tests.

Started by path, without site packages and environment; the job comes on standard input, one
report goes out on a pipe of its own. Without every protection that was asked for it runs nothing.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import sysconfig
import traceback
import types
from typing import Any

READABLE = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo")
DEVICES = ("/dev/null", "/dev/urandom")
_MOST_OPEN, _MOST_PROCESSES = 64, 64
_NAME, _TESTS_FILE = "answer", "<tests>"


def main() -> None:
    """Read the job, become confined, run, report."""
    job = json.loads(sys.stdin.buffer.read())
    report = Report(int(job["report"]), job["token"])
    try:
        confine(job)
    except OSError as error:
        report.send("unconfined", str(error.strerror))
        os._exit(1)
    report.send(*run(job["code"], job["tests"]))
    os._exit(0)


class Report:
    """Where the outcome goes; the token tells it from what the program writes there."""

    def __init__(self, pipe: int, token: str) -> None:
        self._pipe, self._token = pipe, token

    def send(self, outcome: str, detail: str = "", line: int = 0) -> None:
        """Once."""
        said = {"token": self._token, "outcome": outcome, "detail": detail, "line": line}
        os.write(self._pipe, json.dumps(said).encode())


def confine(job: dict[str, Any]) -> None:
    """Everything that was asked for, or an `OSError`."""
    sys.path.insert(0, job["homeport"])
    from homeport.daemon.sandbox import kernel, landlock, namespaces, seccomp

    sys.path.pop(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    folder, readable = job["folder"], _readable()
    apart = "namespaces" in job["layers"]
    if apart:
        namespaces.enter(folder, (*readable, *DEVICES), job["file_bytes"])
        namespaces.go_on_as_first_process()
        folder = namespaces.HOME
    _bound(job, apart=apart)
    kernel.give_up_rights()
    # A change of rights undoes it, and nothing behind this changes any.
    kernel.end_with_parent()
    landlock.confine(folder, readable, DEVICES, folders=apart)
    seccomp.confine()


def _readable() -> tuple[str, ...]:
    """Python's own modules, as they are named and where they really are, and system libraries."""
    own = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    own += [path for path in sys.path if path.endswith("lib-dynload")]
    return tuple(dict.fromkeys([*READABLE, *own, *map(os.path.realpath, own)]))


def _bound(job: dict[str, Any], *, apart: bool) -> None:
    seconds = max(1, round(job["seconds"] + 0.5))
    bounds = {
        resource.RLIMIT_AS: job["memory_bytes"],
        resource.RLIMIT_FSIZE: job["file_bytes"],
        resource.RLIMIT_NOFILE: _MOST_OPEN,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if apart:
        # Elsewhere it would count the threads of everything that this person runs.
        bounds[resource.RLIMIT_NPROC] = _MOST_PROCESSES
    for kind, most in bounds.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


# The program


def run(code: str, tests: str) -> tuple[str, str, int]:
    """What came of it: an outcome, the name of an error, a line."""
    module = types.ModuleType(_NAME)
    sys.modules[_NAME] = module
    names = vars(module)
    failed = _execute(code, "<answer>", names)
    if failed is not None:
        return ("broken", *failed)
    if not tests.strip():
        return "ran", "", 0
    before = dict(names)
    failed = _execute(tests, _TESTS_FILE, names)
    if failed is None:
        failed = _call_tests({n: v for n, v in names.items() if before.get(n) is not v})
    return ("passed", "", 0) if failed is None else ("failed", *failed)


def _execute(source: str, file: str, names: dict[str, Any]) -> tuple[str, int] | None:
    try:
        exec(compile(source, file, "exec"), names)  # noqa: S102  # what this process is for
    except BaseException as error:  # noqa: BLE001  # whatever it raises is its outcome
        return _failure(error, file)
    return None


def _call_tests(names: dict[str, Any]) -> tuple[str, int] | None:
    """Functions called `test_...`, and test cases of `unittest`, as their runners would."""
    for name, value in names.items():
        try:
            if name.startswith("test_") and isinstance(value, types.FunctionType):
                value()
            elif isinstance(value, type) and hasattr(value, "assertEqual"):
                _call_case(value)
        except BaseException as error:  # noqa: BLE001  # whatever it raises is its outcome
            return _failure(error, _TESTS_FILE)
    return None


def _call_case(case: Any) -> None:
    import unittest

    result = unittest.defaultTestLoader.loadTestsFromTestCase(case).run(unittest.TestResult())
    if not result.wasSuccessful():
        raise AssertionError


def _failure(error: BaseException, file: str) -> tuple[str, int]:
    """The name of the error, where it is one of Python's own, and the line that it came from."""
    own = type(error)
    name = own.__name__ if own.__module__ == "builtins" else "an error of its own"
    if isinstance(error, SyntaxError) and error.filename == file:
        return name, error.lineno or 0
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__, limit=50)
        if frame.filename == file
    ]
    return name, (lines[0] if lines else 0) or 0


if __name__ == "__main__":
    main()
