"""Every error that leaves the daemon, as one small tree.

    HomeportError                    code, blame, status, sentence
    ├── BadRequest         caller    400  the request itself is wrong
    ├── NotAllowed         caller    401  no token, a web page, another user
    ├── NotFound           caller    404  unknown route, model or decision
    ├── TooLarge           caller    413  the body is over its bound
    ├── Refused            policy    403  no candidate may answer this
    ├── OverBudget         policy    429  a budget window is used up
    ├── NothingAnswered    upstream  502  every permitted candidate failed
    └── DaemonTrouble      daemon    503  draining, disk full, a newer database

`code` is data for programs, and stable; `blame` says whose move it is; the
sentence tells a person what to do next, and holds no secret and no text of a
prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from homeport.policies.model import Veto

Blame = Literal["caller", "policy", "upstream", "daemon"]


class HomeportError(Exception):
    """Base of all errors that a caller may see."""

    code: str = "error"
    blame: Blame = "daemon"
    status: int = 500

    def __init__(
        self,
        sentence: str,
        *,
        code: str | None = None,
        status: int | None = None,
        param: str | None = None,
        retry_after_s: int | None = None,
        vetoes: Sequence[Veto] = (),
        decision: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.param = param
        """The field of the request that is at fault, where one is."""
        self.retry_after_s = retry_after_s
        self.vetoes = tuple(vetoes)
        """Why each candidate could not be used, where that is the error."""
        self.decision = decision
        """The id that `homeport why` takes, where a decision was made."""
        self.put_off: HomeportError | None = None
        """Holds in its place where the prompt may be kept, and answered another time."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code}, {self.status}: {self.sentence})"


class BadRequest(HomeportError):
    """The request is malformed or asks for something that cannot be."""

    code, blame, status = "bad_request", "caller", 400


class NotAllowed(HomeportError):
    """The caller may not talk to this daemon."""

    code, blame, status = "not_allowed", "caller", 401


class NotFound(HomeportError):
    """There is no such route, model or decision."""

    code, blame, status = "not_found", "caller", 404


class TooLarge(HomeportError):
    """The body is over its bound."""

    code, blame, status = "too_large", "caller", 413


class Refused(HomeportError):
    """No candidate may answer this prompt; the vetoes say why."""

    code, blame, status = "refused", "policy", 403


class OverBudget(HomeportError):
    """A budget window has too little left."""

    code, blame, status = "over_budget", "policy", 429


class NothingAnswered(HomeportError):
    """Every permitted candidate was tried, and failed."""

    code, blame, status = "nothing_answered", "upstream", 502


class DaemonTrouble(HomeportError):
    """The daemon itself cannot serve this now."""

    code, blame, status = "daemon_trouble", "daemon", 503
