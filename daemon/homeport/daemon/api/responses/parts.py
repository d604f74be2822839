"""Parts of a message of the Responses wire, and of what a tool gave back."""

from __future__ import annotations

from typing import Any

from homeport.adapters.base import (
    Audio,
    Citation,
    Document,
    Image,
    Opaque,
    Part,
    Refusal,
    Text,
)
from homeport.daemon.api.responses.fields import missing, optional_text, rest_of, text_of, wrong
from homeport.daemon.api.responses.request import WIRE

OPAQUE_PARTS = frozenset({"computer_screenshot", "input_video", "encrypted_content"})
"""Parts that only an upstream of this wire understands."""


def parts_of(content: Any, at: str) -> list[Part]:
    """The content of a message: a text, or a list of parts."""
    if isinstance(content, str):
        return [Text(content)]
    if not isinstance(content, list):
        raise wrong(at, "must be a string or a list of parts")
    return [part_of(part, f"{at}[{i}]") for i, part in enumerate(content)]


def part_of(part: Any, at: str) -> Part:
    """One part; the fields without a noun are its `extras`. Raises `BadRequest`."""
    if isinstance(part, str):
        return Text(part)
    if not isinstance(part, dict):
        raise wrong(at, "must be an object")
    kind = text_of(part, "type", at)
    if kind in ("input_text", "output_text", "text", "summary_text", "reasoning_text"):
        return _text(part, at)
    if kind == "refusal":
        return Refusal(text_of(part, "refusal", at), rest_of(part, "refusal"))
    if kind == "input_image":
        return _image(part, at)
    if kind == "input_file":
        return _file(part, at)
    if kind == "input_audio":
        return _audio(part, at)
    if kind in OPAQUE_PARTS:
        return Opaque(WIRE, part)
    raise wrong(f"{at}.type", f"is no kind of part: {kind[:80]!r}")


def _text(part: dict[str, Any], at: str) -> Text:
    citations = part.get("annotations") or ()
    if not isinstance(citations, list | tuple):
        raise wrong(f"{at}.annotations", "must be a list")
    return Text(
        text_of(part, "text", at),
        rest_of(part, "text", "annotations"),
        tuple(citation_of(given, f"{at}.annotations[{i}]") for i, given in enumerate(citations)),
    )


def citation_of(annotation: Any, at: str) -> Citation:
    """Where a stretch of an earlier answer came from."""
    if not isinstance(annotation, dict):
        raise wrong(at, "must be an object")
    start, end = annotation.get("start_index"), annotation.get("end_index")
    return Citation(
        url=optional_text(annotation, "url", at),
        title=optional_text(annotation, "title", at) or optional_text(annotation, "filename", at),
        start=start if isinstance(start, int) else None,
        end=end if isinstance(end, int) else None,
        wire=WIRE,
        extras=annotation,
    )


def _image(part: dict[str, Any], at: str) -> Image | Opaque:
    if part.get("image_url") is None:
        if part.get("file_id") is None:
            raise missing(f"{at}.image_url")
        return Opaque(WIRE, part)
    url = text_of(part, "image_url", at)
    extras = rest_of(part, "image_url")
    media_type, data = inline(url)
    return (
        Image(data=data, media_type=media_type, extras=extras)
        if data
        else Image(url, extras=extras)
    )


def _file(part: dict[str, Any], at: str) -> Document:
    given = optional_text(part, "file_data", at)
    media_type, data = inline(given)
    file_id, url = optional_text(part, "file_id", at), optional_text(part, "file_url", at)
    if not (given or file_id or url):
        raise missing(f"{at}.file_data")
    return Document(
        data=data or given,
        url=url,
        file_id=file_id,
        media_type=media_type,
        name=optional_text(part, "filename", at),
        extras=rest_of(part, "file_data", "file_id", "file_url", "filename"),
    )


def _audio(part: dict[str, Any], at: str) -> Audio:
    given = part.get("input_audio")
    if not isinstance(given, dict):
        raise missing(f"{at}.input_audio")
    form = text_of(given, "format", f"{at}.input_audio")
    return Audio(text_of(given, "data", f"{at}.input_audio"), f"audio/{form}")


def inline(url: str) -> tuple[str, str]:
    """Media type and base64 data of a `data:` URL; empty for any other."""
    head, comma, data = url.partition(",") if url.startswith("data:") else ("", "", "")
    if not comma or not head.endswith(";base64"):
        return "", ""
    return head[len("data:") : -len(";base64")].partition(";")[0], data
