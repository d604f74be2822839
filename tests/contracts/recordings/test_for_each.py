"""One test over many recordings fails with the names of all that are not as they should be."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.recordings import for_each

THREE = [Path("wire/one.json"), Path("wire/two.json"), Path("wire/three.json")]


def test_all_that_fail_are_named() -> None:
    @for_each(THREE)
    def check(path: Path) -> None:
        assert path.stem == "two"

    with pytest.raises(ExceptionGroup, match="2 recordings failed") as caught:
        check("wire")
    notes = [trouble.__notes__ for trouble in caught.value.exceptions]
    assert notes == [["in wire/one"], ["in wire/three"]]


async def test_those_that_are_awaited_too() -> None:
    @for_each(THREE)
    async def check(path: Path) -> None:
        assert path.stem != "three"

    with pytest.raises(ExceptionGroup, match="1 recordings failed"):
        await check("wire")


def test_it_is_skipped_where_all_are() -> None:
    @for_each(THREE)
    def check(path: Path) -> None:
        pytest.skip("nothing to see")

    with pytest.raises(pytest.skip.Exception, match="nothing to see"):
        check("wire")


def test_one_that_is_skipped_is_no_reason_to_skip_the_others() -> None:
    seen: list[str] = []

    @for_each(THREE)
    def check(path: Path) -> None:
        seen.append(path.stem)
        if path.stem == "one":
            pytest.skip("nothing to see")

    check("wire")
    assert seen == ["one", "two", "three"]
