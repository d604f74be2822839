"""Parts of messages, each with its noun."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.adapters.base import Audio, Citation, Document, Image, Opaque, Part, Refusal, Text
from homeport.daemon.api.responses.parts import OPAQUE_PARTS, inline, part_of, parts_of
from homeport.policies.errors import BadRequest

WIRE = "openai-responses"
ANNOTATION = {
    "type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0,
    "end_index": 4,
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("plain", Text("plain")),
        ({"type": "input_text", "text": "a", "prompt_cache_breakpoint": {}},
         Text("a", {"prompt_cache_breakpoint": {}})),
        ({"type": "output_text", "text": "a", "annotations": [ANNOTATION], "logprobs": None},
         Text("a", {}, (Citation("https://a.example", "A", "", 0, 4, WIRE, ANNOTATION),))),
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        ({"type": "input_image", "image_url": "https://a.example/i.png", "detail": "low"},
         Image("https://a.example/i.png", extras={"detail": "low"})),
        ({"type": "input_image", "image_url": "data:image/png;base64,AA", "file_id": None},
         Image(data="AA", media_type="image/png")),
        ({"type": "input_image", "file_id": "file_1"},
         Opaque(WIRE, {"type": "input_image", "file_id": "file_1"})),
        ({"type": "input_file", "file_id": "file_1"}, Document(file_id="file_1")),
        ({"type": "input_file", "file_url": "https://a.example/a.pdf"},
         Document(url="https://a.example/a.pdf")),
        ({"type": "input_file", "file_data": "QUJD", "filename": "a.txt"},
         Document(data="QUJD", name="a.txt")),
        ({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
         Audio("AA", "audio/wav")),
    ],
)  # fmt: skip
def test_each_part_has_its_noun(given: Any, made: Part) -> None:
    assert part_of(given, "p") == made


@pytest.mark.parametrize("kind", sorted(OPAQUE_PARTS))
def test_what_only_openai_understands_is_carried_whole(kind: str) -> None:
    assert part_of({"type": kind, "x": 1}, "p") == Opaque(WIRE, {"type": kind, "x": 1})


@pytest.mark.parametrize(
    ("given", "param"),
    [
        (None, "p"),
        ({}, "p.type"),
        ({"type": {}}, "p.type"),
        ({"type": "input_smell"}, "p.type"),
        ({"type": "input_text"}, "p.text"),
        ({"type": "input_text", "text": 1}, "p.text"),
        ({"type": "output_text", "text": "a", "annotations": 1}, "p.annotations"),
        ({"type": "output_text", "text": "a", "annotations": [1]}, "p.annotations[0]"),
        ({"type": "output_text", "text": "a", "annotations": [{"url": 1}]}, "p.annotations[0].url"),
        ({"type": "refusal"}, "p.refusal"),
        ({"type": "input_image"}, "p.image_url"),
        ({"type": "input_image", "image_url": {"url": "x"}}, "p.image_url"),
        ({"type": "input_file"}, "p.file_data"),
        ({"type": "input_file", "file_data": 1}, "p.file_data"),
        ({"type": "input_audio"}, "p.input_audio"),
        ({"type": "input_audio", "input_audio": {"data": "AA"}}, "p.input_audio.format"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(given: Any, param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        part_of(given, "p")
    assert caught.value.param == param


def test_content_is_a_text_or_a_list() -> None:
    assert parts_of("hi", "c") == [Text("hi")]
    assert parts_of(["hi", {"type": "input_text", "text": "x"}], "c") == [Text("hi"), Text("x")]
    with pytest.raises(BadRequest, match="c"):
        parts_of({}, "c")


def test_only_base64_is_inline() -> None:
    assert inline("data:image/png;charset=x;base64,AA") == ("image/png", "AA")
    assert inline("data:text/plain,AA") == ("", "")
    assert inline("https://a.example/,") == ("", "")
