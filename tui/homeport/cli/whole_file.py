"""A file that is written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from homeport.cli.refusal import LocalTrouble


class WholeFile:
    """Takes the place of `name` in one step, when `keep` is called.

    The room for it is made at once, so that a folder that cannot be written is
    known before anything is paid for. What is no ordinary file (`/dev/stdout`, a
    pipe) is written directly.
    """

    def __init__(self, name: str, *, new_mode: int = 0o666) -> None:
        """`new_mode`, less what the umask takes, is for a file that is not there yet."""
        self._target = Path(os.path.realpath(name))
        self._draft: Path | None = None
        self._room = -1
        mode = self._mode(new_mode)
        if stat.S_ISDIR(mode):
            raise LocalTrouble(f"{name} is a folder; name a file in it.")
        if stat.S_ISREG(mode):
            self._make_room(mode & 0o777)

    def __repr__(self) -> str:
        return f"WholeFile({self._target})"

    def keep(self, text: str) -> None:
        """Writes the text and puts it in place."""
        try:
            if self._draft is None:
                self._target.write_text(text, "utf-8", errors="replace")
                return
            room, self._room = self._room, -1
            with open(room, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            self._draft.replace(self._target)
            self._draft = None
        except OSError as error:
            raise self._trouble(error) from None

    def __enter__(self) -> WholeFile:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._room >= 0:
            os.close(self._room)
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)

    def _mode(self, new_mode: int) -> int:
        """What stands there, or will."""
        try:
            return self._target.stat().st_mode
        except FileNotFoundError:
            return stat.S_IFREG | new_mode
        except OSError as error:
            raise self._trouble(error) from None

    def _make_room(self, mode: int) -> None:
        """It stays open: a file that its mode lets nobody write can be replaced too."""
        draft = self._target.with_name(f".{self._target.name[:40]}.{os.getpid()}.part")
        try:
            self._room = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            self._draft = draft
            if self._target.exists():
                os.chmod(draft, mode)  # whatever the umask says
        except OSError as error:
            raise self._trouble(error) from None

    def _trouble(self, error: OSError) -> LocalTrouble:
        return LocalTrouble(f"{self._target} cannot be written: {error.strerror}.")
