"""The Spend page: what is left of the budgets, then what was spent on what."""

from __future__ import annotations

from dataclasses import dataclass

from homeport.client import units
from homeport.client.wire import PaceView, SpendRow, SpendView, WindowView
from homeport.tui.graph import bar
from homeport.tui.outlook_lines import outlook_lines
from homeport.tui.spending import BY_ATTEMPT, GROUPS, Grouping, Spent, in_sight
from homeport.tui.words import (
    Line,
    count,
    crop,
    left,
    line_width,
    minute,
    model_name,
    right,
    total,
    wrapped,
)

_LABEL = 9
_BRIEF_UNDER, _BRIEF_BAR = 18, 8
_WIDE, _LONG = 90, 26
"""From here on a model is named with its provider; a name that wants more room may be cropped."""
_OF_A_DAY = frozenset({"request", "session", "day"})
_NAMES = {"day": "today", "month": "month"}
_NO_BUDGET = "none is set; b sets one"
_OVERLAPPING = "A prompt with several tags is under each, one without any under none."
_NOBODY = {"client": "unnamed", "tag": "no tag", "task": "not told"}


def spend_page(
    view: SpendView,
    grouping: Grouping,
    spent: Spent | None,
    trouble: str,
    width: int,
    height: int,
) -> list[Line]:
    """The whole page at this width; the budgets are brief where there is little height."""
    budgets = brief_lines(view, width) if height < _BRIEF_UNDER else budget_lines(view, width)
    lines = [*budgets, [], *_groups(grouping, width), []]
    said = wrapped(trouble, width, "bad") if trouble else []
    if spent is None:
        return lines + (said or [[("Asking the daemon…", "muted")]])
    lines += [*said, []] if said else []
    return lines + _table(spent, width) + outlook_lines(spent.details, spent.savings, width)


def budget_lines(view: SpendView, width: int) -> list[Line]:
    """Each window as a bar, with what is reserved; then who answered, and what is kept to."""
    lines: list[Line] = []
    for window in view.windows:
        lines += _window(window, width)
    if not view.windows:
        lines.append([(left("budget", _LABEL), "title"), (_NO_BUDGET, "muted")])
    lines += _labelled("answers", answers(view), width)
    for window in view.scoped:
        lines += _labelled("limit", scoped_words(window), width)
    for pace in view.paces:
        lines += _labelled("pace", _pace(pace), width)
    return lines


def scoped_words(window: WindowView) -> str:
    """Such as `client editor, a week: $0.40 of $5.00 spent · $4.60 left`."""
    whose = f"{window.scope} {window.name}, " if window.scope != "all" else ""
    until = f"a {window.window}" if whose else f"each {window.window}"
    return f"{whose}{until}: {_sums(window)}"


def brief_lines(view: SpendView, width: int) -> list[Line]:
    """One line a window."""
    lines: list[Line] = []
    for window in view.windows:
        name = left(_NAMES.get(window.window, window.window), _LABEL)
        sums = f"{_exact(window.spent_nano)} spent"
        if window.limit_nano is not None:
            sums = f"{_exact(window.spent_nano)} of {total(window.limit_nano)}"
        held = f" · {_exact(window.reserved_nano)} reserved" if window.reserved_nano else ""
        drawn = _bar(window, _BRIEF_BAR)
        room = width - _LABEL - line_width(drawn)
        sums = crop(f"{' ' if drawn else ''}{sums}{held}", room)
        lines.append([(name, "title"), *drawn, (sums, "")])
    counts = f"{view.local_today:,} at home · {view.cloud_today:,} in the cloud"
    counts = counts if view.requests_today else answers(view)
    if not view.windows:
        lines.append([(left("budget", _LABEL), "title"), (_NO_BUDGET, "muted")])
    return [*lines, [(left("answers", _LABEL), "title"), (counts, "")]]


def answers(view: SpendView) -> str:
    """Who answered today, and how much of the money is a guess."""
    if not view.requests_today:
        return "no prompts today"
    parts = [
        f"{view.local_today:,} at home for nothing" if view.local_today else "",
        f"{view.cloud_today:,} in the cloud",
        f"{view.unknown_today:,} at an estimated price" if view.unknown_today else "",
    ]
    return f"{count(view.requests_today, 'prompt')} today: " + " · ".join(p for p in parts if p)


def _window(window: WindowView, width: int) -> list[Line]:
    name = left(_NAMES.get(window.window, window.window), _LABEL)
    if window.limit_nano is None:
        held = f", {_exact(window.reserved_nano)} reserved" if window.reserved_nano else ""
        return [[(name, "title"), (f"{_exact(window.spent_nano)} spent{held}, no limit", "")]]
    role = "bad" if window.spent_nano >= window.limit_nano else ""
    return [
        [(name, "title"), *_bar(window, min(60, width - _LABEL))],
        *wrapped(_sums(window), width, role, " " * _LABEL),
    ]


def _bar(window: WindowView, room: int) -> Line:
    """Spent, reserved, left; nothing where there is no limit."""
    limit = window.limit_nano
    if limit is None:
        return []
    both = window.spent_nano + window.reserved_nano
    spent = room if limit <= 0 else len(bar(window.spent_nano, limit, room))
    held = 0 if limit <= 0 else len(bar(both, limit, room)) - spent
    role = "bad" if window.spent_nano >= limit else "warn" if both > limit * 0.8 else "accent"
    return [
        ("█" * spent, role),
        ("▒" * held, role),
        ("░" * (room - spent - held), "faint"),
    ]


def _sums(window: WindowView) -> str:
    limit = window.limit_nano or 0
    left_over = max(0, limit - window.spent_nano - window.reserved_nano)
    parts = [f"{_exact(window.spent_nano)} of {total(limit)} spent"]
    if window.reserved_nano:
        parts.append(f"{_exact(window.reserved_nano)} reserved")
    parts.append(f"{_exact(left_over)} left" if left_over else "nothing left")
    if window.resets_at_ms:
        day = units.day_and_clock(window.resets_at_ms)[:10]
        clock = minute(window.resets_at_ms)
        until = clock if window.window in _OF_A_DAY else day
        parts.append(f"until {until}")
    return " · ".join(parts)


def _exact(nano: int) -> str:
    return units.money(nano)


def _pace(pace: PaceView) -> str:
    if pace.held == "money":
        return f"{units.money(round(pace.wanted))} a day is left for the rest of the month"
    found = "nothing is known yet" if pace.found is None else f"{pace.found:.0%} of the last ones"
    return f"{pace.wanted:.0%} of the answers from the cloud are wanted; {found}"


def _labelled(name: str, text: str, width: int) -> list[Line]:
    first, *rest = wrapped(text, width, "", " " * _LABEL)
    return [[(left(name, _LABEL), "title"), (first[0][0].strip(), "")], *rest]


def _groups(grouping: Grouping, width: int) -> list[Line]:
    """The groupings, the chosen one in brackets, alone where there is no room; how far back."""
    line: Line = [(left("by", _LABEL), "title")]
    for index, (name, _) in enumerate(GROUPS):
        chosen = index == grouping.group
        line.append((f"[{name}]" if chosen else f" {name} ", "strong" if chosen else "muted"))
    back: Line = [(f"the last {count(grouping.days, 'day')}", "muted")]
    if line_width(line) + line_width(back) + 3 <= width:
        return [[*line, ("   ", ""), *back]]
    chosen_line: Line = [(left("by", _LABEL), "title"), (f"[{grouping.name}]", "strong")]
    return [[*chosen_line, ("   ", ""), *back]]


@dataclass(frozen=True, slots=True)
class _Layout:
    name: int
    prompts: int
    tokens: bool
    split: bool
    """Whether what is certain and what is estimated have columns of their own."""
    bar: int


def _layout(width: int, longest: int) -> _Layout:
    """A name is cropped where there are no numbers of tokens left that could make room for it."""
    split = width >= 56
    least = 8 + 10 + (20 if split else 0)
    tokens = width >= 74 and width - least - 23 >= min(longest, _LONG)
    prompts = 9 if tokens else 8
    numbers = least + (23 if tokens else 0)
    name = max(10, min(longest, 40, width - numbers))
    share = width - numbers - name - 2
    return _Layout(name, prompts, tokens, split, share if share >= 8 else 0)


def _table(spent: Spent, width: int) -> list[Line]:
    if not spent.rows and not _overlaps(spent):
        return [[("Nothing was asked in this time.", "muted")]]
    rest = () if spent.rest is None else (spent.rest,)
    names = [*[_name(spent.grouping, row) for row in in_sight(spent)], *["others" for _ in rest]]
    rows = (*in_sight(spent), *rest)
    if width < _WIDE and spent.grouping.by == "model":
        names = [model_name(name) for name in names]
    layout = _layout(width, max([12, *map(len, names)]))
    most = max((row.cost_nano for row in rows), default=0)
    lines = [_head(spent.grouping, layout)]
    counted = [_counted(spent.grouping, row) for row in rows]
    lines += [_row(*told, most, layout, "") for told in zip(names, rows, counted, strict=True)]
    if spent.total is not None and (len(rows) > 1 or _overlaps(spent)):
        count_of_all = _counted(spent.grouping, spent.total)
        lines.append(_row("all", spent.total, count_of_all, 0, layout, "strong"))
    return lines + (wrapped(_OVERLAPPING, width, "muted") if _overlaps(spent) else [])


def _counted(grouping: Grouping, row: SpendRow) -> int:
    return row.attempts if grouping.by in BY_ATTEMPT else row.requests


def _overlaps(spent: Spent) -> bool:
    return spent.grouping.by == "tag" and spent.total is not None and spent.total.attempts > 0


def _name(grouping: Grouping, row: SpendRow) -> str:
    return row.group or _NOBODY.get(grouping.by, "none")


def _head(grouping: Grouping, layout: _Layout) -> Line:
    counted = "attempts" if grouping.by in BY_ATTEMPT else "prompts"
    prompts = right(counted, layout.prompts)
    line: Line = [(left(grouping.name, layout.name) + prompts, "title")]
    if layout.tokens:
        line.append((right("tokens in", 11) + right("out", 11), "title"))
    if layout.split:
        line.append((right("certain", 10) + right("estimated", 10), "title"))
    return [*line, (right("cost", 10), "title")]


def _row(name: str, row: SpendRow, counted: int, most: int, layout: _Layout, role: str) -> Line:
    sure = row.cost_nano - row.estimated_nano
    prompts = right(f"{counted:,}", layout.prompts)
    line: Line = [(left(name, layout.name), role or "strong"), (prompts, "")]
    if layout.tokens:
        line.append((right(f"{row.input_tokens:,}", 11) + right(f"{row.output_tokens:,}", 11), ""))
    if layout.split:
        guessed = units.money(row.estimated_nano, certain=False) if row.estimated_nano else ""
        line += [(right(units.money(sure), 10), ""), (right(guessed, 10), "warn")]
    line.append((right(units.money(row.cost_nano, certain=not row.estimated_nano), 10), role))
    if not layout.bar or not most:
        return line
    cells = len(bar(row.cost_nano, most, layout.bar))
    unsure = min(cells, len(bar(row.estimated_nano, most, layout.bar)))
    return [*line, ("  " + "█" * (cells - unsure), "accent"), ("▒" * unsure, "warn")]
