"""What the command itself says no to, before or beside the daemon.

Refusal           a sentence, with its code, whose matter it is, and the exit status
├── WrongUse      what was typed makes no sense
└── LocalTrouble  a file, or something else of this machine, is of no use
"""

from __future__ import annotations

from homeport.cli import exit_codes
from homeport.client.errors import ClientError


class Refusal(ClientError):
    """Nothing was asked of the daemon, or nothing more."""

    code = "refused"
    blame = "caller"
    status = exit_codes.REFUSED


class WrongUse(Refusal):
    """What was typed has to be typed otherwise."""

    code = "usage"
    status = exit_codes.USAGE


class LocalTrouble(Refusal):
    """What was typed makes sense, and cannot be done here."""

    code = "local"
    status = exit_codes.FAILED
