"""Getting one model file: mirrors in order, then checked, then given its name at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from homeport.adapters.gguf.header import GGUFError, read_header
from homeport.adapters.gguf.model import ModelFacts, facts_of
from homeport.daemon.download.file_mirror import copy_file
from homeport.daemon.download.http_mirror import fetch_http
from homeport.daemon.download.lock import sole_download
from homeport.daemon.download.package_mirror import fetch_package
from homeport.daemon.download.part import Part
from homeport.daemon.download.space import require_space
from homeport.daemon.download.wanted import (
    DownloadFailed,
    FileMirror,
    HttpMirror,
    Mirror,
    MirrorFailed,
    PermitFor,
    Reporter,
    Wanted,
    WrongContent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A model file that is here, whole and readable."""

    path: Path
    facts: ModelFacts
    source: str
    """Empty where it was here already."""
    checked: str
    """How it was checked, in words."""
    failures: tuple[str, ...] = ()
    """Mirrors that were tried in vain before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """What fetching takes, apart from what to fetch."""

    folder: Path
    permit_for: PermitFor
    report: Reporter
    environment: Mapping[str, str]


async def fetch(wanted: Wanted, mirrors: Sequence[Mirror], how: Fetching) -> Fetched:
    """The file, from the first mirror that gives it. Raises `DownloadFailed`.

    What was fetched before a cut is kept, and gone on with by the next call.
    """
    target = how.folder / wanted.file_name
    _make_folder(how.folder)
    with sole_download(target):
        facts = await asyncio.to_thread(_readable, target, wanted)
        if facts is not None:
            return Fetched(path=target, facts=facts, source="", checked="by size and header")
        part = Part(target)
        missing = None if wanted.size_bytes is None else max(0, wanted.size_bytes - part.size)
        require_space(how.folder, missing)
        return await _from_mirrors(wanted, mirrors, part, how)


async def _from_mirrors(
    wanted: Wanted, mirrors: Sequence[Mirror], part: Part, how: Fetching
) -> Fetched:
    failures: list[str] = []
    waiting = list(mirrors)
    while waiting:
        mirror = waiting.pop(0)
        went_on = part.size > 0
        how.report.told(f"Fetching {wanted.file_name} from {mirror}.")
        try:
            await _from(mirror, wanted, part, how)
            facts, checked = await asyncio.to_thread(_checked, wanted, part)
        except MirrorFailed as failed:
            failures.append(f"{mirror}: {failed}")
            how.report.told(failures[-1])
            if went_on and isinstance(failed, WrongContent):
                waiting.insert(0, mirror)  # what was here before may be to blame: from the start
            continue
        except OSError as refused:
            raise DownloadFailed(
                f"{part.path} cannot be written: {refused.strerror}.", tuple(failures)
            ) from None
        finally:
            part.close()
        return Fetched(
            path=part.target,
            facts=facts,
            source=str(mirror),
            checked=checked,
            failures=tuple(failures),
        )
    raise DownloadFailed(_nowhere(wanted, failures), tuple(failures))


async def _from(mirror: Mirror, wanted: Wanted, part: Part, how: Fetching) -> None:
    if isinstance(mirror, HttpMirror):
        await fetch_http(mirror.url, wanted, part, how.permit_for, how.report)
    elif isinstance(mirror, FileMirror):
        await asyncio.to_thread(copy_file, mirror.path, part, how.report)
    else:
        await fetch_package(mirror, wanted, part, how.report, how.environment)


def _checked(wanted: Wanted, part: Part) -> tuple[ModelFacts, str]:
    """Size, checksum and header; the part becomes the target only where all are right."""
    if wanted.size_bytes is not None and part.size != wanted.size_bytes:
        part.discard()
        raise WrongContent("The file it gave has another length.")
    right = wanted.sha256 or part.origin.stated_sha256
    if right and part.sha256() != right:
        part.discard()
        raise WrongContent("The file it gave is not the right one: its SHA-256 differs.")
    try:
        facts = facts_of([read_header(part.path)])
    except GGUFError as broken:
        part.discard()
        raise WrongContent(str(broken)) from None
    part.become_target()
    return facts, _how_checked(wanted, stated=bool(right))


def _how_checked(wanted: Wanted, *, stated: bool) -> str:
    if wanted.sha256:
        return "by size, SHA-256 and header"
    if stated:
        return "by the SHA-256 its server states, and its header"
    return "by its header and length alone, since no checksum of it is known"


def _readable(target: Path, wanted: Wanted) -> ModelFacts | None:
    """The facts of a file that is here already and could be the wanted one."""
    try:
        if wanted.size_bytes not in (None, target.stat().st_size):
            return None
        return facts_of([read_header(target)])
    except (OSError, GGUFError):
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise DownloadFailed(f"{folder} cannot be made: {refused.strerror}.") from None
    if not os.access(folder, os.W_OK):
        raise DownloadFailed(f"{folder} cannot be written to.")


def _nowhere(wanted: Wanted, failures: Sequence[str]) -> str:
    tried = "\n".join(f"  - {failure}" for failure in failures)
    return (
        f"{wanted.file_name} could not be fetched:\n{tried}\n"
        "Run the same command again to go on; `--from FILE` takes a copy you already have."
    )
