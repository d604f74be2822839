"""A secret that can be used and never seen."""

from __future__ import annotations

import hmac
from typing import NoReturn

from homeport.policies.errors import BadRequest

LONGEST = 8192
HIDDEN = "(hidden)"


class KeyTrouble(BadRequest):
    """A key cannot be used, kept or found; the sentence never holds it."""

    code = "bad_key"


class Secret:
    """Hides its value from `repr`, `str`, formatting, copying and pickling.

    Two of them compare in constant time; none can be hashed.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself, for the one header it goes into."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret{HIDDEN}"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, _spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would be a derivative

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")


def secret_from(text: str) -> Secret:
    """A secret as it was typed, pasted or printed by a command. Raises `KeyTrouble`."""
    value = text.strip()
    if not value:
        raise KeyTrouble("There is no key in it: it is empty.")
    if len(value) > LONGEST:
        raise KeyTrouble(f"It is longer than {LONGEST} characters, so it is no key.")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise KeyTrouble("It holds blanks or characters that no key has: copy it once more.")
    return Secret(value)
