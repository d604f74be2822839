"""How it goes: `GET /metrics` in Prometheus' text format, and `stats` of `/homeport/v1`.

Names models, tasks and strategies, and no client, session or tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args

from homeport.client.wire import SpendView, StatRow
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms
from homeport.daemon.storage.figures import StatsBy
from homeport.policies.errors import BadRequest

DAY_MS = 86_400_000
MAX_DAYS = 90
PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


async def metrics(call: Call, house: House) -> None:
    """Everything that is counted."""
    daemon = house.daemon
    await daemon.written_down()
    day = await daemon.figures.each(now_ms() - DAY_MS)
    await call.reply(200, (text(house) + "".join(of_a_day(day))).encode(), PROMETHEUS)


async def stats(call: Call, house: House) -> None:
    """How requests went, by model, task or strategy."""
    by: Any = call.query().get("by", "model")
    if by not in get_args(StatsBy):
        raise BadRequest(f"`by` must be one of {', '.join(get_args(StatsBy))}.", param="by")
    since_ms = now_ms() - call.number("days", 7, MAX_DAYS) * DAY_MS
    await house.daemon.written_down()
    await call.reply_json(await house.daemon.figures.report(by, since_ms))


OF_A_DAY: tuple[tuple[str, str, Callable[[StatRow], float | None]], ...] = (
    ("requests", "Prompts", lambda row: row.requests),
    ("failed", "Prompts without an answer", lambda row: row.failed),
    ("cached", "Prompts answered from the cache", lambda row: row.cached),
    ("cache_saved_usd", "What those answers cost first", lambda row: row.saved_nano / 1e9),
    ("error_ratio", "Share of prompts without an answer", lambda row: row.failed / row.requests),
    ("first_token_seconds", "Median time to the first token", lambda row: s(row.first_token_ms)),
    ("latency_p50_seconds", "Median time of an answer", lambda row: s(row.p50_ms)),
    ("latency_p95_seconds", "What 95 % of answers took at most", lambda row: s(row.p95_ms)),
    ("tokens_per_second", "Median speed of an answer", lambda row: row.tokens_per_s),
    ("cost_usd", "What is known of the cost", lambda row: row.cost_nano / 1e9),
    ("satisfaction", "What people made of answers, 0 to 1", lambda row: row.satisfaction),
)
"""Name, sentence and value of each gauge of the last 24 hours."""


def of_a_day(rows: Sequence[tuple[tuple[str, ...], StatRow]]) -> Iterable[str]:
    """The figures of the last 24 hours, by model, task and strategy."""
    for name, sentence, value in OF_A_DAY:
        found = [(labels(key), value(row)) for key, row in rows]
        known = [(of, number) for of, number in found if number is not None]
        lines = family(f"homeport_day_{name}", "gauge", f"{sentence}, of the last 24 hours.", known)
        yield "".join(f"{line}\n" for line in lines)


def labels(key: tuple[str, ...]) -> str:
    """As Prometheus writes them."""
    model, task, strategy = (quoted(value) for value in key)
    return f'{{model="{model}",task="{task}",strategy="{strategy}"}}'


def quoted(value: str) -> str:
    """A label's value, with what would end it escaped."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def s(ms: float | None) -> float | None:
    """In seconds."""
    return None if ms is None else ms / 1e3


def text(house: House) -> str:
    """All families, one after the other."""
    daemon = house.daemon
    spend = daemon.spend_view()
    lines = [
        *family("homeport_requests_total", "counter", "Prompts since the start.", answered(house)),
        *family("homeport_requests_in_flight", "gauge", "Prompts being answered.", [
            ("", house.open_prompts),
        ]),
        *family("homeport_spend_usd", "gauge", "Spent in the running window.", spent(spend)),
        *family("homeport_models", "gauge", "Models by place.", models(house)),
        *family("homeport_watchers", "gauge", "Watchers of events.", [("", daemon.bus.watchers)]),
        *family("homeport_uptime_seconds", "gauge", "Since the start.", [
            ("", (now_ms() - daemon.started_ms) / 1e3),
        ]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def family(
    name: str, kind: str, sentence: str, samples: Iterable[tuple[str, float]]
) -> Iterable[str]:
    """One metric with its samples; labels are written already."""
    yield f"# HELP {name} {sentence}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{labels} {value:.12g}"


def answered(house: House) -> list[tuple[str, float]]:
    """Prompts by where they ended and how."""
    return [
        (f'{{place="{place}",outcome="{outcome}"}}', count)
        for (place, outcome), count in sorted(house.answered.items())
    ]


def spent(view: SpendView) -> list[tuple[str, float]]:
    """Dollars by window."""
    return [(f'{{window="{w.window}"}}', w.spent_nano / 1e9) for w in view.windows]


def models(house: House) -> list[tuple[str, float]]:
    """How many there are at each place."""
    places = [view.place for view in house.daemon.fleet.views()]
    return [(f'{{place="{place}"}}', places.count(place)) for place in ("local", "lan", "cloud")]
