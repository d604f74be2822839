"""Chats that were given a name, kept so that they can be gone on with.

One file each in the state folder, mode 0600: lines of JSON, a turn or a mark.
A chat without a name is kept nowhere.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from homeport.cli.conversation import Turn
from homeport.cli.json_lines import json_line, lines_of
from homeport.cli.refusal import LocalTrouble, WrongUse
from homeport.cli.whole_file import WholeFile
from homeport.client import paths

if TYPE_CHECKING:
    from io import FileIO

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PRIVATE = {"private": True}


class WrongName(WrongUse):
    """A name that no file can have."""


class ChatStore:
    """The file of one chat."""

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise WrongName(
                f"{name!r} cannot be the name of a chat: use letters, digits, `.`, `_` and `-`."
            )
        self._path = paths.chats_dir() / f"{name}.jsonl"

    def __repr__(self) -> str:
        return f"ChatStore({self._path})"

    def read(self) -> tuple[list[Turn], bool]:
        """The turns, and whether it is private. Lines that are no turns are passed over."""
        try:
            lines = lines_of(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return [], False
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise LocalTrouble(f"The chat {self._path} cannot be read: {reason}.") from None
        values = [value for line in lines if isinstance(value := _value(line), dict)]
        return [value for value in values if _is_turn(value)], _PRIVATE in values

    def add(self, turns: list[Turn]) -> None:
        """More of it; all of that, or nothing."""
        try:
            self._make_folder()
            number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with open(number, "r+b", buffering=0) as file:
                _append(file, "".join(map(json_line, turns)).encode(errors="replace"))
        except OSError as error:
            raise self._not_kept(error) from None

    def replace(self, turns: list[Turn], *, private: bool) -> None:
        """All of it, or nothing."""
        values: list[Any] = [*([_PRIVATE] if private else []), *turns]
        try:
            self._make_folder()
        except OSError as error:
            raise self._not_kept(error) from None
        with WholeFile(str(self._path), new_mode=0o600) as file:
            file.keep("".join(map(json_line, values)))

    def _make_folder(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _not_kept(self, error: OSError) -> LocalTrouble:
        return LocalTrouble(f"The chat {self._path} cannot be kept: {error.strerror}.")


def _append(file: FileIO, text: bytes) -> None:
    """On lines of their own; where there is no room for all of it, the file stays as it was."""
    end = file.seek(0, os.SEEK_END)
    if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
        text = b"\n" + text
    try:
        while text:
            text = text[file.write(text) :]
    except OSError:
        file.truncate(end)
        raise


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _is_turn(value: dict[str, Any]) -> bool:
    text = value.get("text")
    return (
        value.get("role") in ("user", "assistant") and isinstance(text, str) and bool(text.strip())
    )
