"""The models that cases are decided among: one of each kind, with round numbers."""

from __future__ import annotations

from collections.abc import Sequence

from homeport.policies.model import Ask, Candidate, Capability, LinkState, ModelCard, Place

ABLE: tuple[Capability, ...] = (
    *("tools", "required_tools", "images", "audio", "documents", "json", "json_schema", "logprobs"),
    *("thinking", "completion", "fill"),
)

STAGE: tuple[tuple[str, Place, float, int, int], ...] = (
    ("home/small", "local", 0.70, 0, 2_000),
    ("home/large", "local", 0.85, 0, 6_000),
    ("lan/box", "lan", 0.88, 0, 4_000),
    ("cloud/cheap", "cloud", 0.92, 1_000_000, 2_000),
    ("cloud/good", "cloud", 1.05, 10_000_000, 3_000),
    ("cloud/dear", "cloud", 1.25, 80_000_000, 5_000),
)
"""Id, place, how good at what is easy, expected cost in nano-dollars, milliseconds."""

NAMES = tuple(name for name, *_ in STAGE)


def stage(ask: Ask, link: LinkState, only: Sequence[str] = ()) -> list[Candidate]:
    """The models of the stage for an ask; `only` some of them."""
    return [_candidate(ask, link, *row) for row in STAGE if not only or row[0] in only]


def _candidate(
    ask: Ask, link: LinkState, name: str, place: Place, able: float, cost_nano: int, total_ms: int
) -> Candidate:
    provider, _, short = name.partition("/")
    card = ModelCard(
        id=name,
        provider=provider,
        name=short,
        place=place,
        host="" if place == "local" else f"{short}.example.com",
        context=1_000_000,
        capabilities=ABLE,
        continues=True,
    )
    return Candidate(
        card=card,
        state="ready",
        link="ok" if place == "local" else link,
        key="valid" if place == "cloud" else "not-needed",
        quality=round(min(0.99, max(0.01, able - ask.difficulty / 100)), 3),
        cost_nano=cost_nano,
        worst_cost_nano=2 * cost_nano,
        first_token_ms=total_ms // 4,
        total_ms=total_ms,
    )
