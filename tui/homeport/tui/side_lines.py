"""The panels beside the feed: spend, models, machine."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.client import units
from homeport.client.wire import (
    GpuView,
    MachineView,
    ModelView,
    SavingsView,
    SpendView,
    WindowView,
)
from homeport.tui.words import Line, left, model_name, right, took, total

_STATES = {"loadable": "asleep"}
_ORDER = ("ready", "loading", "loadable", "failing", "missing")
_PLACES = ("local", "lan", "cloud")
_USABLE = frozenset({"ready", "loading", "loadable"})
_INDENT = " " * 7
_NAMES = {"day": "today", "month": "month"}


def spend_lines(spend: SpendView, width: int, savings: SavingsView | None = None) -> list[Line]:
    """Each window as a bar with its sum; under today's, who answered; what was saved."""
    lines: list[Line] = []
    for window in spend.windows:
        lines += _window(window, width)
        if window.window == "day":
            lines += [[(_INDENT, ""), (text, "")] for text in _answers(spend, width)]
    if not lines:
        first, *rest = _answers(spend, width)
        lines = [[(left("today", 7), "muted"), (first, "")]]
        lines += [[(_INDENT, ""), (text, "")] for text in rest]
    return lines + _saved(savings, width)


def _answers(spend: SpendView, width: int) -> list[str]:
    """One line, or two where there is no room for it."""
    counts = f"{spend.local_today} local · {spend.cloud_today} cloud"
    if not spend.unknown_today:
        return [counts]
    estimated = f"{spend.unknown_today} estimated"
    whole = f"{counts} · {estimated}"
    return [whole] if len(whole) <= width - len(_INDENT) else [counts, estimated]


def _saved(savings: SavingsView | None, width: int) -> list[Line]:
    """What the answers at home saved, as `homeport spend` says it."""
    if savings is None or savings.saved_nano <= 0:
        return []
    sum_ = units.money(savings.saved_nano, certain=False)
    name = (left("saved", 7), "muted")
    return [[name, (left(f"{sum_} in 30 days", width - 7), "good")]]


def _window(window: WindowView, width: int) -> list[Line]:
    name = (left(_NAMES.get(window.window, window.window), 7), "muted")
    if window.limit_nano is None:
        return [[name, (f"{total(window.spent_nano)}, no limit", "")]]
    room = width - 7
    spent = _cells(window.spent_nano, window.limit_nano, room)
    held = _cells(window.spent_nano + window.reserved_nano, window.limit_nano, room) - spent
    role = "bad" if window.spent_nano >= window.limit_nano else "accent"
    bar: Line = [name, ("█" * spent, role), ("▒" * held, role)]
    sums = f"{total(window.spent_nano)} of {total(window.limit_nano)}"
    if window.reserved_nano:
        sums += f", {total(window.reserved_nano)} held"
    return [[*bar, ("░" * (room - spent - held), "faint")], [(_INDENT, ""), (sums, "")]]


def _cells(part: int, whole: int, room: int) -> int:
    if whole <= 0:
        return room
    return min(room, -(-part * room // whole))


def usable(models: Sequence[ModelView], place: str) -> int:
    """How many models of a place could answer."""
    return sum(1 for model in models if model.place == place and model.state in _USABLE)


def model_lines(models: Sequence[ModelView], width: int, height: int) -> list[Line]:
    """One line a model, those that can answer first; the last line counts the rest."""
    if not models:
        return [[("none found yet", "muted")], [("homeport models add", "accent")]]
    ranked = sorted(models, key=_rank)
    if len(ranked) <= height:
        return [_model(model, width) for model in ranked]
    shown = [_model(model, width) for model in ranked[: max(0, height - 1)]]
    return [*shown, [(f"and {len(ranked) - len(shown)} more: homeport models", "muted")]]


def _rank(model: ModelView) -> tuple[bool, int, int, str]:
    state = _ORDER.index(model.state) if model.state in _ORDER else len(_ORDER)
    return (model.state not in _USABLE, _PLACES.index(model.place), state, model.id)


def _model(model: ModelView, width: int) -> Line:
    name = model_name(model.id) + (" (demo)" if model.demonstration else "")
    state = _STATES.get(model.state, model.state)
    role = "" if model.state in _USABLE else "bad" if model.state == "failing" else "muted"
    return [
        (left(model.place, 6), f"place-{model.place}"),
        (left(name, width - 6 - 1 - 7 - 6), role),
        (" " + left(state, 7), role),
        (right(took(model.first_token_ms), 6), "muted"),
    ]


def machine_lines(machine: MachineView, width: int) -> list[Line]:
    """What this machine has left; unknown things are said to be unknown."""
    lines = [
        _fact("cpu", _cpu(machine), width),
        _fact("memory", _memory(machine), width),
    ]
    lines += [_fact("gpu", _gpu(gpu), width) for gpu in machine.gpus]
    if not machine.gpus:
        lines.append(_fact("gpu", machine.gpu_note or "none found", width))
    lines.append(_fact("disk", f"{units.size(machine.disk_free_bytes)} free", width))
    if machine.battery_percent is not None:
        source = "on battery" if machine.on_battery else "plugged in"
        lines.append(_fact("power", f"{machine.battery_percent:.0f}%, {source}", width))
    return lines


def machine_words(machine: MachineView) -> str:
    """The machine in a few words, for the header."""
    if machine.cpu_load is None or machine.memory_free_bytes is None:
        return ""
    return (
        f"cpu {machine.cpu_load:.0%} · memory {units.memory_size(machine.memory_free_bytes)} free"
    )


def _fact(name: str, value: str, width: int) -> Line:
    return [(left(name, 7), "muted"), (left(value, width - 7), "")]


def _cpu(machine: MachineView) -> str:
    load = "load unknown" if machine.cpu_load is None else f"{machine.cpu_load:.0%}"
    cores = "" if machine.cores is None else f" of {machine.cores} cores"
    return load + cores


def _memory(machine: MachineView) -> str:
    return f"{units.memory(machine.memory_free_bytes, machine.memory_total_bytes)} free"


def _gpu(gpu: GpuView) -> str:
    return f"{units.memory_size(gpu.memory_free_bytes)} free, {gpu.name}"
