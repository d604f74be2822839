"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from homeport.client.errors import ClientError


class WholeFile:
    """Takes the place of `name` in one step, when `keep` is called.

    The room for it is made at once, so that a folder that cannot be written is
    known before anything is paid for. What is no ordinary file (`/dev/stdout`, a
    pipe) is written directly.
    """

    def __init__(self, name: str) -> None:
        self._target = Path(os.path.realpath(name))
        self._draft: Path | None = None
        try:
            mode = self._target.stat().st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG | 0o666
        if stat.S_ISDIR(mode):
            raise ClientError(f"{name} is a folder; name a file in it.")
        if stat.S_ISREG(mode):
            self._draft = self._new_draft(mode)

    def __repr__(self) -> str:
        return f"WholeFile({self._target})"

    def keep(self, text: str) -> None:
        """Writes the text and puts it in place."""
        try:
            (self._draft or self._target).write_text(text, "utf-8", errors="replace")
            if self._draft is not None:
                self._draft.replace(self._target)
                self._draft = None
        except OSError as error:
            raise self._trouble(error) from None

    def __enter__(self) -> WholeFile:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)

    def _new_draft(self, mode: int) -> Path:
        draft = self._target.with_name(f".{self._target.name}.{os.getpid()}.part")
        try:
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & 0o777))
        except OSError as error:
            raise self._trouble(error) from None
        return draft

    def _trouble(self, error: OSError) -> ClientError:
        return ClientError(f"{self._target} cannot be written: {error.strerror}.")
