"""`homeport doctor --probe`: tries one model for real, and shows what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeport.cli import exit_codes
from homeport.cli.output import heading, one_line, table, talk, write, write_json
from homeport.cli.refusal import Refusal
from homeport.client.connection import Connection
from homeport.client.start import ensure_daemon
from homeport.client.units import day_and_clock, duration, money

if TYPE_CHECKING:
    from homeport.client.wire import ProbePlan, ProbeReport

LONGEST_S = 1_800.0
"""A slow model takes its time for a dozen answers."""
_FOUND = {"yes": "yes", "no": "NO", "unknown": "?"}
_ABLE = {
    "tools": "call tools",
    "required_tools": "call a tool where it must",
    "json": "be held to JSON",
    "json_schema": "be held to a JSON schema",
    "logprobs": "report probabilities",
    "thinking": "show its reasoning",
    "images": "read images",
}


class Costly(Refusal):
    """It would be paid for, and nobody said that it may."""

    code = "costs"
    blame = "policy"


def probe(model: str, *, agreed: bool, as_json: bool) -> int:
    """Tries the model, once the person agrees to what it may cost."""
    connection = ensure_daemon(talk)
    plan: ProbePlan = connection.get("doctor", probe=model).read()
    if plan.worst_nano != 0 and not agreed:
        raise Costly(_asking(plan))
    talk(f"Trying {one_line(plan.model)} with {len(plan.exercises)} exercises; this takes a while.")
    return _tried(connection, plan, as_json=as_json)


def _tried(connection: Connection, plan: ProbePlan, *, as_json: bool) -> int:
    order = {"probe": plan.model, "spend": plan.worst_nano != 0}
    reply = connection.post("doctor", order, timeout_s=LONGEST_S)
    if as_json:
        write_json(reply.body)
    else:
        show(reply.read())
    return exit_codes.DONE


def _asking(plan: ProbePlan) -> str:
    if plan.worst_nano is None:
        return (
            f"What trying {plan.model} costs is not known, so it cannot be tried: its price is"
            " unknown."
        )
    return (
        f"Trying {plan.model} in the {plan.place} costs at most {money(plan.worst_nano)}. "
        f"To go on: homeport doctor --probe {plan.model} --yes"
    )


def show(report: ProbeReport) -> None:
    """The table, and what stands from here on."""
    write(f"{one_line(report.model)} ({report.place}), tried {day_and_clock(report.at_ms)}")
    heading("exercises")
    table(("exercise", "claims", "found", "took", "remark"), map(_row, report.trials))
    for sentence in _sentences(report):
        write(sentence)


def _row(trial: Any) -> tuple[str, ...]:
    claims = {True: "yes", False: "no", None: "-"}[trial.labelled]
    took = duration(trial.ms) if trial.ms is not None else "-"
    return trial.name, claims, _FOUND.get(trial.found, trial.found), took, trial.sentence


def _sentences(report: ProbeReport) -> list[str]:
    said = [""]
    if report.tokens_per_s is not None:
        said.append(f"Speed: {report.tokens_per_s} tokens a second.")
    if report.cost_nano != 0:
        said.append(f"Cost: {money(report.cost_nano)}.")
    if report.unable:
        said.append(f"It is not used for prompts that need it to {_listed(report.unable)}.")
    else:
        said.append("Nothing was found that it claims and cannot do.")
    return said


def _listed(abilities: list[str] | tuple[str, ...]) -> str:
    words = [_ABLE.get(ability, ability) for ability in abilities]
    return " or ".join(words)
