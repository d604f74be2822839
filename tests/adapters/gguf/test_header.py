"""Reading GGUF headers: whole ones, and every way they can be broken."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.gguf.header import (
    MAX_KEPT_LIST,
    GGUFError,
    Header,
    LongList,
    parse_header,
    read_header,
)
from support.gguf_files import CHAT, gguf_bytes, list_bytes, text_bytes, value_bytes

WHOLE = gguf_bytes()


def parse(data: bytes) -> Header:
    return parse_header(io.BytesIO(data), len(data))


def complaint(data: bytes) -> str:
    with pytest.raises(GGUFError) as caught:
        parse(data)
    return str(caught.value)


@pytest.mark.parametrize("version", [2, 3])
def test_a_whole_file_is_read(version: int) -> None:
    header = parse(gguf_bytes(version=version))
    assert header.version == version
    assert header.text("general.architecture") == "llama"
    assert header.number("llama.block_count") == 2
    assert header.count("tokenizer.ggml.tokens") == 3
    assert header.tensors == 1
    assert header.parameters == 192
    assert header.file_bytes == len(WHOLE)


def test_every_kind_of_value_is_read() -> None:
    kinds = {
        "whole": 7,
        "negative": -7,
        "real": 0.5,
        "yes": True,
        "text": "höfn",
        "numbers": [3, 9, 4],
        "none": [],
        "texts": ["a", ""],
        "nested": [[1, 2], [3]],
    }
    header = parse(gguf_bytes(kinds, tensors=()))
    assert header.metadata == {
        **{key: kinds[key] for key in ("whole", "negative", "real", "yes", "text")},
        "numbers": (3, 9, 4),
        "none": (),
        "texts": LongList(2),
        "nested": LongList(2),
    }
    assert header.number("numbers") == 9
    assert header.number("none") is None
    assert header.number("yes") is None
    assert header.number("text") is None
    assert header.number("absent") is None
    assert header.text("whole") == ""
    assert header.count("numbers") == 3
    assert header.count("text") is None


def test_long_lists_are_counted_and_not_kept() -> None:
    header = parse(gguf_bytes({"scores": [0] * (MAX_KEPT_LIST + 1), "after": 1}, tensors=()))
    assert header.metadata["scores"] == LongList(MAX_KEPT_LIST + 1)
    assert header.number("after") == 1


def test_heads_longer_than_one_read_are_read(tmp_path: Path) -> None:
    words = [f"word number {n}" for n in range(120_000)]
    path = tmp_path / "long.gguf"
    path.write_bytes(gguf_bytes({"words": words, "scores": [0] * 400_000, "after": 5}, tensors=()))
    header = read_header(path)
    assert header.count("words") == len(words)
    assert header.number("after") == 5


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(GGUFError, match="cannot be read"):
        read_header(tmp_path / "absent.gguf")
    with pytest.raises(GGUFError, match="cannot be read"):
        read_header(tmp_path)


def test_another_file_is_told() -> None:
    assert "not a GGUF" in complaint(b"PK\x03\x04" + WHOLE)
    assert "cut short" in complaint(b"GG")
    assert "cut short" in complaint(b"")


def test_other_versions_and_machines_are_told() -> None:
    assert "version 1" in complaint(gguf_bytes(version=1))
    assert "version 99" in complaint(gguf_bytes(version=99))
    assert "big-endian" in complaint(b"GGUF" + struct.pack(">IQQ", 3, 0, 0))


@pytest.mark.parametrize(("tensors", "entries"), [(2**40, 0), (0, 2**40), (2**63, 2**63)])
def test_impossible_counts_are_told(tensors: int, entries: int) -> None:
    assert "impossible" in complaint(b"GGUF" + struct.pack("<IQQ", 3, tensors, entries))


def with_value(value: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text_bytes("key") + value + b"\0" * 64


HOSTILE = {
    "unknown kind": (struct.pack("<I", 77), "unknown kind"),
    "huge text": (struct.pack("<IQ", 8, 2**62), "impossible text"),
    "text beyond the end": (struct.pack("<IQ", 8, 1000), "cut short"),
    "huge list of numbers": (struct.pack("<IIQ", 9, 5, 2**60), "cut short"),
    "huge list of texts": (struct.pack("<IIQ", 9, 8, 2**60), "impossible list"),
    "huge list of lists": (struct.pack("<IIQ", 9, 9, 2**60), "impossible list"),
    "unknown list": (struct.pack("<IIQ", 9, 99, 1), "impossible list"),
    "deep lists": (struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 8, "impossible list"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_are_told(name: str) -> None:
    value, words = HOSTILE[name]
    assert words in complaint(with_value(value))


def test_hostile_alignment_is_told() -> None:
    for alignment in (0, -1, 2**50):
        assert "alignment" in complaint(gguf_bytes({"general.alignment": alignment}))
    assert parse(gguf_bytes({"general.alignment": 64}, alignment=64)).tensors == 1


def test_hostile_tensors_are_told() -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text_bytes("t")
    many = head + struct.pack("<I", 100) + b"\0" * 2000
    assert "impossible tensor" in complaint(many)
    large = head + struct.pack("<I2QIQ", 2, 2**60, 2**60, 0, 0)
    assert "impossible tensor" in complaint(large)
    far = head + struct.pack("<IQIQ", 1, 8, 0, 2**62)
    assert "impossible tensor" in complaint(far)


def test_a_tensor_of_an_unknown_type_is_believed_up_to_its_start() -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text_bytes("t")
    assert parse(head + struct.pack("<IQIQ", 1, 8, 200, 0) + b"\0" * 64).parameters == 8


@given(cut=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_told(cut: int) -> None:
    assert "cut short" in complaint(WHOLE[:cut])


def ends_well(data: bytes) -> bool:
    """A header, or an error that is a sentence."""
    try:
        return isinstance(parse(data), Header)
    except GGUFError as error:
        return str(error).endswith(".")


@given(data=st.data())
def test_any_change_of_bytes_ends_in_a_header_or_a_sentence(data: st.DataObject) -> None:
    broken = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.sampled_from([0, 1, 8, 9, 0x7F, 0x80, 0xFF]))
    assert ends_well(bytes(broken))


@given(noise=st.binary(max_size=300))
def test_noise_after_the_magic_ends_in_a_header_or_a_sentence(noise: bytes) -> None:
    assert ends_well(b"GGUF" + struct.pack("<I", 3) + noise)


def test_the_makers_of_files_agree_with_the_reader() -> None:
    assert value_bytes("a") == struct.pack("<IQ", 8, 1) + b"a"
    assert list_bytes(["a"])[:4] == struct.pack("<I", 8)
    assert "general.architecture" in CHAT
