"""Lines of results in the shape of OpenAI's batches."""

from __future__ import annotations

import json
from typing import Any

from homeport.cli.batch_output import GONE, result_row


def detail(**fields: Any) -> dict[str, Any]:
    item = {"id": "ob1", "state": "answered", "status": 200, "decision": "d", "sentence": ""}
    return {"item": item | fields, "answer": {"error": {}}}


def test_an_error_of_the_door_comes_with_its_status_and_body() -> None:
    row = json.loads(result_row("a", detail(state="failed", status=404, sentence="No model.")))
    assert row["response"] == {"status_code": 404, "request_id": "d", "body": {"error": {}}}
    assert row["error"] == {"code": "failed", "message": "No model."}


def test_what_was_never_asked_has_no_response() -> None:
    row = json.loads(result_row("a", detail(state="uncertain") | {"answer": None}))
    assert (row["id"], row["response"]) == ("batch_req_ob1", None)
    assert row["error"]["code"] == "uncertain"


def test_what_is_gone_says_so() -> None:
    row = json.loads(result_row("ü", None))
    assert (row["custom_id"], row["response"], row["error"]) == ("ü", None, GONE)


def test_a_row_is_one_line_for_every_reader() -> None:
    row = result_row("a\u2028b\x85c\u2029", None)
    assert row.splitlines() == [row.rstrip("\n")]
    assert json.loads(row)["custom_id"] == "a\u2028b\x85c\u2029"
