"""Write the lock files anew: `make lock`. Needs `uv` on the path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COMPILE = [
    "uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--python-version", "3.11",
    "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header",
]  # fmt: skip
RUNTIME = ["--extra", "nvidia", "--extra", "keyring", "pyproject.toml"]
INPUTS = ["packaging/lock/build.in", "packaging/lock/engine-run.in"]


def compile_lock(name: str, *sources: str) -> None:
    """Resolve the sources into the lock file `name`."""
    command = [*COMPILE, *sources, "--output-file", f"packaging/lock/{name}.txt"]
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> int:
    """Resolve all four; the development lock never contradicts the runtime one."""
    compile_lock("runtime", *RUNTIME, *INPUTS)
    compile_lock("dev", *RUNTIME, "--group", "dev", *INPUTS, "-c", "packaging/lock/runtime.txt")
    compile_lock("engine-build", "packaging/lock/engine-build.in")
    compile_lock("engine", "--no-deps", "packaging/lock/engine.in")
    return 0


if __name__ == "__main__":
    sys.exit(main())
