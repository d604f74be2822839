"""A certificate for one name, and the authority that signed it, made with `openssl`."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificates:
    """Files in PEM."""

    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path, name: str = "localhost") -> Certificates:
    """New ones; skips the test where there is no `openssl`."""
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificates with openssl")
    made = Certificates(folder / "own.pem", folder / "own.pem", folder / "own.key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    curve = ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    files = ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run([*command, *curve, *names, *files], check=True, capture_output=True)
    return made
