"""Ids that were made here are known as such."""

from __future__ import annotations

import pytest

from homeport.daemon.api.responses.ids import is_ours, item_id, response_id


def test_ours() -> None:
    assert is_ours(response_id("01test"))
    assert is_ours(item_id("msg", "01test", 3))
    assert item_id("msg", "01test", 3) == "msg_hp_01test_3"


@pytest.mark.parametrize("given", ["resp_0123", "msg_67e554a1", "", None, 7, "hp_1"])
def test_others(given: object) -> None:
    assert not is_ours(given)
