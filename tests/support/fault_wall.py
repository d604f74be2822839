"""The fault wall: every fault of the lab, at every door, in every direction, streamed and not.

Two lab servers stand behind real adapters in one house: the one that is asked first plays the
fault, the other goes on. What the caller hears is read again by the reader of its wire.

    python -m support.fault_wall          # measure all of it, and write the table into a README
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from homeport.adapters.base import Adapter, AttemptFailed, Permit
from homeport.adapters.http.upstream_errors import UpstreamError
from homeport.client.wire import AttemptView, RequestView
from homeport.daemon.config.settings import Config, Timeouts
from homeport.daemon.routing.router import Router
from homeport.lab.server import LabServer
from homeport.policies.model import ModelCard, Place
from support.house import House, house
from support.said import Said, said
from support.upstream_kinds import KINDS
from support.wires import InProcess, hear

WORDS: Final = tuple(f"{' ' if number else ''}w{number}é" for number in range(24))
WHOLE: Final = "".join(WORDS)
AT: Final = 9
"""The word before which a fault inside a stream comes."""
HASTE_S: Final = 0.25
"""What is waited for a model that says nothing."""
PATIENCE_S: Final = 0.75
"""The same where gaps are measured, so that a busy machine is not taken for such a model."""
DOORS: Final = (
    *("openai-chat", "openai-responses", "openai-completions", "anthropic"),
    *("ollama", "ollama-generate", "gemini", "homeport"),
)
PLAIN_DOORS: Final = ("openai-completions", "ollama-generate", "homeport")
"""Doors that tell text alone, each in lines of JSON."""
DIRECTIONS: Final[dict[str, tuple[str, str]]] = {
    "cloud to local": ("openai-chat", "ollama"),
    "cloud to cloud": ("anthropic", "openai-chat"),
    "local to cloud": ("llama-server", "gemini"),
    "local to local": ("ollama", "llama-server"),
}
"""Who is asked first, and who goes on; OpenAI's and Gemini's models have to be told to."""
FAULTS: Final = (
    *("refuse", "close_on_connect", "reset_on_connect", "silence", "slow_headers"),
    *("endless_headers", "no_http", "hang_up", "web_page", "empty", "lying_type"),
    *("lying_encoding", "wrong_charset", "drip", "reset", f"reset@{AT}", "stall", f"stall@{AT}"),
    *(f"cut@{AT}", "cut", f"clean_end@{AT}", "clean_end", f"garbage@{AT}", f"bad_json@{AT}"),
    *(f"deep_json@{AT}", f"long_line@{AT}:size=70000000", f"error_event@{AT}", f"bad_chunk@{AT}"),
    *("trailing_bytes", "wrong_usage", "no_usage", "429:retry_after=7"),
    *("400", "401", "402", "403", "404", "408", "413", "422", "429"),
    *("500", "502", "503", "504", "529"),
)
README: Final = Path(__file__).parents[2] / "daemon" / "README.md"
EVERY_PROMPT: Final = Path(__file__).parents[1] / "daemon" / "handover" / "FAULT_WALL.md"
START: Final = "<!-- the fault wall: measured by `make wall` -->"
END: Final = "<!-- the end of the fault wall -->"
_SMALL, _LARGE = 8_192, 64_000
_FREE: Final = {"weights": {"budget": 1.0, "latency": 0.0, "quality": 0.0}}


class Placed:
    """An adapter whose models are where the direction wants them."""

    def __init__(self, adapter: Adapter, model: str, place: Place, context: int) -> None:
        self._adapter = adapter
        self._model = model
        self._changes: dict[str, Any] = {"place": place, "context": context}
        self.card: ModelCard

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """The one that plays."""
        cards = await self._adapter.models(permit)
        found = next(card for card in cards if card.name == self._model)
        self.card = replace(found, price_ref="", **self._changes)
        return [self.card]


TOOL: Final = {"city": "Rome", "unit": "celsius", "days": [1, 2, 3], "note": "né 👍"}
_SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string"}}}
_FUNCTION: Final[dict[str, Any]] = {"name": "look", "description": "Look.", "parameters": _SCHEMA}
_OPENAI_TOOL: Final = {"type": "function", "function": _FUNCTION}
WITH_TOOL: Final[dict[str, dict[str, Any]]] = {
    "openai-chat": {"tools": [_OPENAI_TOOL]},
    "openai-responses": {"tools": [{"type": "function", **_FUNCTION}]},
    "anthropic": {"tools": [{"name": "look", "description": "Look.", "input_schema": _SCHEMA}]},
    "ollama": {"tools": [_OPENAI_TOOL]},
    "gemini": {"tools": [{"functionDeclarations": [_FUNCTION]}]},
}
"""What a prompt that offers a tool has besides, by its door."""
_NAMED: Final = {"name": "place", "schema": _SCHEMA}
WITH_SCHEMA: Final[dict[str, dict[str, Any]]] = {
    "openai-chat": {"response_format": {"type": "json_schema", "json_schema": _NAMED}},
    "openai-responses": {"text": {"format": {"type": "json_schema", **_NAMED}}},
    "anthropic": {"output_config": {"format": {"type": "json_schema", "schema": _SCHEMA}}},
    "ollama": {"format": _SCHEMA},
    "gemini": {
        "generationConfig": {"responseMimeType": "application/json", "responseSchema": _SCHEMA}
    },
}


@dataclass
class Heard:
    """What one caller got."""

    said: Said
    error: str
    view: RequestView

    @property
    def is_untold(self) -> bool:
        """Its door shows no reasoning unless it is asked to."""
        return not self.said.thinking

    @property
    def gap_ms(self) -> int | None:
        """From the end of the failed attempt to the first token of the one that went on."""
        first, *_, last = (*self.view.attempts, *self.view.attempts[-1:])
        if first.ended_ms is None or last.first_token_ms is None or first.outcome == "done":
            return None
        return max(0, last.first_token_ms - first.ended_ms)

    @property
    def models(self) -> list[str]:
        """Those that were tried."""
        return [attempt.model for attempt in self.view.attempts]


class Wall:
    """One direction: the server that fails, the one that goes on, and the doors before them."""

    def __init__(self, home: House, lab: LabServer, doors: InProcess, first: str, name: str):
        self._home = home
        self._lab = lab
        self._doors = doors
        self.first = first
        """Id of the model that is asked first."""
        self._name = name

    async def play(
        self,
        fault: str,
        door: str,
        *,
        stream: bool,
        more: dict[str, dict[str, Any]] | None = None,
    ) -> Heard:
        """One prompt that meets one fault."""
        await self._lab.set_faults(fault)
        path, query, body = _asked(door, self._name, stream=stream)
        body |= (more or {}).get(door, {})
        status, told = await self._doors.call(path, json.dumps(body).encode(), query=query)
        await self._home.router.settled()
        await self._lab.set_faults()
        self._home.rooms.fleet.note_success(self.first)  # its breaker is closed for the next
        view = self._home.rooms.bus.requests()[-1]
        if status != 200:
            return Heard(Said(), f"{status} {told!r}", view)
        try:
            if door in PLAIN_DOORS:
                return Heard(said_plainly(door, told), "", view)
            deltas = hear(door, told, stream=stream)
        except AttemptFailed as failed:
            return Heard(Said(), failed.failure.sentence, view)
        except (UpstreamError, ValueError) as broken:
            return Heard(Said(), str(broken), view)
        return Heard(said(deltas), "", view)


@asynccontextmanager
async def wall(
    folder: Path, direction: str, script: dict[str, Any] | None = None, quiet_s: float = HASTE_S
) -> AsyncIterator[Wall]:
    """It stands while the context lasts; both servers say the same."""
    start, _, end = direction.partition(" to ")
    script = {"text": WHOLE, "always_usage": True} | (script or {})
    async with AsyncExitStack() as stack:
        labs, placed = [], []
        for name, place, context in zip(
            DIRECTIONS[direction], (start, end), (_SMALL, _LARGE), strict=True
        ):
            kind = KINDS[name]
            lab = LabServer(kind.lab_wire, script=script, models=[kind.model])
            labs.append(await stack.enter_async_context(lab))
            adapter = kind.adapter(lab.base_url)
            placed.append(Placed(adapter, kind.model, place, context))  # type: ignore[arg-type]
        home = await stack.enter_async_context(house(folder / "rooms", placed))  # type: ignore[arg-type]
        times = Timeouts(first_token_s=quiet_s, gap_s=quiet_s, connect_s=2.0, learned=False)
        home.router = Router(replace(home.rooms, config=lambda: Config(timeouts=times)))
        first = placed[0].card.id
        # A model that is asked for by its name is followed by none that is farther away.
        pinned = "auto" if direction == "local to cloud" else first
        home.set_policy(aliases=(("first", pinned),), max_attempts=4)
        (folder / "doors").mkdir()
        doors = InProcess(folder / "doors")
        doors.daemon.router = home.router  # type: ignore[assignment]
        stack.push_async_callback(doors.close)
        yield Wall(home, labs[0], doors, first, "first")


def _asked(door: str, model: str, *, stream: bool) -> tuple[str, bytes, dict[str, Any]]:
    """Path, query and body of the prompt."""
    turns = [{"role": "user", "content": "Count."}]
    if door == "gemini":
        verb, query = ("streamGenerateContent", b"alt=sse") if stream else ("generateContent", b"")
        parts = [{"role": "user", "parts": [{"text": "Count."}]}]
        return f"/v1beta/models/{model}:{verb}", query, {"contents": parts, "homeport": _FREE}
    if door == "homeport":
        # Of this door alone what is not streamed is begun anew where it is cut.
        whole = {} if stream else {"on_cut": "restart"}
        return "/homeport/v1/ask", b"", {"prompt": "Count.", "model": model, **whole}
    body: dict[str, Any] = {"model": model, "stream": stream, "homeport": _FREE}
    if door in ("openai-completions", "ollama-generate"):
        path = "/v1/completions" if door == "openai-completions" else "/api/generate"
        return path, b"", body | {"prompt": "Count."}
    if door == "openai-responses":
        return "/v1/responses", b"", body | {"input": "Count.", "store": False}
    body["messages"] = turns
    if door == "ollama":
        return "/api/chat", b"", body
    if door == "anthropic":
        return "/v1/messages", b"", body | {"max_tokens": 1000}
    options = {"stream_options": {"include_usage": True}} if stream else {}
    return "/v1/chat/completions", b"", body | options


def said_plainly(door: str, told: bytes) -> Said:
    """What such an answer says. Raises `ValueError` where it has no end."""
    lines = [line.removeprefix(b"data: ") for line in told.splitlines()]
    rows = [json.loads(line) for line in lines if line[:1] == b"{"]
    if broken := [row for row in rows if "error" in row]:
        raise ValueError(str(broken[-1]["error"]))
    if door == "homeport":
        return _of_ask(rows)
    if door == "ollama-generate":
        text = "".join(row["response"] for row in rows)
        usage = {"output": rows[-1].get("eval_count", 0)}
        return Said(text=text, reason=rows[-1].get("done_reason", "no end"), usage=usage)
    if len(rows) > 1 and b"[DONE]" not in lines:
        raise ValueError("no [DONE]")
    choices = [choice for row in rows for choice in row["choices"]]
    reasons = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
    usages = [row["usage"] for row in rows if row.get("usage")]
    output = usages[-1]["completion_tokens"] if usages else 2
    text = "".join(choice["text"] for choice in choices)
    return Said(text=text, reason=reasons[-1] if reasons else "no end", usage={"output": output})


def _of_ask(rows: list[dict[str, Any]]) -> Said:
    text = "".join(row.get("text", "") for row in rows if row["type"] == "text")
    if rows[-1]["type"] != "done":
        raise ValueError(f"the last line is {rows[-1]['type']}")
    result = rows[-1]["result"]
    same = text == result["response"]
    usage = {"output": result["output_tokens"] or 0}
    return Said(text=text, reason="stop" if same else "another answer", usage=usage)


def wrong(heard: Heard, first: str, fault: str) -> str:
    """What is not as it should be; empty where the caller got the one whole answer."""
    if heard.error:
        return heard.error
    if heard.said.text != WHOLE:
        return f"said {heard.said.text!r}"
    if heard.said.reason != "stop":
        return f"ended with {heard.said.reason}"
    return wrong_way(heard, first, fault)


def wrong_way(heard: Heard, first: str, fault: str = "") -> str:
    """What is not as it should be of the way of an answer and of its usage."""
    if heard.models[:1] != [first]:
        return f"{heard.models} were asked, and {first} was to be the first"
    last: AttemptView = heard.view.attempts[-1]
    if last.outcome != "done" or heard.view.state != "done":
        return f"{last.outcome}, {heard.view.state}"
    if fault != "no_usage" and heard.said.usage.get("output", 0) < 2:
        return f"{heard.said.usage} was told"
    return ""


WAYS: Final = tuple(itertools.product(DOORS, (True, False)))
"""Each door, streamed and not."""


def plays(direction: str, *, whole: bool) -> list[tuple[str, str, bool]]:
    """Fault, door and streaming of each prompt in one direction: each with each, or in turns.

    In turns each fault comes at each door in one direction, at those that tell text alone
    every fifth.
    """
    turn = list(DIRECTIONS).index(direction)
    found = []
    for at, fault in enumerate(FAULTS):
        for number, (door, stream) in enumerate(WAYS):
            plain = door in PLAIN_DOORS
            mine = (at + number // 2) % len(DIRECTIONS) == turn and (at + number) % 2
            if whole or (mine and (not plain or at % 5 == PLAIN_DOORS.index(door))):
                found.append((fault, door, stream))
    return found


class Row(NamedTuple):
    """One prompt that met one fault."""

    fault: str
    door: str
    stream: bool
    heard: Heard
    wrong: str


async def rows(
    stands: Wall, faults: Iterable[str], ways: Iterable[tuple[str, bool]]
) -> AsyncIterator[Row]:
    """Each fault at each of these doors, streamed or not."""
    ways = tuple(ways)
    for fault in faults:
        for door, stream in ways:
            heard = await stands.play(fault, door, stream=stream)
            yield Row(fault, door, stream, heard, wrong(heard, stands.first, fault))


# The table


def _figures(gaps: Sequence[int]) -> str:
    """`median / p99` in milliseconds."""
    if not gaps:
        return "—"
    p99 = sorted(gaps)[max(0, -(-99 * len(gaps) // 100) - 1)]
    return f"{statistics.median(gaps):.0f} / {p99}"


Gaps = dict[tuple[str, str, str, bool], int]
"""Milliseconds by fault, door, direction and streaming."""


def table(gaps: Gaps, asked: int, wrongs: int) -> str:
    """The README's part."""
    names = list(DIRECTIONS)
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {_machine()}: {asked:,} prompts, "
        f"{wrongs} answered otherwise than whole and once.",
        "",
        f"| fault | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for fault in FAULTS:
        cells = [_figures(_all(gaps, fault=fault, direction=name)) for name in names]
        lines.append(f"| `{fault.partition(':size')[0]}` | {' | '.join(cells)} |")
    lines += ["", f"| door | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for door in DOORS:
        cells = [_figures(_all(gaps, door=door, direction=name)) for name in names]
        lines.append(f"| {door} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _all(gaps: Gaps, *, direction: str, fault: str = "", door: str = "") -> list[int]:
    return [
        gap
        for (its_fault, its_door, its_direction, _), gap in gaps.items()
        if its_direction == direction and fault in ("", its_fault) and door in ("", its_door)
    ]


def each(gaps: Gaps, summary: str) -> str:
    """Every prompt of the wall by itself."""
    lines = [
        "# The fault wall, prompt by prompt",
        "",
        f"{summary} Milliseconds from the end of the failed attempt to the first token of the one "
        "that went on, streamed / not streamed; `—` where the fault does no harm there, or comes "
        "behind the last word. Written by `make wall`.",
    ]
    for direction in DIRECTIONS:
        lines += ["", f"## {direction}", "", f"| fault | {' | '.join(DOORS)} |"]
        lines.append(f"|---|{'---|' * len(DOORS)}")
        for fault in FAULTS:
            cells = [
                " / ".join(
                    str(gaps.get((fault, door, direction, way), "—")) for way in (True, False)
                )
                for door in DOORS
            ]
            lines.append(f"| `{fault.partition(':size')[0]}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _machine() -> str:
    return f"{os.cpu_count()} cores of a shared machine, Python {platform.python_version()}"


async def measure() -> tuple[str, str]:
    """All of it; gives the table of the README, and every prompt by itself."""
    gaps: Gaps = {}
    asked = wrongs = 0
    for direction in DIRECTIONS:
        with tempfile.TemporaryDirectory() as folder:
            async with wall(Path(folder), direction, quiet_s=PATIENCE_S) as stands:
                async for row in rows(stands, FAULTS, WAYS):
                    asked += 1
                    wrongs += bool(row.wrong)
                    if row.wrong:
                        print(direction, row.fault, row.door, row.wrong, file=sys.stderr)
                    if row.heard.gap_ms is not None:
                        gaps[row.fault, row.door, direction, row.stream] = row.heard.gap_ms
    measured = table(gaps, asked, wrongs)
    return measured, each(gaps, measured.partition("\n")[0])


def write(measured: str, every_prompt: str) -> None:
    """Put them in the place of the last ones."""
    EVERY_PROMPT.write_text(every_prompt, encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    README.write_text(f"{before}{start}\n{measured}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    logging.disable()
    write(*asyncio.run(measure()))
