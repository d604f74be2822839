"""Recorded exchanges with real providers, read from beside the repository where they are there."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WIRE = Path(__file__).parents[2].parent / "shared" / "wire"


def recordings(*folders: str) -> list[Path]:
    """The files in those folders; empty where the recordings are not on this machine."""
    return [path for folder in folders for path in sorted((WIRE / folder).glob("*.json"))]


def load(path: Path) -> dict[str, Any]:
    exchange: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return exchange


def for_each(paths: Sequence[Path]) -> Callable[[Callable[..., Any]], Any]:
    """Gives a test's `path` every recording: one test for each folder, which names all that fail.

    There are thousands, and most take less time than it takes to run a test.
    """
    folders: dict[str, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent.name, []).append(path)
    absent = pytest.param("", marks=pytest.mark.skip("no recordings on this machine"))

    def decorate(test: Callable[..., Any]) -> Any:
        over = _over if not inspect.iscoroutinefunction(test) else _awaited_over
        return pytest.mark.parametrize("folder", list(folders) or [absent])(over(test, folders))

    return decorate


def _over(test: Callable[..., None], folders: dict[str, list[Path]]) -> Callable[..., None]:
    def run(folder: str, **fixtures: Any) -> None:
        tally = Tally()
        for path in folders[folder]:
            with tally.of(path):
                test(path=path, **fixtures)
        tally.tell()

    return _in_place_of(test, run)


def _awaited_over(
    test: Callable[..., Awaitable[None]], folders: dict[str, list[Path]]
) -> Callable[..., Awaitable[None]]:
    async def run(folder: str, **fixtures: Any) -> None:
        tally = Tally()
        for path in folders[folder]:
            with tally.of(path):
                await test(path=path, **fixtures)
        tally.tell()

    return _in_place_of(test, run)


def _in_place_of(test: Callable[..., Any], run: Callable[..., Any]) -> Callable[..., Any]:
    """`run` under the name of `test`, with `folder` among its arguments instead of `path`."""
    functools.update_wrapper(run, test)
    arguments = inspect.signature(test).parameters
    taken = [
        argument if name != "path" else argument.replace(name="folder")
        for name, argument in arguments.items()
    ]
    run.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    return run


class Tally:
    """What became of each recording of a folder."""

    def __init__(self) -> None:
        self.failed: list[Exception] = []
        self.skipped: set[str] = set()
        self.passed = 0

    @contextmanager
    def of(self, path: Path) -> Iterator[None]:
        """Takes down how this one ends."""
        try:
            yield
        except pytest.skip.Exception as reason:
            self.skipped.add(str(reason))
        except Exception as trouble:  # noqa: BLE001 all that fail are named
            trouble.add_note(f"in {path.parent.name}/{path.stem}")
            self.failed.append(trouble)
        else:
            self.passed += 1

    def tell(self) -> None:
        """Fails where one failed; skips where all were."""
        if self.failed:
            raise ExceptionGroup(f"{len(self.failed)} recordings failed", self.failed)
        if not self.passed:
            pytest.skip("; ".join(sorted(self.skipped)))
