"""The config file: one immutable generation in force, swapped whole.

A file that cannot be read leaves the last good generation in force and says
why in `error`; so does one that was there and has gone, or is empty, until the
daemon starts again. Reading, checking and writing block: on the event loop they
belong in a thread, which `watch` does by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from homeport.client.wire import ConfigView
from homeport.daemon.config.check import MAX_BYTES, parse
from homeport.daemon.config.errors import ConfigError, Problem
from homeport.daemon.config.settings import Config
from homeport.daemon.config.watch import FileWatch, Observe, Status, status
from homeport.daemon.storage.files import write_whole
from homeport.daemon.storage.locks import locked, unlocked
from homeport.policies.model import Policy

NANO = 1_000_000_000
LOCK_WAIT_S = 10.0
"""How long another process may take to change the file."""
LOCK_LOOK_S = 0.01
GONE = (
    "It {is_gone}, and what it said stays in force. To go on with the defaults, restart the "
    "daemon; `homeport config set` writes all that is in force again."
)

__all__ = ["ConfigError", "ConfigFile", "Problem", "parse", "policy_of"]


def policy_of(config: Config) -> Policy:
    """The part of a config that decisions are made under."""
    return Policy(
        mode=config.mode,
        trusted_hosts=config.privacy.trusted_hosts,
        aliases=tuple(sorted(config.aliases.items())),
        at_limit=config.budget.at_limit,
        server_tools_nano=_nano(config.budget.server_tools_usd),
        battery_floor=config.energy.battery_floor,
        hedge_after_ms=round(config.hedge.after_s * 1e3) if config.hedge.when == "auto" else None,
        hedge_late_ms=round(config.hedge.late_s * 1e3),
    )


def _nano(usd: float | None) -> int | None:
    return None if usd is None else round(usd * NANO)


class ConfigFile:
    """Owns the config: what is in force, its number, and what is wrong with the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.current = Config()
        self.generation = 0
        """Counts the generations that were in force; 0 is the built-in defaults."""
        self.error: ConfigError | None = None
        """Why the file on disk is not in force; None where it is."""
        self._read_at: Status | Literal["unread"] | None = "unread"
        """How the file stood when it was read last."""
        self._text_in_force = ""
        """That the generation in force was read from."""
        self._policy = self.current, policy_of(self.current)
        """Of one generation, with it."""
        self._writing = threading.Lock()

    @property
    def policy(self) -> Policy:
        """What decisions are made under, made once for each generation."""
        made_from, policy = self._policy
        if made_from is not self.current:
            made_from, policy = self._policy = self.current, policy_of(self.current)
        return policy

    def __repr__(self) -> str:
        state = f"error: {self.error.sentence}" if self.error else "in force"
        return f"ConfigFile({self.path}, generation {self.generation}, {state})"

    def load(self) -> Config:
        """Read the file and put it in force; one that was never there is all defaults.

        Raises `ConfigError` and leaves everything as it was, save `error`.
        """
        self._read_at = status(self.path)
        try:
            text = self._text()
            config = parse(text, str(self.path))
            self._insist_on_a_file(text, config)
        except ConfigError as error:
            self.error = error
            raise
        self.error = None
        self._text_in_force = text
        if config != self.current or not self.generation:
            self.current = config
            self.generation += 1
        return config

    def _insist_on_a_file(self, text: str, config: Config) -> None:
        """Nothing where settings were is a mishap until somebody says otherwise: a file that is
        being replaced, a folder that is not mounted, an editor that was stopped half-way."""
        if not text.strip() and self._text_in_force.strip() and config != self.current:
            is_gone = "is empty" if self.path.exists() else "is not there any more"
            raise self._trouble(GONE.format(is_gone=is_gone))

    def view(self) -> ConfigView:
        """What `/homeport/v1/config` shows."""
        return ConfigView(
            path=str(self.path),
            exists=self.path.exists(),
            generation=self.generation,
            error=self.error.sentence if self.error else "",
            settings=msgspec.to_builtins(self.current),
        )

    def set(self, key: str, value: Any) -> Config:
        """Change one setting by its dotted key; None gives it back its default."""
        return self.set_all({key: value})

    def set_all(self, changes: Mapping[str, Any]) -> Config:
        """Change several settings at once, keeping the file's comments and order.

        Nothing is written unless the result is a valid config; raises `ConfigError`.
        """
        return self.change(lambda _: changes)

    def change(self, changes_of: Callable[[Config], Mapping[str, Any]]) -> Config:
        """`set_all` with what follows from the settings as they stand when it is written.

        Whoever changes something at the same time, here or in another process, comes before or
        after, so that no change is lost. A file that has gone is begun again from what is in force.
        """
        from homeport.daemon.config.edit import edited

        with self._writing, self._alone():
            before = self._text()
            if not before.strip():
                before = self._text_in_force
            config = parse(before, str(self.path))
            text = edited(before, changes_of(config))
            try:
                parse(text, str(self.path))
            except ConfigError as error:
                raise error.without_lines() from None
            self._write(text)
            if not text.strip():
                self._text_in_force = ""
            return self.load()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other process changes the file. Raises `ConfigError` where one never ends."""
        real = Path(os.path.realpath(self.path))
        lock = real.with_name(f".{real.name}.lock")
        until = time.monotonic() + LOCK_WAIT_S
        try:
            lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            while (descriptor := locked(lock)) is None:
                if time.monotonic() > until:
                    raise self._trouble("Another process is changing it; try again.")
                time.sleep(LOCK_LOOK_S)
        except OSError as refused:
            raise self._trouble(f"It cannot be written: {refused.strerror}.") from None
        try:
            yield
        finally:
            unlocked(descriptor, lock)

    async def watch(
        self,
        on_change: Callable[[], None],
        *,
        observe: Observe | None = None,
        after: asyncio.Event | None = None,
    ) -> None:
        """Reload at each change of the file, until cancelled; tell of it after an event.

        `on_change` is called on the loop for each new generation or error, those
        that came by `set` included: one place announces them all.
        """
        announced = self._standing()
        async with FileWatch(self.path, observe, after, read_at=self._read_at) as watch:
            while True:
                await watch.changed()
                await asyncio.to_thread(self._reload)
                if self._standing() != announced:
                    announced = self._standing()
                    on_change()

    def _standing(self) -> tuple[int, str]:
        return self.generation, str(self.error or "")

    def _reload(self) -> None:
        with self._writing, contextlib.suppress(ConfigError):
            self.load()

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                return file.read(MAX_BYTES + 1).decode("utf-8")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as broken:
            line = broken.object[: broken.start].count(b"\n") + 1
            raise self._trouble("This is not UTF-8 text.", line) from None
        except OSError as refused:
            raise self._trouble(f"It cannot be read: {refused.strerror}.") from None

    def _write(self, text: str) -> None:
        try:
            write_whole(self.path, text)
        except OSError as refused:
            raise self._trouble(f"It cannot be written: {refused.strerror}.") from None

    def _trouble(self, sentence: str, line: int = 0) -> ConfigError:
        return ConfigError(str(self.path), (Problem(line, "", sentence),))
