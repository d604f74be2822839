"""What a caller asks of the routing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.adapters.base import Labels
from homeport.daemon.api.labels import NO_WISHES, Wishes, labels_of
from homeport.policies.errors import BadRequest


def by_headers(**headers: str) -> Labels:
    raw = {f"x-homeport-{k.replace('_', '-')}".encode(): v.encode() for k, v in headers.items()}
    return labels_of("auto", NO_WISHES, raw)


def test_nothing_asked() -> None:
    assert labels_of(None, NO_WISHES, {}) == Labels()


def test_every_header() -> None:
    labels = by_headers(
        policy="balanced", privacy="Private", strategy="single", max_cost="0.000001",
        deadline="2.5", session=" s ", tags="a, b,,a", client="me",
        weights="budget=0.5",
    )  # fmt: skip
    assert labels == Labels(
        model="auto", policy="balanced", private=True, strategy="single", max_cost_nano=1000,
        deadline_ms=2500, session="s", client="me", tags=("a", "b"),
        weights=(0.5, 0.3, 0.4),
    )  # fmt: skip


def test_the_body_counts_before_the_headers() -> None:
    wishes = Wishes(policy="local-only", max_cost=1, tags=("x",), session="body")
    headers = {b"x-homeport-policy": b"cloud-only", b"x-homeport-max-cost": b"9"}
    labels = labels_of("auto", wishes, headers)
    assert (labels.policy, labels.max_cost_nano, labels.tags) == ("local-only", 10**9, ("x",))


@pytest.mark.parametrize(
    ("wishes", "header"),
    [(Wishes(private=True), b"normal"), (Wishes(privacy="private"), b"normal"),
     (Wishes(privacy="normal"), b"private"), (Wishes(private=False), b"private")],
)  # fmt: skip
def test_private_is_private_if_either_says_so(wishes: Wishes, header: bytes) -> None:
    assert labels_of("auto", wishes, {b"x-homeport-privacy": header}).private


@pytest.mark.parametrize(
    "headers",
    [{"privacy": "secret"}, {"max_cost": "cheap"}, {"max_cost": "-1"}, {"max_cost": "nan"},
     {"max_cost": "inf"}, {"deadline": "soon"}, {"weights": "x=1"}, {"weights": "budget=nan"},
     {"tags": ",".join(map(str, range(20)))}],
)  # fmt: skip
def test_what_cannot_be_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadRequest) as caught:
        by_headers(**headers)
    assert caught.value.param


def test_the_client_is_known_by_its_agent() -> None:
    headers = {b"user-agent": b"AsyncOpenAI/Python 3.54.0"}
    assert labels_of("auto", NO_WISHES, headers).client == "AsyncOpenAI"


def test_a_cost_of_nothing_is_a_limit_and_a_deadline_of_nothing_is_none() -> None:
    assert by_headers(max_cost="0").max_cost_nano == 0
    assert by_headers(deadline="0").deadline_ms is None


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_names_are_short_and_printable(raw: bytes) -> None:
    labels = labels_of("auto", NO_WISHES, {b"x-homeport-session": raw, b"user-agent": raw})
    for name in (labels.session, labels.client):
        assert len(name) <= 128
        assert name.isprintable()


def test_weights_may_be_an_object_in_the_body() -> None:
    labels = labels_of("auto", Wishes(weights={"quality": 1.0}), {})
    assert labels.weights == (0.3, 0.3, 1.0)
