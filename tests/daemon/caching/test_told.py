"""Deltas that are remembered, and deltas that are told again."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from homeport.adapters.base import Delta, Finish, TextDelta
from homeport.daemon.caching import told
from homeport.daemon.caching.told import Remembered


async def saying(count: int) -> AsyncGenerator[Delta, None]:
    for _ in range(count):
        yield TextDelta("a")
    yield Finish("stop")


async def test_what_was_said_is_remembered_and_passed_on() -> None:
    deltas = Remembered(saying(3))
    passed = [delta async for delta in deltas]
    assert deltas.said == passed[:3] == [TextDelta("a")] * 3
    assert deltas.finish == passed[3]


async def test_what_is_too_much_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "MOST_DELTAS", 2)
    deltas = Remembered(saying(3))
    assert len([delta async for delta in deltas]) == 4
    assert deltas.said is None


async def test_who_leaves_ends_the_work() -> None:
    deltas = Remembered(source := saying(3))
    await anext(deltas)
    await deltas.aclose()
    assert [delta async for delta in source] == []
    assert deltas.finish is None
