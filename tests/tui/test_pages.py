"""What stands where the feed would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.tui.pages import page_lines
from homeport.tui.reducer import hear
from homeport.tui.state import State
from homeport.tui.words import line_width
from support import sights


def state_after(scene: str) -> State:
    state = State()
    for news, now_ms in sights.scenes()[scene]:
        state = hear(state, news, now_ms)
    return state


def page(scene: str, width: int = 72) -> str:
    lines = page_lines(state_after(scene), width)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_rows_need_no_page() -> None:
    assert page("live") == ""
    assert page("stopped") == ""


def test_each_state_says_what_to_do() -> None:
    assert "Looking for the daemon" in page("starting")
    assert "Start it with:  homeport start" in page("no-daemon")
    assert "mode 0700" in page("refused")
    assert "homeport logs" in page("trouble")
    assert "homeport restart" in page("versions-differ")
    assert "No prompts yet. Try:  homeport ask hello" in page("empty")
    assert "http://127.0.0.1:4663/v1" in page("empty")


@pytest.mark.parametrize("scene", ["no-daemon", "refused", "trouble", "versions-differ", "empty"])
@pytest.mark.parametrize("width", [28, 44, 72])
def test_a_page_fits_its_width(scene: str, width: int) -> None:
    for line in page_lines(state_after(scene), width):
        assert line_width(line) <= width


def test_where_a_unit_is_installed_it_is_what_starts_the_daemon(tmp_path: Path) -> None:
    units = tmp_path / "systemd" / "user"
    units.mkdir(parents=True)
    (units / "homeport.service").touch()
    assert "systemctl --user start homeport.service" in page("no-daemon")


def test_an_empty_daemon_that_is_lost_shows_its_last_picture() -> None:
    state = state_after("empty")
    lost = hear(state, sights.scenes()["gone"][-1][0], sights.NOW_MS)
    assert page_lines(lost, 72) == []
