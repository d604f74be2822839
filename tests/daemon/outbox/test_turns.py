"""Whose turn it is."""

from __future__ import annotations

from homeport.daemon.outbox.item import Item
from homeport.daemon.outbox.turns import claimant_of, next_of


def first(client: str, at_ms: int, batch: str = "") -> Item:
    return Item(
        id=f"{client}{at_ms}", at_ms=at_ms, since_ms=0, from_ms=0, path="", client=client,
        batch=batch,
    )  # fmt: skip


def turn(*items: Item, running: dict[str, int] | None = None, served: dict[str, int] | None = None):  # type: ignore[no-untyped-def]
    found = next_of(
        {claimant_of(item): item for item in items},
        {(client, ""): n for client, n in (running or {}).items()},
        {(client, ""): n for client, n in (served or {}).items()},
    )
    return found and found.client


def test_nobody_waits() -> None:
    assert turn() is None


def test_who_has_fewer_on_their_way_goes_first() -> None:
    assert turn(first("a", 1), first("b", 2), running={"a": 1}) == "b"


def test_then_whose_turn_was_longest_ago() -> None:
    assert turn(first("a", 1), first("b", 2), served={"a": 7, "b": 3}) == "b"


def test_then_who_came_first() -> None:
    assert turn(first("b", 2), first("a", 1)) == "a"


def test_a_file_is_a_client_of_its_own() -> None:
    assert turn(first("a", 1, batch="file"), first("a", 2), served={"a": 0}, running={}) == "a"
    assert claimant_of(first("a", 1, batch="file")) != claimant_of(first("a", 2))
