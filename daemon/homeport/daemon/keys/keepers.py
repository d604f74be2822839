"""Where keys given to `homeport keys add` are kept: the OS keyring, else a file.

A machine without a desktop usually has no keyring, or one that nobody can
unlock; there the file takes over. Both are asked in a thread and by a deadline,
since a keyring may wait for a person.
"""

from __future__ import annotations

import json
import os
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from homeport.daemon.keys.references import require_private
from homeport.daemon.keys.secret import KeyTrouble, Secret, secret_from
from homeport.daemon.storage.files import write_whole

KEYRING_TIMEOUT_S = 5.0
SERVICE = "homeport"
USELESS = ("keyring.backends.fail", "keyring.backends.null")

T = TypeVar("T")


class Keeper(Protocol):
    """A place that keeps secrets by name. Everything may raise `KeyTrouble`."""

    name: str

    def keep(self, provider: str, secret: Secret) -> None:
        """Keep it, in place of an older one."""

    def read(self, provider: str) -> Secret | None:
        """What is kept; None where nothing is."""

    def forget(self, provider: str) -> bool:
        """Remove it; False where nothing was kept."""


def system_backend() -> Any:
    """The backend that the `keyring` package chose for this system."""
    import keyring

    return keyring.get_keyring()


class OsKeyring:
    """The keyring of the system, through the `keyring` package where it is installed."""

    name = "keyring"

    def __init__(
        self,
        service: str = SERVICE,
        timeout_s: float = KEYRING_TIMEOUT_S,
        backend: Callable[[], Any] | None = None,
    ) -> None:
        self._service = service
        self._timeout_s = timeout_s
        self._backend = backend or system_backend
        self._stuck = False

    def usable(self) -> bool:
        """There is one, and it answers."""
        try:
            return self._asked(lambda backend: type(backend).__module__ not in USELESS)
        except KeyTrouble:
            return False

    def keep(self, provider: str, secret: Secret) -> None:
        """Keep it, and read it back: some backends accept and forget."""
        self._asked(lambda b: b.set_password(self._service, provider, secret.reveal()))
        if self.read(provider) != secret:
            raise KeyTrouble("The OS keyring did not keep the key.")

    def read(self, provider: str) -> Secret | None:
        """From the service of this program."""
        return self.read_from(self._service, provider)

    def read_from(self, service: str, name: str) -> Secret | None:
        """From any service; an empty one is this program's own."""
        found = self._asked(lambda b: b.get_password(service or self._service, name))
        return secret_from(found) if found else None

    def forget(self, provider: str) -> bool:
        """Remove it where it is there."""
        if self.read(provider) is None:
            return False
        self._asked(lambda b: b.delete_password(self._service, provider))
        return True

    def _asked(self, question: Callable[[Any], T]) -> T:
        """Its answer; one that hangs is not asked again by this process."""
        if self._stuck:
            raise KeyTrouble("The OS keyring did not answer before; unlock it and restart.")
        answers: list[T] = []
        faults: list[str] = []

        def ask() -> None:
            try:
                answers.append(question(self._backend()))
            except ImportError:
                faults.append("The package `keyring` is not installed.")
            except Exception as fault:  # noqa: BLE001  # backends raise anything; text may be secret
                faults.append(f"The OS keyring refused ({type(fault).__name__}).")

        asking = threading.Thread(target=ask, name="keyring", daemon=True)
        asking.start()
        asking.join(self._timeout_s)
        if asking.is_alive():
            self._stuck = True
            raise KeyTrouble(f"The OS keyring did not answer in {self._timeout_s:g} s.")
        if faults:
            raise KeyTrouble(faults[0])
        return answers[0]


class KeyFile:
    """A TOML file of mode 0600: one line per provider."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, provider: str, secret: Secret) -> None:
        """Write the file anew, whole."""
        self._write({**self._all(), provider: secret.reveal()})

    def read(self, provider: str) -> Secret | None:
        """Its line."""
        found = self._all().get(provider)
        return secret_from(found) if found else None

    def forget(self, provider: str) -> bool:
        """Leave its line out; the last one takes the file with it."""
        kept = self._all()
        if kept.pop(provider, None) is None:
            return False
        if kept:
            self._write(kept)
        else:
            self.path.unlink()
        return True

    def _all(self) -> dict[str, str]:
        try:
            with self.path.open("rb") as file:
                require_private(self.path, os.fstat(file.fileno()))
                kept = tomllib.load(file)
        except FileNotFoundError:
            return {}
        except OSError as refused:
            raise KeyTrouble(f"{self.path} cannot be read: {refused.strerror}.") from None
        except ValueError:
            raise KeyTrouble(f"{self.path} is damaged: move it away, add the keys anew.") from None
        return {name: value for name, value in kept.items() if isinstance(value, str)}

    def _write(self, kept: dict[str, str]) -> None:
        head = "# Keys of model providers, kept by `homeport keys add`. For your eyes alone.\n"
        lines = [f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in kept.items()]
        try:
            write_whole(self.path, head + "".join(lines), mode=0o600)
        except OSError as refused:
            raise KeyTrouble(f"{self.path} cannot be written: {refused.strerror}.") from None
