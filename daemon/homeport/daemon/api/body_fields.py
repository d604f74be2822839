"""Fields of a JSON body that its typed request has no place for, carried as they came."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, TypeVar

import msgspec

from homeport.daemon.api.call import decode
from homeport.policies.errors import BadRequest

Fields = dict[str, msgspec.Raw]

_fields = msgspec.json.Decoder(Fields)
_rows = msgspec.json.Decoder(list[Fields])
_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()

T = TypeVar("T")


def fields_of(body: bytes | msgspec.Raw) -> Fields:
    """The fields of an object, each as it came. Raises `BadRequest`."""
    return _decoded(_fields, body)


def rows_of(body: bytes | msgspec.Raw) -> list[Fields]:
    """The same for a list of objects."""
    return _decoded(_rows, body)


def others(fields: Mapping[str, msgspec.Raw], known: Container[str]) -> dict[str, Any]:
    """The values of those that are not known. Raises `BadRequest`."""
    return {
        name: decode(_anything, bytes(value)) for name, value in fields.items() if name not in known
    }


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw) -> T:
    try:
        return decoder.decode(body)
    except UnicodeDecodeError as error:  # in a name that the request's type passes over
        raise BadRequest(f"The body is not valid JSON: {error}.", code="invalid_json") from None
