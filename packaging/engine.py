"""Build the llama.cpp engine's wheel once, keep it, install it: `make install`.

The package index has the engine as source only. Building takes minutes, so the
wheel is kept in the user's cache, keyed by version, flags, processor and
system; what another program would need (servers, tools, vision) is left out.
An interrupted build goes on where it stopped. `HOMEPORT_ENGINE_FLAGS` adds
CMake flags, such as `-DGGML_CUDA=on`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

LOCKS = Path(__file__).parent / "lock"
FLAGS = [
    "-DLLAVA_BUILD=OFF",
    "-DLLAMA_BUILD_TOOLS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_SERVER=OFF",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_OPENSSL=OFF",
]
EXCLUDED = "/lib/**;/include/**;/bin/**"
"""Second copies that the engine's own build leaves outside its package."""
STEP = re.compile(r"\[(\d+)/(\d+)\]")
SAY_EVERY_S = 15


def say(sentence: str) -> None:
    """One line for the person who waits."""
    print(sentence, file=sys.stderr, flush=True)


def processor() -> str:
    """What the compiler tunes for: the instruction sets of this processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def wheel_key(flags: list[str]) -> str:
    """Names everything that the wheel depends on."""
    parts = [
        (LOCKS / "engine.txt").read_text(encoding="ascii"),
        (LOCKS / "engine-build.txt").read_text(encoding="ascii"),
        " ".join(flags),
        platform.system(),
        platform.machine(),
        processor(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def cached_wheel(folder: Path) -> Path | None:
    """The wheel, where it was built before."""
    return next(iter(sorted(folder.glob("*.whl"))), None)


def build_environment(folder: Path) -> Path:
    """An environment of its own with the pinned build tools; gives its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes"]
    subprocess.run([*install, "-r", str(LOCKS / "engine-build.txt")], check=True)
    return python


def follow(build: subprocess.Popen[str], log: Path) -> int:
    """Copy the build's talk to its log and say from time to time how far it is."""
    started = said = time.monotonic()
    assert build.stdout is not None  # noqa: S101 - it was opened with a pipe
    with log.open("w", encoding="utf-8") as lines:
        for line in build.stdout:
            lines.write(line)
            step = STEP.search(line)
            if step and time.monotonic() - said >= SAY_EVERY_S:
                said = time.monotonic()
                done = 100 * int(step[1]) // int(step[2])
                say(f"  engine: {done:3d} % after {said - started:.0f} s")
    return build.wait()


def build_wheel(folder: Path, flags: list[str]) -> Path:
    """Build the wheel into `folder`; exits with a sentence where that fails."""
    say("Building the llama.cpp engine for this processor. Once, 5 to 10 minutes on 2 cores.")
    folder.mkdir(parents=True, exist_ok=True)
    python = build_environment(folder / "tools")
    fresh = folder / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    command = [
        str(python), "-m", "pip", "wheel", "--verbose", "--no-deps", "--no-build-isolation",
        "--require-hashes", "--no-binary", "llama-cpp-python", "--no-cache-dir",
        "-r", str(LOCKS / "engine.txt"), "--wheel-dir", str(fresh),
    ]  # fmt: skip
    environment = os.environ | {
        "CMAKE_ARGS": " ".join(flags),
        "SKBUILD_BUILD_DIR": str(folder / "build"),
        "SKBUILD_WHEEL_EXCLUDE": EXCLUDED,
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    log = folder / "build.log"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as build:
        status = follow(build, log)
    built = cached_wheel(fresh)
    if status != 0 or built is None:
        sys.exit(
            f"The engine could not be built; {log} says why. It needs a C++ compiler "
            "(Debian: apt install g++; macOS: xcode-select --install)."
        )
    wheel = built.replace(folder / built.name)
    for leftover in (fresh, folder / "build", folder / "tools"):
        shutil.rmtree(leftover, ignore_errors=True)
    return wheel


def main() -> int:
    """Install the engine into the environment that runs this, building it if need be."""
    import platformdirs

    flags = [*FLAGS, *os.environ.get("HOMEPORT_ENGINE_FLAGS", "").split()]
    key = wheel_key(flags)
    marker = Path(sys.prefix) / "homeport-engine"
    if marker.exists() and marker.read_text(encoding="ascii") == key:
        return 0
    folder = platformdirs.user_cache_path("homeport") / "engine" / key
    wheel = cached_wheel(folder) or build_wheel(folder, flags)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--force-reinstall", str(wheel)], check=True)
    marker.write_text(key, encoding="ascii")
    say(f"The engine is installed ({wheel.name}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
