"""Items of the outbox, and their answers, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from homeport.cli.output import one_line
from homeport.client.units import day_and_clock, duration, money, size

if TYPE_CHECKING:
    from homeport.client.wire import OutboxItem


def row_of(item: OutboxItem, now_ms: float) -> tuple[str, ...]:
    """Such as `ob3k…  queued  4 min  editor  cloud  No network interface is up.`"""
    state = "answered, read" if item.read_ms is not None else item.state
    ago = duration(max(0, now_ms - item.since_ms))
    return (item.id, state, ago, item.client, item.model, known(item))


def known(item: OutboxItem) -> str:
    """Why it stands as it does, and what it has cost."""
    parts = [item.custom_id, item.sentence]
    if item.state == "answered":
        parts.append(f"{item.answered_by}, {money(item.cost_nano)}")
    elif item.state == "uncertain":
        parts.append(f"booked: {money(item.cost_nano, certain=False)}")
    elif item.when == "off-peak":
        parts.append("off-peak")
    return one_line("; ".join(part.rstrip(".") for part in parts if part))


def item_rows(item: dict[str, Any]) -> list[tuple[str, object]]:
    """Names and values of one item; what is empty is left out when they are shown."""
    return [
        ("item", item["id"]),
        ("state", item["state"]),
        ("why", item["sentence"]),
        ("asked", day_and_clock(item["at_ms"])),
        ("since", day_and_clock(item["since_ms"])),
        ("when", item["when"]),
        ("tries", item["tries"] or ""),
        ("next", day_and_clock(item["next_ms"]) if item["next_ms"] else ""),
        ("door", item["path"]),
        ("client", item["client"]),
        ("model", item["model"]),
        ("asked of", item["answered_by"]),
        ("decision", item["decision"]),
        ("booked", "" if item["cost_nano"] is None else money(item["cost_nano"])),
        ("line", f"{item['custom_id']} of {item['batch']}" if item["batch"] else ""),
        ("size", size(item["bytes"]) if item["bytes"] else "forgotten"),
    ]


def answer_text(answer: Any) -> str:
    """The words of an answer, whichever door it was given at."""
    if isinstance(answer, str):
        return answer
    return "".join(_words(answer))


def _words(answer: dict[str, Any]) -> Iterator[str]:
    # Ours, OpenAI's chat and completions, its Responses, Anthropic's, Gemini's, Ollama's.
    if isinstance(answer.get("response"), str):
        yield answer["response"]
    for choice in answer.get("choices") or ():
        yield choice.get("text") or (choice.get("message") or {}).get("content") or ""
    for item in answer.get("output") or ():
        yield from _texts(item.get("content"))
    yield from _texts(answer.get("content"))
    for candidate in answer.get("candidates") or ():
        yield from _texts((candidate.get("content") or {}).get("parts"))
    if isinstance(answer.get("message"), dict):
        yield answer["message"].get("content") or ""


def _texts(parts: Any) -> Iterator[str]:
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"]
