"""NetworkManager's number, and every way in which it does not come."""

import sys

import pytest

from homeport.daemon.link.metered import metered, metered_by, read


@pytest.mark.parametrize(
    ("told", "means"),
    [
        ("(<uint32 1>,)", True),
        ("(<uint32 2>,)", False),
        ("(<uint32 3>,)", True),
        ("(<uint32 4>,)", False),
        ("(<uint32 0>,)", None),
        ("(<uint32 99999>,)", None),
        ("Error: no such name", None),
        ("", None),
    ],
)
def test_what_is_told(told, means):
    assert read(told) is means


def test_a_program_is_asked(monkeypatch):
    monkeypatch.setattr("homeport.daemon.link.metered.LONGEST_S", 60.0)
    assert metered((sys.executable, "-c", "print('(<uint32 1>,)')")) is True


def test_where_there_is_no_such_program():
    assert metered(("no-such-program-at-all",)) is None


def test_a_program_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("homeport.daemon.link.metered.LONGEST_S", 0.05)
    assert metered((sys.executable, "-c", "import time; time.sleep(600)")) is None


def test_the_config_counts_before_the_system(monkeypatch):
    monkeypatch.setattr("homeport.daemon.link.metered.metered", lambda: True)
    assert [metered_by(word) for word in ("auto", "yes", "no")] == [True, True, False]
