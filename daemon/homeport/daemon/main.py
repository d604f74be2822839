"""`homeportd`: the daemon's process. Says one sentence where it cannot start.

Exit codes: 0 stopped as told, 1 it cannot run (another one runs, a newer
database, a folder that is not safe), 2 wrong usage or a broken config.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from homeport.policies.errors import HomeportError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import TextIO

    from homeport.daemon.config.file import ConfigFile
    from homeport.daemon.instance import Instance

DONE, FAILED, USAGE = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the daemon in the foreground until it is told to stop."""
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        # Only what is asked for is loaded: the daemon itself starts without arguments.
        outcome = _read_arguments(given)
        if outcome is not None:
            return outcome
    return _run()


def _read_arguments(given: list[str]) -> int | None:
    """The exit code, where the arguments ask for something else than to run."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="homeportd",
        description="Homeport's daemon. It runs in the foreground; `homeport start` starts it"
        " in the background.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--check", action="store_true", help="check the config file, and leave")
    parser.add_argument("--show", action="store_true", help="print the config as JSON, and leave")
    parser.add_argument(
        "--set", metavar="JSON", help="set settings by their dotted keys, print the config, leave"
    )
    parser.add_argument("--foreground", action="store_true", help="run here (the default)")
    wanted = parser.parse_args(given)
    if wanted.version:
        from homeport.client.versions import VERSION

        _say(f"homeportd {VERSION}", sys.stdout)
        return DONE
    if wanted.show or wanted.set is not None:
        return _show(wanted.set or "{}")
    return _check() if wanted.check else None


def _check() -> int:
    """Say whether the config is good, or every problem that it has."""
    from homeport.client import paths
    from homeport.daemon.config.errors import ConfigError
    from homeport.daemon.config.file import ConfigFile

    config_file = ConfigFile(paths.config_path())
    try:
        config_file.load()
    except ConfigError as error:
        for problem in error.told():
            _say(problem)
        return USAGE
    standing = (
        "is valid" if config_file.path.exists() else "is not there: the defaults are in force"
    )
    _say(f"{config_file.path} {standing}.", sys.stdout)
    return DONE


def _show(changes: str) -> int:
    """Change the config by the keys of a JSON object, and print all of it."""
    import msgspec

    from homeport.client import paths
    from homeport.daemon.config.file import ConfigFile

    config_file = ConfigFile(paths.config_path())
    try:
        wanted = msgspec.json.decode(changes, type=dict[str, Any])
        config_file.set_all(wanted) if wanted else config_file.load()
    except msgspec.DecodeError as error:
        _say(f"--set takes a JSON object: {error}.")
        return USAGE
    except HomeportError as error:
        _say(error.sentence)
        return USAGE
    _say(msgspec.json.encode(config_file.view()).decode(), sys.stdout)
    return DONE


def _config_file() -> ConfigFile | None:
    """The config in force; None where it is broken, which has been said."""
    from homeport.client import paths
    from homeport.daemon.config.file import ConfigFile

    config_file = ConfigFile(paths.config_path())
    try:
        config_file.load()
    except HomeportError as error:
        _say(error.sentence)
        return None
    return config_file


def _run() -> int:
    import os

    from homeport.client import paths
    from homeport.daemon.instance import Instance

    os.umask(0o077)
    instance = Instance(paths.lock_path(), paths.address_path(), paths.socket_path())
    try:
        instance.claim()
        instance.clear_socket()
        config_file = _config_file()
        if config_file is None:
            return USAGE
        _serve(config_file, instance)
    except HomeportError as error:
        _say(error.sentence)
        return FAILED
    except OSError as error:
        _say(f"homeportd cannot run: {error}.")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last one to hear of it
        _tell_the_log(error)
        return FAILED
    finally:
        instance.release()
    return DONE


def _serve(config_file: ConfigFile, instance: Instance) -> None:
    import asyncio
    import gc

    from homeport.client import paths
    from homeport.daemon import logs
    from homeport.daemon.http import token

    secret = token.load_or_make(paths.token_path())
    redaction = logs.Redaction([secret])
    logs.set_up(paths.log_path(), config_file.current.log.level, redaction)
    # Nothing that a start loads is garbage; `serve` switches the collector on again.
    gc.disable()
    from homeport.daemon.serving import serve

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(config_file, instance, secret, redaction.learn))


def _tell_the_log(error: Exception) -> None:
    import logging

    from homeport.client import paths

    logging.getLogger("homeport.daemon").error("the daemon broke", exc_info=error)
    _say(f"homeportd broke: {type(error).__name__}. The log says more: {paths.log_path()}")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where there is one."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _say(sentence: str, stream: TextIO | None = None) -> None:
    (stream or sys.stderr).write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
