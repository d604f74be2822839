"""A secret stays hidden wherever a value could show."""

import copy
import json
import logging
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.daemon.keys.secret import HIDDEN, LONGEST, KeyTrouble, Secret, secret_from

TEXT = "sk-0123456789abcdef"
SECRET = Secret(TEXT)


def test_it_can_be_used():
    assert SECRET.reveal() == TEXT


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "{!r:>40}".format, lambda s: f"{s:s}", lambda s: "%s" % s, dir],  # noqa: UP031
)
def test_it_does_not_show(show):
    assert TEXT not in str(show(SECRET))


def test_it_does_not_show_in_logs_or_errors(caplog):
    logging.getLogger("test").warning("the key is %s %r", SECRET, {"key": SECRET})
    assert TEXT not in caplog.text
    assert HIDDEN in caplog.text
    assert TEXT not in repr(ValueError(SECRET))


@pytest.mark.parametrize(
    "leak", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, hash, vars]
)
def test_it_cannot_be_written_anywhere(leak):
    with pytest.raises(TypeError) as caught:
        leak(SECRET)
    assert TEXT not in str(caught.value)


def test_it_compares_by_value():
    assert Secret(TEXT) == SECRET
    assert Secret("other") != SECRET
    assert SECRET != TEXT


def test_a_pasted_key_loses_its_margins():
    assert secret_from(f"  {TEXT}\r\n").reveal() == TEXT


@pytest.mark.parametrize(
    "text", ["", " \n", "a b", "a\nb", "schlüssel", "\x00", "x" * (LONGEST + 1)]
)
def test_what_is_no_key_is_refused_without_repeating_it(text):
    with pytest.raises(KeyTrouble) as caught:
        secret_from(text)
    assert not text.strip() or text not in caught.value.sentence


@given(st.text())
def test_whatever_is_accepted_fits_into_a_header(text):
    try:
        value = secret_from(text).reveal()
    except KeyTrouble:
        return
    assert value.isascii()
    assert value.isprintable()
    assert value == value.strip()
