"""Where the daemon can be dialled: its Unix socket, or loopback TCP with the token.

`HOMEPORT_URL` names a loopback address and wins; then the socket of this
environment; then the addresses that a running daemon left in the state folder:
its socket, which finds it from a shell that has another environment (cron, ssh,
sudo), and its TCP port, where something took the socket's file away.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from homeport.client import paths
from homeport.client.errors import START_COMMAND, ClientError, NoDaemon, SocketRefused

DIAL_TIMEOUT_S = 2.0
DEFAULT_PORT = 4663


class UnixDestination:
    """The daemon's Unix socket."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"the socket {self.path}"

    def dial(self) -> socket.socket:
        """A connection; raises NoDaemon or SocketRefused with the reason."""
        self._check_owner()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(DIAL_TIMEOUT_S)
        try:
            line.connect(self.path)
        except OSError as error:
            line.close()
            raise self._explained(error) from None
        return line

    def headers(self) -> dict[str, str]:
        """The socket's own permissions are the credential."""
        return {"Host": "localhost"}

    def _check_owner(self) -> None:
        try:
            owner = os.stat(self.path).st_uid
        except OSError:
            return  # connecting says what is the matter
        if owner not in (os.getuid(), 0):
            raise SocketRefused(
                f"The socket {self.path} belongs to {_user(owner)}, not to you, so nothing is sent"
                " there. Unset HOMEPORT_SOCKET, or run the command as that user."
            )

    def _explained(self, error: OSError) -> ClientError:
        if isinstance(error, PermissionError):
            return SocketRefused(f"You may not use the socket {self.path}{_ownership(self.path)}.")
        if isinstance(error, FileNotFoundError):
            return NoDaemon(f"No daemon is running: there is no socket {self.path}.")
        if isinstance(error, ConnectionRefusedError):
            return NoDaemon(f"No daemon is running: nobody answers at {self.path}.")
        if isinstance(error, TimeoutError):
            return NoDaemon(f"The daemon does not pick up at {self.path}.", "homeport restart")
        return NoDaemon(f"No daemon can be reached at {self.path}: {error.strerror or error}.")


class TcpDestination:
    """Loopback TCP, which needs the token."""

    def __init__(
        self, host: str, port: int, token: str = "", start_command: str = START_COMMAND
    ) -> None:
        self.host = host
        self.port = port
        self._token = token
        self._start_command = start_command

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"

    def dial(self) -> socket.socket:
        """A connection; raises NoDaemon with the reason."""
        try:
            line = socket.create_connection((self.host, self.port), DIAL_TIMEOUT_S)
        except OSError as error:
            reason = error.strerror or str(error)
            sentence = f"No daemon answers at {self!r}: {reason}."
            raise NoDaemon(sentence, self._start_command) from None
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def headers(self) -> dict[str, str]:
        """The token; its file is read at each use, as a new daemon may have made a new one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        named = {"Host": f"{host}:{self.port}"}
        return {**named, "Authorization": f"Bearer {self._token or read_token()}"}


Destination = UnixDestination | TcpDestination


def destinations() -> list[Destination]:
    """Where to dial, in this order."""
    if url := os.environ.get("HOMEPORT_URL"):
        return [loopback(url)]
    own_socket = paths.socket_path()
    if own_socket is None:
        return [loopback(str(left_address().get("url") or f"http://127.0.0.1:{DEFAULT_PORT}"))]
    found: list[Destination] = [UnixDestination(str(own_socket))]
    if not (os.environ.get("HOMEPORT_SOCKET") or own_socket.exists()):
        left = left_address()
        left_socket = str(left.get("socket") or "")
        if left_socket and left_socket != str(own_socket):
            found.append(UnixDestination(left_socket))
        if left.get("url") and _is_our_process(left.get("pid")):
            found.append(loopback(str(left["url"]), named="The address in daemon.json"))
    return found


def _is_our_process(pid: Any) -> bool:
    """Else its port may be somebody else's by now, who must not be sent the token."""
    try:
        os.kill(int(pid), 0)
    except (OSError, TypeError, ValueError, OverflowError):
        return False
    return True


def loopback(url: str, token: str = "", named: str = "HOMEPORT_URL") -> TcpDestination:
    """The destination that a URL names; any host but this one is refused."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
    except ValueError as error:
        raise ClientError(f"{named} is {url}, which is no address: {error}.") from None
    if host not in ("127.0.0.1", "localhost", "::1") or parts.scheme != "http":
        raise ClientError(
            f"{named} is {url}, but the daemon listens on this machine alone: "
            f"use http://127.0.0.1:{DEFAULT_PORT}."
        )
    is_set = named == "HOMEPORT_URL"
    command = "unset HOMEPORT_URL; homeport start" if is_set else START_COMMAND
    return TcpDestination(host, port, token, command)


def left_address() -> dict[str, Any]:
    """The `pid`, `socket`, `url` and `version` that the last daemon left; empty where none did."""
    try:
        left = json.loads(paths.address_path().read_bytes())
    except (OSError, ValueError):
        return {}
    return left if isinstance(left, dict) else {}


def running_address() -> dict[str, Any]:
    """The same of the daemon that runs; empty where the one that left it is gone."""
    left = left_address()
    return left if _is_our_process(left.get("pid")) else {}


def read_token() -> str:
    """The bearer token; raises NoDaemon where no daemon has made one yet."""
    path = paths.token_path()
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        raise NoDaemon(f"There is no token yet: the daemon makes {path} at its start.") from None
    except PermissionError:
        raise SocketRefused(f"You may not read the token {path}{_ownership(str(path))}.") from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no token"
        raise ClientError(f"The token {path} cannot be read: {reason}.") from None


def _ownership(path: str) -> str:
    """Owner and mode of a file, or of the folder that hides it, as an addition to a sentence."""
    while path:
        try:
            found = os.stat(path)
        except OSError:
            path = os.path.dirname(path) if path != os.path.dirname(path) else ""
            continue
        return f" ({path} belongs to {_user(found.st_uid)}, mode {found.st_mode & 0o7777:04o})"
    return ""


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
