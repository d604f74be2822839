"""What can go wrong between a client and its daemon, as one small tree.

ClientError           a sentence for a person
├── NoDaemon          nobody listens; `command` starts a daemon
├── SocketRefused     something listens there, and it is not ours to use
├── BrokenAnswer      the connection was cut, timed out, or is not our protocol
├── StartFailed       a daemon was started and did not come up
├── Closed            what is used was closed on this side
└── DaemonError       the daemon's own error: code, blame, status, vetoes
"""

from __future__ import annotations

from typing import Any

START_COMMAND = "homeport start"


class ClientError(Exception):
    """Base of everything that talking to the daemon may raise."""

    code = "connection"
    decision = ""
    """The id that `homeport why` takes, where something was decided."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NoDaemon(ClientError):
    """Nobody listens where the daemon should be."""

    code = "no_daemon"

    def __init__(self, sentence: str, command: str = START_COMMAND) -> None:
        super().__init__(sentence)
        self.command = command


class SocketRefused(ClientError):
    """The socket is there, but this user may not use it."""

    code = "no_daemon"


class BrokenAnswer(ClientError):
    """The daemon did not finish what it was saying."""

    def __init__(self, sentence: str, *, cut: bool = False) -> None:
        super().__init__(sentence)
        self.cut = cut
        """The other side closed the connection: whoever listened there may be gone."""


class StartFailed(ClientError):
    """The daemon was started and ended, or stayed silent."""


class Closed(ClientError):
    """This side closed the client or the stream that is used."""

    code = "closed"


class DaemonError(ClientError):
    """The daemon said no; the fields are those of `wire.Trouble`."""

    def __init__(
        self,
        sentence: str,
        *,
        code: str = "error",
        blame: str = "daemon",
        status: int = 500,
        param: str | None = None,
        vetoes: tuple[Any, ...] = (),
        decision: str = "",
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.blame = blame
        self.status = status
        self.param = param
        self.vetoes = vetoes
        """Each with `model`, `gate` and `reason`."""
        self.decision = decision

    @property
    def is_stopping(self) -> bool:
        """The daemon finishes what it has before it goes; it may be back soon."""
        return self.code == "draining"

    @classmethod
    def from_trouble(cls, trouble: Any, status: int) -> DaemonError:
        """From a record of `wire.Trouble`; fields that are missing keep their defaults."""
        return cls(
            trouble.sentence or "The daemon gave no reason.",
            code=trouble.code or "error",
            blame=trouble.blame or "daemon",
            status=status,
            param=trouble.param,
            vetoes=tuple(trouble.vetoes or ()),
            decision=trouble.decision or "",
        )
