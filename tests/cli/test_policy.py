"""What `homeport policy` says, sends and ends with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon

Type = Callable[..., Any]

DEFAULT = wire.PolicyRow("default", "As expected.", 25, 37, in_force=True, own=False)
MINE = wire.PolicyRow("mine", "Mine.", 2, 0, in_force=False, own=True, error="It is broken.")
VIEW = wire.PoliciesView("balanced", ("balanced",), "default", (DEFAULT, MINE), "/p")
LIST = """\
   policy          rules  what it does
*  default            25  As expected.
   mine     yours      2  Mine.

mode      balanced
your own  /p/NAME.toml
"""
BROKEN = "Not in force as it stands, the last good one is: It is broken.\n"


@pytest.mark.parametrize("words", [[], ["list"]])
def test_the_list(fake: FakeDaemon, homeport: Type, words: list[str]) -> None:
    fake.answers["GET policies"] = VIEW
    ran = homeport("policy", *words)
    assert (ran.status, ran.out, ran.err) == (0, LIST, BROKEN)


def test_using_one_shows_the_list(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST policies"] = VIEW
    assert homeport("policy", "use", "mine").out == LIST
    assert fake.last("POST policies").body == {"use": "mine"}


def test_one_is_shown_with_its_rules_and_its_file(fake: FakeDaemon, homeport: Type) -> None:
    rules = (("secrets stay", "privacy", "they are secret"),)
    fake.answers["GET policies/default"] = wire.PolicyView(DEFAULT, "", "x = 1\n", rules)
    out = homeport("policy", "show", "default").out
    assert "default: As expected.\nshipped, 1 rules, 37 cases\n" in out
    assert "secrets stay  privacy  they are secret" in out
    assert out.endswith("\nx = 1\n")


def test_a_file_is_checked(fake: FakeDaemon, homeport: Type, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("x = 1\n", "utf-8")
    fake.answers["POST policies"] = wire.PolicyChecked(True)
    ran = homeport("policy", "check", str(file))
    assert (ran.status, ran.out) == (0, f"{file} is good.\n")
    assert fake.last("POST policies").body == {"check": "x = 1\n", "path": str(file)}
    problems = (wire.PolicyProblem(1, "x", "It is wrong."), wire.PolicyProblem(0, "", "All of it."))
    fake.answers["POST policies"] = wire.PolicyChecked(False, problems)
    ran = homeport("policy", "check", str(file))
    assert (ran.status, ran.out) == (1, f"{file}, line 1: It is wrong.\n{file}: All of it.\n")


TESTED = wire.PolicyTested(
    "mine",
    False,
    (wire.CaseView("a", True, "home/small: fits"), wire.CaseView("b", False, "x", "expected y")),
)
TABLE = """\
        case  found
ok      a     home/small: fits
FAILED  b     expected y
mine: 2 cases, 1 failed.
"""


def test_cases_are_run_from_a_file_by_name_and_of_the_one_in_force(
    fake: FakeDaemon, homeport: Type, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("x = 1\n", "utf-8")
    fake.answers["GET policies"] = VIEW
    fake.answers["POST policies"] = TESTED
    for words, body in [
        ([str(file)], {"test": "x = 1\n", "path": str(file)}),
        (["mine"], {"test_name": "mine"}),
        ([], {"test_name": "default"}),
    ]:
        ran = homeport("policy", "test", *words)
        assert (ran.status, ran.out) == (1, TABLE)
        assert fake.last("POST policies").body == body


def test_json_is_what_the_daemon_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["POST policies"] = TESTED
    ran = homeport("policy", "test", "mine", "--json")
    assert ran.status == 1
    assert ran.json()["cases"][1]["wrong"] == "expected y"


def test_a_file_that_cannot_be_read_is_one_sentence_and_starts_no_daemon(
    homeport: Type, tmp_path: Path, own_home: Path
) -> None:
    gone, strange = tmp_path / "gone.toml", tmp_path / "strange.toml"
    strange.write_bytes(b"\xff")
    ran = homeport("policy", "check", str(gone))
    assert ran.err == f"{gone} cannot be read: No such file or directory.\n"
    ran = homeport("policy", "test", str(strange))
    assert (ran.status, ran.err) == (1, f"{strange} cannot be read: it is not UTF-8.\n")
    assert not (own_home / "run" / "homeport.sock").exists()


@pytest.mark.parametrize("words", [["show"], ["use", "a", "b"], ["check"], ["list", "x"]])
def test_too_few_or_too_many_words_are_wrong_usage(homeport: Type, words: list[str]) -> None:
    ran = homeport("policy", *words)
    assert ran.status == 2
    assert ran.err.startswith(f"Write: homeport policy {words[0]}")
