"""What people read of an answer that is given again."""

from __future__ import annotations

import pytest

from homeport.daemon.caching.kept import Stored
from homeport.daemon.caching.showing import age, because, given


def stored(cost_nano: int | None) -> Stored:
    return Stored(
        1, b"k", "abc", "sky/a", "v", "single", "p", "q", 1000, 9, cost_nano, False, b"{}"
    )


@pytest.mark.parametrize(
    ("cost_nano", "similarity", "said"),
    [
        (3_100_000, None, "sky/a answered the same prompt 12 s ago, for $0.0031 (abc)."),
        (0, None, "sky/a answered the same prompt 12 s ago, for $0 (abc)."),
        (None, 0.9, "sky/a answered a prompt that says the same 12 s ago, at an unknown cost"),
    ],
)
def test_the_sentence(cost_nano: int | None, similarity: float | None, said: str) -> None:
    kept = stored(cost_nano)
    view = given(kept, 13_000, similarity)
    assert because(view, kept).startswith(f"From the cache: {said}")
    assert (view.of, view.age_ms, view.saved_nano) == ("abc", 12_000, cost_nano)
    assert view.outcome == ("hit" if similarity is None else "near")


@pytest.mark.parametrize(
    ("ms", "said"), [(900, "900 ms"), (180_000, "3 min"), (5 * 3_600_000, "5 h"),
                     (72 * 3_600_000, "3 days")]
)  # fmt: skip
def test_ages(ms: int, said: str) -> None:
    assert age(ms) == said
