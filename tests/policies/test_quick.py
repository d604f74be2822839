"""A value that is made quickly is the frozen dataclass that it would be."""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from pickle import dumps, loads
from typing import Any

import msgspec
import pytest

from homeport.policies.quick import changed, maker, placer, quick


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    name: str
    size: int = 3
    tags: tuple[str, ...] = ()


@quick(frozen=True, slots=True, kw_only=True)
class Quick:
    name: str
    size: int = 3
    tags: tuple[str, ...] = ()


@quick(frozen=True, slots=True)
class Placed:
    first: int
    second: int = 2


@quick(frozen=True, slots=True, kw_only=True)
class Between:
    first: int
    second: int = 7
    third: int
    last: int = 4


@quick(frozen=True, slots=True)
class Single:
    only: int


def test_it_holds_what_it_was_made_of() -> None:
    made = Quick(name="a", tags=("x",))
    assert type(made) is Quick
    assert asdict(made) == asdict(Plain(name="a", tags=("x",)))
    assert repr(made) == repr(Plain(name="a", tags=("x",))).replace("Plain", "Quick")
    assert [one.name for one in fields(Quick)] == ["name", "size", "tags"]


def test_it_is_compared_hashed_and_replaced_by_its_fields() -> None:
    made = Quick(name="a")
    assert made == Quick(name="a", size=3)
    assert made != Quick(name="b")
    assert len({made, Quick(name="a")}) == 1
    assert replace(made, size=4) == Quick(name="a", size=4)


def test_it_can_be_the_same_but_for_some_fields() -> None:
    made = Quick(name="a", tags=("x",))
    other = changed(made, size=4)
    assert type(other) is Quick
    assert other == replace(made, size=4)
    assert made.size == 3
    with pytest.raises(AttributeError):
        changed(made, colour="blue")


def test_it_is_frozen() -> None:
    made = Quick(name="a")
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]


@pytest.mark.parametrize("wrong", [{}, {"name": "a", "colour": "blue"}])
def test_what_is_missing_or_too_much_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Quick(**wrong)


def test_fields_that_go_by_name_have_no_place() -> None:
    with pytest.raises(TypeError):
        Quick("a")  # type: ignore[call-arg]


def test_fields_may_have_places() -> None:
    assert Placed(1) == Placed(first=1, second=2)
    assert Placed(1, 5).second == 5


def test_it_is_made_by_a_function_too() -> None:
    make = maker(Quick)
    assert make(name="a", tags=("x",)) == Quick(name="a", tags=("x",))
    assert type(make(name="a")) is Quick
    with pytest.raises(TypeError):
        make()  # type: ignore[call-arg]


def test_it_is_made_by_places_too() -> None:
    place = placer(Between)
    assert place(1, 2, 3) == Between(first=1, second=2, third=3)
    assert place(1, 2, 3, 5).last == 5
    with pytest.raises(TypeError):
        place(1, 2)


def test_it_goes_to_json_and_back() -> None:
    made = Quick(name="a", tags=("x", "y"))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Quick) == made


def test_defaults_that_are_made_anew_are_not_for_it() -> None:
    with pytest.raises(TypeError, match="made anew"):

        @quick(frozen=True, slots=True)
        class Wrong:
            names: list[str] = field(default_factory=list)


def test_only_what_is_frozen_and_has_slots_is_declared_so() -> None:
    for wrong in ({"frozen": False, "slots": True}, {"frozen": True, "slots": False}):
        with pytest.raises(TypeError, match="frozen"):
            quick(**wrong)  # type: ignore[call-overload]


def test_it_can_be_copied_and_carried() -> None:
    made = Quick(name="a", tags=("x",))
    assert copy(made) == deepcopy(made) == loads(dumps(made)) == made  # noqa: S301 - our own
    assert copy(made) is not made


def test_one_field_is_a_field() -> None:
    assert Single(1) == Single(1) != Single(2)
    assert hash(Single(1)) == hash((1,))
    assert repr(Single(1)) == "Single(only=1)"
