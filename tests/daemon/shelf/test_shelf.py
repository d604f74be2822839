"""What policies there are, what holds for a prompt, and files that change or break."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.daemon.shelf.shelf import LOOK_S, Shelf
from homeport.policies.errors import BadRequest
from homeport.policies.model import Policy, Weights

RULE = '[[rule]]\nname = "mine"\nthen = { place = "local" }\n'
BASE = Policy(mode="balanced", trusted_hosts=("nas",))


class Clock:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Shelf:
    return Shelf(tmp_path, clock)


def write(shelf: Shelf, clock: Clock, name: str, text: str) -> None:
    (shelf.folder / f"{name}.toml").write_text(text, "utf-8")
    clock.now += LOOK_S


def test_what_is_shipped_is_there_without_a_folder(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "none")
    assert shelf.names() == ("best", "default", "frugal", "private-first")
    assert repr(shelf) == "Shelf(best, default, frugal, private-first; 0 in trouble)"


def test_a_file_of_the_person_is_taken_without_a_restart(shelf: Shelf, clock: Clock) -> None:
    before = shelf.policy(BASE, "default")
    write(shelf, clock, "mine", RULE)
    assert "mine" in shelf.names()
    assert [rule.name for rule in shelf.policy(BASE, "mine").rules] == ["mine"]
    assert shelf.policy(BASE, "default") == before
    (shelf.folder / "mine.toml").unlink()
    clock.now += LOOK_S
    assert "mine" not in shelf.names()


def test_a_file_of_the_person_stands_before_a_shipped_one(shelf: Shelf, clock: Clock) -> None:
    write(shelf, clock, "default", RULE)
    assert [rule.name for rule in shelf.rules("default")] == ["mine"]


def test_names_of_modes_and_strange_names_are_no_policies(shelf: Shelf, clock: Clock) -> None:
    for name in ("local-only", "Mine", "a b", "x" * 33):
        write(shelf, clock, name, RULE)
    assert shelf.names() == ("best", "default", "frugal", "private-first")


def test_a_file_that_breaks_leaves_its_last_good_reading(shelf: Shelf, clock: Clock) -> None:
    write(shelf, clock, "mine", RULE)
    assert shelf.trouble("mine") == ""
    write(shelf, clock, "mine", RULE + "then = 3\n")
    assert [rule.name for rule in shelf.policy(BASE, "mine").rules] == ["mine"]
    assert shelf.trouble("mine").startswith(f"{shelf.folder / 'mine.toml'}, line 4: ")
    write(shelf, clock, "mine", RULE.replace("mine", "better"))
    assert shelf.trouble("mine") == ""
    assert [rule.name for rule in shelf.policy(BASE, "mine").rules] == ["better"]


def test_a_policy_in_force_that_was_never_readable_lets_nothing_leave(
    shelf: Shelf, clock: Clock
) -> None:
    write(shelf, clock, "mine", "broken")
    for name in ("mine", "gone"):
        assert shelf.policy(BASE, name).mode == "local-only"
        assert shelf.trouble(name)
    assert shelf.policy(BASE, "gone", "best").mode == "local-only"


def test_a_shipped_policy_does_not_stand_in_for_a_file_that_was_never_readable(
    shelf: Shelf, clock: Clock
) -> None:
    write(shelf, clock, "default", "broken")
    assert shelf.policy(BASE, "default").mode == "local-only"
    assert shelf.policy(BASE, "best", "default").mode == "local-only"
    assert shelf.trouble("default").endswith("Until then nothing leaves.")
    write(shelf, clock, "default", RULE)
    assert shelf.policy(BASE, "default").mode == "balanced"
    write(shelf, clock, "default", "broken again")
    assert [rule.name for rule in shelf.policy(BASE, "default").rules] == ["mine"]
    assert shelf.policy(BASE, "default").mode == "balanced"
    assert "nothing leaves" not in shelf.trouble("default")


def test_a_folder_that_cannot_be_read_leaves_what_was_read(shelf: Shelf, clock: Clock) -> None:
    shelf.folder = shelf.folder / "policies"
    shelf.folder.mkdir()
    write(shelf, clock, "default", RULE)
    assert [rule.name for rule in shelf.rules("default")] == ["mine"]
    away = shelf.folder.rename(shelf.folder.with_name("away"))
    shelf.folder.write_text("no folder")
    clock.now += LOOK_S
    assert [rule.name for rule in shelf.rules("default")] == ["mine"]
    shelf.folder.unlink()
    clock.now += LOOK_S
    assert len(shelf.rules("default")) > 1
    away.rename(shelf.folder)
    clock.now += LOOK_S
    assert [rule.name for rule in shelf.rules("default")] == ["mine"]


@pytest.mark.parametrize("theirs", ["broken", None])
def test_rules_that_are_included_and_cannot_be_had_let_nothing_leave(
    shelf: Shelf, clock: Clock, theirs: str | None
) -> None:
    if theirs is not None:
        write(shelf, clock, "secrets", theirs)
    write(shelf, clock, "inner", 'include = ["secrets"]')
    write(shelf, clock, "mine", f'include = ["inner"]\n{RULE}')
    assert shelf.policy(BASE, "mine").mode == "local-only"
    assert shelf.policy(BASE, "default", "mine").mode == "local-only"
    said = "`include` names 'secrets', which cannot be read." if theirs else "no policy 'secrets'"
    assert said in shelf.trouble("mine")
    assert shelf.trouble("mine").endswith("Until then nothing leaves.")
    write(shelf, clock, "secrets", RULE.replace("mine", "theirs"))
    assert shelf.policy(BASE, "mine").mode == "balanced"
    assert shelf.trouble("mine") == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (RULE + "when = { taks = 1 }\n", "line 4: `taks` is not something a rule can ask about"),
        ("\udcff", "This is not UTF-8 text."),
        ("x" * 70_000, "It is larger than 64 KiB"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(
    shelf: Shelf, clock: Clock, text: str, sentence: str
) -> None:
    (shelf.folder / "mine.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert sentence in shelf.trouble("mine")


def test_included_rules_come_after_the_own_ones_once(shelf: Shelf, clock: Clock) -> None:
    write(shelf, clock, "a", f'include = ["b", "c"]\n{RULE}')
    write(shelf, clock, "b", f'include = ["c"]\n{RULE.replace("mine", "b")}')
    write(shelf, clock, "c", RULE.replace("mine", "c"))
    assert [rule.name for rule in shelf.rules("a")] == ["mine", "b", "c"]


def test_a_circle_of_includes_is_said_and_does_no_harm(shelf: Shelf, clock: Clock) -> None:
    write(shelf, clock, "a", f'include = ["b"]\n{RULE}')
    assert "There is no policy 'b'" in shelf.trouble("a")
    write(shelf, clock, "b", f'include = ["a"]\n{RULE.replace("mine", "b")}')
    assert "`include` goes round in a circle: a → b → a." in shelf.trouble("a")
    assert "`include` goes round in a circle: b → a → b." in shelf.trouble("b")
    assert [rule.name for rule in shelf.rules("a")] == ["mine", "b"]


# What holds


def test_a_policy_brings_mode_weights_and_rules_and_keeps_the_rest(shelf: Shelf) -> None:
    policy = shelf.policy(BASE, "frugal")
    assert (policy.name, policy.mode, policy.trusted_hosts) == ("frugal", "prefer-local", ("nas",))
    assert policy.weights == Weights(budget=0.6, latency=0.1, quality=0.3)
    assert shelf.policy(BASE, "default").mode == "balanced"
    assert shelf.policy(BASE, "default") is shelf.policy(BASE, "default")


def test_what_is_tried_and_what_goes_out_is_not_for_a_program_to_say(
    shelf: Shelf, clock: Clock
) -> None:
    write(shelf, clock, "mine", "explore = 0.1\ncloud_share = 0.2")
    write(shelf, clock, "theirs", "explore = 0.2\ncloud_share = 1")
    for named in ("", "theirs", "default"):
        policy = shelf.policy(BASE, "mine", named)
        assert (policy.explore, policy.cloud_share) == (0.1, 0.2)
    assert shelf.policy(BASE, "default", "theirs").explore == 0.0


def test_local_only_of_the_config_is_never_widened(shelf: Shelf) -> None:
    base = Policy(mode="local-only")
    assert shelf.policy(base, "best").mode == "local-only"
    assert shelf.policy(base, "default", "best").mode == "local-only"


def test_a_policy_that_is_named_leaves_what_the_own_one_keeps_private(shelf: Shelf) -> None:
    policy = shelf.policy(BASE, "private-first", "best")
    assert policy.name == "best"
    assert policy.rules[-1].name in {rule.name for rule in shelf.rules("private-first")}
    assert all(rule.then.private for rule in policy.rules[1:])


def test_a_policy_that_there_is_not_is_refused_with_the_nearest(shelf: Shelf) -> None:
    with pytest.raises(BadRequest, match="Did you mean 'frugal'") as refused:
        shelf.policy(BASE, "default", "frugel")
    assert refused.value.code == "unknown_policy"
