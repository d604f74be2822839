"""The keys: one letter means one thing, every key is bound, described and written down."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from homeport.tui.chat import ChatScreen
from homeport.tui.compare import CompareScreen
from homeport.tui.help import HelpScreen
from homeport.tui.house import HouseScreen, bindings_of, typing_bindings
from homeport.tui.keys import KEYS, ScreenName, keys_of, typed_keys_of
from homeport.tui.live import LiveScreen
from homeport.tui.machine import MachineScreen
from homeport.tui.models import ModelScreen, ModelsScreen
from homeport.tui.picker import PickScreen
from homeport.tui.spend import SpendScreen
from homeport.tui.why import WhyScreen

SCREENS: dict[ScreenName, type[HouseScreen]] = {
    "live": LiveScreen,
    "why": WhyScreen,
    "spend": SpendScreen,
    "models": ModelsScreen,
    "model": ModelScreen,
    "machine": MachineScreen,
    "chat": ChatScreen,
    "compare": CompareScreen,
    "pick": PickScreen,
    "help": HelpScreen,
}
README = Path(__file__).parents[2] / "tui" / "README.md"


def test_ids_are_unique() -> None:
    ids = [key.id for key in KEYS]
    assert len(set(ids)) == len(ids)


def test_a_letter_means_one_thing_on_every_screen() -> None:
    letters = [letter for key in KEYS if not key.is_typed for letter in key.keys.split(",")]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("name", get_args(ScreenName))
def test_a_key_means_one_thing_while_something_is_written(name: ScreenName) -> None:
    letters = [letter for key in typed_keys_of(name) for letter in key.keys.split(",")]
    assert len(set(letters)) == len(letters)


def test_every_key_says_what_it_does() -> None:
    for key in KEYS:
        assert key.label
        assert key.meaning.endswith(".")


@pytest.mark.parametrize("name", get_args(ScreenName))
def test_every_key_of_a_screen_has_its_action_there(name: ScreenName) -> None:
    for key in (*keys_of(name), *typed_keys_of(name)):
        assert hasattr(SCREENS[name], f"action_{key.action}"), key.id


@pytest.mark.parametrize("name", get_args(ScreenName))
def test_bindings_carry_the_stable_id_and_the_tooltip(name: ScreenName) -> None:
    bound = {binding.id: binding for binding in (*bindings_of(name), *typing_bindings(name))}
    for key in (*keys_of(name), *typed_keys_of(name)):
        assert bound[key.id].key == key.keys
        assert bound[key.id].tooltip == key.meaning


def test_every_key_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    for key in KEYS:
        row = f"| `{key.shown}` | `{key.id}` | {key.meaning.replace('|', '')} |"
        assert row in text, row
