"""`homeport token` and `homeport env`: what other programs need to come in over TCP."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from homeport.cli import clients, exit_codes
from homeport.cli.output import talk, write, write_json
from homeport.cli.refusal import LocalTrouble
from homeport.client.destinations import loopback, read_token, running_address
from homeport.client.errors import NoDaemon

SHELLS = ("sh", "bash", "zsh", "fish", "powershell", "cmd")


def arguments(parser: ArgumentParser, verb: str) -> None:
    """Adds the options of `env`; `token` has none."""
    if verb == "env":
        add = parser.add_argument
        kinds = "; ".join(f"{client.name}: {client.what}" for client in clients.CLIENTS)
        names = [client.name for client in clients.CLIENTS]
        add("client", nargs="?", choices=names, default="openai", help=f"for which ({kinds})")
        add("--shell", choices=SHELLS, help="the shell to write for (default: yours)")


def run(args: Namespace) -> int:
    """Prints the token, or the settings that hold it."""
    if args.verb == "token":
        return _token(as_json=args.json)
    client = clients.BY_NAME[args.client]
    settings = clients.settings(client, *address_and_token())
    if args.json:
        write_json(settings)
        return exit_codes.DONE
    for name, value in settings.items():
        write(assignment(args.shell or own_shell(), name, value))
    if client.arguments:
        talk(f"It needs options too, which this adds: homeport run -- {client.programs[0]}")
    return exit_codes.DONE


def address_and_token() -> tuple[str, str]:
    """Where programs find the daemon, without a slash at the end, and what lets them in.

    Raises ClientError where there is no token yet, no TCP, or nobody knows where it will be.
    """
    token, left = read_token(), running_address()
    if named := os.environ.get("HOMEPORT_URL"):
        loopback(named)
        return named.rstrip("/"), token
    url = str(left.get("url") or "") if left else _where_it_will_be()
    if not url:
        raise LocalTrouble(
            "The daemon does not listen on TCP. To let it: homeport config set listen.tcp true"
        )
    return url.rstrip("/"), token


def _where_it_will_be() -> str:
    """As the config says, where no daemon runs; empty without TCP."""
    from homeport.cli import config_program

    listen = config_program.shown().read().settings["listen"]
    if listen["tcp"] and not listen["port"]:
        raise NoDaemon("No daemon is running, and its port is chosen when it starts.")
    talk("No daemon is running; this is where it will be. To start it: homeport start")
    return f"http://127.0.0.1:{listen['port']}" if listen["tcp"] else ""


def assignment(shell: str, name: str, value: str) -> str:
    """One variable in the words of a shell; an empty value takes it away."""
    if not value:
        return _removal(shell, name)
    if shell == "fish":
        return f"set -gx {name} {_quoted(value)};"
    if shell == "powershell":
        return f"$env:{name} = '{value.replace(chr(39), chr(39) * 2)}'"
    if shell == "cmd":
        return f"set {name}={value}"
    return f"export {name}={_quoted(value)}"


def _removal(shell: str, name: str) -> str:
    if shell == "fish":
        return f"set -e {name};"
    if shell == "powershell":
        return f"Remove-Item Env:{name} -ErrorAction Ignore"
    return f"set {name}=" if shell == "cmd" else f"unset {name}"


def own_shell() -> str:
    """The shell that this command was probably typed in."""
    name = os.path.basename(os.environ.get("SHELL", ""))
    if os.name == "nt" and not name:
        return "powershell"
    return name if name in SHELLS else "sh"


def _token(*, as_json: bool) -> int:
    token = read_token()
    if as_json:
        write_json({"token": token})
    else:
        write(token)
    return exit_codes.DONE


def _quoted(value: str) -> str:
    import shlex

    return shlex.quote(value)
