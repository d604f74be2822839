"""What is typed of how an answer is made."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

import pytest

from homeport.cli.strategy_options import names, share
from support.fake_daemon import FakeDaemon
from support.views import why


def test_names_are_divided_by_commas() -> None:
    assert names(" a/b, c/d,,") == ["a/b", "c/d"]
    for nothing in ("", ",", " "):
        with pytest.raises(ArgumentTypeError, match="names no model"):
            names(nothing)


def test_a_share_is_between_nothing_and_all() -> None:
    assert [share("0"), share("0.6"), share("1")] == [0.0, 0.6, 1.0]
    for wrong in ("-0.1", "1.1", "60%", "nan", "half"):
        with pytest.raises(ArgumentTypeError, match="not between 0 and 1"):
            share(wrong)


def test_what_is_not_typed_is_not_sent(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST route"] = why()
    homeport("route", "hello", "--chain", "local")
    body = fake.last("POST route").body
    assert body["chain"] == "local"
    assert not {"strategy", "models", "threshold", "ensemble_size", "tests"} & body.keys()


def test_tests_that_cannot_be_read_are_wrong_usage(homeport: Callable[..., Any]) -> None:
    ran = homeport("ask", "hello", "--tests", "/nonexistent.py")
    assert (ran.status, ran.err) == (
        2,
        "/nonexistent.py cannot be read: No such file or directory.\n",
    )
