"""Fields of objects that are read by hand."""

from __future__ import annotations

import pytest

from homeport.daemon.api.responses.fields import (
    missing,
    optional_text,
    rest_of,
    text_of,
    wrong,
)
from homeport.policies.errors import BadRequest


def test_errors_name_their_field() -> None:
    assert (missing("a.b").code, missing("a.b").param) == ("missing_field", "a.b")
    error = wrong("a", "must be a string")
    assert (error.code, error.param, error.sentence) == (
        "invalid_field", "a", "`a` must be a string.",
    )  # fmt: skip


def test_texts() -> None:
    assert text_of({"a": "x"}, "a", "p") == "x"
    assert optional_text({"a": None}, "a", "p") == ""
    with pytest.raises(BadRequest, match=r"`p\.a` is missing"):
        text_of({}, "a", "p")
    with pytest.raises(BadRequest, match=r"`p\.a` must be a string"):
        optional_text({"a": 1}, "a", "p")


def test_the_rest() -> None:
    assert rest_of({"type": "t", "a": 1, "b": 2, "c": None}, "a") == {"b": 2}
