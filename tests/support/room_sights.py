"""What the rooms beside Live show on the afternoon of `sights`: looks at the machine, sums."""

from __future__ import annotations

from msgspec import structs

from homeport.client import wire
from homeport.client.link import News
from support import sights

LOOK_MS = 15_000
_LOADS = (8, 9, 14, 31, 52, 70, 64, 88, 97, 92, 61, 40, 22, 18, 12, 11, 35, 48, 30, 12)
_FREE_GB = (22, 22, 21, 20, 14, 9, 9, 4, 2, 3, 9, 9, 12, 18, 18, 19, 16, 15, 17, 18)


def looks(count: int = 40, first_n: int = 41) -> list[News]:
    """So many looks at the machine after a snapshot; in the middle the link falls for a while."""
    told: list[News] = []
    for number in range(count):
        at_ms = sights.NOW_MS + (number + 1) * LOOK_MS
        if number in (20, 25):
            word = "offline" if number == 20 else "online"
            link = wire.LinkView(word, since_ms=at_ms, reason="no route" * (number == 20))
            told.append(wire.LinkChanged(first_n + len(told), at_ms - 1, link))
        told.append(wire.MachineChanged(first_n + len(told), at_ms, look(number, at_ms)))
    return told


def look(number: int, at_ms: int) -> wire.MachineView:
    """One look at a laptop on battery that has a graphics processor."""
    load = _LOADS[number % len(_LOADS)] / 100
    gpu = wire.GpuView("NVIDIA RTX 4070", 12_000_000_000, 7_500_000_000, load / 2, 40 + 30 * load)
    return structs.replace(
        sights.machine(),
        at_ms=at_ms,
        cpu_load=load,
        temperature_c=38 + 50 * load,
        memory_free_bytes=_FREE_GB[number % len(_FREE_GB)] * 1_000_000_000,
        gpus=(gpu,),
        gpu_note="",
        battery_percent=81.0 - number / 4,
        on_battery=True,
    )


def reports() -> dict[str, wire.SpendReport]:
    """Sums of the last month, by everything that the daemon sums by."""
    models = (
        wire.SpendRow(sights.SONNET, 90, 812_400, 61_200, 5_120_000_000, 410_000_000, attempts=96),
        wire.SpendRow(sights.GPT, 120, 640_000, 88_100, 2_780_000_000, 0, attempts=120),
        wire.SpendRow(sights.QWEN, 1_904, 2_410_000, 402_000, 0, 0, attempts=1_904),
        wire.SpendRow(sights.LLAMA, 31, 12_000, 4_100, 0, 0, attempts=31),
    )
    days = (
        wire.SpendRow("2026-11-16", 410, 801_000, 96_000, 1_910_000_000, 0),
        wire.SpendRow("2026-11-17", 502, 1_204_000, 121_000, 2_400_000_000, 410_000_000),
        wire.SpendRow("2026-11-18", 98, 121_000, 20_400, 430_000_000, 0),
    )
    callers = (
        wire.SpendRow("zed", 1_700, 3_000_000, 402_000, 7_100_000_000, 410_000_000),
        wire.SpendRow("", 451, 874_400, 153_400, 800_000_000, 0),
    )
    tasks = (
        wire.SpendRow("code", 1_204, 3_100_000, 401_000, 7_200_000_000, 410_000_000),
        wire.SpendRow("", 947, 774_400, 154_400, 700_000_000, 0),
    )
    rows = {
        "model": models,
        "day": days,
        "client": callers,
        "task": tasks,
        "provider": models[:2],
    }
    since_ms = sights.NOW_MS - 30 * 86_400_000
    return {
        by: wire.SpendReport(
            by,
            since_ms,
            rows.get(by, ()),
            sights.spend(),
            details(),
            savings(),
            total=total(*rows.get(by, ())),
        )
        for by in ("day", "model", "client", "task", "provider", "place", "tag")
    }


def total(*rows: wire.SpendRow) -> wire.SpendRow:
    """What rows that overlap nowhere add up to."""
    figures = [structs.astuple(row)[1:] for row in rows]
    return wire.SpendRow("", *map(sum, zip((0,) * 9, *figures, strict=True)))


def held_spend() -> wire.SpendView:
    """Budgets with money reserved for what runs, an estimate, and a pace."""
    spend = sights.spend()
    day, month = spend.windows
    return structs.replace(
        spend,
        windows=(structs.replace(day, reserved_nano=210_000_000), month),
        unknown_today=3,
        scoped=(
            wire.WindowView(
                "week", 5 * sights.USD, 400_000_000, 0, sights.at("00:00:00"), "client", "editor"
            ),
        ),
        paces=(wire.PaceView("calls", 0.2, 0.12, 0.031),),
    )


def details() -> wire.SpendDetails:
    """Where the month will end, and two dear prompts."""
    dear = wire.DearRequest(
        "3c87d1e4", sights.at("14:02:19"), sights.SONNET, "zed", "code", 1, 21_300_000, True
    )
    moved = wire.DearRequest(
        "7f3a2c91", sights.at("14:02:40"), sights.QWEN, "zed", "code", 2, 1_100_000, False
    )
    month = wire.ProjectionView(
        "2026-11", 7_900_000_000, 11_200_000_000, 330_000_000, "The mean of its last 14 days."
    )
    return wire.SpendDetails(month, (dear, moved))


def savings() -> wire.SavingsView:
    """What the month would have cost at one model."""
    return wire.SavingsView(
        sights.SONNET,
        24_100_000_000,
        7_900_000_000,
        16_200_000_000,
        2_140,
        11,
        0.3,
        ("As many tokens as were used here; 30 % of the input from caches.",),
    )
