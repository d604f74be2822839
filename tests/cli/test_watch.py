"""Watching: a line for each event, and patience with a daemon that went away."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from homeport.client import wire
from support.fake_daemon import FakeDaemon, Lines, Refusal, listening
from support.views import AT_MS, model, request, snapshot, spend

Type = Callable[..., Any]
DECIDED = wire.Decided(8, AT_MS, request(state="deciding"))
SETTLED = wire.Settled(9, AT_MS, request(), spend())
BEAT = wire.Heartbeat(9, AT_MS)
STOPPING = Refusal(wire.Trouble("draining", "daemon", "Homeport is stopping."), 503)

WATCHED = """\
14:02:07  snapshot   homeport 0.1.0, prefer-local, online, 1 local (1 ready), 1 cloud
14:02:07  decided    7f3a9c  local llamacpp/smollm2-135m  only model here
14:02:07  settled    7f3a9c  local llamacpp/smollm2-135m  800 ms  $0
"""


def test_watch(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET events"] = Lines([snapshot(), DECIDED, BEAT, SETTLED])
    ran = homeport("watch", "-n", "3")
    assert (ran.status, ran.out, ran.err) == (0, WATCHED, "")


def test_json_is_every_line_as_it_came(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET events"] = Lines([snapshot(), BEAT, {"type": "unheard_of", "n": 10}])
    lines = homeport("watch", "--json", "--events", "3").out.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["snapshot", "heartbeat", "unheard_of"]


def test_there_must_have_been_a_daemon(homeport: Type) -> None:
    assert homeport("watch").status == 4


def test_another_version_is_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET events"] = Lines([snapshot(version="9.9")])
    assert "version 9.9" in homeport("watch", "-n", "1").err


@pytest.mark.parametrize("cut", [True, False])
def test_a_stream_that_ends_is_taken_up_again(fake: FakeDaemon, homeport: Type, cut: bool) -> None:
    streams = iter([Lines([snapshot()], cut=cut), Lines([snapshot(), DECIDED])])
    fake.answers["GET events"] = lambda asked: next(streams)
    ran = homeport("watch", "-n", "3")
    assert [line.split()[1] for line in ran.out.splitlines()] == ["snapshot", "snapshot", "decided"]
    assert "Waiting for it to come back" in ran.err
    assert "Connected again." in ran.err


def test_a_daemon_that_finishes_its_answers_before_it_is_back_is_waited_for(
    fake: FakeDaemon, homeport: Type
) -> None:
    turns = iter([Lines([snapshot()]), STOPPING, Lines([snapshot()])])
    fake.answers["GET events"] = lambda asked: next(turns)
    ran = homeport("watch", "-n", "2")
    assert (ran.status, ran.out.count("snapshot")) == (0, 2)
    assert ran.err.endswith("Connected again.\n")


def test_a_daemon_that_is_stopping_already_is_not_waited_for(
    fake: FakeDaemon, homeport: Type
) -> None:
    fake.answers["GET events"] = STOPPING
    ran = homeport("watch")
    assert (ran.status, ran.err) == (1, "Homeport is stopping.\n")


def test_a_daemon_that_goes_and_comes_back_is_waited_for(own_home: Path) -> None:
    path = own_home / "run" / "homeport.sock"
    command = [sys.executable, "-m", "homeport.cli.main", "watch", "-n", "2"]
    first = FakeDaemon({"GET events": Lines([snapshot()])})
    with listening(path, first):
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert "snapshot" in process.stdout.readline()
    assert "Waiting" in process.stderr.readline()
    with listening(path, FakeDaemon({"GET events": Lines([snapshot()])})):
        out, err = process.communicate(timeout=20)
    assert "snapshot" in out
    assert err.endswith("Connected again.\n")
    assert process.returncode == 0


def test_ctrl_c_ends_it(fake: FakeDaemon) -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield DECIDED

    fake.answers["GET events"] = Lines(endless())
    process = subprocess.Popen(
        [sys.executable, "-m", "homeport.cli.main", "watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "decided" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")


def test_a_line_that_is_not_json_is_said(fake: FakeDaemon, homeport: Type) -> None:
    fake.answers["GET events"] = Lines([b"<html>"])
    ran = homeport("watch")
    assert ran.status == 1
    assert "not JSON" in ran.err


def test_names_that_would_command_the_terminal_do_not(fake: FakeDaemon, homeport: Type) -> None:
    event = wire.FleetChanged(8, AT_MS, (model(),))
    bad = wire.LinkChanged(9, AT_MS, wire.LinkView("offline", reason="\x1b[2Jgone"))
    fake.answers["GET events"] = Lines([event, bad])
    assert "\x1b" not in homeport("watch", "-n", "2").out
