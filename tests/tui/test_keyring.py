"""Keys as the person's config wants them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.tui.keyring import Keyring, remapped
from homeport.tui.keys import KEYS

IDS = [key.id for key in KEYS]


def shown(ring: Keyring, id_: str) -> str:
    return next(key.shown for key in ring.keys if key.id == id_)


def test_a_key_is_re_mapped_by_its_id_and_shown_so() -> None:
    ring, troubles = remapped({"thumbs-up": "+", "pause": "f5,z", "filter": "comma"})
    assert troubles == ()
    assert [shown(ring, id_) for id_ in ("thumbs-up", "pause", "filter")] == ["+", "f5", ","]
    assert ring.keymap == {"thumbs-up": "+", "pause": "f5,z", "filter": "comma"}
    assert repr(ring) == "Keyring(pause, filter, thumbs-up)"


def test_two_keys_may_change_places() -> None:
    ring, troubles = remapped({"spend": "m", "models": "s"})
    assert troubles == ()
    assert (shown(ring, "spend"), shown(ring, "models")) == ("m", "s")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"paws": "z"}, "there is no key 'paws'"),
        ({"send": "z"}, "there is no key 'send'"),
        ({"pause": 3}, "pause needs a key, such as 'space'"),
        ({"pause": ""}, "pause needs a key"),
        ({"pause": "a\x1b"}, "pause needs a key"),
        ({"pause": "q"}, "pause cannot have 'q': quit has it"),
        ({"filter": "?"}, "filter cannot have '?': help has it"),
    ],
)
def test_what_cannot_be_is_said_and_left_as_it_was(wanted: dict[str, object], words: str) -> None:
    ring, (trouble,) = remapped(wanted)
    assert words in trouble
    assert ring.keys == KEYS


@given(st.dictionaries(st.sampled_from(IDS), st.sampled_from(["a", "q", "s", "m", "z", "+"])))
def test_whatever_is_wanted_a_letter_means_one_thing(wanted: dict[str, str]) -> None:
    ring, _ = remapped(wanted)
    letters = [name for key in ring.keys if not key.is_typed for name in key.keys.split(",")]
    assert len(set(letters)) == len(letters)
