"""Fields of objects whose kind is known only when they are read, with errors that name them."""

from __future__ import annotations

from typing import Any

from homeport.policies.errors import BadRequest


def wrong(at: str, what: str) -> BadRequest:
    """A field that cannot be taken."""
    return BadRequest(f"`{at}` {what}.", code="invalid_field", param=at)


def missing(at: str) -> BadRequest:
    """A field that is needed."""
    return BadRequest(f"`{at}` is missing.", code="missing_field", param=at)


def text_of(value: dict[str, Any], name: str, at: str) -> str:
    """A text that must be there."""
    found = value.get(name)
    if found is None:
        raise missing(f"{at}.{name}")
    if not isinstance(found, str):
        raise wrong(f"{at}.{name}", "must be a string")
    return found


def optional_text(value: dict[str, Any], name: str, at: str) -> str:
    """A text that may be left out; empty where it is."""
    return "" if value.get(name) is None else text_of(value, name, at)


def rest_of(value: dict[str, Any], *known: str) -> dict[str, Any]:
    """What is there beside `type` and the fields that are known; nulls left out."""
    return {
        name: found
        for name, found in value.items()
        if name != "type" and name not in known and found is not None
    }
