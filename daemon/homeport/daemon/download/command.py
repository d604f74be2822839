"""The program that fetches models: its arguments, what it prints, its exit codes.

stdout gets the path of the file (or JSON lines), stderr everything else.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from homeport.client import paths
from homeport.daemon.download.catalog import CATALOG, CatalogModel, recommend, runs_well
from homeport.daemon.download.fetch import Fetched, Fetching, fetch
from homeport.daemon.download.naming import UnknownName, is_local, meant
from homeport.daemon.download.reporters import Bar, JsonLines, Lines
from homeport.daemon.download.wanted import DownloadFailed, Mirror, Wanted
from homeport.daemon.link.link import BY_CHOICE, Link, chose_offline
from homeport.daemon.probes.machine import measure, size
from homeport.daemon.probes.routes import Reach, reach

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3


def main(arguments: Sequence[str]) -> int:
    """Fetch or list. Returns 0 done, 1 failed, 2 usage, 3 refused (offline by choice)."""
    asked = _parser().parse_args(arguments)
    folder = Path(asked.folder) if asked.folder else paths.models_dir()
    report = _reporter(as_json=asked.json)
    try:
        if asked.list:
            return _list(folder, as_json=asked.json)
        wanted, mirrors = meant(asked.name or "default", asked.source, os.environ)
        if chose_offline(paths.state_dir()) and not is_local(mirrors):
            return _end(report, REFUSED, f"{BY_CHOICE} Nothing was fetched.")
        fetched = asyncio.run(_fetch(wanted, mirrors, folder, report, os.environ))
    except UnknownName as unknown:
        return _end(report, USAGE, str(unknown))
    except DownloadFailed as failed:
        return _end(report, FAILED, failed.sentence, failures=failed.failures)
    except KeyboardInterrupt:
        return _end(report, FAILED, "Stopped. What came is kept: the same command goes on.")
    return _done(report, fetched)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homeport models add",
        description="Fetch a model: by its name in the catalog, or the address or path of a GGUF.",
    )
    parser.add_argument("name", nargs="?", help="`default` is a small one that runs anywhere")
    parser.add_argument("--list", action="store_true", help="show the catalog")
    parser.add_argument("--from", dest="source", metavar="PLACE", help="take it from here alone")
    parser.add_argument("--folder", help="where to keep it")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    return parser


def _reporter(*, as_json: bool) -> Bar | Lines | JsonLines:
    if as_json:
        return JsonLines(sys.stdout)
    return Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)


async def _fetch(
    wanted: Wanted,
    mirrors: tuple[Mirror, ...],
    folder: Path,
    report: Bar | Lines | JsonLines,
    environment: Mapping[str, str],
) -> Fetched:
    from homeport.daemon.egress.permits import Egress

    link = Link(paths.state_dir(), look=_look)
    egress = Egress(blocked=link.blocked, environment=environment)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(egress.close)
        how = Fetching(
            folder=folder,
            permit_for=egress.download_permit,
            report=report,
            environment=environment,
        )
        return await fetch(wanted, mirrors, how)


def _look() -> Reach:
    """Where the tables show no way out it is tried all the same: they need not know every one."""
    found = reach(os.environ)
    return found._replace(way_out=None) if found.interface else found


def _done(report: Bar | Lines | JsonLines, fetched: Fetched) -> int:
    report.close()
    if isinstance(report, JsonLines):
        report.event("done", **_described(fetched))
        return DONE
    if fetched.source:
        facts = fetched.facts
        note = "" if facts.chats else f" {facts.why_not}"
        report.told(f"{fetched.path.name} is here, checked {fetched.checked}.{note}")
    sys.stdout.write(f"{fetched.path}\n")
    return DONE


def _described(fetched: Fetched) -> dict[str, Any]:
    facts = fetched.facts
    return {
        "path": str(fetched.path),
        "was_here": not fetched.source,
        "source": fetched.source,
        "checked": fetched.checked,
        "failures": fetched.failures,
        "size_bytes": facts.size_bytes,
        "parameters": facts.parameters,
        "quantisation": facts.quantisation,
        "architecture": facts.architecture,
        "context": facts.context,
        "chats": facts.chats,
    }


def _end(
    report: Bar | Lines | JsonLines, code: int, sentence: str, failures: tuple[str, ...] = ()
) -> int:
    report.close()
    if isinstance(report, JsonLines):
        report.event("failed", sentence=sentence, exit=code, failures=failures)
    else:
        sys.stderr.write(f"{sentence}\n")
    return code


def _list(folder: Path, *, as_json: bool) -> int:
    machine = measure(folder)
    best = recommend(machine)
    rows = [_row(model, folder, well=runs_well(model, machine), best=best) for model in CATALOG]
    if as_json:
        sys.stdout.write(json.dumps({"models": rows}) + "\n")
        return DONE
    for row in rows:
        marks = [word for word in ("here", "recommended") if row[word]]
        marks += [] if row["runs_well"] else ["too large or too slow here"]
        note = f"  ({', '.join(marks)})" if marks else ""
        name, length, takes = row["name"], size(row["size_bytes"]), size(row["memory_bytes"])
        sys.stdout.write(f"{name:<15} {length:>8}, {takes:>7} of memory  {row['about']}{note}\n")
    return DONE


def _row(model: CatalogModel, folder: Path, *, well: bool, best: CatalogModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "about": model.about,
        "licence": model.licence,
        "size_bytes": model.size_bytes,
        "memory_bytes": model.memory_bytes,
        "repository": model.repository,
        "file_name": model.wanted.file_name,
        "demonstration": model.demonstration,
        "here": (folder / model.wanted.file_name).is_file(),
        "runs_well": well,
        "recommended": model is best,
    }
