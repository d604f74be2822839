"""One line of results, in the shape that OpenAI's batches give them."""

from __future__ import annotations

from typing import Any

from homeport.cli.json_lines import json_line

GONE = {"code": "gone", "message": "It is not in the outbox any more."}


def result_row(custom_id: str, detail: dict[str, Any] | None) -> str:
    """The line of one prompt, with its end."""
    item = {} if detail is None else detail["item"]
    row = {
        "id": f"batch_req_{item.get('id', '')}",
        "custom_id": custom_id,
        "response": _response(detail),
        "error": GONE if detail is None else _error(item),
    }
    return json_line(row)


def _response(detail: dict[str, Any] | None) -> dict[str, Any] | None:
    """What its door gave, an error of the door too; None where it was never asked."""
    if detail is None or detail["answer"] is None:
        return None
    item = detail["item"]
    return {
        "status_code": item["status"],
        "request_id": item["decision"],
        "body": detail["answer"],
    }


def _error(item: dict[str, Any]) -> dict[str, str] | None:
    if item["state"] == "answered":
        return None
    return {"code": item["state"], "message": item["sentence"]}
