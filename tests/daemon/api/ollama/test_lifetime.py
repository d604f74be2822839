"""`keep_alive` as its clients write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.api.ollama.lifetime import seconds_of
from homeport.policies.errors import BadRequest


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, None), ("", None), (0, 0), (-1, -1), (300, 300), ("0", 0), ("-1", -1), ("5m", 300),
        ("1h30m", 5400), ("500ms", 0.5), ("-1m", -60), ("1.5s", 1.5), (" 24h ", 86400),
    ],
)  # fmt: skip
def test_durations(given: Any, seconds: float | None) -> None:
    assert seconds_of(given) == seconds


@pytest.mark.parametrize("text", ["soon", "5 m", "1e9", "5m5", "m", "--1s", "9" * 99])
def test_what_is_none(text: str) -> None:
    with pytest.raises(BadRequest, match="keep_alive"):
        seconds_of(text)


@given(st.text(max_size=80))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        assert seconds_of(text) is None or isinstance(seconds_of(text), float)
    except BadRequest:
        return
