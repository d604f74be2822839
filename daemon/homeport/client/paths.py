"""Where everything is kept, decided in one place for every part of the program.

`HOMEPORT_HOME` puts all of it under one folder (a second daemon, a test);
`HOMEPORT_SOCKET` moves the socket alone. Reads the environment at each call and
creates nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP = "homeport"


def _home() -> Path | None:
    home = os.environ.get("HOMEPORT_HOME")
    return Path(home).expanduser().absolute() if home else None


def config_path() -> Path:
    """The config file, whether it exists or not."""
    home = _home()
    if home:
        return home / "config.toml"
    import platformdirs

    return platformdirs.user_config_path(APP) / "config.toml"


def prices_path() -> Path:
    """The person's own prices, whether the file exists or not."""
    return config_path().parent / "prices.toml"


def policies_dir() -> Path:
    """The person's own policies, one TOML file each."""
    return config_path().parent / "policies"


def state_dir() -> Path:
    """What must survive: the ledger, the token, the log."""
    home = _home()
    if home:
        return home / "state"
    import platformdirs

    return platformdirs.user_state_path(APP)


def cache_dir() -> Path:
    """What can be made again."""
    home = _home()
    if home:
        return home / "cache"
    import platformdirs

    return platformdirs.user_cache_path(APP)


def models_dir() -> Path:
    """Where models that were fetched are kept."""
    home = _home()
    if home:
        return home / "models"
    import platformdirs

    return platformdirs.user_data_path(APP) / "models"


def socket_path() -> Path | None:
    """The Unix socket; None where the system has none (Windows)."""
    if sys.platform == "win32":
        return None
    override = os.environ.get("HOMEPORT_SOCKET")
    if override:
        return Path(override).expanduser().absolute()
    home = _home()
    if home:
        return home / "run" / "homeport.sock"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / APP / "homeport.sock"
    return state_dir() / "run" / "homeport.sock"


def token_path() -> Path:
    """The bearer token for loopback TCP, mode 0600."""
    return state_dir() / "token"


def address_path() -> Path:
    """JSON written by a running daemon: `pid`, `socket`, `url`, `version`."""
    return state_dir() / "daemon.json"


def lock_path() -> Path:
    """Held by the one running daemon."""
    return state_dir() / "daemon.lock"


def log_path() -> Path:
    """The daemon's log."""
    return state_dir() / "homeportd.log"


def chats_dir() -> Path:
    """Chats that were given a name; files of mode 0600."""
    return state_dir() / "chats"


def texts_path() -> Path:
    """Answers that were kept, with what was asked; mode 0600."""
    return state_dir() / "texts.db"


def outbox_path() -> Path:
    """Prompts that wait to be sent, and their answers; mode 0600."""
    return state_dir() / "outbox.db"


def cache_path() -> Path:
    """Answers that may be given again; mode 0600, and can be deleted at any time."""
    return state_dir() / "cache.db"


def cache_secret_path() -> Path:
    """What the keys of those answers are made with; mode 0600."""
    return state_dir() / "cache-secret"


def ledger_path() -> Path:
    """Money and decisions; holds no text."""
    return state_dir() / "ledger.db"
