"""The attempts of one prompt on one line of time: loading, waiting, answering."""

from __future__ import annotations

from homeport.client.wire import AttemptView, RequestView
from homeport.tui.words import Line, left, model_name, right, took, wrapped

LOADING, WAITING, ANSWERING = "░", "▒", "█"
LEGEND = f"{LOADING} loading  {WAITING} waiting for the first token  {ANSWERING} answering"
_NAME = 24


def time_lines(request: RequestView, now_ms: int, width: int) -> list[Line]:
    """A ruler, then two lines an attempt: its bar, and what came of it."""
    if not request.attempts:
        return [[("nothing was tried", "muted")]]
    start_ms = request.at_ms
    end_ms = max(_end(request, attempt, now_ms) for attempt in request.attempts)
    room = max(10, width - _NAME - 1)
    scale = room / max(1, end_ms - start_ms)
    indent = " " * (_NAME + 1)
    lines: list[Line] = [_ruler(end_ms - start_ms, room)]
    for attempt in request.attempts:
        lines.append(_bar(attempt, start_ms, _end(request, attempt, now_ms), scale, room))
        lines += wrapped(_told(attempt, now_ms), width, _role(attempt), indent)
    return [*lines, *wrapped(LEGEND, width, "muted", indent)]


def _end(request: RequestView, attempt: AttemptView, now_ms: int) -> int:
    if attempt.ended_ms is not None:
        return attempt.ended_ms
    return now_ms if request.total_ms is None else request.at_ms + request.total_ms


def _ruler(total_ms: int, room: int) -> Line:
    half = took(total_ms // 2)
    middle = right(half, room // 2 + len(half) // 2)
    ruler = left("0", 1) + middle[1:] + right(took(total_ms), room - len(middle))
    return [(" " * (_NAME + 1), ""), (ruler, "muted")]


def _bar(attempt: AttemptView, start_ms: int, end_ms: int, scale: float, room: int) -> Line:
    def cell(at_ms: int | None, otherwise: int) -> int:
        return otherwise if at_ms is None else min(room, round((at_ms - start_ms) * scale))

    ends = max(1, cell(end_ms, room))
    starts = min(ends - 1, cell(attempt.started_ms, 0))
    first_token = max(starts, min(ends, cell(attempt.first_token_ms, ends)))
    loaded = min(first_token, max(starts, cell(attempt.loaded_ms, starts)))
    bar = LOADING * (loaded - starts) + WAITING * (first_token - loaded)
    bar += ANSWERING * (ends - first_token)
    return [
        (left(attempt.place, 6), f"place-{attempt.place}"),
        (left(model_name(attempt.model), _NAME - 6) + " ", ""),
        (" " * starts, ""),
        (bar, _role(attempt) or "accent"),
    ]


def _told(attempt: AttemptView, now_ms: int) -> str:
    words = [
        attempt.outcome.replace("_", " ") or f"running for {took(now_ms - attempt.started_ms)}"
    ]
    if attempt.loaded_ms is not None and attempt.loaded_ms > attempt.started_ms:
        words.append(f"loaded in {took(attempt.loaded_ms - attempt.started_ms)}")
    if attempt.first_token_ms is not None:
        words.append(f"first token after {took(attempt.first_token_ms - attempt.started_ms)}")
    if attempt.sent_tokens:
        words.append(f"{attempt.sent_tokens:,} tokens sent")
    if attempt.sentence:
        words.append(attempt.sentence)
    return " · ".join(words)


def _role(attempt: AttemptView) -> str:
    return "" if attempt.outcome in ("", "done") else "warn"
