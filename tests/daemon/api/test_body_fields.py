"""Fields that a typed request has no place for."""

from __future__ import annotations

import pytest

from homeport.daemon.api.body_fields import fields_of, others, rows_of
from homeport.policies.errors import BadRequest


def test_each_field_is_as_it_came() -> None:
    fields = fields_of(b'{"a": 1.50, "b": {"c": [1]}}')
    assert {name: bytes(value) for name, value in fields.items()} == {
        "a": b"1.50",
        "b": b'{"c": [1]}',
    }
    assert others(fields, {"a"}) == {"b": {"c": [1]}}
    assert others(fields, {"a", "b"}) == {}
    assert [row.keys() for row in rows_of(b'[{"a": 1}, {}]')] == [{"a"}, set()]


def test_a_name_that_is_no_text_is_the_callers_mistake() -> None:
    with pytest.raises(BadRequest, match="not valid JSON"):
        fields_of(b'{"\xff": 1}')
