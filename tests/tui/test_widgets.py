"""Widgets that show lines."""

from __future__ import annotations

import pytest
from rich.style import Style
from textual.app import App, ComposeResult

from homeport.tui.feed import Feed
from homeport.tui.palette import CSS, Ground, css_variables
from homeport.tui.themes import DARK, THEMES
from homeport.tui.widgets import LineView, Page, in_edge, strip_of
from support.stage import staged


def test_a_strip_is_exactly_as_wide_as_it_should_be() -> None:
    for line in ([], [("short", "")], [("much too long for this", "warn")]):
        assert strip_of(line, 10, Style()).cell_length == 10


def test_a_strip_in_ascii() -> None:
    assert strip_of([("a→b", "")], 4, Style(), ascii_only=True).text == "a>b "


class Shown(App[None]):
    """One of each."""

    CSS = CSS

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return css_variables(DARK)

    def compose(self) -> ComposeResult:
        self.view = LineView(id="view")
        self.view.styles.height = "auto"
        self.page = Page(id="page")
        self.told: list[int] = []
        yield self.view
        yield self.page

    def on_page_resized(self) -> None:
        self.told.append(self.page.size.height)


async def test_a_view_is_as_high_as_its_lines() -> None:
    async with Shown().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, Shown)
        app.view.show([[("one", "")], [("two", "")]])
        await pilot.pause()
        assert app.view.size.height == 2
        assert app.view.render_line(1).text.rstrip() == "two"
        assert app.view.render_line(9).text.strip() == ""


async def test_a_page_scrolls_within_its_lines() -> None:
    async with Shown().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, Shown)
        app.page.show([[(f"line {n}", "")] for n in range(50)])
        await pilot.pause()
        height = app.page.size.height
        assert app.page.reach == (height, 50)
        app.page.go(7)
        assert app.page.render_line(0).text.rstrip() == "line 7"
        app.page.go(500)
        assert app.page.reach == (50, 50)
        app.page.go(-500)
        assert app.page.render_line(0).text.rstrip() == "line 0"
        assert app.page.page_rows == height - 1


async def test_a_page_tells_its_screen_of_another_size_and_not_of_more_lines() -> None:
    async with Shown().run_test(size=(60, 20)) as pilot:
        app = pilot.app
        assert isinstance(app, Shown)
        await pilot.pause()
        app.told.clear()
        app.page.show([[("line", "")]] * 90)
        await pilot.pause()
        assert app.told == []
        app.view.show([[("one", "")], [("two", "")]])
        await pilot.pause()
        assert app.told == [16]


@pytest.mark.parametrize("theme", THEMES)
async def test_lines_stand_on_what_the_css_says(theme: str) -> None:
    async with staged("live", (80, 24)) as stage:
        stage.app.change_theme(theme)
        await stage.pilot.pause()
        assert stage.app.screen.query_one(Feed).rich_style == Ground.style
        assert stage.app.screen.query_one("#header").rich_style == Ground.style
        stage.app.change_theme("dark")


@pytest.mark.parametrize("text", ["[b]x[/b]", "[/", "[$x]", "a[", "[", "\\", "\\[b]", "[/b · x"])
def test_what_stands_in_an_edge_is_no_markup(text: str) -> None:
    assert in_edge(text, ascii_only=False).plain == text
