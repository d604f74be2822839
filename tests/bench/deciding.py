"""Measuring and deciding: prompts of 4 kB in several scripts, over 20 candidates.

`measure()` gives sentences by what was measured; run alone it prints them.
Times are processor time of one thread, so that what else runs here does not
count. `HOMEPORT_BENCH_QUICK=1` takes a tenth of the samples.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from homeport.analysis import Facts, Turn
from homeport.analysis import measure as measured
from homeport.daemon.shelf.shelf import Shelf
from homeport.policies import decide
from homeport.policies.model import Ask, Budget, BudgetWindow, Candidate, ModelCard, Place, Policy
from homeport.policies.rules.ready import rules_that_apply
from homeport.policies.rules.rule import Surroundings

QUICK = bool(os.environ.get("HOMEPORT_BENCH_QUICK"))
SAMPLES = 300 if QUICK else 3_000
PROMPT_BYTES = 4096
LARGE_BYTES = 32 * 1024 * 1024
PLACES: tuple[Place, ...] = ("local", "local", "lan", "cloud", "cloud")
BUDGET = Budget(
    windows=(
        BudgetWindow(
            window="day", limit_nano=2 * 10**9, spent_nano=10**8, reserved_nano=0, resets_at_ms=0
        ),
    )
)
AROUND = Surroundings(hour=12, link="online", battery=0.8, power="battery")
TEXTS = {
    "prose in Latin letters": (
        "The keeper of the light wrote down each ship that passed, its flag and its course. "
        "Compare two of the records, explain why they differ, and say what follows in 200 words. "
    ),
    "source code": (
        "def total(rows: list[int]) -> int:\n    seen = 0\n    for row in rows:\n"
        "        if row > 3:\n            seen += row\n    return seen\n\n# why is this slow?\n"
    ),
    "Cyrillic": (
        "Смотритель маяка записывал каждый корабль. Сравни две записи и объясни разницу. "
    ),
    "Chinese": "灯塔看守人记下每一艘经过的船,它的旗帜和航向。请比较两条记录,并说明它们为什么不同。",
}


def of_size(text: str, size: int) -> str:
    """The text repeated up to so many bytes of UTF-8."""
    whole = text * (size // len(text.encode()) + 1)
    return whole.encode()[:size].decode("utf-8", "ignore")


def candidates() -> list[Candidate]:
    """Twenty models: at home, in the network, in the cloud."""
    return [candidate(number, PLACES[number % len(PLACES)]) for number in range(20)]


def candidate(number: int, place: Place) -> Candidate:
    paid = place == "cloud"
    return Candidate(
        card=ModelCard(
            id=f"provider-{number % 4}/model-{number}",
            provider=f"provider-{number % 4}",
            name=f"model-{number}",
            place=place,
            host="" if place == "local" else f"host-{number}:443",
            context=4_096 << (number % 5),
            continues=True,
        ),
        state="ready",
        key="valid" if paid else "not-needed",
        quality=0.3 + number / 40,
        cost_nano=number * 100_000 if paid else 0,
        worst_cost_nano=number * 1_000_000 if paid else 0,
        first_token_ms=100 + number,
        total_ms=1_000 + 100 * number,
    )


def ask_of(text: str) -> Ask:
    return measured([Turn("user", text)], facts=Facts())


def times(work: Callable[[], object]) -> str:
    """p50 / p99 of one call, in milliseconds."""
    for _ in range(SAMPLES // 10):
        work()
    gc.collect()
    taken = []
    for _ in range(SAMPLES):
        start = time.thread_time_ns()
        work()
        taken.append(time.thread_time_ns() - start)
    taken.sort()
    half, most = taken[len(taken) // 2], taken[int(len(taken) * 0.99)]
    return f"{half / 1e6:.2f} / {most / 1e6:.2f} ms"


def measure() -> dict[str, str]:
    """What was measured, and the numbers."""
    models, policy = candidates(), Policy()
    found: dict[str, str] = {}
    for name, text in TEXTS.items():
        prompt = of_size(text, PROMPT_BYTES)
        if not found:
            found[f"measure, 4 kB, {name}, p50 / p99"] = times(lambda: ask_of(prompt))  # noqa: B023
        found[f"measure and decide, 4 kB, 20 candidates, {name}, p50 / p99"] = times(
            lambda: decide(ask_of(prompt), models, BUDGET, policy)  # noqa: B023
        )
    ask = ask_of(of_size(TEXTS["prose in Latin letters"], PROMPT_BYTES))
    found["decide, 20 candidates, p50 / p99"] = times(lambda: decide(ask, models, BUDGET, policy))
    ruled = Shelf(Path("/nowhere")).policy(Policy(), "default")
    found["decide under the rules of the default policy, 20 candidates, p50 / p99"] = times(
        lambda: decide(ask, models, BUDGET, ruled, AROUND)
    )
    found["of that the rules alone, p50 / p99"] = times(
        lambda: rules_that_apply(ruled.rules, ask, BUDGET, AROUND)
    )
    large = of_size(TEXTS["prose in Latin letters"], LARGE_BYTES)
    start = time.thread_time_ns()
    ask_of(large)
    found["measure, one turn of 32 MB"] = f"{(time.thread_time_ns() - start) / 1e6:.0f} ms"
    return found


if __name__ == "__main__":
    for what, value in measure().items():
        sys.stdout.write(f"{what}: {value}\n")
