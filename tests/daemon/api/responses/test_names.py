"""Names of tools, by namespace and as one."""

from __future__ import annotations

import pytest

from homeport.adapters.base import Tool
from homeport.daemon.api.responses.names import LONGEST, Called, Names, one_name

EXEC = Tool("exec", extras={"name": "exec", "namespace": "functions"}, kind="custom")
SLEEP = Tool("clock__sleep", extras={"name": "sleep", "namespace": "clock"})
FIRST = Tool("a__find", extras={"name": "find", "namespace": "a"})
SECOND = Tool("b__find", extras={"name": "find", "namespace": "b"})
PLAIN = Tool("read_file")
NAMES = Names((EXEC, SLEEP, FIRST, SECOND, PLAIN, Tool("web_search", kind="server")))


def test_members_of_the_plain_space_keep_their_names() -> None:
    assert one_name("functions", "exec") == "exec"
    assert one_name("functions", "exec", ["exec"]) == "functions__exec"


def test_no_two_tools_have_one_name() -> None:
    assert one_name("mcp__git__", "log") == "mcp__git__log"
    assert one_name("mcp__git", "log", ["mcp__git__log"]) == "mcp__git__log_2"
    assert one_name("näme.x", "log") == "n_me_x__log"
    long = one_name("s" * 60, "look_it_up")
    assert len(long) == LONGEST
    assert long.endswith("s__look_it_up")
    assert len(one_name("s" * 60, "look_it_up", [long])) == LONGEST


@pytest.mark.parametrize(
    "said", ["clock__sleep", "clock.sleep", "sleep", "Clock/Sleep", "clock_sleep"]
)
def test_what_a_model_means(said: str) -> None:
    assert NAMES.called(said) == Called("sleep", "clock")


def test_other_words_for_it() -> None:
    assert NAMES.called("functions.exec") == Called("exec", "functions", custom=True)
    assert NAMES.called("functions.read_file") == Called("read_file")
    assert NAMES.called("readFile") == Called("read_file")


def test_what_is_not_clear_is_not_guessed() -> None:
    assert NAMES.called("find") == Called("find")
    assert NAMES.called("web_search") == Called("web_search")


def test_the_name_of_an_earlier_call() -> None:
    assert NAMES.single("find", "b") == "b__find"
    assert NAMES.single("sleep") == "clock__sleep"
    assert NAMES.single("gone", "c") == "c__gone"
    assert NAMES.single("gone") == "gone"
