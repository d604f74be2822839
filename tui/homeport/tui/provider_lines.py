"""The providers: their keys, how many models they have, and how the last attempts at them went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from homeport.client.wire import AttemptView, KeyView, ModelView, RequestView
from homeport.tui.graph import strip
from homeport.tui.standing import failed
from homeport.tui.state import State
from homeport.tui.words import Line, count, left, minute, took, wrapped

_NAME, _MOST_TRIED, _MOST_ROWS = 14, 40, 400
_KEYS = {
    "absent": ("no key", "muted"),
    "untested": ("key not tested yet", ""),
    "valid": ("key valid", "good"),
    "refused": ("key refused", "bad"),
}


@dataclass(slots=True)
class _Provider:
    """What is known of one."""

    name: str
    key: KeyView | None = None
    models: int = 0
    place: str = ""
    tried: list[AttemptView] = field(default_factory=list)


def provider_lines(state: State, width: int) -> list[Line]:
    """Two lines a provider, those that were used or can be used first."""
    found = _providers(state.picture.models, state.picture.keys, state.rows)
    used = [one for one in found if one.tried or one.models or _has_key(one)]
    rest = [one.name for one in found if one not in used]
    lines: list[Line] = [[("PROVIDERS", "title"), _legend(used)]]
    for one in used:
        lines += _provider(one, width)
    if not used:
        lines.append([("  none is in use", "muted")])
    if rest:
        lines += wrapped(f"without a key: {', '.join(rest)}", width, "muted", "  ")
    return lines


def _legend(used: Sequence[_Provider]) -> tuple[str, str]:
    if not any(one.tried for one in used):
        return "", ""
    return "   █ answered, x failed", "muted"


def _has_key(one: _Provider) -> bool:
    return one.key is not None and one.key.state != "absent"


def _providers(
    models: Sequence[ModelView], keys: Sequence[KeyView], rows: Mapping[str, RequestView]
) -> list[_Provider]:
    found: dict[str, _Provider] = {}

    def at(name: str) -> _Provider:
        return found.setdefault(name, _Provider(name))

    for model in models:
        one = at(model.id.partition("/")[0])
        one.place = one.place or model.place
        one.models += model.state != "missing"
    for key in keys:
        at(key.provider).key = key
    for row in islice(rows.values(), max(0, len(rows) - _MOST_ROWS), None):
        for attempt in row.attempts:
            one = at(attempt.model.partition("/")[0])
            one.place = one.place or attempt.place
            one.tried.append(attempt)
    return sorted(found.values(), key=lambda one: (not one.tried, one.place != "local", one.name))


def _provider(one: _Provider, width: int) -> list[Line]:
    key, role = _key(one)
    said = [key, count(one.models, "model"), *_times(one.tried)]
    text = " · ".join(part for part in said if part)
    indent = " " * (2 + _NAME)
    first, *rest = wrapped(text, width, role, indent)
    lines: list[Line] = [
        [
            ("  " + left(one.name, _NAME), f"place-{one.place}" if one.place else "muted"),
            (first[0][0].strip(), role),
        ],
        *rest,
    ]
    if one.key and one.key.sentence:
        lines += wrapped(one.key.sentence, width, "warn", indent)
    if one.tried:
        ended = [attempt for attempt in one.tried if attempt.outcome]
        wells = [_went(attempt) for attempt in ended][-_MOST_TRIED:]
        lines.append([(indent, ""), (strip(wells, len(wells)), "accent")])
    return lines


def _key(one: _Provider) -> tuple[str, str]:
    if one.key is None:
        return ("here" if one.place == "local" else one.place or "no key is needed"), ""
    word, role = _KEYS[one.key.state]
    source = f", {one.key.source}" if one.key.source else ""
    tested = f", tested {minute(one.key.tested_at_ms)}" if one.key.tested_at_ms else ""
    return f"{word}{source}{tested}", role


def _went(attempt: AttemptView) -> bool | None:
    """Whether it answered; a cancelled one says nothing."""
    return None if attempt.outcome == "cancelled" else not failed(attempt)


def _times(tried: Sequence[AttemptView]) -> list[str]:
    """How many answered, and the middle of their first tokens."""
    ended = [attempt for attempt in tried if attempt.outcome]
    if not ended:
        return []
    well = [attempt for attempt in ended if attempt.outcome == "done"]
    waits = sorted(a.first_token_ms - a.started_ms for a in well if a.first_token_ms is not None)
    words = [f"{len(well)} of {len(ended)} answered"]
    return [*words, f"first token {took(waits[len(waits) // 2])}"] if waits else words
