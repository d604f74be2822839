"""`homeport keys`: the keys of cloud providers, by name and never by value.

A secret comes from a hidden prompt or from standard input; there is no option
for it, because every program on the machine can read a command line.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

from homeport.cli import exit_codes
from homeport.cli.output import table, talk, write, write_json
from homeport.cli.refusal import WrongUse
from homeport.client.connection import Reply
from homeport.client.start import ensure_daemon
from homeport.client.units import day_and_clock

if TYPE_CHECKING:
    from homeport.client.wire import KeyView

_TEST_TIMEOUT_S = 60.0


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `keys`."""
    actions = ("list", "add", "test", "remove")
    add = parser.add_argument
    add("action", nargs="?", choices=actions, default="list", help="list is the default")
    add("provider", nargs="?", metavar="PROVIDER", help="such as openai or anthropic")


def run(args: Namespace) -> int:
    """Lists the keys, or does one thing with one of them."""
    if (args.action == "list") == (args.provider is not None):
        raise WrongUse(f"Write: homeport keys {args.action}{_needed(args.action)}")
    secret = read_secret(args.provider) if args.action == "add" else None
    if secret == "":
        raise WrongUse(f"No key came. Write: homeport keys add {args.provider} < FILE")
    if args.action == "list":
        reply = ensure_daemon(talk).get("keys")
    else:
        reply = _post(args.action, args.provider, secret)
    if args.json:
        write_json(reply.body)
        return exit_codes.DONE
    answer = reply.read()
    if answer.sentence:
        write(answer.sentence)
    else:
        show(answer.keys)
    return exit_codes.DONE


def show(keys: list[KeyView]) -> None:
    """Provider, state, and where the key is kept."""
    rows = [
        (key.provider, key.state, key.source, _tested(key.tested_at_ms))
        for key in sorted(keys, key=lambda key: (key.state == "absent", key.provider))
    ]
    table(("provider", "key", "kept in", "tested"), rows)
    if all(key.state == "absent" for key in keys):
        write("No keys. To add one: homeport keys add openai")


def _post(action: str, provider: str, secret: str | None) -> Reply:
    body = {"action": action, "provider": provider}
    if secret is not None:
        body["secret"] = secret
    return ensure_daemon(talk).post("keys", body, timeout_s=_TEST_TIMEOUT_S)


def read_secret(provider: str) -> str:
    """From a hidden prompt on a terminal, else the first line of standard input; empty is none."""
    if sys.stdin.isatty():
        from getpass import getpass

        with suppress(EOFError):
            return getpass(f"Key for {provider} (not shown): ").strip()
        return ""
    with suppress(UnicodeDecodeError):
        return sys.stdin.buffer.readline().decode("utf-8-sig").strip()
    return ""


def _needed(action: str) -> str:
    return "" if action == "list" else " PROVIDER, such as openai"


def _tested(at_ms: int | None) -> str:
    return "" if at_ms is None else day_and_clock(at_ms)
