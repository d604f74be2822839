"""Other gateways before the same upstream, so that figures are ratios and not a machine's mood.

A peer is installed once, into an environment of its own in the user's cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import psutil
from load import Target
from processes import free_port

KEY = "sk-bench"


def litellm_program() -> Path | None:
    """LiteLLM's proxy, installed where it is not yet; None where the index does not have it."""
    folder = platformdirs.user_cache_path("homeport") / "bench" / "litellm"
    program = folder / "bin" / "litellm"
    if program.exists():
        return program
    print("Installing LiteLLM beside, to compare with.", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "litellm[proxy]"], check=True)
    except subprocess.CalledProcessError:
        return None
    return program


def version(program: Path) -> str:
    """Of the installed LiteLLM."""
    script = "from importlib.metadata import version; print(version('litellm'))"
    command = [str(program.with_name("python")), "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def litellm(work: Path, program: Path, upstream_port: int) -> Iterator[Target]:
    """LiteLLM's proxy with the upstream as its only model."""
    work.mkdir(parents=True, exist_ok=True)
    config = work / "litellm.yaml"
    config.write_text(
        "model_list:\n  - model_name: fast\n    litellm_params:\n      model: openai/fast\n"
        f"      api_base: http://127.0.0.1:{upstream_port}/v1\n      api_key: {KEY}\n"
        f"general_settings:\n  master_key: {KEY}\n"
    )
    port = free_port()
    environment = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    command = [str(program), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = psutil.Popen(command, env=environment, cwd=work, stdout=quiet, stderr=quiet)
    try:
        wait_for(port, 120)
        yield Target(port, (("authorization", f"Bearer {KEY}"),))
    finally:
        for child in process.children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def wait_for(port: int, seconds: float) -> None:
    """Until somebody listens."""
    import socket

    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nobody listens on {port} after {seconds:.0f} s")
