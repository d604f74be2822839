"""The `[tui]` table of the person's config."""

from __future__ import annotations

from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from homeport.daemon.config.settings import Terminal
from homeport.tui.app import Options
from homeport.tui.preferences import Preferences, preferences
from homeport.tui.themes import PLAIN, THEMES
from support.stage import staged


def said(folder: Path, text: str) -> Preferences:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return preferences(path)


def test_a_theme_and_keys(tmp_path: Path) -> None:
    found = said(tmp_path, '[tui]\ntheme = "light"\nkeys = { pause = "z" }\n')
    assert (found.theme.name, found.keyring.keymap) == ("light", {"pause": "z"})
    assert found.troubles == ()


def test_a_mark_of_the_byte_order_is_no_part_of_it(tmp_path: Path) -> None:
    assert said(tmp_path, '\ufeff[tui]\ntheme = "light"\n').theme is THEMES["light"]


def test_without_colour_the_terminal_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert said(tmp_path, "").theme is PLAIN
    assert said(tmp_path, '[tui]\ntheme = "light"\n').theme is THEMES["light"]


@pytest.mark.parametrize(
    "text", ["", 'mode = "balanced"', "[tui\ntheme", "tui = 3", "[tui]\nkeys = 3", "\x00tui"]
)
def test_no_table_or_a_broken_file_is_no_trouble_here(tmp_path: Path, text: str) -> None:
    found = said(tmp_path, text)
    assert (found.theme.name, found.keyring.keymap, found.troubles) == ("dark", {}, ())


def test_no_file_is_no_trouble(tmp_path: Path) -> None:
    assert preferences(tmp_path / "none.toml").troubles == ()


def test_a_theme_that_there_is_not_is_said(tmp_path: Path) -> None:
    found = said(tmp_path, "[tui]\ntheme = ['pink']\nkeys = { paws = 'x' }")
    assert found.troubles[0] == "tui.theme: there is dark, light, contrast, plain."
    assert "no key 'paws'" in found.troubles[1]


def test_the_daemons_checker_knows_the_same_themes() -> None:
    known = get_args(get_args(get_type_hints(Terminal, include_extras=True)["theme"])[0])
    assert set(known) == set(THEMES)


async def test_they_hold_in_the_program(tmp_path: Path) -> None:
    wanted = said(tmp_path, '[tui]\ntheme = "plain"\nkeys = { pause = "z", help = "q" }\n')
    async with staged(options=Options(preferences=wanted)) as stage:
        assert "help cannot have 'q': quit has it" in stage.rows[-1]
        await stage.press("z")
        assert "○ paused" in stage.text
        assert " z Follow" in stage.rows[-1]
        await stage.press("question_mark")
        assert "  z           Pause" in stage.text
