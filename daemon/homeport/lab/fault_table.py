"""`homeport lab faults`: the faults, where each one comes, and how one is written."""

from __future__ import annotations

import argparse
import json
import textwrap

from homeport.lab.faults import FAULTS, STATUSES, Fault
from homeport.lab.talking import say

_HOW = """\
write     kind@token:option=value,option=value      such as 429:retry_after=3 or stall@2:seconds=1
token     counted from 0; the fault comes before it
give      --fault reset@7 · header x-lab-fault: reset@7 · model lab-fast!reset@7
          POST /lab/faults {"faults": ["reset@7"]}, while a server runs"""

OPTIONS = (
    ("times", "calls that meet it before it is gone"),
    ("skip", "calls that are spared first"),
    ("every", "each so-manyth call meets it"),
    ("seconds", "how long a silence or a refusal lasts"),
    ("retry_after", "seconds in the Retry-After of a status"),
    ("model", "only calls for this model"),
    ("wire", "only calls on this wire"),
    ("on", "prompts (as a rule), models, or all"),
    ("factor", "of wrong_usage"),
    ("depth", "of deep_json"),
    ("size", "bytes of long_line"),
)


def run(asked: argparse.Namespace) -> int:
    """Prints the table."""
    if asked.json:
        say(json.dumps(as_json(), indent=2))
        return 0
    width = max(len(row.kind) for row in FAULTS)
    for row in FAULTS:
        say(f"{row.kind.ljust(width)}  {row.where.ljust(10)}  {row.does}")
    statuses = ", ".join(map(str, STATUSES))
    say(f"{'a status'.ljust(width)}  {'head'.ljust(10)}  an error in the wire's own shape:")
    say(textwrap.indent(statuses, " " * (width + 14)))
    say("")
    for name, meaning in OPTIONS:
        say(f"{name.ljust(width)}  {'option'.ljust(10)}  {meaning}")
    say("\n" + _HOW)
    return 0


def as_json() -> dict[str, object]:
    """The same for programs."""
    unknown = set(Fault.__struct_fields__) - {name for name, _ in OPTIONS} - {"kind", "at"}
    assert not unknown, unknown  # noqa: S101  # a field without a row
    return {
        "faults": [row._asdict() for row in FAULTS],
        "statuses": list(STATUSES),
        "options": dict(OPTIONS),
    }
