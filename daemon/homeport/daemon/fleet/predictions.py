"""What one prompt would take of one model: time and money, expected and at worst.

Nothing that a prompt cache may save enters the worst case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.daemon.fleet.speeds import Speed
from homeport.daemon.money.price import FREE, Price
from homeport.policies.model import Ask, ModelCard

MEDIA = frozenset({"images", "audio", "documents"})
VECTORS = frozenset({"embeddings", "pooling"})
UNBOUNDED_INPUT = 10_000_000
SEARCHES_BOUND = 25
"""Of the web, for one answer, by a provider's own tools."""
SEATS: Mapping[str, int] = {"llamacpp": 1, "ollama": 1}
"""Answers that an engine at home gives at once: one in the embedded engine; Ollama's default."""
SHARED = 0.25
"""Of its speed, what each answer that a server at home gives beside it takes: a guess."""
SEATS_ELSEWHERE = 4
"""Of any other server at home; how many it has, none of them says."""


Times = tuple[int, int, int, int]
"""Milliseconds: to wait, to load, to the first token without these two, and in all."""


def times_of(card: ModelCard, ask: Ask, speed: Speed, warm: int, busy: int, load: bool) -> Times:
    """How long it would take; `busy` answers are being given by the model."""
    load_ms = int(speed.load_ms) if load else 0
    first_ms = int(speed.overhead_ms + 1e3 * (ask.input_tokens - warm) / speed.prefill_per_s)
    answer_ms = int(1e3 * ask.output_tokens / speed.tokens_per_s)
    wait_ms = 0
    if busy:
        wait_ms = waiting_ms(card, busy, answer_ms)
        if card.place != "cloud" and card.provider not in SEATS:
            answer_ms += int(SHARED * min(busy, SEATS_ELSEWHERE) * answer_ms)
    total_ms = wait_ms + load_ms + first_ms + answer_ms
    if not speed.prefill_seen and first_ms > ask.deadline_ms // 2:
        # A guess alone says of no model that it is too slow to be tried.
        first_ms = ask.deadline_ms // 2
    return wait_ms, load_ms, first_ms, total_ms


def waiting_ms(card: ModelCard, busy: int, answer_ms: int) -> int:
    """In line at an engine at home, where each takes as long as this answer; none in the cloud."""
    if card.place == "cloud":
        return 0
    seats = card.at_once or SEATS.get(card.provider, SEATS_ELSEWHERE)
    return max(0, busy - seats + 1) * answer_ms // seats


def warm_tokens(card: ModelCard, ask: Ask, state: str) -> int:
    """Of the input, what its cache likely holds; nothing at home where it is not loaded."""
    if not ask.warm or (card.place != "cloud" and state != "ready"):
        return 0
    return min(ask.input_tokens, dict(ask.warm).get(card.id, 0))


def expected_nano(price: Price, ask: Ask, warm: int) -> int:
    """The cost to be expected."""
    if price is FREE:
        return 0
    return price.expected(ask.input_tokens, ask.output_tokens, warm=warm, kept=ask.caches)


def input_bound(card: ModelCard, ask: Ask) -> int:
    """The most tokens that it can read of a prompt."""
    bound, holds = ask.input_tokens_bound, card.context
    return holds if holds and holds < bound else bound


FEWEST_OUTPUT = 16
"""Tokens that a server may have to be allowed, however few are wanted: OpenAI's Responses take
no smaller bound."""


def worst_nano(
    prices: Sequence[Price], card: ModelCard, ask: Ask, reply: int, tools_nano: int
) -> int:
    """The dearest under any of these prices; `tools_nano` is held for a provider's own tools."""
    bound, needs = ask.input_tokens_bound, ask.needs
    if VECTORS.isdisjoint(needs):  # each text to embed has the context to itself
        bound, reply = input_bound(card, ask), max(reply, FEWEST_OUTPUT)
    media = not MEDIA.isdisjoint(needs)
    searches, tools = 0, 0
    if "server_tools" in needs and prices[0] is not FREE:
        # What its provider's tools find is read too, up to the whole window.
        bound, searches, tools = card.context or UNBOUNDED_INPUT, SEARCHES_BOUND, tools_nano
    worst = 0
    for price in prices:
        nano = price.worst(bound, reply, media=media, kept=ask.caches, searches=searches)
        worst = nano if nano > worst else worst
    return tools + worst
