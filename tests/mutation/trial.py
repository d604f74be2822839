"""Mutants before the tests: each in a fork of a process in which all tests are collected.

In the fork the module's own namespace is filled from the mutant, every module that
stands on it is run again, and whoever holds something of theirs by name gets the
new one. Then the tests run until one fails; those of generated examples are left
out, so that a score is of what is pinned by a case that can be read.
"""

from __future__ import annotations

import ast
import inspect
import os
import resource
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

MOST_S = 90
"""Of processor time: a mutant that goes round for ever is noticed too."""
DEPENDENTS = (
    *("rules.judge", "rules.ready", "situation", "successor", "gates", "scorecard", "chains"),
    *("looking", "planners", "exploring", "pacing", "strategy", "because", "decide"),
)
"""Modules of the policies, each after those that it stands on."""
PACKAGE = "homeport.policies"


Report = Callable[["Trials"], None]


class Trials:
    """A plugin: collects, then lets `report` try mutants instead of running the tests."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._items: list[pytest.Item] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Everything is collected and nothing has run."""
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        self._items = [item for item in session.items if not _is_generated(item)]
        self._report(self)
        return True

    def survives(self, module: str, path: Path, tree: ast.Module, own: Sequence[str]) -> bool:
        """Whether all the tests pass although the module is a mutant; its own are asked first."""
        dependents(module)
        child = os.fork()
        if child:
            return os.waitpid(child, 0)[1] == 0
        status = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_S, MOST_S + 1))
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            put_in_place(module, path, tree)
            ordered = sorted(self._items, key=lambda item: not item.nodeid.startswith(tuple(own)))
            status = 0 if all(_passes(ordered, number) for number in range(len(ordered))) else 1
        except BaseException:  # noqa: BLE001 - a mutant that breaks anything is noticed
            status = 1
        finally:
            os._exit(status)


def _is_generated(item: pytest.Item) -> bool:
    """Tests of generated examples take seconds, and what they notice is by chance."""
    return item.get_closest_marker("hypothesis") is not None


def _passes(items: Sequence[pytest.Item], number: int) -> bool:
    """One test, with the one after it, so that what they share is set up once."""
    from _pytest.runner import runtestprotocol

    if (alone := _alone(items[number])) is not None:
        return _returns(alone)
    following = items[number + 1] if number + 1 < len(items) else None
    reports = runtestprotocol(items[number], log=False, nextitem=following)
    return all(report.outcome != "failed" for report in reports)


def _alone(item: pytest.Item) -> Callable[[], Any] | None:
    """A test that asks for no fixture, as a call; a home for each takes longer than they do."""
    if not isinstance(item, pytest.Function):
        return None
    given = item.callspec.params if hasattr(item, "callspec") else {}
    asked = inspect.signature(item.obj).parameters
    if inspect.iscoroutinefunction(item.obj) or not set(asked) <= set(given):
        return None
    return partial(item.obj, **{name: given[name] for name in asked})


def _returns(test: Callable[[], Any]) -> bool:
    """Whether it comes to its end."""
    try:
        test()
    except pytest.skip.Exception:
        return True
    except BaseException:  # noqa: BLE001 - whatever it is, it was noticed
        return False
    return True


def put_in_place(module: str, path: Path, tree: ast.Module) -> None:
    """Run the mutant in its module's namespace, and what stands on it again."""
    sources = {module: compile(tree, str(path), "exec"), **dependents(module)}
    replaced: dict[tuple[str, int], Any] = {}
    for name, source in sources.items():
        namespace = sys.modules[name].__dict__
        before = dict(namespace)
        exec(source, namespace)  # noqa: S102
        for key, old in before.items():
            if namespace[key] is not old and not key.startswith("__"):
                replaced[key, id(old)] = (old, namespace[key])
        _rebind(replaced)


@cache
def dependents(module: str) -> dict[str, CodeType]:
    """What stands on a module, compiled once, each after what it stands on itself."""
    short = module.removeprefix(f"{PACKAGE}.")
    found = {}
    for name in DEPENDENTS[DEPENDENTS.index(short) + 1 :]:
        spec = find_spec(f"{PACKAGE}.{name}")
        if spec is not None and spec.origin is not None:
            text = Path(spec.origin).read_text("utf-8")
            found[f"{PACKAGE}.{name}"] = compile(text, spec.origin, "exec")
    return found


def _rebind(replaced: dict[tuple[str, int], Any]) -> None:
    """Whoever imported something by its name gets what has taken its place."""
    for module in _ours():
        for key, value in list(module.__dict__.items()):
            old, new = replaced.get((key, id(value)), (None, None))
            if old is not None and old is value:
                module.__dict__[key] = new


def _ours() -> list[ModuleType]:
    names = ("homeport.", "support.", "tests.", "test_", "policies.", "daemon.")
    return [module for name, module in list(sys.modules.items()) if name.startswith(names)]
