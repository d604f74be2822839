"""What every test stands on: no network beyond this machine, nothing of the user's own."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from homeport.adapters.engine.platform import WAITING

# A busy machine is no reason to fail: no test asserts a time. What must pass before anything lands
# draws the same examples each time, so that it is red for a change alone; `make fuzz` and the long
# proofs draw new ones.
settings.register_profile(
    "house",
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", settings.get_profile("house"), max_examples=100, derandomize=False
)
settings.load_profile("fuzz" if os.environ.get("HOMEPORT_PROVE") else "house")


def pytest_sessionstart() -> None:
    """Of the same examples none may come from what happens to be loaded by then: Hypothesis
    draws numbers and words that stand in the source, too."""
    if settings.default is not None and settings.default.derandomize:
        from hypothesis.internal.conjecture import providers

        none_yet = providers._local_constants
        providers._get_local_constants = lambda: none_yet  # type: ignore[assignment]


# The engine in this process waits as a worker of its own does: its threads spin no longer than
# these do. Else two of them on a busy machine compute for a second and spin for fifteen.
os.environ.update(WAITING)

KEY_NAMES = ("_API_KEY", "_AUTH_TOKEN", "_BASE_URL")
USER_NAMES = ("OLLAMA_HOST", "OLLAMA_MODELS", "OLLAMA_NO_CLOUD", "LLAMA_CACHE", "HF_HOME")
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


def refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: connections leave no further than loopback."""
    if event != "socket.connect":
        return
    address = args[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
        raise PermissionError(f"a test tried to reach {address}")


sys.addaudithook(refuse_the_network)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet. `tmp_path` looks through all that there are for a new one."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test; the user's keys and settings are out of sight."""
    home = next(homes)
    home.mkdir()
    for name in list(os.environ):
        if name.endswith(KEY_NAMES) or name in USER_NAMES or name.startswith("HOMEPORT_ECHO"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("HOMEPORT_SOCKET", raising=False)
    monkeypatch.delenv("HOMEPORT_CONFIG", raising=False)
    monkeypatch.setenv("HOMEPORT_HOME", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return home


@pytest.fixture
def in_utc() -> Iterator[None]:
    """One time zone, so that dates and printed times are the same everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        _read_zone()
        yield
    _read_zone()


def _read_zone() -> None:
    if hasattr(time, "tzset"):
        time.tzset()
