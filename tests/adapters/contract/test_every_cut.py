"""Every stream reader gives the same answer wherever its bytes were cut, and survives any bytes.

`HOMEPORT_PROVE=200` tries twenty times as many examples.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import AttemptFailed
from homeport.adapters.http.upstream_errors import Garbage
from support.answers import BY_HAND
from support.said import said
from support.wires import WIRES, InProcess, hear

PROVE: Final = 10 * int(os.environ.get("HOMEPORT_PROVE") or 0)
EVENTS: Final = tuple(wire for wire in WIRES if wire != "ollama")
"""Wires whose streams are events; the lines of Ollama's are cut by its official client."""


@cache
def told() -> dict[tuple[str, str], bytes]:
    """The stream of each wire for each answer."""

    async def tell() -> dict[tuple[str, str], bytes]:
        doors = InProcess(Path(tempfile.mkdtemp()))
        streams = {
            (wire, name): await doors.tell(wire, deltas, stream=True)
            for wire in WIRES
            for name, deltas in BY_HAND.items()
        }
        await doors.close()
        return streams

    return asyncio.run(tell())


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


@pytest.mark.parametrize("wire", EVENTS)
@given(name=st.sampled_from(sorted(BY_HAND)), places=st.lists(st.integers(0, 10**6), max_size=40))
@settings(max_examples=PROVE or 60)
def test_any_cut_gives_the_same_answer(wire: str, name: str, places: list[int]) -> None:
    data = told()[(wire, name)]
    whole = said(hear(wire, data, stream=True))
    assert said(hear(wire, *cut(data, places), stream=True)) == whole


@pytest.mark.parametrize("wire", EVENTS)
def test_byte_by_byte(wire: str) -> None:
    for name in BY_HAND:
        data = told()[(wire, name)]
        pieces = [data[at : at + 1] for at in range(len(data))]
        assert said(hear(wire, *pieces, stream=True)) == said(hear(wire, data, stream=True))


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stream", [True, False])
@given(data=st.binary(max_size=400))
@settings(max_examples=PROVE or 60)
def test_any_bytes_end_in_one_failure(wire: str, stream: bool, data: bytes) -> None:
    _survives(wire, data, stream=stream)


@pytest.mark.parametrize("wire", WIRES)
@given(
    name=st.sampled_from(sorted(BY_HAND)),
    at=st.integers(0, 10**6),
    length=st.integers(0, 40),
    put=st.binary(max_size=12) | st.sampled_from([b"null", b"[]", b"{}", b'"a"', b"-1", b"1e999"]),
)
@settings(max_examples=PROVE or 150)
def test_any_damage_is_read_or_refused(
    wire: str, name: str, at: int, length: int, put: bytes
) -> None:
    data = told()[(wire, name)]
    place = at % len(data)
    _survives(wire, data[:place] + put + data[place + length :], stream=True)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("wire", WIRES)
@given(data=st.data())
@settings(max_examples=PROVE or 150)
def test_any_value_in_any_place_is_read_or_refused(wire: str, data: Any) -> None:
    """One value of one event becomes another: what is an object today may be a list tomorrow."""
    name = data.draw(st.sampled_from(sorted(BY_HAND)))
    lines = told()[(wire, name)].splitlines()
    full = [at for at, line in enumerate(lines) if b"{" in line]
    at = data.draw(st.sampled_from(full))
    head, brace, tail = lines[at].partition(b"{")
    value = json.loads(brace + tail)
    where = data.draw(st.sampled_from(list(_places(value))))
    lines[at] = head + json.dumps(_put(value, where, data.draw(JSON))).encode()
    _survives(wire, b"\n".join(lines) + b"\n\n", stream=True)


def _survives(wire: str, data: bytes, *, stream: bool) -> None:
    """Whatever the bytes are, nothing but an answer or a failure comes of them."""
    if wire == "ollama" and not _are_lines(data):
        return  # its client has refused them before
    try:
        said(hear(wire, data, stream=stream))
    except (AttemptFailed, Garbage):
        return


def _are_lines(data: bytes) -> bool:
    try:
        values = [json.loads(line) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return False
    return bool(values) and all(isinstance(value, dict) for value in values)


def _places(value: Any, above: tuple[Any, ...] = ()) -> Any:
    """Paths to every value below."""
    if above:
        yield above
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*above, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _places(inner, (*above, at))


def _put(value: Any, where: tuple[Any, ...], what: Any) -> Any:
    inner = value
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = what
    return value
