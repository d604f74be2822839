"""The feed formats the rows in sight, and keeps the cursor among them."""

from __future__ import annotations

from textual.geometry import Size

from homeport.client import wire
from homeport.tui.feed import Feed, Sight
from homeport.tui.palette import ROLES
from support import sights
from support.stage import Stage, staged


def rows(count: int) -> tuple[wire.RequestView, ...]:
    return tuple(wire.RequestView(f"r{n}", 0, "done", because=f"number {n}.") for n in range(count))


def feed_of(stage: Stage) -> Feed:
    return stage.app.screen.query_one(Feed)


def texts(feed: Feed) -> list[str]:
    return [feed.render_line(y).text.rstrip() for y in range(feed.size.height)]


async def test_only_the_rows_in_sight_are_there_to_be_painted() -> None:
    async with staged("empty", (80, 20)) as stage:
        feed = feed_of(stage)
        feed.show(Sight(rows(2_000), cursor=1_000))
        assert feed.virtual_size == Size(feed.size.width, 2_000)
        assert len(texts(feed)) == feed.size.height
        assert sum("number 1000." in text for text in texts(feed)) == 1


async def test_the_window_moves_no_more_than_the_cursor_needs() -> None:
    async with staged("empty", (80, 20)) as stage:
        feed = feed_of(stage)
        feed.show(Sight(rows(100), cursor=50))
        top = feed.row_at(0)
        feed.show(Sight(rows(100), cursor=top))
        assert feed.row_at(0) == top
        feed.show(Sight(rows(100), cursor=top - 1))
        assert feed.row_at(0) == top - 1


async def test_fewer_rows_than_before_are_still_in_sight() -> None:
    async with staged("empty", (80, 20)) as stage:
        feed = feed_of(stage)
        feed.show(Sight(rows(100), cursor=99))
        feed.show(Sight(rows(3), cursor=2))
        assert "number 0." in texts(feed)[0]


async def test_an_old_picture_is_faint() -> None:
    async with staged("gone") as stage:
        colours = {segment.style.color for segment in feed_of(stage).render_line(0)}
        assert ROLES["faint"].color in colours
        assert ROLES["place-local"].color not in colours


async def test_a_page_stands_in_the_middle() -> None:
    async with staged("empty", (80, 20)) as stage:
        feed = feed_of(stage)
        feed.show(Sight(page=[[("hello", "")]]))
        lines = texts(feed)
        assert [text.strip() for text in lines if text.strip()] == ["hello"]
        assert lines.index(next(text for text in lines if text)) == (feed.size.height - 1) // 2


async def test_a_decision_of_this_moment_is_coloured_by_its_place() -> None:
    async with staged("live") as stage:
        assert sights.requests()[0].place == "local"
        colours = {segment.style.color for segment in feed_of(stage).render_line(0)}
        assert ROLES["place-local"].color in colours


async def test_a_moved_cursor_has_two_rows_painted_and_a_scrolled_feed_all() -> None:
    async with staged("empty", (80, 20)) as stage:
        feed = feed_of(stage)
        feed.show(Sight(rows(200), cursor=4))
        feed._exchange_repaint_regions()
        feed.show(Sight(rows(200), cursor=3))
        moved = feed._exchange_repaint_regions()
        assert {(region.y - 1, region.height) for region in moved} == {(3, 1), (4, 1)}
        feed.show(Sight(rows(200), cursor=100))
        scrolled = feed._exchange_repaint_regions()
        assert max(region.height for region in scrolled) >= feed.size.height
