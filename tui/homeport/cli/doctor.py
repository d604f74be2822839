"""`homeport doctor`: what was found, what is missing, and the command that helps."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from homeport.cli import exit_codes
from homeport.cli.config_check import fault_at_start
from homeport.cli.output import one_line, styled, write, write_json
from homeport.cli.trouble import version_difference
from homeport.client import paths
from homeport.client.connection import Connection
from homeport.client.destinations import left_address
from homeport.client.errors import ClientError, NoDaemon
from homeport.client.records import plain

_MARKS = {"ok": "ok     ", "note": "note   ", "warning": "WARNING", "error": "ERROR  "}


def arguments(parser: ArgumentParser, verb: str) -> None:  # noqa: ARG001  # one shape for all
    """Adds the options of `doctor`."""
    parser.add_argument("--probe", metavar="MODEL", help="try what this model can really do")
    parser.add_argument("--yes", action="store_true", help="try it although that costs money")


def run(args: Namespace) -> int:
    """Prints the findings of the daemon, or those that need none; or tries a model."""
    if args.probe:
        from homeport.cli.doctor_probe import probe

        return probe(args.probe, agreed=args.yes, as_json=args.json)
    try:
        findings = plain(Connection().get("doctor").read().findings)
        findings = _of_versions() + findings
        trouble = any(finding["level"] == "error" for finding in findings)
        status = exit_codes.FAILED if trouble else exit_codes.DONE
    except ClientError as error:
        findings, status = _without_daemon(error), exit_codes.NO_DAEMON
    if args.json:
        write_json({"findings": findings})
    else:
        show(findings)
    return status


def show(findings: list[dict[str, Any]]) -> None:
    """One line each, with the command below where there is one."""
    width = max((len(finding["area"]) for finding in findings), default=0)
    indent = " " * (len(_MARKS["ok"]) + width + 4)
    for finding in findings:
        mark = _MARKS.get(finding["level"], finding["level"])
        area = one_line(finding["area"]).ljust(width)
        print(f"{_loud(mark, finding['level'])}  {area}  {one_line(finding['sentence'])}")
        if finding.get("command"):
            write(f"{indent}{one_line(finding['command'])}")


def _loud(mark: str, level: str) -> str:
    return styled(mark, "bold") if level in ("warning", "error") else mark


def _without_daemon(error: ClientError) -> list[dict[str, Any]]:
    command = error.command if isinstance(error, NoDaemon) else "homeport logs -n 20"
    found = [_finding("daemon", "error", error.sentence, command)]
    log = paths.log_path()
    if log.exists():
        found.append(_finding("log", "note", f"The last daemon's log is {log}.", "homeport logs"))
    return [*found, _of_config(paths.config_path())]


def _of_config(config: Path) -> dict[str, Any]:
    if broken := fault_at_start(config):
        return _finding("config", "error", broken, "homeport config edit")
    said = f"The config file is {config}." if config.exists() else "No config file; none is needed."
    return _finding("config", "note", said)


def _of_versions() -> list[dict[str, Any]]:
    difference = version_difference(str(left_address().get("version") or ""))
    if not difference:
        return []
    return [_finding("version", "warning", difference, "homeport restart")]


def _finding(area: str, level: str, sentence: str, command: str = "") -> dict[str, Any]:
    return {"area": area, "level": level, "sentence": sentence, "command": command}
