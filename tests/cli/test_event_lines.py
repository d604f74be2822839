"""Each kind of event as one line."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from homeport.cli.event_lines import _SAYERS, event_line
from homeport.client import wire
from homeport.client.records import read
from support.views import AT_MS, attempt, machine, model, request, snapshot, spend

AT = "local llamacpp/smollm2-135m"
FAILED = request(
    state="failed", place="none", model="", error="Nothing may answer.", cost_nano=None, total_ms=3
)
RUNNING = attempt(first_token_ms=None, ended_ms=None, outcome="")
FIRST = attempt(ended_ms=None, outcome="")
RESET = attempt(outcome="reset", sentence="The connection broke.")


def line(event: Any) -> str:
    """Without the time of day."""
    return event_line(read(msgspec.json.encode(event)))[10:]


QUESTION = wire.BudgetQuestion(
    id="7f3a",
    state="open",
    at_ms=AT_MS,
    until_ms=AT_MS + 60_000,
    model="sky/large",
    worst_nano=90_000_000,
    window="day",
    left_nano=0,
    raise_nano=90_000_000,
    sentence="It waits.",
)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            wire.Decided(1, AT_MS, FAILED),
            "decided    7f3a9c  none  only model here  Nothing may answer.",
        ),
        (wire.Attempted(1, AT_MS, request(attempts=())), f"attempt    7f3a9c  {AT}"),
        (
            wire.Attempted(1, AT_MS, request(attempts=(RUNNING,))),
            f"attempt    7f3a9c  {AT}  started",
        ),
        (
            wire.Attempted(1, AT_MS, request(attempts=(FIRST,))),
            f"attempt    7f3a9c  {AT}  first token 200 ms",
        ),
        (
            wire.Attempted(1, AT_MS, request(attempts=(RESET,))),
            f"attempt    7f3a9c  {AT}  reset  The connection broke.",
        ),
        (
            wire.Settled(1, AT_MS, FAILED, spend()),
            "settled    7f3a9c  none  failed  Nothing may answer.  3 ms  $?",
        ),
        (wire.FleetChanged(1, AT_MS, (model(),)), "fleet      1 local (1 ready)"),
        (
            wire.LinkChanged(1, AT_MS, wire.LinkView("offline", by_choice=True)),
            "link       offline by choice",
        ),
        (wire.MachineChanged(1, AT_MS, machine()), "machine    processor at 25 %"),
        (wire.MachineChanged(1, AT_MS, wire.MachineView()), "machine    measured again"),
        (
            wire.BudgetChanged(1, AT_MS, spend()),
            "budget     day $0.43 of $2.00, $0.02 reserved, month $7.90, no limit",
        ),
        (
            wire.Alerted(1, AT_MS, wire.AlertView("threshold", "80 % are spent.", "day")),
            "alert      80 % are spent.",
        ),
        (wire.BudgetAsked(1, AT_MS, QUESTION), "asked      7f3a  It waits."),
        (
            wire.BudgetAsked(1, AT_MS, msgspec.structs.replace(QUESTION, state="timed-out")),
            "asked      7f3a  nobody raised the budget in time",
        ),
        (wire.ConfigChanged(1, AT_MS, "balanced"), "config     in force, policy balanced"),
        (wire.ConfigChanged(1, AT_MS, "balanced", "line 3"), "config     not in force: line 3"),
        (
            wire.Judged(1, AT_MS, request(id="7f3a", verdict="up")),
            "judged     7f3a  local llamacpp/smollm2-135m  up",
        ),
        (
            wire.OutboxChanged(
                1,
                AT_MS,
                wire.OutboxView(queued=2, sentence="No network interface is up."),
                wire.OutboxItem("ob1", "uncertain", AT_MS, AT_MS, sentence="It left."),
            ),
            "outbox     ob1  uncertain  It left.  2 queued (No network interface is up.)",
        ),
        (
            wire.OutboxChanged(1, AT_MS, wire.OutboxView(answered=1)),
            "outbox     1 answered: homeport outbox",
        ),
        (wire.Stopping(1, AT_MS), "stopping   the daemon finishes what is running, then stops"),
        (wire.Heartbeat(1, AT_MS), ""),
        ({"type": "weather", "at_ms": AT_MS}, "weather"),
    ],
)
def test_line(event: Any, text: str) -> None:
    assert line(event) == text


def test_the_time_of_day_comes_first() -> None:
    assert event_line(read(msgspec.json.encode(snapshot()))).startswith("14:02:07  snapshot ")


def test_every_event_of_the_wire_has_its_words() -> None:
    tags = {str(kind.__struct_config__.tag) for kind in get_args(wire.Event)}
    assert tags - {"heartbeat"} == set(_SAYERS) - {"snapshot"}
