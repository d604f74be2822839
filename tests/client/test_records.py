"""JSON as values with attributes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.client.records import plain, read
from support.views import ask_result, snapshot, why

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


def test_fields_are_attributes() -> None:
    read_snapshot = read(msgspec.json.encode(snapshot()))
    assert read_snapshot.models[0].id == "llamacpp/smollm2-135m"
    assert read_snapshot.keys[1].state == "valid"


def test_a_field_that_did_not_come_is_none() -> None:
    assert read('{"a": 1}').b is None


def test_a_field_that_nobody_knows_is_kept() -> None:
    assert plain(read('{"type": "unheard", "x": {"y": 1}}')) == {"type": "unheard", "x": {"y": 1}}


def test_fields_whose_keys_are_data_stay_mappings() -> None:
    assert read(msgspec.json.encode(why())).ask["task"] == "question"
    assert read(msgspec.json.encode(ask_result())).metadata.get("certain") is True
    assert read('{"settings": {"budget": {"day_usd": 2}}}').settings == {"budget": {"day_usd": 2}}


@given(JSON)
def test_plain_undoes_read(value: object) -> None:
    assert plain(read(msgspec.json.encode(value))) == value


@pytest.mark.parametrize("text", ["", "{", '{"a":}', "nul"])
def test_what_is_not_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"line 1 column"):
        read(text)
