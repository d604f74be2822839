"""Requests to a real socket, and every way in which they fail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homeport.client import wire
from homeport.client.connection import Connection
from homeport.client.destinations import UnixDestination
from homeport.client.errors import BrokenAnswer, DaemonError, NoDaemon
from support.fake_daemon import FakeDaemon, Lines, Refusal, listening_on_tcp
from support.views import snapshot


@contextmanager
def saying(path: Path, answer: bytes) -> Iterator[Connection]:
    """Somebody who says these bytes to whoever dials, then hangs up."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def speak() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(answer)

        speaker = threading.Thread(target=speak)
        speaker.start()
        try:
            yield Connection([UnixDestination(str(path))])
        finally:
            speaker.join()


def test_get_reads_a_snapshot(fake: FakeDaemon) -> None:
    fake.answers["GET status"] = snapshot()
    reply = Connection().get("status")
    assert reply.status == 200
    assert reply.read().mode == "prefer-local"


def test_a_query_is_escaped(fake: FakeDaemon) -> None:
    fake.answers["GET spend"] = {}
    Connection().get("spend", by="a b&c", days=30)
    assert fake.last("GET spend").query == "by=a%20b%26c&days=30"
    Connection().get("spend", since="\udcff中")
    assert fake.last("GET spend").query == "since=%3F%E4%B8%AD"


def test_post_sends_json(fake: FakeDaemon) -> None:
    fake.answers["POST link"] = lambda asked: {"was": asked.body}
    assert Connection().post("link", {"offline": True}).read().was.offline is True
    assert fake.last("POST link").headers["content-type"] == "application/json"


def test_an_error_keeps_all_its_fields(fake: FakeDaemon) -> None:
    trouble = wire.Trouble(
        "refused",
        "policy",
        "Nothing may answer this.",
        param="policy",
        vetoes=(wire.VetoView("openai/gpt-5.5", "privacy", "It is private."),),
        decision="7f3a9c",
    )
    fake.answers["GET x"] = Refusal(trouble, 403)
    with pytest.raises(DaemonError) as caught:
        Connection().get("x")
    error = caught.value
    assert (error.code, error.blame, error.status, error.param) == (
        "refused",
        "policy",
        403,
        "policy",
    )
    assert error.sentence == "Nothing may answer this."
    assert error.vetoes[0].reason == "It is private."
    assert error.decision == "7f3a9c"


@pytest.mark.parametrize(
    "body", [b"Internal Server Error", b"", b'{"error": "no"}', b"[1]", b'{"detail": 1}']
)
def test_an_error_of_another_shape_is_survived(tmp_path: Path, body: bytes) -> None:
    head = b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n" % len(body)
    with (
        saying(tmp_path / "s", head + body) as connection,
        pytest.raises(DaemonError, match="500") as caught,
    ):
        connection.get("x")
    assert caught.value.code == "http"


def test_an_answer_that_is_not_json_is_said(tmp_path: Path) -> None:
    with saying(tmp_path / "s", b"HTTP/1.1 200 OK\r\n\r\n<html>") as connection:
        reply = connection.get("x")
    with pytest.raises(BrokenAnswer, match="not JSON: <html>"):
        reply.read()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not a Homeport daemon"),
    ],
)
def test_a_broken_answer_is_explained(tmp_path: Path, answer: bytes, sentence: str) -> None:
    with (
        saying(tmp_path / "s", answer) as connection,
        pytest.raises(BrokenAnswer, match=sentence),
    ):
        connection.get("x")


def test_silence_is_bounded(fake: FakeDaemon) -> None:
    release = threading.Event()

    def slow(asked: object) -> dict[str, str]:
        release.wait(10)
        return {}

    fake.answers["POST slow"] = slow
    try:
        with pytest.raises(BrokenAnswer, match="silent"):
            Connection().post("slow", {}, timeout_s=0.05)
    finally:
        release.set()


def test_a_refusal_before_the_body_was_read_is_heard(tmp_path: Path) -> None:
    trouble = b'{"error":{"code":"too_large","blame":"caller","sentence":"Too much."}}'
    head = b"HTTP/1.1 413 No\r\nContent-Length: %d\r\n\r\n" % len(trouble)
    with (
        saying(tmp_path / "s", head + trouble) as connection,
        pytest.raises((DaemonError, BrokenAnswer)) as caught,
    ):
        connection.post("ask", {"prompt": "x" * 5_000_000})
    assert "Too much." in caught.value.sentence or "broke off" in caught.value.sentence


def test_a_stream_gives_lines_as_they_come(fake: FakeDaemon) -> None:
    may_go_on = threading.Event()

    def values() -> Iterator[object]:
        yield {"a": 1}
        assert may_go_on.wait(10)
        yield {"a": 2}

    fake.answers["GET events"] = Lines(values())
    with Connection().stream("GET", "events") as stream:
        lines = iter(stream)
        assert next(lines) == b'{"a":1}'
        may_go_on.set()
        assert list(lines) == [b'{"a":2}']


def test_closing_a_stream_tells_the_daemon(fake: FakeDaemon) -> None:
    def forever() -> Iterator[object]:
        while True:
            yield {"filler": "x" * 1000}

    fake.answers["POST ask"] = Lines(forever())
    with Connection().stream("POST", "ask", {}) as stream:
        next(iter(stream))
    assert fake.abandoned.wait(10)


def test_a_stream_that_is_cut_is_no_end(fake: FakeDaemon) -> None:
    fake.answers["GET events"] = Lines([{"a": 1}], cut=True)
    with Connection().stream("GET", "events") as stream:
        lines = iter(stream)
        next(lines)
        with pytest.raises(BrokenAnswer, match="broke off"):
            next(lines)


def test_a_stream_that_is_silent_too_long_is_left(fake: FakeDaemon) -> None:
    release = threading.Event()

    def values() -> Iterator[object]:
        yield {"a": 1}
        release.wait(10)

    fake.answers["GET events"] = Lines(values())
    try:
        with (
            Connection().stream("GET", "events", gap_s=0.5) as stream,
            pytest.raises(BrokenAnswer, match="silent"),
        ):
            list(stream)
    finally:
        release.set()


def test_a_refused_stream_raises_at_once(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = Refusal(wire.Trouble("over_budget", "policy", "Spent."), 429)
    with pytest.raises(DaemonError, match="Spent"):
        Connection().stream("POST", "ask", {})


def test_whether_anybody_answers(fake: FakeDaemon, tmp_path: Path) -> None:
    assert Connection().answers()
    assert not Connection([UnixDestination(str(tmp_path / "none"))]).answers()


def test_an_error_is_an_answer_too(fake: FakeDaemon) -> None:
    del fake.answers["GET /healthz"]
    assert Connection().answers()


def test_the_next_destination_is_tried(fake: FakeDaemon, own_home: Path, tmp_path: Path) -> None:
    fake.answers["GET status"] = {}
    there = UnixDestination(str(own_home / "run" / "homeport.sock"))
    nowhere = UnixDestination(str(tmp_path / "none"))
    assert Connection([nowhere, there]).get("status").status == 200
    with pytest.raises(NoDaemon, match="none"):
        Connection([nowhere]).get("status")


def test_tcp_sends_the_token(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_home / "state").mkdir()
    (own_home / "state" / "token").write_text("s3cret\n")
    with listening_on_tcp() as (daemon, port):
        monkeypatch.setenv("HOMEPORT_URL", f"http://127.0.0.1:{port}")
        daemon.answers["GET status"] = {"mode": "balanced"}
        assert Connection().get("status").read().mode == "balanced"
        headers = daemon.last("GET status").headers
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["host"] == f"127.0.0.1:{port}"
