"""How a fault is written, and which call meets which."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.lab.fault_table import OPTIONS
from homeport.lab.faults import (
    AT_CONNECTION,
    FAULTS,
    STATUSES,
    Fault,
    FaultBook,
    UnknownFault,
    make_fault,
    read_fault,
    split_model,
    write_fault,
)

README = Path(__file__).parents[2] / "daemon" / "README.md"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset", Fault(kind="reset")),
        ("reset@7", Fault(kind="reset", at=7)),
        ("429:retry_after=3", Fault(kind="429", retry_after=3.0)),
        ("stall@2:seconds=0.5,times=2", Fault(kind="stall", at=2, seconds=0.5, times=2)),
        ("500:model=lab-fast,skip=1,every=3", Fault(kind="500", model="lab-fast", skip=1, every=3)),
        ("error_event@1:on=all", Fault(kind="error_event", at=1, on="all")),
    ],
)
def test_a_fault_is_read_and_written(text: str, fault: Fault) -> None:
    assert read_fault(text) == fault
    assert read_fault(write_fault(fault)) == fault
    assert str(fault) == write_fault(fault)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rest@3", "Did you mean reset?"),
        ("nonsense", "The nearest is .*; `homeport lab faults` lists them all"),
        ("zap@x", "There is no fault 'zap'"),
        ("reset:times=x", "`times` takes a number, as in reset:times=2"),
        ("reset:on=x", "prompts, models or all"),
        ("200", "no status of a failure"),
        ("reset@x", "Behind `@` stands a token's number, as in reset@7"),
        ("reset@-1", "counted from 0"),
        ("429:every=0", "`every` is counted from 1"),
        ("42\u00b2", "There is no fault"),
        ("reset:times", "write name=value"),
        ("reset:tims=2", "has no option 'tims'. Did you mean times"),
    ],
)
def test_what_is_no_fault_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UnknownFault, match=said):
        read_fault(text)


def test_faults_come_as_objects_too() -> None:
    assert make_fault({"kind": "cut", "at": 3}) == read_fault("cut@3")
    for wrong, said in (([], "an object with its `kind`"), ({"kind": "cut", "model": 3}, "a name")):
        with pytest.raises(UnknownFault, match=said):
            make_fault(wrong)


def test_where_a_fault_happens() -> None:
    assert [read_fault(text).where for text in ("reset", "reset@0", "cut", "cut@1", "503")] == [
        "head",
        "token",
        "end",
        "token",
        "head",
    ]


def test_the_model_and_its_fault() -> None:
    assert split_model("qwen3:8b!429:times=1") == ("qwen3:8b", "429:times=1")
    assert split_model("plain") == ("plain", "")


def met(book: FaultBook, calls: int, **which: object) -> list[str]:
    asked = {"wire": "openai", "model": "m", "prompt": True, **which}
    found = (book.for_call(**asked) for _ in range(calls))  # type: ignore[arg-type]
    return [str(fault or "") for fault in found]


def test_faults_count_their_calls() -> None:
    assert met(FaultBook(["500:times=2"]), 4) == ["500:times=2"] * 2 + ["", ""]
    assert met(FaultBook(["500:skip=2"]), 3) == ["", "", "500:skip=2"]
    assert met(FaultBook(["500:every=2"]), 4) == ["", "500:every=2", "", "500:every=2"]


def test_a_fault_that_is_not_due_makes_room_for_the_next() -> None:
    book = FaultBook(["500:times=1", "502"])
    assert met(book, 3) == ["500:times=1", "502", "502"]
    assert [times for _, times in book.listed()] == [1, 2]


def test_faults_choose_their_calls() -> None:
    book = FaultBook(["500:model=other", "502:wire=ollama"])
    assert met(book, 1) == [""]
    assert met(book, 1, model="other") == ["500:model=other"]
    assert met(book, 1, wire="ollama") == ["502:wire=ollama"]
    assert met(FaultBook(["500"]), 1, prompt=False) == [""]
    assert met(FaultBook(["500:on=models"]), 1, prompt=False) == ["500:on=models"]


def test_connections_meet_their_own_faults() -> None:
    book = FaultBook(["reset_on_connect:times=1", "500"])
    assert str(book.at_connection()) == "reset_on_connect:times=1"
    assert book.at_connection() is None
    assert met(book, 1) == ["500"]
    assert repr(book) == "FaultBook(reset_on_connect:times=1, 500)"


@pytest.mark.parametrize("kind", [row.kind for row in FAULTS])
def test_each_fault_is_told_in_the_readme(kind: str) -> None:
    (row,) = (row for row in FAULTS if row.kind == kind)
    assert f"| `{kind}` | {row.where} | {row.does} |" in README.read_text("utf-8")


def test_each_option_and_status_is_told_in_the_readme() -> None:
    told = README.read_text("utf-8")
    assert [name for name, meaning in OPTIONS if f"| `{name}` | {meaning} |" not in told] == []
    assert ", ".join(f"`{status}`" for status in STATUSES) in told


def test_the_table_is_whole() -> None:
    assert len({row.kind for row in FAULTS}) == len(FAULTS)
    assert {"refuse", "silence"} <= AT_CONNECTION
