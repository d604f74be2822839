"""Asking: the answer streams, one line tells about it, and every trouble has its status."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Lines, Refusal
from support.terminals import in_terminal
from support.views import ask_result, model, request

HOMEPORT = [sys.executable, "-m", "homeport.cli.main"]
LINE = "local smollm2-135m · only model here · 800 ms, first token 200 ms · 24 tokens/s · $0\n"


def answered(*pieces: str, **fields: Any) -> Lines:
    result = ask_result(response="".join(pieces), **fields)
    status = wire.AskStatus(request(state="loading"), "loading llamacpp/smollm2-135m")
    return Lines([status, *(wire.AskText(piece) for piece in pieces), wire.AskDone(result)])


def test_what_waits_for_a_raise_says_so_on_stderr(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    said = "sky/a could cost $1; `homeport budget raise --day 1` lets it go on."
    done = wire.AskDone(ask_result(response="It did."))
    lines = [wire.AskStatus(request(), said), wire.AskText("It did."), done]
    fake.answers["POST ask"] = Lines(lines)
    ran = homeport("ask", "Why?", "--quiet")
    assert (ran.out, ran.err) == ("It did.\n", f"{said}\n")


@pytest.mark.parametrize(
    ("option", "until"), [("--when-online", "online"), ("--later", "off-peak")]
)
def test_what_is_kept_for_later_is_named_and_has_its_own_status(
    fake: FakeDaemon, homeport: Callable[..., Any], option: str, until: str
) -> None:
    kept = wire.OutboxItem("ob1", "queued", 1, 1)
    fake.answers["POST ask"] = Lines([wire.AskDeferred(kept, "No interface is up.")])
    ran = homeport("ask", "Why?", option)
    assert (ran.status, ran.out) == (6, "")
    assert ran.err == (
        "Kept as ob1: No interface is up.\nOnce it is answered: homeport outbox show ob1\n"
    )
    assert fake.last("POST ask").body["defer"] == until
    assert homeport("ask", "Why?", option, "--json").json()["id"] == "ob1"


def test_what_nobody_knows_the_answer_of_is_sent_again_by_a_word(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    kept = wire.OutboxItem("ob1", "uncertain", 1, 1)
    fake.answers["POST ask"] = Lines([wire.AskDeferred(kept, "It left.")])
    ran = homeport("ask", "Why?", "--when-online")
    assert ran.status == 6
    assert ran.err == "Kept as ob1: It left.\nTo send it again: homeport outbox retry ob1\n"


def test_what_could_be_answered_at_once_was_not_kept(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = answered("Now.")
    ran = homeport("ask", "Why?", "--when-online")
    assert (ran.status, ran.out) == (0, "Now.\n")
    assert ran.err.startswith("It could be answered now, so it was not kept.\n")


def failed(trouble: wire.Trouble, *pieces: str) -> Lines:
    return Lines([*(wire.AskText(piece) for piece in pieces), wire.AskFailed(trouble)])


def test_the_answer_is_output_and_the_line_is_talk(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = answered("Because of ", "Rayleigh", " scattering.")
    ran = homeport("ask", "Why", "is the sky blue?")
    assert ran.status == 0
    assert ran.out == "Because of Rayleigh scattering.\n"
    assert ran.err == LINE
    assert fake.last("POST ask").body["prompt"] == "Why is the sky blue?"


def test_every_option_reaches_the_daemon(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = answered("ok")
    homeport(
        *["ask", "hello", "--policy", "balanced", "--model", "local", "--strategy", "single"],
        *["--private", "--max-cost", "0.01", "--deadline", "30s", "--system", "Be brief."],
        *["--max-tokens", "50", "--temperature", "0", "--session", "s1", "--tag", "a"],
        *["--tag", "b", "there"],
    )
    sent = msgspec.convert(fake.last("POST ask").body, wire.AskRequest)
    assert sent == wire.AskRequest(
        prompt="hello there",
        system="Be brief.",
        model="local",
        policy="balanced",
        strategy="single",
        private=True,
        max_cost_nano=10_000_000,
        deadline_ms=30_000,
        max_tokens=50,
        temperature=0.0,
        session="s1",
        client="homeport",
        tags=("a", "b"),
    )


def test_how_it_is_answered_reaches_the_daemon(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    fake.answers["POST ask"] = answered("ok")
    tests = tmp_path / "tests.py"
    tests.write_text("assert twice(2) == 4\n")
    homeport(
        *["ask", "hello", "--chain", "a/x,b/y", "--threshold", "0.7", "--models", "a/x, b/y"],
        *["--ensemble-size", "3", "--method", "judge", "--judge", "c/z", "--tests", str(tests)],
    )
    sent = msgspec.convert(fake.last("POST ask").body, wire.AskRequest)
    assert sent == wire.AskRequest(
        prompt="hello",
        chain="a/x,b/y",
        threshold=0.7,
        models=("a/x", "b/y"),
        ensemble_size=3,
        method="judge",
        judge="c/z",
        tests="assert twice(2) == 4\n",
    )


def test_several_models_and_what_was_checked_have_a_line(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    checks = (wire.CheckView("second-sample", passed=True, sentence="They agree."),)
    fake.answers["POST ask"] = answered("ok", strategy="verify", checks=checks)
    err = homeport("ask", "hello").err
    assert err == (
        "local smollm2-135m · only model here · 800 ms, first token 200 ms · $0\n"
        "verify: llamacpp/smollm2-135m · checked: second-sample passed\n"
    )


def test_of_answers_side_by_side_the_first_streams(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    result = ask_result(response="ab")
    lines = [wire.AskText("a"), wire.AskText("x", 1), wire.AskText("b"), wire.AskDone(result)]
    fake.answers["POST ask"] = Lines(lines)
    assert homeport("ask", "hello").out == "ab\n"


def test_json_is_exactly_the_result(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = answered("One ", "answer.")
    ran = homeport("ask", "hello", "--json")
    result = msgspec.json.decode(ran.out, type=wire.AskResult)
    assert result == ask_result(response="One answer.")
    assert list(ran.json()) == [
        *["response", "model_used", "place", "decision", "strategy", "cost", "latency"],
        *["confidence", "input_tokens", "output_tokens", "attempts", "ensemble_models"],
        *["metadata", "timestamp"],
    ]
    assert ran.err == LINE


def test_quiet_leaves_the_line_out(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = answered("ok\n")
    ran = homeport("ask", "-q", "hello")
    assert (ran.out, ran.err) == ("ok\n", "")


def test_without_streaming_the_answer_comes_whole(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = answered("a", "b")
    assert homeport("ask", "--no-stream", "hello").out == "ab\n"


def test_a_demonstration_model_says_what_is_better(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    advice = "This is a demonstration model. A better one: homeport models add qwen3-4b"
    fake.answers["POST ask"] = answered("ok", metadata={"advice": advice, "cost_nano": 0})
    assert homeport("ask", "hello").err.splitlines()[1] == advice


def test_an_output_file_is_whole(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    fake.answers["POST ask"] = answered("a", "b")
    target = tmp_path / "answer.txt"
    ran = homeport("ask", "hello", "--output", str(target))
    assert (ran.status, ran.out, target.read_text()) == (0, "", "ab")
    homeport("ask", "hello", "--json", "--output", str(target))
    assert msgspec.json.decode(target.read_bytes(), type=wire.AskResult).response == "ab"


def test_an_output_file_for_programs_holds_all_about_the_answer(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    fake.answers["POST ask"] = answered("a", "b")
    target = tmp_path / "result.json"
    assert homeport("ask", "hello", "--output", str(target)).out == ""
    result = msgspec.json.decode(target.read_bytes(), type=wire.AskResult)
    assert result == ask_result(response="ab")


def test_a_failed_answer_leaves_the_file_as_it_was(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    target = tmp_path / "answer.txt"
    target.write_text("before")
    trouble = wire.Trouble("nothing_answered", "upstream", "Every model failed.")
    fake.answers["POST ask"] = failed(trouble, "half an")
    assert homeport("ask", "hello", "--output", str(target)).status == 5
    assert target.read_text() == "before"
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_that_cannot_be_written_is_known_before_anything_is_asked(
    fake: FakeDaemon, homeport: Callable[..., Any], tmp_path: Path
) -> None:
    ran = homeport("ask", "hello", "--output", str(tmp_path / "no" / "answer.txt"))
    assert ran.status == 1
    assert "cannot be written" in ran.err
    assert fake.asked == []


@pytest.mark.parametrize(
    ("trouble", "http_status", "status"),
    [
        (wire.Trouble("bad_request", "caller", "Wrong."), 400, 2),
        (wire.Trouble("refused", "policy", "Refused."), 403, 3),
        (wire.Trouble("over_budget", "policy", "Spent."), 429, 3),
        (wire.Trouble("nothing_answered", "upstream", "All failed."), 502, 5),
        (wire.Trouble("draining", "daemon", "Stopping."), 503, 1),
    ],
)
def test_each_trouble_has_its_status(
    fake: FakeDaemon,
    homeport: Callable[..., Any],
    trouble: wire.Trouble,
    http_status: int,
    status: int,
) -> None:
    fake.answers["POST ask"] = Refusal(trouble, http_status)
    ran = homeport("ask", "hello")
    assert (ran.status, ran.out) == (status, "")
    assert trouble.sentence in ran.err


def test_a_refusal_names_each_candidate_and_its_story(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    vetoes = tuple(wire.VetoView(f"m{n}", "privacy", f"reason {n}") for n in range(10))
    trouble = wire.Trouble(
        "refused", "policy", "Nothing may answer.", vetoes=vetoes, decision="7f3a"
    )
    fake.answers["POST ask"] = Refusal(trouble, 403)
    err = homeport("ask", "--private", "hello").err
    assert "  m0: reason 0\n" in err
    assert "  and 2 more\n" in err
    assert err.endswith("The whole story: homeport why 7f3a\n")


def test_trouble_as_json_is_an_object_too(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = Refusal(wire.Trouble("refused", "policy", "No."), 403)
    ran = homeport("ask", "hello", "--json")
    assert msgspec.convert(ran.json()["error"], wire.Trouble).code == "refused"


def test_an_unknown_model_gets_the_nearest_names(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = Refusal(
        wire.Trouble("unknown_model", "caller", "There is no model smolm2.", param="model"), 404
    )
    fake.answers["GET models"] = {"models": (model(), model(id="ollama/qwen3:8b"))}
    ran = homeport("ask", "--model", "smolm2", "hello")
    assert ran.status == 2
    assert "Nearest: llamacpp/smollm2-135m." in ran.err
    assert "homeport models" in ran.err


def test_a_failure_after_half_an_answer_keeps_the_half(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    trouble = wire.Trouble("nothing_answered", "upstream", "The worker died.")
    fake.answers["POST ask"] = failed(trouble, "half an")
    ran = homeport("ask", "hello")
    assert (ran.status, ran.out.strip(), ran.err) == (5, "half an", "The worker died.\n")


def test_a_daemon_that_dies_is_said(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = Lines([wire.AskText("half")], cut=True)
    ran = homeport("ask", "hello")
    assert ran.status == 1
    assert "broke off" in ran.err


@pytest.mark.parametrize("words", [["ask", "hello"], ["chat", "hello"]])
def test_trouble_in_the_middle_of_an_answer_has_a_line_of_its_own(
    fake: FakeDaemon, words: list[str]
) -> None:
    fake.answers["POST ask"] = failed(wire.Trouble("x", "upstream", "It broke."), "one ", "two")
    seen, _ = in_terminal([*HOMEPORT, *words], wait_for="> ", typed="\x04" * (words[0] == "chat"))
    assert "one two\r\nIt broke.\r\n" in seen


def test_a_stream_without_an_end_is_no_success(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    fake.answers["POST ask"] = Lines([wire.AskText("half")])
    ran = homeport("ask", "hello")
    assert ran.status == 1
    assert "ended before the answer did" in ran.err


def test_a_line_that_is_not_json_is_said(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = Lines([b"<html>"])
    assert "not JSON" in homeport("ask", "hello").err


def test_an_event_that_nobody_knows_is_passed_over(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    values = [{"type": "weather", "sun": True}, *answered("ok").values]
    fake.answers["POST ask"] = Lines(values)
    assert homeport("ask", "hello").out == "ok\n"


def test_pipes_get_the_answer_as_it_is(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    fake.answers["POST ask"] = answered("a\x1b[31mb\x07")
    assert homeport("ask", "hello").out == "a\x1b[31mb\x07\n"


def test_terminals_get_nothing_that_they_would_obey(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("a\x1b]0;title\x07b\r\nc\x9b31m\u202ed")
    seen, status = in_terminal([*HOMEPORT, "ask", "hello"])
    assert status == 0
    assert "a␛]0;title␇b\nc�31md\n" in seen.replace("\r\n", "\n")


def test_a_terminal_sees_what_is_being_done_and_then_no_more(fake: FakeDaemon) -> None:
    fake.answers["POST ask"] = answered("ok")
    seen, _ = in_terminal([*HOMEPORT, "ask", "hello"])
    assert "\r\x1b[Kloading llamacpp/smollm2-135m\r\x1b[Kok" in seen


def test_text_that_is_no_text_is_survived(fake: FakeDaemon, homeport: Callable[..., Any]) -> None:
    result = b'{"type":"done","result":%b}' % msgspec.json.encode(ask_result(response="x"))
    fake.answers["POST ask"] = Lines([b'{"type":"text","text":"\\ud800x"}', result])
    process = subprocess.run(
        [*HOMEPORT, "ask", "hello"], capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert (process.returncode, process.stdout) == (0, b"?x\n")


def running_ask(fake: FakeDaemon, first: str, **streams: Any) -> subprocess.Popen[bytes]:
    def endless() -> Iterator[Any]:
        while True:
            yield wire.AskText(first)

    fake.answers["POST ask"] = Lines(endless())
    return subprocess.Popen(
        [*HOMEPORT, "ask", "hello"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **streams,
    )


def test_ctrl_c_cancels_the_answer(fake: FakeDaemon) -> None:
    process = running_ask(fake, "word ")
    assert process.stdout is not None
    assert process.stdout.read(5) == b"word "
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == b"\nCancelled.\n"
    assert fake.abandoned.wait(10), "the daemon saw the caller go"


def test_a_reader_that_goes_away_cancels_the_answer(fake: FakeDaemon) -> None:
    process = running_ask(fake, "word " * 1000)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(5)
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr.read() == b""
    process.stderr.close()
    assert fake.abandoned.wait(10)


def test_the_answer_is_printed_while_it_comes(fake: FakeDaemon) -> None:
    may_end = threading.Event()

    def values() -> Iterator[Any]:
        yield wire.AskText("first")
        assert may_end.wait(20)
        yield from answered(" last").values

    fake.answers["POST ask"] = Lines(values())
    process = subprocess.Popen(
        [*HOMEPORT, "ask", "hello"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.read(5) == b"first"
    may_end.set()
    assert process.communicate(timeout=20)[0] == b" last\n"


@pytest.mark.parametrize("how", ["continue", "error"])
def test_what_becomes_of_a_cut_answer_is_said_by_a_flag(
    fake: FakeDaemon, homeport: Callable[..., Any], how: str
) -> None:
    fake.answers["POST ask"] = answered("Yes.")
    assert homeport("ask", "Why?", "--on-cut", how).out == "Yes.\n"
    assert fake.last("POST ask").body["on_cut"] == how


@pytest.mark.parametrize("whole", [("--no-stream",), ("--json",), ("--output", "answer.txt")])
def test_only_an_answer_that_is_printed_whole_is_begun_anew(
    fake: FakeDaemon,
    homeport: Callable[..., Any],
    whole: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    fake.answers["POST ask"] = answered("Yes.")
    refused = homeport("ask", "Why?", "--on-cut", "restart")
    assert (refused.status, refused.out) == (2, "")
    assert "add --no-stream" in refused.err
    assert not fake.asked, "nothing was asked"
    assert homeport("ask", "Why?", "--on-cut", "restart", *whole).status == 0
    assert fake.last("POST ask").body["on_cut"] == "restart"


def test_an_unknown_word_for_a_cut_answer_is_a_mistake_of_use(
    fake: FakeDaemon, homeport: Callable[..., Any]
) -> None:
    ran = homeport("ask", "Why?", "--on-cut", "retry")
    assert ran.status == 2
    assert "continue" in ran.err
