"""Waiting for a file to change, whichever way an editor writes it.

Events of the folder only wake the watcher up; whether something changed is
read from the file's own status, so a missed or doubled event does no harm.
Where events are not to be had (the folder does not exist yet, or the system's
watches are used up), the status is polled.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

POLL_S = 2.0
SAFETY_POLL_S = 30.0
SETTLE_S = 0.1

log = logging.getLogger(__name__)

Stop = Callable[[], None]
Observe = Callable[[set[Path], Callable[[], None]], Stop]
"""Call back at each event in the folders, from any thread, until stopped."""


Status = tuple[int, int, int]


class FileWatch:
    """One file, watched while the context is open.

    What it is compared with is its status when it was read, even where the watching
    itself, which takes a library, begins only after an event.
    """

    def __init__(
        self,
        path: Path,
        observe: Observe | None = None,
        after: asyncio.Event | None = None,
        *,
        read_at: Status | Literal["unread"] | None = "unread",
    ) -> None:
        """`read_at` is the status that the file had when it was read, if it was."""
        self._path = path
        self._read_at = read_at
        self._after = after
        self._observe = observe or observe_folders
        self._stop: Stop | None = None
        self._refused = False
        self._seen: object = None
        self._woken = asyncio.Event()

    async def __aenter__(self) -> FileWatch:
        now = status(self._path)
        self._seen = now if self._read_at == "unread" else self._read_at
        if self._seen != now:
            self._woken.set()
        if self._after is not None:
            await self._after.wait()
            self._woken.set()
        await self._begin()
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._stop is not None:
            await asyncio.to_thread(self._stop)

    @property
    def polls(self) -> bool:
        """No events are to be had at present."""
        return self._stop is None

    async def changed(self) -> None:
        """Return once the file is another one than at the last return (or at the start)."""
        while True:
            await self._wake()
            if self._stop is None:
                await self._begin()
            if status(self._path) != self._seen:
                self._seen = await self._settled()
                return

    async def _wake(self) -> None:
        try:
            async with asyncio.timeout(POLL_S if self._stop is None else SAFETY_POLL_S):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    async def _settled(self) -> object:
        """Wait until an editor that writes in steps has come to rest."""
        while True:
            before = status(self._path)
            await asyncio.sleep(SETTLE_S)
            if status(self._path) == before:
                return before

    async def _begin(self) -> None:
        folders = folders_of(self._path)
        if not folders or self._refused:
            return
        loop = asyncio.get_running_loop()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._woken.set)

        try:
            self._stop = await asyncio.to_thread(self._observe, folders, wake)
        except OSError as refused:
            self._refused = True
            log.info("config: no file events (%s), looking every %s s", refused.strerror, POLL_S)


def status(path: Path) -> Status | None:
    """What tells one content of a file from the next; None where there is none."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_mtime_ns, now.st_size, now.st_ino


def folders_of(path: Path) -> set[Path]:
    """The folders in which a change can show: its own, and a link's target's; empty if missing."""
    folders = {path.parent, Path(os.path.realpath(path)).parent}
    return folders if all(folder.is_dir() for folder in folders) else set()


def observe_folders(folders: set[Path], wake: Callable[[], None]) -> Stop:
    """Events through `watchdog`, from a thread of its own. Raises `OSError`."""
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers import Observer

    class Wake(FileSystemEventHandler):
        """Any event will do."""

        def on_any_event(self, event: Any) -> None:
            if event.event_type not in ("opened", "closed_no_write"):
                wake()

    observer = Observer()
    try:
        for folder in folders:
            observer.schedule(Wake(), str(folder))
        observer.start()
    except OSError:
        observer.unschedule_all()
        raise

    def stop() -> None:
        observer.stop()
        observer.join()

    return stop
