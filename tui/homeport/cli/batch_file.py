"""A file of prompts, read line by line: OpenAI's batch lines, or one prompt on each line."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from homeport.cli.json_lines import lines_of

CHAT = "/v1/chat/completions"
SHOWN_FAULTS = 10


class BatchFile(NamedTuple):
    """What was read."""

    name: str
    """What the outbox knows it by: it follows from every byte of it."""
    lines: list[dict[str, Any]]
    faults: list[str]
    """What is wrong, a sentence for each line."""


def read_batch(text: str, model: str) -> BatchFile:
    """Lines with ids of their own; `model` is asked where plain prompts name none."""
    numbered = [(n, line) for n, line in enumerate(lines_of(text), start=1) if line.strip()]
    name = hashlib.sha256(f"{model}\n{text}".encode()).hexdigest()[:32]
    if numbered and not numbered[0][1].lstrip().startswith("{"):
        return BatchFile(name, [_plain(number, line, model) for number, line in numbered], [])
    lines, faults = [], []
    seen: dict[str, int] = {}
    for number, line in numbered:
        fault, read = _read(line)
        if not fault and read["custom_id"] in seen:
            fault = f"custom_id {read['custom_id']!r} is that of line {seen[read['custom_id']]} too"
        if fault:
            faults.append(f"Line {number}: {fault}.")
            continue
        seen[read["custom_id"]] = number
        lines.append(read)
    return BatchFile(name, lines, faults)


def _plain(number: int, prompt: str, model: str) -> dict[str, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": prompt.strip()}]}
    return {"custom_id": f"line-{number}", "url": CHAT, "body": body}


def _read(line: str) -> tuple[str, dict[str, Any]]:
    """What is wrong with a line, and the line where nothing is."""
    try:
        found = json.loads(line)
    except ValueError:
        return "this is not JSON", {}
    except RecursionError:
        return "this is nested too deep", {}
    if not isinstance(found, dict):
        return "this is no JSON object", {}
    if not (isinstance(found.get("custom_id"), str) and 0 < len(found["custom_id"]) <= 200):
        return "custom_id has to be a text of 1 to 200 letters", {}
    if found.get("method", "POST") != "POST":
        return "method has to be POST", {}
    if not isinstance(found.get("url", CHAT), str):
        return "url has to be a text", {}
    if not isinstance(found.get("body"), dict):
        return "body has to be an object", {}
    if not _can_be_said(found):
        return "it holds what JSON has no word for: NaN, an endless number or half a letter", {}
    names = {"custom_id": found["custom_id"], "url": found.get("url", CHAT)}
    return "", {**names, "body": found["body"]}


def _can_be_said(value: object) -> bool:
    """Whether every reader of JSON reads it; Python's takes more than that."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True
