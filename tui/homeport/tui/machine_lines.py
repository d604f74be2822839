"""The machine, the link and the providers as graphs over the last looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from homeport.client import units
from homeport.client.wire import GpuView, MachineView
from homeport.tui.graph import graph, strip
from homeport.tui.history import Sample
from homeport.tui.provider_lines import provider_lines
from homeport.tui.state import State
from homeport.tui.words import Line, count, left, minute, right, running_for, wrapped

_LABEL = 10
_MOST_HEIGHT = 4
_WARN, _BAD = 0.75, 0.92


@dataclass(frozen=True, slots=True)
class _Measure:
    """One quantity: its name, what it is now, its values, oldest first."""

    name: str
    now: str
    values: tuple[float | None, ...] = ()
    unit: str = "%"
    """Of the hundred that its scale ends with."""


def machine_page(state: State, width: int, height: int) -> list[Line]:
    """The whole page; the graphs share what height there is."""
    samples = state.history.samples
    measures = _measures(state.picture.machine, samples)
    below = _link_lines(state, width) + provider_lines(state, width)
    heads = sum(len(_head(measure, width)) for measure in measures)
    heights = _heights(measures, height - heads - len(below) - 2)
    lines: list[Line] = []
    for measure, rows in zip(measures, heights, strict=True):
        lines += _head(measure, width) + _drawn(measure, width, rows)
    return [*lines, *_axis(samples, width), [], *below]


def _measures(machine: MachineView, samples: Sequence[Sample]) -> list[_Measure]:
    found = [
        _Measure("cpu", _cpu(machine), tuple(sample.cpu for sample in samples)),
        _Measure("memory", _memory(machine), tuple(sample.memory for sample in samples)),
    ]
    if machine.temperature_c is not None:
        heats = tuple(sample.heat for sample in samples)
        found.append(_Measure("heat", _degrees(machine.temperature_c), heats, " C"))
    for index, gpu in enumerate(machine.gpus):
        found += _gpu(index, gpu, samples)
    if not machine.gpus:
        found.append(_Measure("gpu", machine.gpu_note or "none was found"))
    if machine.battery_percent is not None:
        source = "on battery" if machine.on_battery else "plugged in"
        now = f"{machine.battery_percent:.0f}%, {source}"
        found.append(_Measure("battery", now, tuple(sample.battery for sample in samples)))
    if machine.disk_free_bytes is not None:
        found.append(_Measure("disk", f"{units.size(machine.disk_free_bytes)} free for models"))
    return found


def _is_drawn(measure: _Measure) -> bool:
    return any(value is not None for value in measure.values)


def _cpu(machine: MachineView) -> str:
    load = "load unknown" if machine.cpu_load is None else f"{machine.cpu_load:.0%}"
    parts = [load, "" if machine.cores is None else count(machine.cores, "core")]
    return " · ".join(part for part in (*parts, machine.cpu_name) if part)


def _memory(machine: MachineView) -> str:
    free, whole = machine.memory_free_bytes, machine.memory_total_bytes
    if free is None or whole is None:
        return "unknown"
    used = units.memory(whole - free, whole)
    return f"{used} in use · {units.memory_size(free)} free"


def _gpu(index: int, gpu: GpuView, samples: Sequence[Sample]) -> list[_Measure]:
    busy = "load unknown" if gpu.utilisation is None else f"{gpu.utilisation:.0%}"
    room = f"{units.memory(gpu.memory_free_bytes, gpu.memory_total_bytes)} free"
    name = f"gpu {index + 1}"
    heat = "" if gpu.temperature_c is None else f" · {_degrees(gpu.temperature_c)}"
    return [
        _Measure(name, f"{busy}{heat} · {gpu.name}", tuple(_at(s.gpus, index) for s in samples)),
        _Measure("  memory", room, tuple(_at(s.gpu_memories, index) for s in samples)),
    ]


def _degrees(celsius: float) -> str:
    return f"{celsius:.0f} degrees Celsius"


def _at(values: Sequence[float | None], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _heights(measures: Sequence[_Measure], room: int) -> list[int]:
    """Rows of each graph: one at least, and what is left goes to the first ones first."""
    heights = [1 if _is_drawn(measure) else 0 for measure in measures]
    room -= sum(heights)
    for _ in range(_MOST_HEIGHT - 1):
        for index, rows in enumerate(heights):
            if rows and room > 0:
                heights[index] += 1
                room -= 1
    return heights


def _head(measure: _Measure, width: int) -> list[Line]:
    first, *rest = wrapped(measure.now, width, "", " " * _LABEL)
    return [[(left(measure.name, _LABEL), "title"), (first[0][0].strip(), "")], *rest]


def _drawn(measure: _Measure, width: int, rows: int) -> list[Line]:
    """The graph, with its scale at the left where there is room for one."""
    role = _role(measure)
    lines: list[Line] = []
    for number, row in enumerate(graph(measure.values, width - _LABEL, rows) if rows else ()):
        ends = {0: f"100{measure.unit}", rows - 1: f"0{measure.unit}"} if rows > 1 else {}
        scale = ends.get(number, "")
        lines.append([(right(scale, _LABEL - 2) + "  ", "faint"), (row, role)])
    return lines


def _role(measure: _Measure) -> str:
    now = next((value for value in reversed(measure.values) if value is not None), 0.0)
    if measure.name == "battery":
        return "good" if now > 1 - _WARN else "warn"
    return "bad" if now >= _BAD else "warn" if now >= _WARN else "accent"


def _axis(samples: Sequence[Sample], width: int) -> list[Line]:
    """From when to when the graphs go."""
    if not samples:
        return [[(" " * _LABEL + "nothing was measured yet", "muted")]]
    room = width - _LABEL
    shown = samples[-room:]
    start, end = minute(shown[0].at_ms), minute(shown[-1].at_ms)
    between = _every(shown)
    if room < len(start) + len(end) + len(between) + 4 or len(shown) < len(start) + len(end) + 2:
        words = f"{end}, {between}" if between else end
        return [[(right(words, width), "muted")]]
    before = room - len(shown)
    line = between.rjust(before - 2) + "  " if before >= len(between) + 4 else " " * before
    between = "" if line.strip() else between
    line += start
    middle = room - len(line) - len(end)
    return [[(" " * _LABEL + line + _centred(between, middle) + end, "muted")]]


def _centred(text: str, width: int) -> str:
    return text.center(width) if len(text) + 2 <= width else " " * width


def _every(samples: Sequence[Sample]) -> str:
    """How far apart the looks are."""
    steps = sorted(b.at_ms - a.at_ms for a, b in pairwise(samples))
    return (
        f"a look every {running_for(steps[len(steps) // 2] + 500)}" if steps else "the first look"
    )


def _link_lines(state: State, width: int) -> list[Line]:
    link = state.picture.link
    word = "offline by choice" if link.by_choice else link.state
    since = f" since {minute(link.since_ms)}" if link.since_ms else ""
    reason = f": {link.reason}" if link.reason else ""
    role = "" if link.state == "online" else "warn"
    ups = [sample.link for sample in state.history.samples][-(width - _LABEL) :]
    drawn = strip(ups, width - _LABEL)
    legend = " · x was offline" if not role and False in ups else ""
    first, *rest = wrapped(f"{word}{since}{reason}{legend}", width, role, " " * _LABEL)
    lines: list[Line] = [[(left("link", _LABEL), "title"), (first[0][0].strip(), role)], *rest]
    return [*lines, [(" " * _LABEL, ""), (drawn, role or "good")], []] if ups else [*lines, []]
