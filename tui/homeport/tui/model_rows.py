"""One model as one line: how it stands, how fast it is, what it holds, what it costs.

A narrow page loses the note first, then the memory, then since when, then the prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import overload

from rich.cells import cell_len

from homeport.client import units
from homeport.client.wire import ModelView
from homeport.tui.history import Standing
from homeport.tui.standing import Mishap, state_role, state_word
from homeport.tui.words import Line, clean, left, minute, model_name, right, took

_LEAST_NOTE, _LEAST_NAME, _MOST_NAME = 14, 20, 34
_BEFORE_NAME = 1 + 6
_MEMORY = 7


@dataclass(frozen=True, slots=True)
class Known:
    """What the screen knows beside the models themselves."""

    standings: Mapping[str, Standing] = field(default_factory=lambda: MappingProxyType({}))
    mishaps: Mapping[str, Mishap] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    from_width: int
    """Of the page."""
    cell: Callable[[ModelView, Known], str]


def _since(model: ModelView, known: Known) -> str:
    standing = known.standings.get(model.id)
    return minute(standing.since_ms) if standing and standing.seen else ""


def _speed(model: ModelView, _known: Known) -> str:
    return "" if model.tokens_per_s is None else f"{model.tokens_per_s:.0f}/s"


def _memory(model: ModelView, _known: Known) -> str:
    if model.memory_bytes is None:
        return ""
    text = units.memory_size(model.memory_bytes)
    return text if len(text) <= _MEMORY else f"{model.memory_bytes / units.GIB:.0f} GiB"


_COLUMNS = (
    _Column("since", 5, 90, _since),
    _Column("speed", 6, 0, _speed),
    _Column("first", 6, 90, lambda model, _: took(model.first_token_ms)),
    _Column("context", 7, 0, lambda model, _: units.tokens(model.context)),
    _Column("memory", _MEMORY, 104, _memory),
    _Column("in/Mtok", 7, 70, lambda model, _: units.price(model.input_nano_per_mtok)),
    _Column("out/Mtok", 8, 70, lambda model, _: units.price(model.output_nano_per_mtok)),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a page of some width has."""

    name: int
    columns: tuple[_Column, ...]
    note: int


def layout_for(width: int, longest: int) -> Layout:
    """How the room is shared out, where the longest name is so long."""
    columns = tuple(column for column in _COLUMNS if column.from_width <= width)
    room = width - _BEFORE_NAME - 9 - sum(1 + column.width for column in columns)
    name = max(_LEAST_NAME, min(longest + 1, _MOST_NAME))
    note = room - name - 2
    return Layout(name, columns, note) if note >= _LEAST_NOTE else Layout(max(8, room), columns, 0)


def longest_name(models: Sequence[ModelView]) -> int:
    """Cells of the longest id."""
    return max((cell_len(clean(model.id)) for model in models), default=0)


def head_line(layout: Layout) -> Line:
    """The names of the columns."""
    line: Line = [(" " + left("place", 6) + left("model", layout.name), "title")]
    line.append((" " + left("state", 8), "title"))
    line += [(" " + right(column.title, column.width), "title") for column in layout.columns]
    return [*line, ("  note", "title")] if layout.note else line


def model_line(model: ModelView, known: Known, layout: Layout, *, chosen: bool) -> Line:
    """The row; `chosen` marks the cursor."""
    name = model.id if cell_len(clean(model.id)) <= layout.name else model_name(model.id)
    line: Line = [
        ("▸" if chosen else " ", "accent"),
        (left(model.place, 6), f"place-{model.place}"),
        (left(name, layout.name), state_role(model)),
        (" " + left(state_word(model), 8), state_role(model)),
    ]
    for column in layout.columns:
        line.append((" " + right(column.cell(model, known), column.width), "muted"))
    if layout.note:
        line.append(("  " + left(note(model, known), layout.note), _note_role(model, known)))
    return line


class ModelLines(Sequence[Line]):
    """The rows of a list, each made when it comes in sight."""

    def __init__(
        self, models: Sequence[ModelView], known: Known, layout: Layout, chosen: int, *, dim: bool
    ) -> None:
        self._models, self._known, self._layout = models, known, layout
        self._chosen, self._dim = chosen, dim

    def __len__(self) -> int:
        return len(self._models)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        """The row with its look."""
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        chosen = index == self._chosen
        line = model_line(self._models[index], self._known, self._layout, chosen=chosen)
        return [(text, "faint") for text, _ in line] if self._dim else line


def note(model: ModelView, known: Known) -> str:
    """The most useful thing to say of it."""
    if model.reason:
        return model.reason
    if mishap := known.mishaps.get(model.id):
        return f"{minute(mishap.at_ms)} {_sentence(mishap, model)}"
    if model.demonstration:
        return "a demonstration"
    best = max(model.learned, key=lambda one: one.ability, default=None)
    return f"best at {best.task}: {best.ability:.0f} of 100" if best else ""


def detail(model: ModelView, known: Known) -> str:
    """The same with its name, where there is room for a sentence."""
    mishap = known.mishaps.get(model.id)
    if mishap is None or model.reason:
        return f"{model.id}: {note(model, known) or state_word(model)}"
    said = f"{model_name(model.id)} is {state_word(model)}; failed at {minute(mishap.at_ms)}"
    return f"{said}: {_sentence(mishap, model)}"


def _sentence(mishap: Mishap, model: ModelView) -> str:
    return mishap.sentence.removeprefix(model.id).lstrip()


def _note_role(model: ModelView, known: Known) -> str:
    if model.state == "failing":
        return "bad"
    return "warn" if model.id in known.mishaps and not model.reason else "muted"


def summary(models: Sequence[ModelView]) -> str:
    """`2 ready · 2 asleep · 1 missing`."""
    counts: dict[str, int] = {}
    for model in models:
        counts[state_word(model)] = counts.get(state_word(model), 0) + 1
    return " · ".join(f"{number} {state}" for state, number in counts.items())
