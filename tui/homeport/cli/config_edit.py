"""`homeport config edit`: the file in an editor, put in place only when it is good."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from homeport.cli import exit_codes
from homeport.cli.config_check import faults
from homeport.cli.output import talk, write, write_json
from homeport.cli.refusal import LocalTrouble
from homeport.cli.whole_file import WholeFile
from homeport.client import paths

KEEP = "surrogateescape"
"""What becomes of bytes that are no text: letters that no text has, and bytes again."""


def edit(*, as_json: bool) -> int:
    """Edits a draft; a draft that is wrong is edited again or left out."""
    path = paths.config_path()
    before = _text(path)
    after = _edited(before, path)
    if after is None:
        talk(f"{path} is as it was.")
        return exit_codes.FAILED
    now = _text(path)
    if now not in (before, after):
        return _leave_beside(path, after)
    _put_in_place(path, before, after)
    _tell(path, changed=after != before, as_json=as_json)
    return exit_codes.DONE


def _text(path: Path) -> str:
    """What stands there, with every byte that is no text, so that it can be mended."""
    try:
        return path.read_text("utf-8", errors=KEEP) if path.exists() else ""
    except OSError as error:
        raise LocalTrouble(f"{path} cannot be read: {error.strerror}.") from None


def _leave_beside(path: Path, after: str) -> int:
    """Somebody else's change stands in the file: neither is lost."""
    draft = path.with_name(f"{path.name}.edited")
    _put_in_place(draft, "", after)
    talk(f"{path} was changed meanwhile and is left so; your text is {draft}.")
    talk(f"See the difference: diff {shlex.quote(str(path))} {shlex.quote(str(draft))}")
    return exit_codes.FAILED


def _edited(before: str, path: Path) -> str | None:
    """A good text; None where there is none."""
    with tempfile.TemporaryDirectory(prefix="homeport-") as folder:
        draft = Path(folder) / "config.toml"
        draft.write_text(before, "utf-8", errors=KEEP)
        while _open_editor(draft):
            if not draft.exists():
                talk("The editor left no file.")
                return None
            after = draft.read_text("utf-8", errors=KEEP)
            found = _faults(after, path) if after != before else []
            if not found:
                return after
            for problem in found:
                talk(problem)
            if not _again():
                break
    return None


def _faults(text: str, path: Path) -> list[str]:
    """What is wrong with it, a sentence each."""
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            line.encode()
        except UnicodeEncodeError:
            return [f"{path}, line {number}: This is not UTF-8 text."]
    return faults(text, path)


def _open_editor(draft: Path) -> bool:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    words = [named]
    try:
        words = shlex.split(named) or ["vi"]
        ended = subprocess.run([*words, str(draft)], check=False)  # noqa: S603  # the user's own
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        talk(f"The editor {words[0]} cannot be started: {reason}. Set VISUAL or EDITOR.")
        return False
    if ended.returncode:
        talk(f"The editor {words[0]} ended with status {ended.returncode}.")
    return ended.returncode == 0


def _again() -> bool:
    if not sys.stdin.isatty():
        return False
    with suppress(EOFError):
        return input("Edit it again? [Y/n] ").strip().lower() not in ("n", "no")
    return False


def _put_in_place(path: Path, before: str, after: str) -> None:
    if after == before:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with WholeFile(str(path)) as file:
        file.keep(after)


def _tell(path: Path, *, changed: bool, as_json: bool) -> None:
    if as_json:
        write_json({"path": str(path), "changed": changed})
    else:
        write(f"{path} is in place." if changed else "Nothing was changed.")
