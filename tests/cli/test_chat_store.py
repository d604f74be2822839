"""Chats that are kept by their name."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homeport.cli.chat_store import ChatStore, WrongName
from homeport.client.errors import ClientError

TURNS = [{"role": "user", "text": "Hé\nho"}, {"role": "assistant", "text": "Ho."}]


def file_of(home: Path) -> Path:
    return home / "state" / "chats" / "trip.jsonl"


def test_what_was_kept_is_there_again(own_home: Path) -> None:
    assert ChatStore("trip").read() == ([], False)
    ChatStore("trip").add(TURNS)
    ChatStore("trip").add(TURNS)
    assert ChatStore("trip").read() == (TURNS * 2, False)
    assert file_of(own_home).stat().st_mode & 0o777 == 0o600
    assert file_of(own_home).parent.stat().st_mode & 0o777 == 0o700


def test_a_turn_with_what_only_looks_like_the_end_of_a_line_is_kept(own_home: Path) -> None:
    turn = {"role": "assistant", "text": "one\u2028two\u2029three\x85four"}
    ChatStore("trip").add([turn])
    assert ChatStore("trip").read() == ([turn], False)
    file_of(own_home).write_text(json.dumps(turn, ensure_ascii=False) + "\n", "utf-8")
    assert ChatStore("trip").read() == ([turn], False)


def test_private_is_kept_with_it() -> None:
    ChatStore("trip").replace(TURNS, private=True)
    ChatStore("trip").add(TURNS)
    assert ChatStore("trip").read() == (TURNS * 2, True)
    ChatStore("trip").replace([], private=True)
    assert ChatStore("trip").read() == ([], True)


def test_lines_that_are_no_turns_are_passed_over(own_home: Path) -> None:
    ChatStore("trip").add(TURNS)
    with file_of(own_home).open("a") as file:
        file.write('[]\nnonsense\n{"role":"tool","text":"x"}\n{"role":"user","text":" "}\n{"rol')
    assert ChatStore("trip").read() == (TURNS, False)


@contextmanager
def room_for(count: int) -> Iterator[None]:
    """No file gets longer than so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_takes_nothing_of_what_was_kept(own_home: Path) -> None:
    store = ChatStore("trip")
    store.replace(TURNS, private=True)
    before = file_of(own_home).stat().st_size
    longer = [{"role": "user", "text": "x" * 500}, TURNS[1]]
    with room_for(before + 20):
        for write in (
            lambda: store.replace(longer, private=True),
            lambda: store.add(longer),
        ):
            with pytest.raises(ClientError, match="File too large"):
                write()
    assert [path.name for path in file_of(own_home).parent.iterdir()] == ["trip.jsonl"]
    store.add(TURNS)
    assert store.read() == (TURNS * 2, True)


def test_a_turn_after_half_a_line_is_kept(own_home: Path) -> None:
    ChatStore("trip").add(TURNS)
    with file_of(own_home).open("a") as file:
        file.write('{"rol')
    ChatStore("trip").add(TURNS)
    assert ChatStore("trip").read() == (TURNS * 2, False)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 65, "a b", "é"])
def test_a_name_is_one_that_a_file_can_have(name: str) -> None:
    with pytest.raises(WrongName, match="cannot be the name"):
        ChatStore(name)


def test_a_file_that_cannot_be_used_is_said(own_home: Path) -> None:
    file_of(own_home).mkdir(parents=True)
    for use in (ChatStore("trip").read, lambda: ChatStore("trip").add(TURNS)):
        with pytest.raises(ClientError, match=r"cannot be (read|kept): Is a directory\.$"):
            use()
