"""`GET /metrics`: counts in Prometheus' text format. Names no model, client or session."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.client.wire import SpendView
from homeport.daemon.api.call import Call
from homeport.daemon.api.house import House
from homeport.daemon.bus import now_ms

PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


async def metrics(call: Call, house: House) -> None:
    """Everything that is counted."""
    await call.reply(200, text(house).encode(), PROMETHEUS)


def text(house: House) -> str:
    """All families, one after the other."""
    daemon = house.daemon
    spend = daemon.ledger.spend_view()
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
