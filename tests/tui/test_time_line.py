"""The attempts on a line of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from homeport.client import wire
from homeport.tui.history import LinkMoment
from homeport.tui.time_line import time_lines
from homeport.tui.words import Line, line_width
from support import sights


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_two_attempts_one_after_the_other() -> None:
    ruler, cloud, mark, told, local, ended, legend = texts(time_lines(sights.moved_home(), 0, 125))
    assert ruler.split() == ["0", "1.4s", "2.8s"]
    assert cloud == "cloud claude-sonnet-5    " + "▒" * 15 + "█" * 36 + "x"
    assert mark.index("^") == cloud.index("x")
    fell = "broke off 1.4s in, at 14:02:41"
    sent = f"{fell} · first token after 417ms · 212 tokens sent · the link was lost"
    assert told.strip() == sent
    assert local == "local qwen3:14b          " + " " * 52 + "░" * 9 + "▒" * 7 + ">" + "█" * 31
    went_on = "went on behind 212 tokens · done · loaded in 240ms"
    assert ended.strip() == f"{went_on} · first token after 450ms"
    assert "x broke off  > went on" in legend


def test_the_moment_the_link_fell_has_a_bar_of_its_own() -> None:
    request = sights.moved_home()
    moments = (
        LinkMoment(request.at_ms - 60_000, True),
        LinkMoment(request.at_ms + 1_400, False, "no route"),
        LinkMoment(request.at_ms + 2_400, True),
    )
    said = texts(time_lines(request, 0, 125, moments))
    link = next(line for line in said if line.startswith("link"))
    assert link == f"{'link':<25}" + "█" * 50 + "x" * 36 + "█" * 14
    pointed = said[said.index(link) + 1]
    assert pointed.index("^") == link.index("x")
    assert pointed.strip() == "^ the link fell at 14:02:41: no route"


def test_a_link_that_stood_is_not_told_of() -> None:
    request = sights.moved_home()
    for moments in ((), (LinkMoment(request.at_ms + 5, True),), (LinkMoment(1, False),)):
        said = texts(time_lines(request, 0, 125, moments))
        assert not any(line.startswith("link ") for line in said)


def test_what_waited_for_its_turn_is_dotted() -> None:
    attempt = wire.AttemptView("a/b", "local", 6_000, None, 8_000, 10_000, "done")
    request = wire.RequestView("a", 1_000, "done", attempts=(attempt,), total_ms=9_000)
    _, bar, *_, legend = texts(time_lines(request, 0, 115))
    assert bar == f"{'local b':<25}" + "·" * 50 + "▒" * 20 + "█" * 20
    assert legend.strip().startswith("· waiting for its turn")


def test_what_runs_grows_with_the_clock() -> None:
    attempt = wire.AttemptView("a/b", "local", 1_000)
    request = wire.RequestView("a", 1_000, "loading", attempts=(attempt,))
    assert "running for 9.0s" in texts(time_lines(request, 10_000, 60))[2]


def test_nothing_was_tried() -> None:
    request = structs.replace(sights.moved_home(), attempts=())
    assert texts(time_lines(request, 0, 60)) == ["nothing was tried"]


TIMES = st.one_of(st.none(), st.integers(0, 10_000))


@given(TIMES, TIMES, TIMES, st.integers(0, 9_000), st.integers(40, 200))
def test_a_bar_stays_within_the_page_whatever_the_times(
    loaded: int | None, first: int | None, ended: int | None, started: int, width: int
) -> None:
    attempt = wire.AttemptView("a/b", "local", started, loaded, first, ended, "done")
    request = wire.RequestView("a", 0, "done", attempts=(attempt,), total_ms=9_500)
    lines = time_lines(request, 9_800, width)
    assert line_width(lines[0]) <= width
    assert line_width(lines[1]) <= width
    assert any(mark in texts(lines)[1] for mark in "░▒█x")
