"""One model as a page: how it stands, what it is, what its answers have taught, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.client import units
from homeport.client.wire import AttemptView, LearnedView, ModelView, RequestView
from homeport.tui.graph import bar
from homeport.tui.history import Standing
from homeport.tui.standing import failed, since_words, state_role, state_word
from homeport.tui.words import Line, count, left, line_width, right, took, wrapped

_INDENT, _LABEL, _TASK = "  ", 12, 12
_MOST_ATTEMPTS = 8
_SCALE = 100
_Tried = tuple[RequestView, AttemptView]


def model_page(
    model: ModelView, standing: Standing | None, rows: Sequence[RequestView], width: int
) -> list[Line]:
    """The whole page at this width; `rows` is the feed."""
    tried = [(row, a) for row in rows for a in row.attempts if a.model == model.id]
    sections = [
        ("", _head(model, standing, width)),
        ("what it is", _is(model, width)),
        ("what it costs", _costs(model, width)),
        ("how fast it was", _fast(model, width)),
        ("what its answers have taught", _taught(model.learned, width)),
        ("what went wrong last", _wrong(tried, width)),
        ("its last prompts", _prompts(tried, width)),
    ]
    lines: list[Line] = []
    for title, section in sections:
        lines += [[(title.upper(), "title")], *section, []] if title else [*section, []]
    return lines[:-1]


def _head(model: ModelView, standing: Standing | None, width: int) -> list[Line]:
    since = since_words(standing)
    lines = wrapped(model.id, width, "strong")
    lines.append(
        [
            (model.place, f"place-{model.place}"),
            (f" · {state_word(model)}", state_role(model)),
            (f" {since}" if since else "", "muted"),
        ]
    )
    return lines + (wrapped(model.reason, width, "bad") if model.reason else [])


def _is(model: ModelView, width: int) -> list[Line]:
    facts = [
        ("context", f"{model.context:,} tokens" if model.context else ""),
        ("parameters", "" if model.parameters is None else units.tokens(model.parameters)),
        ("weights", " · ".join(part for part in (_file(model), model.quantisation) if part)),
        ("memory", "" if model.memory_bytes is None else units.memory_size(model.memory_bytes)),
        ("abilities", ", ".join(model.capabilities)),
        ("made for", model.domain),
        ("limit", _limit(model)),
        ("note", "a demonstration: it shows the way, not the quality" * model.demonstration),
    ]
    return _facts(facts, width) or [[(_INDENT + "nothing is known", "muted")]]


def _file(model: ModelView) -> str:
    return "" if model.size_bytes is None else units.size(model.size_bytes)


def _limit(model: ModelView) -> str:
    number = model.requests_per_minute
    return "" if number is None else f"{count(number, 'prompt')} a minute"


def _costs(model: ModelView, width: int) -> list[Line]:
    if model.input_nano_per_mtok is None and model.output_nano_per_mtok is None:
        return [[(_INDENT + "its price is unknown", "muted")]]
    if model.input_nano_per_mtok == model.output_nano_per_mtok == 0:
        return [[(_INDENT + "nothing", "")]]
    into, out = units.price(model.input_nano_per_mtok), units.price(model.output_nano_per_mtok)
    facts = [("a million", f"{into} of tokens in, {out} of tokens out")]
    return _facts([*facts, ("from", model.price_source)], width)


def _fast(model: ModelView, width: int) -> list[Line]:
    speed, first = model.tokens_per_s, model.first_token_ms
    facts = [
        ("speed", "" if speed is None else f"{speed:.1f} tokens a second"),
        ("first token", "" if first is None else f"after {took(first)}"),
    ]
    return _facts(facts, width) or [[(_INDENT + "nothing was measured yet", "muted")]]


def _taught(learned: Sequence[LearnedView], width: int) -> list[Line]:
    if not learned:
        sentence = "Nothing yet. u and d on Live say what an answer was worth."
        return wrapped(sentence, width, "muted", _INDENT)
    lines: list[Line] = []
    for one in learned:
        lines += _ability(one, width)
    return lines


def _ability(one: LearnedView, width: int) -> list[Line]:
    """A bar of 100, the number with its uncertainty, and what is known of its confidence."""
    cells = max(10, min(30, width - _TASK - 26))
    filled = bar(one.ability, _SCALE, cells)
    indent = _INDENT + " " * _TASK
    return [
        [
            (_INDENT + left(one.task, _TASK), "strong"),
            (filled, "accent"),
            ("░" * (cells - len(filled)), "faint"),
            (f"  {one.ability:.0f} ± {one.sd:.0f} of 100", ""),
        ],
        *wrapped(f"from {one.source}", width, "muted", indent),
        *wrapped(f"confidence: {one.confidence}", width, "muted", indent),
    ]


def _wrong(tried: Sequence[_Tried], width: int) -> list[Line]:
    wrong = [(row, attempt) for row, attempt in tried if failed(attempt)]
    if not wrong:
        return [[(_INDENT + "nothing, as far as the feed goes back", "muted")]]
    row, attempt = wrong[-1]
    said = attempt.sentence or attempt.outcome.replace("_", " ")
    when = f"{units.clock(attempt.ended_ms or attempt.started_ms)}  prompt {row.id}"
    times = f"{count(len(wrong), 'failure')} in {count(len(tried), 'attempt')}"
    return [
        *wrapped(f"{attempt.outcome.replace('_', ' ')}: {said}", width, "warn", _INDENT),
        *wrapped(f"{when} · {times}", width, "muted", _INDENT),
    ]


def _prompts(tried: Sequence[_Tried], width: int) -> list[Line]:
    if not tried:
        return [[(_INDENT + "none, as far as the feed goes back", "muted")]]
    return [_prompt(row, attempt, width) for row, attempt in reversed(tried[-_MOST_ATTEMPTS:])]


def _prompt(row: RequestView, attempt: AttemptView, width: int) -> Line:
    ended = attempt.ended_ms
    line: Line = [
        (_INDENT + units.clock(attempt.started_ms) + "  ", "muted"),
        (left(attempt.outcome.replace("_", " ") or "running", 12), _role(attempt)),
        (right(took(None if ended is None else ended - attempt.started_ms), 6), "muted"),
    ]
    room = width - line_width(line) - 2
    return [*line, ("  " + left(row.because or row.error, room), "")] if room > 0 else line


def _role(attempt: AttemptView) -> str:
    return "warn" if failed(attempt) else "running" if not attempt.outcome else ""


def _facts(facts: Sequence[tuple[str, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for name, value in facts:
        if value:
            indent = " " * (len(_INDENT) + _LABEL)
            first, *rest = wrapped(value, width, "", indent)
            lines += [[(_INDENT + left(name, _LABEL), "muted"), (first[0][0].strip(), "")], *rest]
    return lines
