"""Durations: those of the model's own server, else our own, and nothing made up."""

from __future__ import annotations

import msgspec

from homeport.adapters.base import Finish
from homeport.client.wire import AttemptView
from homeport.daemon.api.ollama.durations import Stopwatch, moment
from support.doors import a_view

ATTEMPT = AttemptView(model="a/b", place="local", started_ms=1000, loaded_ms=1250)


def test_moments() -> None:
    assert moment(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"


def test_what_nobody_measured_is_left_out() -> None:
    stopwatch = Stopwatch()
    assert set(stopwatch.durations(a_view(), Finish("stop"))) == {"total_duration"}
    stopwatch.spoke()
    stopwatch.spoke()
    found = stopwatch.durations(a_view(), Finish("stop"))
    assert 0 <= found["eval_duration"] <= found["total_duration"]


def test_the_servers_own_come_first() -> None:
    stopwatch = Stopwatch()
    stopwatch.spoke()
    view = a_view(attempts=(ATTEMPT,))
    engine = stopwatch.durations(
        view, Finish("stop", extras={"prefill_ms": 1.5, "decode_ms": 2.25, "dropped": []})
    )
    assert engine["load_duration"] == 250_000_000
    assert (engine["prompt_eval_duration"], engine["eval_duration"]) == (1_500_000, 2_250_000)
    extras = {"load_duration": 7, "prompt_eval_duration": 8, "eval_duration": 9}
    server = stopwatch.durations(view, Finish("stop", extras=extras))
    assert {name: server[name] for name in extras} == extras


def test_of_an_answer_by_several_models_nobody_measured_the_whole() -> None:
    view = a_view(attempts=(ATTEMPT, msgspec.structs.replace(ATTEMPT, model="a/c")))
    found = Stopwatch().durations(view, Finish("stop", extras={"eval_duration": 9}))
    assert set(found) == {"total_duration"}
