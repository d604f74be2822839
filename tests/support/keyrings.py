"""Keyrings for tests: one in memory, one in a file for other processes, and bad ones."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

FILE_NAME = "HOMEPORT_TEST_KEYRING"
"""Environment name of the file that `FileKeyring` keeps its entries in."""


class MemoryKeyring:
    """Works."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        """As the `keyring` package asks it."""
        return self.entries.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        """As the `keyring` package asks it."""
        self.entries[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        """As the `keyring` package asks it."""
        del self.entries[service, name]


class ForgetfulKeyring(MemoryKeyring):
    """Accepts everything and keeps nothing."""

    def set_password(self, service: str, name: str, secret: str) -> None:
        """Says nothing."""


class LockedKeyring(MemoryKeyring):
    """Raises, with the secret in its text."""

    def set_password(self, service: str, name: str, secret: str) -> None:
        """Refuses."""
        raise RuntimeError(f"cannot store {secret}")


class SilentKeyring(MemoryKeyring):
    """Waits for a person who never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.asked = 0

    def get_password(self, service: str, name: str) -> str | None:
        """Hangs until released."""
        self.asked += 1
        self.released.wait()
        return None


def _file_keyring() -> type:
    from keyring.backend import KeyringBackend

    class FileKeyring(KeyringBackend):  # type: ignore[misc]  # untyped package
        """Entries in a JSON file."""

        priority = 1

        def _entries(self) -> dict[str, str]:
            path = Path(os.environ[FILE_NAME])
            return dict(json.loads(path.read_text())) if path.exists() else {}

        def get_password(self, service: str, name: str) -> str | None:
            return self._entries().get(f"{service}/{name}")

        def set_password(self, service: str, name: str, secret: str) -> None:
            entries = {**self._entries(), f"{service}/{name}": secret}
            Path(os.environ[FILE_NAME]).write_text(json.dumps(entries))

    return FileKeyring


def __getattr__(name: str) -> type:
    """`FileKeyring` is made only where it is named, since making it registers it."""
    if name == "FileKeyring":
        return _file_keyring()
    raise AttributeError(name)
