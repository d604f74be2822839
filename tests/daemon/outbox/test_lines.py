"""Lines of a file as items."""

from __future__ import annotations

import msgspec
import pytest

from homeport.client.wire import BatchLine, OutboxOrder
from homeport.daemon.outbox.lines import kepts_of
from homeport.policies.errors import BadRequest


def order(body: bytes = b"{}", **fields: object) -> OutboxOrder:
    line = {"custom_id": "1", "url": "/v1/messages", "body": msgspec.Raw(body)} | fields
    return OutboxOrder("0123456789", (BatchLine(**line),), "off-peak", "me")  # type: ignore[arg-type]


def test_a_line_becomes_an_item_with_its_body_as_it_came() -> None:
    (one,) = kepts_of(order(b'{"model":  "a", "x": 1.0e0}'), 7)
    assert one.body == b'{"model":  "a", "x": 1.0e0}'
    item = one.item
    assert (item.path, item.model, item.client) == ("/v1/messages", "a", "me")
    assert (item.batch, item.custom_id, item.when) == ("0123456789", "1", "off-peak")
    assert item.asks_home
    assert item.id.startswith("ob")


@pytest.mark.parametrize("wish", [b'{"private": true}', b'{"privacy": "private"}'])
def test_a_private_line_is_known_as_one(wish: bytes) -> None:
    (one,) = kepts_of(order(b'{"homeport": ' + wish + b"}"), 7)
    assert one.item.private


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        (order(custom_id=""), "lines[0]"),
        (order(custom_id="x" * 201), "lines[0]"),
        (order(url="/v1/images"), "url"),
        (order(b"[]"), "lines[0].body"),
        (order(b'{"model": 7}'), "lines[0].body"),
        (msgspec.structs.replace(order(), batch="short"), "batch"),
        (msgspec.structs.replace(order(), batch="0123456\n"), "batch"),
    ],
)
def test_what_is_wrong_is_named(wrong: OutboxOrder, param: str) -> None:
    with pytest.raises(BadRequest) as told:
        kepts_of(wrong, 7)
    assert told.value.param == param
