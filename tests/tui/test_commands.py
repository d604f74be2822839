"""The lines of the command palette."""

from __future__ import annotations

import pytest

from homeport.tui.commands import commands, key_of, model_of, theme_of
from homeport.tui.keyring import Keyring
from homeport.tui.keys import ScreenName, keys_of, typed_keys_of
from support import sights


@pytest.mark.parametrize("screen", ["live", "why", "chat", "help"])
def test_every_key_of_a_screen_has_a_line_with_its_meaning(screen: ScreenName) -> None:
    lines = {line.value: line for line in commands(screen, Keyring(), (), "dark")}
    for key in (*keys_of(screen), *typed_keys_of(screen)):
        if key.id != "palette":
            assert key.meaning in lines[f"key {key.id}"].note


def test_themes_and_models_have_one_each() -> None:
    lines = commands("live", Keyring(), sights.models(), "dark")
    names = [line.name for line in lines]
    assert "Theme: contrast" in names
    assert f"Model: {sights.QWEN}" in names
    (on,) = [line.name for line in lines if line.key == "in force"]
    assert on == "Theme: dark"


def test_a_line_is_for_one_thing() -> None:
    for line in commands("live", Keyring(), sights.models(), "dark"):
        kinds = [key_of(line.value), theme_of(line.value), model_of(line.value)]
        assert sum(map(bool, kinds)) == 1
