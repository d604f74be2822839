"""Stop sequences."""

from __future__ import annotations

import pytest

from homeport.daemon.api.stops import MAX_STOPS, stops_of
from homeport.policies.errors import BadRequest


def test_those_that_are_not_empty() -> None:
    assert stops_of(None, "stop") == stops_of("", "stop") == stops_of([""], "stop") == ()
    assert stops_of("a", "stop") == ("a",)
    assert stops_of(["a", "", "b"], "stop") == ("a", "b")


def test_too_many() -> None:
    assert len(stops_of(["a"] * MAX_STOPS, "stop")) == MAX_STOPS
    with pytest.raises(BadRequest) as caught:
        stops_of(["a"] * (MAX_STOPS + 1), "options.stop")
    assert caught.value.param == "options.stop"
