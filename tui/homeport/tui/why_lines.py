"""One decision as a page: what it needed, who could answer, what happened, what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.client import units
from homeport.client.wire import RequestView, ScoreView, StepView, Why
from homeport.tui.feed_lines import headline
from homeport.tui.history import LinkMoment
from homeport.tui.plan_lines import (
    answer_lines,
    check_lines,
    fact_lines,
    named_lines,
    plan_lines,
    rule_lines,
)
from homeport.tui.time_line import time_lines
from homeport.tui.words import Line, count, crop, left, right, took, wrapped, wrapped_items

_REPLAYS = {
    "identical": "replayed: the same decision comes out",
    "different": "replayed: another decision comes out, so the stored one is shown",
    "other-version": "stored by another version of the deciding code, shown as stored",
    "not-logged": "not stored, so it cannot be replayed",
}
_VERDICTS = {"up": "good", "down": "bad", "edit": "edited it"}
_INDENT = "  "


def why_lines(why: Why, now_ms: int, width: int, links: Sequence[LinkMoment] = ()) -> list[Line]:
    """The whole page at this width; `links` is what is known of the link."""
    request = why.request
    sections = [
        ("", _head(request, width)),
        ("what the prompt needed", _needs(why.ask, request, width)),
        ("the rules that mattered", _rules(why, width)),
        ("the plan", _plan(why, width)),
        *[_step(number, step, width) for number, step in enumerate(_own(why), 1)],
        ("the answers", answer_lines(why.steps, request.attempts, width)),
        ("the checks", check_lines(request.checks, width)),
        ("the cache of answers", _cache(request, width)),
        ("the attempts", _indented(time_lines(request, now_ms, width - len(_INDENT), links))),
        ("what it cost", _cost(why, width)),
        ("what if", _what_if(why, width)),
        ("", wrapped(f"{_REPLAYS[why.replay]} · engine {why.engine_version}", width, "muted")),
    ]
    lines: list[Line] = []
    for title, section in sections:
        if section:
            lines += [[(title.upper(), "title")], *section, []] if title else [*section, []]
    return lines[:-1]


def _head(request: RequestView, width: int) -> list[Line]:
    role = "bad" if request.state == "failed" else "strong"
    because = request.error or request.because
    when = f"{units.day_and_clock(request.at_ms)} · {request.id}"
    if request.verdict:
        when += f" · you said: {_VERDICTS[request.verdict]}"
    return [
        *wrapped(headline(request), width, role),
        *wrapped(because, width, ""),
        *wrapped(when, width, "muted"),
    ]


def _own(why: Why) -> list[StepView]:
    """What was decided on the request itself, and not on one of several answers."""
    return [step for step in why.steps if not step.branch]


def _rules(why: Why, width: int) -> list[Line]:
    return rule_lines(why.steps[0], width) if why.steps else []


def _plan(why: Why, width: int) -> list[Line]:
    plan = why.steps[0].plan if why.steps else None
    return plan_lines(plan, width) if plan else []


def _needs(ask: dict[str, Any], request: RequestView, width: int) -> list[Line]:
    """The measurements, in words; those that were not logged are left out."""
    facts = [
        ("task", _task(ask)),
        ("length", _length(ask)),
        ("abilities", ", ".join(ask.get("needs") or ()) or "none in particular"),
        ("privacy", _privacy(ask, request)),
        ("asked for", _asked_for(ask, request)),
        ("limits", _limits(ask)),
        ("caller", " · ".join(part for part in (request.client, *(ask.get("tags") or ())) if part)),
    ]
    lines: list[Line] = []
    for name, value in facts:
        lines += fact_lines(name, value, width) if value else []
    return lines


def _task(ask: dict[str, Any]) -> str:
    if "task" not in ask:
        return ""
    language = ask.get("language") or "und"
    words = [str(ask["task"]), f"difficulty {ask.get('difficulty', '?')} of 100"]
    words.append(str(ask["level"]) if ask.get("level") else "")
    words.append(f"language {language}" if language != "und" else "")
    return ", ".join(word for word in words if word)


def _length(ask: dict[str, Any]) -> str:
    if "input_tokens" not in ask:
        return ""
    words = f"about {ask['input_tokens']:,} tokens in"
    if ask.get("output_tokens") is not None:
        words += f", {ask['output_tokens']:,} expected out"
    if ask.get("max_tokens") is not None:
        words += f", at most {ask['max_tokens']:,}"
    return words


def _privacy(ask: dict[str, Any], request: RequestView) -> str:
    private = request.private or ask.get("privacy") == "private"
    return "private: it stays on this machine" if private else "normal"


def _asked_for(ask: dict[str, Any], request: RequestView) -> str:
    words = [str(ask.get("requested_model") or "auto"), request.mode, request.strategy]
    return " · ".join(word for word in words if word)


def _limits(ask: dict[str, Any]) -> str:
    words = []
    if ask.get("max_cost_nano") is not None:
        words.append(f"at most {units.money(ask['max_cost_nano'])}")
    if ask.get("deadline_ms"):
        words.append(f"within {took(ask['deadline_ms']).removesuffix('00s')}")
    return ", ".join(words)


def _step(number: int, step: StepView, width: int) -> tuple[str, list[Line]]:
    title = "the candidates" if number == 1 else f"decided again ({number})"
    lines: list[Line] = []
    if step.after:
        lines += wrapped(f"after: {step.after}", width, "warn", _INDENT)
    if number > 1:
        lines += wrapped(step.because, width, "", _INDENT)
    for rank, score in enumerate(step.order, 1):
        lines += _candidate(rank, score, width)
    for veto in step.vetoes:
        lines += _ruled_out(veto.model, veto.gate, veto.reason, width)
    return title, lines or [[(_INDENT + "there were none", "muted")]]


def _candidate(rank: int, score: ScoreView, width: int) -> list[Line]:
    """The rank and the scorecard."""
    expected = units.money(score.cost_nano, certain=not score.cost_nano)
    figures = [
        f"quality {score.quality:.2f}",
        f"cost {expected} (at most {units.money(score.worst_cost_nano)})",
        f"time {took(score.total_ms)}",
    ]
    terms = [f"{name} {value:+.2f}" for name, value in score.terms]
    indent = _INDENT + " " * 4
    return [
        [
            (f"{_INDENT}{rank:>2}  ", "strong"),
            (left(score.place, 6), f"place-{score.place}"),
            (left(score.model, max(12, width - 20)), "strong" if rank == 1 else ""),
            (right(f"{score.utility:+.2f}", 8), "strong" if rank == 1 else ""),
        ],
        *wrapped_items(figures, width, "", indent),
        *wrapped_items(["score:", *terms] if terms else [], width, "muted", indent),
        *(wrapped(score.note, width, "muted", indent) if score.note else []),
    ]


def _ruled_out(model: str, gate: str, reason: str, width: int) -> list[Line]:
    verdict = f"  ruled out by {gate}"
    room = max(12, width - len(_INDENT) - 4 - len(verdict))
    return [
        [(f"{_INDENT} x  ", "bad"), (crop(model, room), "muted"), (verdict, "bad")],
        *wrapped(reason, width, "", _INDENT + " " * 4),
    ]


def _cost(why: Why, width: int) -> list[Line]:
    request = why.request
    sums = units.money(request.cost_nano, certain=request.certain)
    if request.cost_nano is None:
        sums += " unknown"
    elif not request.certain:
        sums += " estimated"
    tokens = [
        count(number, f"token {way}").replace(f"token {way}s", f"tokens {way}")
        for number, way in ((request.input_tokens, "in"), (request.output_tokens, "out"))
        if number is not None
    ]
    return wrapped(" · ".join([sums, *tokens]), width, "", _INDENT)


def _cache(request: RequestView, width: int) -> list[Line]:
    """What it did for this prompt, where it was asked."""
    cache = request.cache
    if cache is None:
        return []
    kept = bool(cache.of)
    facts = [
        (cache.outcome, cache.sentence),
        ("kept", f"{took(cache.age_ms)} ago" if kept else ""),
        ("saved", units.money(cache.saved_nano) if kept else ""),
        ("alike", "" if cache.similarity is None else f"{cache.similarity:.2f} of 1"),
    ]
    return named_lines([(name, value) for name, value in facts if value], width)


def _what_if(why: Why, width: int) -> list[Line]:
    return named_lines(why.what_if, width)


def _indented(lines: list[Line]) -> list[Line]:
    return [[(_INDENT, ""), *line] for line in lines]
