"""The demonstration's own daemon: a home of its own, free ports, no key and no model of yours.

Everything is below one temporary folder, which is gone at the end.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from homeport.client import paths
from homeport.client.destinations import UnixDestination
from homeport.client.errors import ClientError
from homeport.client.exchange import exchange
from homeport.client.start import DAEMON
from homeport.lab.demo.cast import LAB_KEY, Cast

KEY_NAME: Final = "LAB_KEY"
DAY_USD: Final = 0.08
_START_S: Final = 30.0
_STOP_S: Final = 8.0
_LONGEST_FOLDER: Final = 60
_MODELS: Final = "/homeport/v1/models?refresh=1"
_HIDDEN_ENDS: Final = ("_API_KEY", "_AUTH_TOKEN", "_BASE_URL", "_PROXY", "_proxy")
_HIDDEN_STARTS: Final = ("HOMEPORT_", "OLLAMA_", "OPENAI_", "ANTHROPIC_")


class NoStage(Exception):
    """The daemon of the demonstration did not start; says why."""


def clean_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Yours, without any key, address or proxy, and with a home of its own."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.endswith(_HIDDEN_ENDS) and not name.startswith(_HIDDEN_STARTS)
    }
    own = {
        "HOMEPORT_HOME": str(home),
        "HOMEPORT_SOCKET": str(home / "run" / "homeport.sock"),
        KEY_NAME: LAB_KEY,
    }
    return kept | own


def demonstration_model() -> Path | None:
    """The embedded model, where it and its engine are installed."""
    if importlib.util.find_spec("llama_cpp") is None:
        return None
    found = sorted(paths.models_dir().glob("SmolLM2-135M-Instruct*.gguf"))
    return found[0] if found else None


def config_for(cast: Cast) -> str:
    """The config of the demonstration's daemon: the lab's servers alone."""
    rows = (
        ("openai", cast.first.base_url, "cloud"),
        ("mistral", cast.second.base_url, "cloud"),
        ("home", cast.home.base_url, "local"),
    )
    servers = "".join(
        f'[[server]]\nname = "{name}"\nurl = "{url}"\nplace = "{place}"\n'
        + (f'key = "env:{KEY_NAME}"\n' if place == "cloud" else "")
        for name, url, place in rows
    )
    return (
        'mode = "prefer-local"\n'
        "[listen]\nport = 0\n"
        f"[budget]\nday_usd = {DAY_USD}\nreply_cap = 400\n"
        "[ollama]\nenabled = false\n"
        "[models]\nscan_stores = false\n"
        "[probing]\nlocal_ports = false\ninterval_s = 5\n"
        "[timeouts]\nfirst_token_s = 6\ngap_s = 3\ndrain_s = 1\n" + servers
    )


@asynccontextmanager
async def built(cast: Cast, model: Path | None) -> AsyncIterator[dict[str, str]]:
    """The environment in which the demonstration's daemon answers. Nothing of it is left."""
    home = _empty_home()
    try:
        _furnish(home, config_for(cast), model)
        environment = clean_environment(os.environ, home)
        daemon = await asyncio.create_subprocess_exec(
            *DAEMON,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await _until_it_answers(daemon, home)
            yield environment
        finally:
            await _end(daemon)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def destination(environment: Mapping[str, str]) -> UnixDestination:
    """Where the demonstration's daemon listens."""
    return UnixDestination(environment["HOMEPORT_SOCKET"])


def _empty_home() -> Path:
    """A folder of its own. A socket's path may have about a hundred bytes, so it must be short."""
    short = len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_FOLDER
    return Path(tempfile.mkdtemp(prefix="homeport-demo-", dir=None if short else "/tmp"))  # noqa: S108  # mkdtemp


def _furnish(home: Path, config: str, model: Path | None) -> None:
    for name in ("models", "cache"):
        (home / name).mkdir()
    (home / "config.toml").write_text(config, encoding="utf-8")
    if model:
        (home / "models" / model.name).symlink_to(model.resolve())
    # A table of prices takes seconds to make; one that is there already is as good.
    for table in paths.cache_dir().glob("prices-*.json"):
        shutil.copy(table, home / "cache" / table.name)


async def _until_it_answers(daemon: asyncio.subprocess.Process, home: Path) -> None:
    """Wait until the daemon answers, and for a while until it knows models and prices."""
    where = [UnixDestination(str(home / "run" / "homeport.sock"))]
    answered = False
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_S):
            while daemon.returncode is None:
                with suppress(ClientError, ValueError):
                    async with exchange(where, "GET", _MODELS) as reply:
                        listed = json.loads(await reply.read_all())["models"]
                    answered = True
                    if _all_priced(listed):
                        return
                await asyncio.sleep(0.1)
    if answered:
        return
    log = home / "state" / "homeportd.log"
    said = log.read_text(encoding="utf-8")[-1500:] if log.exists() else "It said nothing."
    raise NoStage(f"The daemon of the demonstration did not start. {said}")


def _all_priced(models: Sequence[Mapping[str, Any]]) -> bool:
    """Whether home and cloud are there, the cloud with its prices."""
    places = {model["place"] for model in models}
    unpriced = [m for m in models if m["place"] == "cloud" and not m["input_nano_per_mtok"]]
    return {"local", "cloud"} <= places and not unpriced


async def _end(daemon: asyncio.subprocess.Process) -> None:
    """Ask it to stop; by force where it does not."""
    with suppress(ProcessLookupError):
        daemon.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await daemon.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            daemon.kill()
        await daemon.wait()


def program(name: str) -> tuple[str, ...]:
    """Another program of ours."""
    return (sys.executable, "-P", "-m", name)
