"""What a caller says of the cache, as a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.base import CacheWish
from homeport.daemon.api.cache_labels import cache_wish
from homeport.daemon.api.labels import NO_WISHES, Wishes, labels_of
from homeport.policies.errors import BadRequest


@pytest.mark.parametrize(
    ("given_line", "wish"),
    [
        (None, None),
        ("  ", None),
        ("on", CacheWish()),
        ("Off", CacheWish("off")),
        ("ttl=60", CacheWish(ttl_s=60)),
        ("refresh, ttl=60", CacheWish("refresh", 60)),
        ("only,max-age=0 , namespace=a b", CacheWish("only", None, 0, "a b")),
        ("no-store", CacheWish(keeps=False)),
        ("no-cache, No-Store", CacheWish("refresh", keeps=False)),
        ("only-if-cached, s-maxage=9", CacheWish("only", None, 9)),
    ],
)
def test_what_is_meant(given_line: str | None, wish: CacheWish | None) -> None:
    assert cache_wish(given_line) == wish


@pytest.mark.parametrize(
    "line",
    [
        *("yes", "on, off", "ttl=0", "ttl=-1", "ttl=1e3", "ttl=99999999999", "max-age=", "on,"),
        *(
            "off, ttl=5",
            "off, no-store",
            "no-cache, refresh",
            "no-store=1",
            "namespace=",
            f"namespace={'x' * 65}",
            "namespace=\x07",
            "ttl=1, ttl=2",
        ),
        "x" * 201,
    ],
)
def test_what_is_no_wish_is_said(line: str) -> None:
    with pytest.raises(BadRequest) as caught:
        cache_wish(line)
    assert caught.value.param == "cache"


@given(st.text(max_size=40))
def test_any_line_is_a_wish_or_a_sentence(line: str) -> None:
    try:
        wish = cache_wish(line)
    except BadRequest as error:
        said = error.sentence
    else:
        said = "`cache` " if bool(wish) == bool(line.strip()) else ""
    assert said.startswith("`cache` ")


def test_a_header_and_a_field_say_the_same() -> None:
    by_header = labels_of(None, NO_WISHES, {b"x-homeport-cache": b"on, ttl=5"})
    by_field = labels_of(None, Wishes(cache="on, ttl=5"), {b"x-homeport-cache": b"off"})
    assert by_header.cache == by_field.cache == CacheWish(ttl_s=5)
    assert labels_of(None, NO_WISHES, {}).cache is None
