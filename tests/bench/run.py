"""Measure everything that has a budget, and write `RESULTS.md`: `make bench`.

Direct, through the daemon and through a peer take turns in one run against the
same upstream, so that differences and ratios hold although machines differ. Each
turn of all of them is a round, and a figure is the median of the rounds: where
the host takes the processors away for a moment, that spoils one round, not all.
What all samples together come to stands beside it.
`HOMEPORT_BENCH_QUICK=1` takes fewer samples.
"""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import fallback
import peers
import psutil
import uvloop
from load import Target, chunks_per_second, latencies, throughput
from processes import (
    BIN,
    Running,
    homeport,
    machine,
    undisturbed,
    upstream,
    whole_process_ms,
)

HERE = Path(__file__).parent
QUICK = bool(os.environ.get("HOMEPORT_BENCH_QUICK"))
CHUNKS = 20_000 if QUICK else 100_000
ROUNDS = 11
Row = tuple[str, str, str, str]
"""What, pass, goal, measured."""
Samples = list[list[float]]
"""Of one target, by round."""


def percentile(values: list[float], share: float) -> float:
    """By the nearest rank."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


async def interleaved(
    targets: Sequence[Target], count: int, *, stream: bool = False
) -> list[Samples]:
    """Every target in turn, in rounds, after a warm-up: what the machine does hits all alike."""
    for target in targets:
        await latencies(target, 100, stream=stream)
    taken: list[Samples] = [[] for _ in targets]
    for _ in range(ROUNDS):
        for target, into in zip(targets, taken, strict=True):
            into.append(await latencies(target, count // ROUNDS, stream=stream))
    return taken


def pooled(samples: Samples) -> Samples:
    """All samples as those of one round."""
    return [list(chain.from_iterable(samples))]


def difference(plain: Samples, added: Samples, share: float) -> float:
    """What stands between, at one percentile of a round; the median of the rounds."""
    return statistics.median(
        percentile(ours, share) - percentile(direct, share)
        for direct, ours in zip(plain, added, strict=True)
    )


def ratio(plain: Samples, ours: Samples, theirs: Samples, share: float) -> float:
    """What is added against what a peer adds, at one percentile of a round; the median of the
    rounds."""
    return statistics.median(
        difference([direct], [mine], share) / difference([direct], [other], share)
        for direct, mine, other in zip(plain, ours, theirs, strict=True)
    )


async def overhead(running: Running, upstream_port: int, peer: Target | None) -> list[Row]:
    """Added latency, throughput, chunks."""
    direct, through = Target(upstream_port), running.target()
    count = ROUNDS * (200 if QUICK else 400)
    targets = [direct, through, *([peer] if peer else [])]
    plain, added, *others = await interleaved(targets, count)
    p50, p99 = difference(plain, added, 0.5), difference(plain, added, 0.99)
    all_p99 = difference(pooled(plain), pooled(added), 0.99)
    first_plain, first_added = await interleaved([direct, through], count // 4, stream=True)
    first = difference(first_plain, first_added, 0.5)
    seconds = 1 if QUICK else 5
    rate = await throughput(through, seconds, 32)
    direct_rate = await throughput(direct, seconds, 32)
    through_chunks = statistics.median([await chunks_per_second(through, CHUNKS) for _ in range(3)])
    rows: list[Row] = [
        ("added latency, one at a time, p50", "0.7 ms", "0.45 ms", f"{p50:.2f} ms"),
        ("added latency, one at a time, p99", "1.5 ms", "1.0 ms", f"{p99:.2f} ms"),
        ("the same of all samples together", "", "", f"{all_p99:.2f} ms"),
        ("added time to first token, p50", "1.5 ms", "0.8 ms", f"{first:.2f} ms"),
        ("requests a second, 32 at a time", "2,000", "5,000", f"{rate:,.0f}"),
        ("the same, direct", "", "", f"{direct_rate:,.0f}"),
        ("chunks a second, one stream", "50,000", "150,000", f"{through_chunks:,.0f}"),
    ]
    if peer:
        (theirs,) = others
        rows += await against(plain, added, theirs, rate, peer)
    return rows


async def against(
    plain: Samples, ours: Samples, theirs: Samples, rate: float, peer: Target
) -> list[Row]:
    """The same run, seen as ratios."""
    p50, p99 = difference(plain, theirs, 0.5), difference(plain, theirs, 0.99)
    every = pooled(plain), pooled(ours), pooled(theirs)
    whole = f"{ratio(*every, 0.5):.3f} / {ratio(*every, 0.99):.3f}"
    their_rate = await throughput(peer, 1 if QUICK else 5, 32)
    return [
        ("LiteLLM in the same run: added p50 / p99", "", "", f"{p50:.2f} / {p99:.2f} ms"),
        (
            "ratio to LiteLLM's added p50",
            "0.07",
            "0.04",
            f"{ratio(plain, ours, theirs, 0.5):.3f}",
        ),
        (
            "ratio to LiteLLM's added p99",
            "0.08",
            "0.05",
            f"{ratio(plain, ours, theirs, 0.99):.3f}",
        ),
        (
            "both ratios of all samples together, p50 / p99",
            "",
            "",
            whole,
        ),
        ("requests a second against LiteLLM's", "", "", f"{rate / their_rate:.1f} times"),
    ]


async def paid(running: Running, upstream_port: int, what: str) -> list[Row]:
    """The same for a model that costs money: its worst case is on the disk before it is asked."""
    through = running.target("openai/gpt-4o-mini")
    plain, added = await interleaved(
        [Target(upstream_port), through], ROUNDS * (50 if QUICK else 150)
    )
    p50, p99 = difference(plain, added, 0.5), difference(plain, added, 0.99)
    name = f"the same, paid, its reservation on the disk before dispatch ({what}), p50 / p99"
    return [(name, "", "", f"{p50:.2f} / {p99:.2f} ms")]


async def drift(running: Running) -> list[Row]:
    """Whether it gets slower or larger with use."""
    many = 2_000 if QUICK else 10_000
    target = running.target()
    before_mb = running.process.memory_info().rss / 1e6
    first = await latencies(target, 1_000)
    await latencies(target, many - 2_000) if many > 2_000 else None
    last = await latencies(target, 1_000)
    grown = running.process.memory_info().rss / 1e6 - before_mb
    ratio = percentile(last, 0.5) / percentile(first, 0.5)
    return [
        (f"p50 after {many:,} requests against the first 1,000", "1.1", "1.02", f"{ratio:.2f}"),
        (f"memory growth over {many:,} requests", "10 MB", "2 MB", f"{grown:.1f} MB"),
    ]


def idle(running: Running) -> list[Row]:
    """Memory and processor time of a daemon that nobody asks."""
    time.sleep(5)
    megabytes = running.process.memory_info().rss / 1e6
    before = sum(running.process.cpu_times()[:2])
    seconds = 10 if QUICK else 40
    time.sleep(seconds)
    share = 100 * (sum(running.process.cpu_times()[:2]) - before) / seconds
    return [
        ("idle memory of the daemon", "65 MB", "45 MB", f"{megabytes:.0f} MB"),
        ("idle processor time", "0.5 %", "0.1 %", f"{share:.2f} %"),
    ]


def commands(running: Running) -> list[Row]:
    """Whole processes of the command line."""
    rows: list[Row] = []
    for words in (["--help"], ["status"]):
        taken = whole_process_ms([str(BIN / "homeport"), *words], running.home)
        rows.append((f"`homeport {' '.join(words)}`", "150 ms", "80 ms", f"{taken:.0f} ms"))
    return rows


def start_up(work: Path, upstream_port: int) -> list[Row]:
    """From the start of the process to the first answered prompt."""
    taken = []
    for number in range(7 if QUICK else 11):
        with homeport(work / f"start{number}", upstream_port) as running:
            taken.append(running.first_answer_s)
    middle = statistics.median(taken)
    return [("start to first answer, no model load", "0.6 s", "0.25 s", f"{middle:.2f} s")]


def fallen_back(work: Path) -> list[Row]:
    """The way round a server that is gone."""
    taken = fallback.milliseconds(work, 5 if QUICK else 15)
    what = "refused upstream to the answer of the next model, the first time"
    return [(what, "10 ms", "4 ms", f"{taken:.1f} ms")]


BOUNDS = {
    "tokens_per_s_ratio": ("0.95", "0.99"),
    "added_first_token_ms": ("5 ms", "2 ms"),
    "prefill_tokens_ratio": ("0.2", "0.05"),
    "prefill_ms_ratio": ("0.2", "0.05"),
}
"""Of what the rooms measure of themselves: what passes, and the goal."""


def parts() -> list[Row]:
    """What the rooms measure of themselves, each in its own module."""
    import importlib

    rows: list[Row] = []
    for name in ("deciding", "predicting", "ledger", "engine", "terminal"):
        try:
            measure: Callable[[], dict[str, object]] = importlib.import_module(name).measure
        except ModuleNotFoundError as missing:
            rows.append((name, "", "", f"not measured: {missing.name} is not there"))
            continue
        rows += [
            (words(what), *BOUNDS.get(what, ("", "")), told(value))
            for what, value in measure().items()
        ]
    return rows


def words(name: object) -> str:
    """A key as it is read."""
    return str(name).replace("_", " ")


def told(value: object) -> str:
    """A figure, or a few by their names."""
    if isinstance(value, dict):
        return ", ".join(f"{words(name)} {told(figure)}" for name, figure in value.items())
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def write(rows: list[Row], disturbed: str) -> None:
    """The table, with its date and machine, and what could disturb it."""
    about = machine()
    lines = [
        "# Measured",
        "",
        f"On {date.today().isoformat()}, {about['processor']}, {about['cores']} cores, "
        f"{about['memory']}, Python {about['python']}; written by `make bench`"
        f"{' with `HOMEPORT_BENCH_QUICK=1` (fewer samples)' if QUICK else ''}. "
        f"{disturbed} What the rooms measure of themselves, from measuring on, ran as usual.",
        "",
        "| what | pass | goal | measured |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    (HERE / "RESULTS.md").write_text("\n".join(lines))
    print("\n".join(lines))


def taken_away(before: Any) -> str:
    """What the host gave to others of the time in which this machine had work, as far as it
    says so."""
    now = psutil.cpu_times()
    stolen = getattr(now, "steal", 0.0) - getattr(before, "steal", 0.0)
    worked = sum(now) - sum(before) - (now.idle - before.idle)
    return f" The host took {100 * stolen / worked:.1f} % of its time away meanwhile."


def under_load(work: Path, upstream_port: int) -> list[Row]:
    """With a peer beside it, where one can be had."""
    program = None if os.environ.get("HOMEPORT_BENCH_ALONE") else peers.litellm_program()
    with ExitStack() as stack:
        running = stack.enter_context(homeport(work / "load", upstream_port))
        peer = None
        if program is not None:
            peer = stack.enter_context(peers.litellm(work / "peer", program, upstream_port))
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        rows = runner.run(overhead(running, upstream_port, peer))
        rows += runner.run(paid(running, upstream_port, "FULL"))
        rows += runner.run(drift(running))
        lighter = stack.enter_context(homeport(work / "normal", upstream_port, synced=False))
        rows += runner.run(paid(lighter, upstream_port, "NORMAL"))
    if program is not None:
        rows.append(("LiteLLM's version", "", "", peers.version(program)))
    return rows


def main() -> int:
    """Everything, in one run."""
    rows: list[Row] = []
    before = psutil.cpu_times()
    with undisturbed() as disturbed, ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(upstream(CHUNKS))
        rows += start_up(work, port)
        with homeport(work / "idle", port) as running:
            rows += idle(running)
            rows += commands(running)
        rows += fallen_back(work)
        rows += under_load(work, port)
        disturbed += taken_away(before)
    rows += parts()
    write(rows, disturbed)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    sys.exit(main())
