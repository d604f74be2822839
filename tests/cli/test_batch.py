"""`homeport batch`: a file goes into the outbox once, and comes back as results in its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeport.cli.batch import LINES_AT_ONCE, how_far
from homeport.client import wire
from support.fake_daemon import Asked, FakeDaemon, Refusal

AT_MS = 1_795_262_400_000


def item(line: str, state: Any, **fields: Any) -> wire.OutboxItem:
    return wire.OutboxItem(f"ob{line}", state, AT_MS, AT_MS, custom_id=line, batch="b", **fields)


class Outbox:
    """What the daemon says of it; a state more each time it is asked."""

    def __init__(self, fake: FakeDaemon, *rounds: dict[str, wire.OutboxDetail]) -> None:
        self.rounds = list(rounds)
        self.lines: list[Any] = []
        fake.answers["POST outbox"] = self.put
        fake.answers["GET outbox"] = self.listing
        for name in rounds[-1]:
            fake.answers[f"GET outbox/ob{name}"] = rounds[-1][name]

    def put(self, asked: Asked) -> wire.OutboxTaken:
        self.lines += asked.body["lines"]
        return wire.OutboxTaken(len(asked.body["lines"]), 0, wire.OutboxView())

    def listing(self, asked: Asked) -> wire.OutboxReport:
        if "limit=1&" in f"{asked.query}&":
            return wire.OutboxReport(wire.OutboxView(queued=1, sentence="No interface."), ())
        now = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        return wire.OutboxReport(wire.OutboxView(), tuple(one.item for one in now.values()))


def detail(line: str, state: Any, answer: Any = None, **fields: Any) -> wire.OutboxDetail:
    return wire.OutboxDetail(item(line, state, **fields), {"q": 1}, answer)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.txt"
    path.write_text("One?\nTwo?\n")
    return path


def accept_reading(fake: FakeDaemon) -> None:
    """Whatever the file is called."""
    known = fake.answers

    class Known(dict[str, Any]):
        def get(self, route: str, default: Any = None) -> Any:
            found = super().get(route)
            is_action = found is None and route.startswith("POST outbox/")
            return {"items": []} if is_action else found or default

    fake.answers = Known(known)


def test_results_are_written_in_the_order_of_the_file_and_said_to_be_read(
    fake: FakeDaemon, homeport: Callable[..., Any], file: Path, tmp_path: Path
) -> None:
    answer = {"choices": [{"message": {"content": "Yes."}}]}
    done = {
        "line-2": detail("line-2", "answered", answer, status=200, decision="d2"),
        "line-1": detail("line-1", "failed", sentence="There is no such model."),
    }
    waiting = {"line-2": detail("line-2", "queued"), "line-1": detail("line-1", "sending")}
    outbox = Outbox(fake, waiting, done)
    accept_reading(fake)
    ran = homeport("batch", str(file), "--output", str(tmp_path / "out.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert ran.status == 1
    assert [row["custom_id"] for row in rows] == ["line-1", "line-2"]
    assert rows[0]["response"] is None
    assert rows[0]["error"] == {"code": "failed", "message": "There is no such model."}
    assert rows[1]["response"] == {"status_code": 200, "request_id": "d2", "body": answer}
    assert rows[1]["error"] is None
    assert [line["custom_id"] for line in outbox.lines] == ["line-1", "line-2"]
    assert fake.asked[-1].body == {"action": "read"}
    assert "1 of 2 answered, 1 failed" in ran.err


def test_without_an_output_the_results_are_printed(
    fake: FakeDaemon, homeport: Callable[..., Any], file: Path
) -> None:
    done = {name: detail(name, "answered", {"x": name}) for name in ("line-1", "line-2")}
    Outbox(fake, done)
    accept_reading(fake)
    ran = homeport("batch", str(file))
    assert ran.status == 0
    assert [json.loads(line)["custom_id"] for line in ran.out.splitlines()] == [*done]


def test_what_was_gathered_before_and_is_forgotten_is_said(
    fake: FakeDaemon, homeport: Callable[..., Any], file: Path
) -> None:
    Outbox(fake, {name: detail(name, "answered") for name in ("line-1", "line-2")})
    accept_reading(fake)
    ran = homeport("batch", str(file))
    assert (ran.status, ran.out) == (1, "")
    assert "2 answers were gathered before and are forgotten" in ran.err


def test_no_wait_leaves_at_once(fake: FakeDaemon, homeport: Callable[..., Any], file: Path) -> None:
    outbox = Outbox(fake, {"line-1": detail("line-1", "queued")})
    ran = homeport("batch", str(file), "--no-wait", "--off-peak", "--json", "--model", "cloud")
    assert (ran.status, ran.json()["added"]) == (0, 2)
    assert fake.last("POST outbox").body["when"] == "off-peak"
    assert outbox.lines[0]["body"]["model"] == "cloud"
    assert "GET outbox" not in fake.routes()


def test_a_file_of_another_system_is_read_as_one_of_this(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "windows.jsonl"
    lines = [json.dumps({"custom_id": name, "body": {"input": "Hi"}}) for name in "ab"]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    outbox = Outbox(fake, {"a": detail("a", "queued")})
    assert homeport("batch", str(path), "--no-wait").status == 0
    assert [line["custom_id"] for line in outbox.lines] == ["a", "b"]
    assert [line["body"] for line in outbox.lines] == [{"input": "Hi"}] * 2


def test_many_lines_go_in_portions(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "many.txt"
    path.write_text("".join(f"Question {n}\n" for n in range(LINES_AT_ONCE * 2 + 1)))
    outbox = Outbox(fake, {"line-1": detail("line-1", "queued")})
    homeport("batch", str(path), "--no-wait")
    assert fake.routes().count("POST outbox") == 3
    assert len(outbox.lines) == LINES_AT_ONCE * 2 + 1


def test_nothing_is_sent_of_a_file_with_faults(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{}\n" * 12)
    ran = homeport("batch", str(path))
    assert ran.status == 2
    assert ran.err.count("Line ") == 10
    assert "And 2 more." in ran.err
    assert f"Nothing of {path} was sent." in ran.err
    assert fake.routes() == []


STOPPING = Refusal(wire.Trouble("draining", "daemon", "Homeport is stopping."), 503)


@pytest.mark.parametrize(
    "route", ["GET outbox", "GET outbox/obline-1", "the words on what is waited for"]
)
def test_a_daemon_that_is_restarted_meanwhile_is_waited_for(
    fake: FakeDaemon,
    homeport: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
) -> None:
    monkeypatch.setattr("homeport.cli.batch.LEAST_POLL_S", 0.0)
    path = tmp_path / "prompts.txt"
    path.write_text("One?")
    done = {"line-1": detail("line-1", "answered", {"x": 1})}
    outbox = Outbox(fake, {"line-1": detail("line-1", "queued")}, done)
    accept_reading(fake)
    refusals = [STOPPING, STOPPING]

    def listing(asked: Asked) -> Any:
        meant = ("limit=1&" in f"{asked.query}&") == (route != "GET outbox")
        return refusals.pop() if refusals and meant else outbox.listing(asked)

    if route in fake.answers and route != "GET outbox":
        fake.answers[route] = lambda asked: refusals.pop() if refusals else done["line-1"]
    else:
        fake.answers["GET outbox"] = listing
    ran = homeport("batch", str(path))
    assert (ran.status, refusals) == (0, [])
    assert [json.loads(line)["custom_id"] for line in ran.out.splitlines()] == ["line-1"]


def test_a_daemon_that_is_gone_for_good_is_said_and_what_is_kept(
    fake: FakeDaemon, homeport: Callable[..., Any], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.cli.batch.PATIENCE_S", 0.0)
    monkeypatch.setattr("homeport.cli.batch.LEAST_POLL_S", 0.0)
    Outbox(fake, {"line-1": detail("line-1", "queued")})
    fake.answers["GET outbox"] = b"{"
    ran = homeport("batch", str(file))
    assert ran.status == 1
    assert "The prompts stay in the outbox" in ran.err


@pytest.mark.parametrize("text", [None, ""])
def test_a_file_that_is_not_there_or_empty(
    homeport: Callable[..., Any], tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "nothing.txt"
    if text is not None:
        path.write_text(text)
    ran = homeport("batch", str(path))
    assert ran.status == 2
    assert str(path) in ran.err


def test_how_far_it_is() -> None:
    items = [item("a", "answered"), item("b", "queued"), item("c", "uncertain")]
    assert how_far(items, "No link.") == "1 of 3 answered, 1 uncertain, 1 queued: No link."
    assert how_far(items[:1], "No link.") == "1 of 1 answered"
