"""The gates: each says in one sentence why a candidate may not be used, or nothing.

They are asked in the order of `GATES`, and the first that speaks is the veto.
The gates that never change their mind come first (purpose, privacy, mode), the budget
last, so that a veto by the budget means that everything else was in order.
Longer than other modules: all of them are read in one place, in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from homeport.policies.hosts import is_loopback, is_trusted
from homeport.policies.model import Candidate, Capability, ModelCard, RateSource, Urgency
from homeport.policies.rules.judge import names
from homeport.policies.rules.rule import Ruling
from homeport.policies.sentences import dollars, duration, listing, memory
from homeport.policies.situation import DISTANCE, Situation
from homeport.policies.successor import excluded

Gate = Callable[[Candidate, Situation], str | None]

_HOME: Mapping[str, str] = {
    "private": "This prompt is private",
    "local-only": "The mode is local-only",
    "local": "A model at home was asked for",
}

_ABLE: Mapping[Capability, str] = {
    "tools": "call tools",
    "required_tools": "call a tool where it must",
    "images": "read images",
    "audio": "listen to audio",
    "json": "be held to JSON",
    "json_schema": "be held to a JSON schema",
    "logprobs": "report token probabilities",
    "thinking": "show its reasoning",
    "documents": "read documents",
    "completion": "go on from raw text",
    "fill": "fill in what stands before a suffix",
    "embeddings": "make embeddings",
    "pooling": "make embeddings",
    "server_tools": "run tools of its own",
}

LARGE = 4 * 10**9
"""Parameters above which a model drains a battery; where they are unknown, half a byte each."""
VECTORS: frozenset[Capability] = frozenset({"embeddings", "pooling"})
"""What a request for embeddings needs, one of them."""


def purpose(candidate: Candidate, situation: Situation) -> str | None:
    """Models that make embeddings do not chat, and those that chat make no embeddings."""
    able, needs = candidate.card.capabilities, situation.ask.needs
    if VECTORS.isdisjoint(needs):
        return "It makes embeddings and cannot chat." if "embeddings" in able else None
    return "It makes no embeddings." if VECTORS.isdisjoint(able) else None


def privacy(candidate: Candidate, situation: Situation) -> str | None:
    """A private prompt stays on this machine, or goes to a trusted host."""
    return _away(candidate, situation) if situation.stays_home == "private" else None


def mode(candidate: Candidate, situation: Situation) -> str | None:
    """`local-only` admits what `privacy` admits; `cloud-only` admits the cloud."""
    if situation.stays_home == "local-only":
        return _away(candidate, situation)
    if situation.mode == "cloud-only" and candidate.card.place != "cloud":
        return "The mode is cloud-only and this model runs at home."
    return None


def requested(candidate: Candidate, situation: Situation) -> str | None:
    """The place that was asked for; fallbacks of a pinned model go no farther than it."""
    kind, place = situation.wish.kind, candidate.card.place
    if situation.ask.only and candidate.card.id not in situation.ask.only:
        return f"This answer is asked of {listing(situation.ask.only)} alone."
    if situation.named is not None and candidate.card.id not in situation.named:
        return f"It is not among those named: {listing(situation.ask.options.models)}."
    if not VECTORS.isdisjoint(situation.ask.needs) and candidate.card.id != situation.wish.name:
        return f"Vectors of different models do not mix, and {situation.wish.name} was asked for."
    if kind == "local":
        return _away(candidate, situation)
    if kind == "cloud" and place != "cloud":
        return "A cloud model was asked for and this one runs at home."
    if DISTANCE[place] > situation.farthest:
        return f"{situation.wish.name} was asked for by its exact name, and this one is farther."
    return None


def rule(candidate: Candidate, situation: Situation) -> str | None:
    """What the person's own rules keep out."""
    ruling = situation.ruling
    if not ruling.by:
        return None
    card, orders = candidate.card, ruling.orders
    if orders.refuse:
        return f"The rule `{ruling.author('refuse').rule}` refuses: {_ended(orders.refuse)}"
    if orders.places and card.place not in orders.places:
        return _ruled(ruling, "places", f"admits {listing(orders.places)} only")
    if orders.allow and not names(orders.allow, card):
        return _ruled(ruling, "allow", f"admits {listing(orders.allow)} only")
    if orders.deny and names(orders.deny, card):
        return _ruled(ruling, "deny", "keeps it out")
    most, cost = orders.dearest_nano, candidate.cost_nano
    if most is not None and cost is not None and cost > most:
        dear = f"spends {dollars(most)} at most on this, and it would cost about {dollars(cost)}"
        return _ruled(ruling, "dearest_nano", dear)
    return None


def _ruled(ruling: Ruling, thing: str, does: str) -> str:
    """A rule's objection, with its own sentence where it has one."""
    said = ruling.author(thing)
    return f"The rule `{said.rule}` {does}" + (f": {_ended(said.say)}" if said.say else ".")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def tried(candidate: Candidate, situation: Situation) -> str | None:
    """What failed for this prompt is not tried again without a reason."""
    return excluded(candidate, situation) if situation.history else None


def link(candidate: Candidate, _situation: Situation) -> str | None:
    """There has to be a way to it."""
    if candidate.link in ("ok", "unknown") or candidate.card.place == "local":
        return None
    if candidate.link == "offline-by-choice":
        return "You chose to be offline; `homeport online` opens the link again."
    return f"It is in the {_NETWORK[candidate.card.place]} and this machine is offline."


_NETWORK = {"lan": "local network", "cloud": "cloud"}


def key(candidate: Candidate, _situation: Situation) -> str | None:
    """Its provider wants a key that is there and was not refused."""
    provider = candidate.card.provider
    if candidate.key == "absent":
        return f"There is no key for {provider}; `homeport keys add {provider}` adds one."
    if candidate.key == "refused":
        return f"{provider} refused its key; `homeport keys add {provider}` replaces it."
    return None


def state(candidate: Candidate, _situation: Situation) -> str | None:
    """It has to be there, and not failing."""
    if candidate.state == "missing":
        return candidate.state_reason or "It is not there any more; `homeport models` lists all."
    if candidate.state == "failing":
        return candidate.state_reason or "It keeps failing; `homeport doctor` says more."
    return None


def battery(candidate: Candidate, situation: Situation) -> str | None:
    """Large models on this machine are left alone while its battery runs low."""
    floor = situation.policy.battery_floor
    if not floor:
        return None
    around, card = situation.around, candidate.card
    if around.power != "battery" or around.battery is None or around.battery > floor:
        return None
    size = card.parameters if card.parameters is not None else (card.size_bytes or 0) * 2
    if card.place != "local" or size <= LARGE:
        return None
    return (
        f"The battery is at {around.battery * 100:.0f} %, and at {floor * 100:.0f} % or less large "
        "models rest; plug in, or set energy.battery_floor lower."
    )


def fits_memory(candidate: Candidate, _situation: Situation) -> str | None:
    """A model that is not loaded yet has to fit into the memory that is free."""
    needed, free = candidate.card.memory_bytes, candidate.memory_free_bytes
    if needed is None or free is None or needed <= free or candidate.state != "loadable":
        return None
    return f"It needs {memory(needed)} of memory and {memory(free)} can be had now."


def fits_context(candidate: Candidate, situation: Situation) -> str | None:
    """The prompt and the expected answer have to fit into its window."""
    holds, needed = candidate.card.context, situation.context_needed
    if holds is None or needed <= holds:
        return None
    return f"This needs about {needed:,} tokens of context and it holds {holds:,}."


def capability(candidate: Candidate, situation: Situation) -> str | None:
    """It has to be able to do what the prompt needs."""
    lacks = _lacking(candidate.card, situation.ask.needs)
    if not lacks:
        return None
    cannot = listing(tuple(_ABLE[need] for need in lacks))
    tried = dict(candidate.card.lacks)
    if not all(need in tried for need in lacks):
        return f"It cannot {cannot}."
    day = max(tried[need] for need in lacks)
    again = f"`homeport doctor --probe {candidate.card.id}` tries it again."
    return f"It could not {cannot} when it was tried on {day}; {again}"


def _lacking(card: ModelCard, needs: tuple[Capability, ...]) -> tuple[Capability, ...]:
    """What is needed and not had, nor done by something else that is.

    A schema serves for JSON. Who calls tools is taken to call one where it must, unless it
    was tried; who was tried and calls one where it must need not do so of its own accord.
    """
    has = card.capabilities
    lacks = [need for need in needs if need not in has]
    if lacks == ["json"] and "json_schema" in has:
        return ()
    if "required_tools" in needs and "tools" in needs:
        must = "required_tools" in has
        must = must or ("tools" in has and "required_tools" not in dict(card.lacks))
        lacks = [need for need in lacks if need not in ("tools", "required_tools")]
        lacks += [] if must else ["required_tools" if "tools" in has else "tools"]
    return tuple(lacks)


def held(candidate: Candidate, situation: Situation) -> str | None:
    """What one provider holds, or only one wire can say, nobody else can read."""
    for holder in situation.ask.held_by:
        if not any(wire.startswith(holder) for wire in candidate.card.wires):
            return f"Only {_HOLDERS.get(holder, holder)} can read a part of this prompt."
    return None


_HOLDERS = {
    "openai": "OpenAI",
    "openai-chat": "a server of OpenAI's chat wire",
    "openai-responses": "a server of OpenAI's Responses wire",
    "anthropic": "Anthropic",
    "gemini": "Google",
}


def continuation(candidate: Candidate, situation: Situation) -> str | None:
    """Raw text goes on only where it can be handed over; of an answer any model may be asked
    to write the rest."""
    ask = situation.ask
    if ask.answer_tokens <= 0 or candidate.card.continues:
        return None
    if "completion" in ask.needs or "fill" in ask.needs:
        return "It cannot go on with a text that another model began."
    return None


def breaker(candidate: Candidate, _situation: Situation) -> str | None:
    """What failed several times lately is left alone for a while."""
    if candidate.breaker != "open":
        return None
    again = duration(candidate.breaker_opens_ms)
    return f"It failed several times lately and is left alone for {again} more."


PATIENCE_MS: Mapping[Urgency, int] = {"interactive": 10_000, "batch": 60_000}
"""How long a prompt waits for room under a rate limit, rather than go elsewhere."""


def rate(candidate: Candidate, situation: Situation) -> str | None:
    """A model at its rate limit is not waited for long, unless an answer has begun."""
    limit = candidate.rate
    if limit is None or situation.history:
        return None
    if limit.free_ms <= PATIENCE_MS[situation.ask.urgency]:
        return None
    many = f"takes {limit.limit:,} tokens"
    if limit.counts == "requests":
        many = "may be asked " + ("once" if limit.limit == 1 else f"{limit.limit:,} times")
    said = f"It {many} {_period(limit.period_s)}{_SAID_BY[limit.source]}"
    return f"{said}; there is room for this in {duration(limit.free_ms)}."


_SAID_BY: Mapping[RateSource, str] = {
    "config": " by your config",
    "provider": ", says its provider",
    "guess": ", as long as its provider does not say",
}


def _period(period_s: int) -> str:
    names = {1: "a second", 60: "a minute", 3600: "an hour", 86_400: "a day"}
    return names.get(period_s, f"in {duration(1000 * period_s)}")


def queue(candidate: Candidate, situation: Situation) -> str | None:
    """A client may have so many prompts wait for one model; an answer that has begun goes on."""
    bound = candidate.queue_bound
    if bound is None or candidate.queued < bound or situation.ask.answer_tokens:
        return None
    many = "prompt waits" if candidate.queued == 1 else "prompts wait"
    return (
        f"{candidate.queued:,} {many} for it already, as many as may; "
        f"the last of them begins in {duration(candidate.wait_ms)}."
    )


def price(candidate: Candidate, _situation: Situation) -> str | None:
    """An unknown price is never taken for 0."""
    if candidate.worst_cost_nano is not None and candidate.cost_nano is not None:
        return None
    return "Its price is unknown, so that no budget could be kept."


def tool_costs(candidate: Candidate, situation: Situation) -> str | None:
    """What a provider's own tools cost has a bound, where a limit is to be kept. Where none is,
    nothing can be overshot, and what they cost is booked as it is told."""
    ask = situation.ask
    if "server_tools" not in ask.needs or not candidate.worst_cost_nano:
        return None
    if situation.policy.server_tools_nano is not None:
        return None
    windows = situation.budget.windows
    if ask.max_cost_nano is None and not any(w.covers(candidate.card.id) for w in windows):
        return None
    return (
        "What its own tools cost has no bound, so that no budget could be kept; "
        "`homeport config set budget.server_tools_usd 0.5` sets one."
    )


def starts_in_ms(candidate: Candidate) -> int:
    """When its first token is predicted to come."""
    return candidate.wait_ms + candidate.load_ms + candidate.first_token_ms


def is_late(candidate: Candidate, left_ms: int) -> bool:
    """It is predicted to start only when the time is up."""
    return starts_in_ms(candidate) > left_ms


def deadline(candidate: Candidate, situation: Situation) -> str | None:
    """Its first token has to come before the time is up."""
    left = situation.ask.deadline_ms
    if left <= 0:
        return "The time for this prompt is used up."
    if not is_late(candidate, left):
        return None
    start = duration(starts_in_ms(candidate))
    return f"Its answer would start in {start} and {duration(left)} are left."


def max_cost(candidate: Candidate, situation: Situation) -> str | None:
    """Its worst case has to be within what the caller allowed for this prompt."""
    most, worst = situation.ask.max_cost_nano, candidate.worst_cost_nano or 0
    if most is None or worst <= most:
        return None
    return f"It could cost {dollars(worst)} and this prompt may cost {dollars(most)}."


def budget(candidate: Candidate, situation: Situation) -> str | None:
    """Its worst case has to fit into every window of the budget."""
    worst = candidate.worst_cost_nano
    if not worst:
        return None
    for window in situation.budget.windows:
        if worst > window.left_nano and window.covers(candidate.card.id):
            whose = f" for {window.scope} {window.name}" if window.name else ""
            return (
                f"It could cost {dollars(worst)} and this {window.window}'s budget{whose} has "
                f"{dollars(window.left_nano)} left; `homeport budget` changes it."
            )
    return None


GATES: tuple[tuple[str, Gate], ...] = (
    ("purpose", purpose),
    ("privacy", privacy),
    ("mode", mode),
    ("requested", requested),
    ("rule", rule),
    ("tried", tried),
    ("link", link),
    ("key", key),
    ("state", state),
    ("battery", battery),
    ("memory", fits_memory),
    ("context", fits_context),
    ("capability", capability),
    ("held", held),
    ("continuation", continuation),
    ("breaker", breaker),
    ("rate", rate),
    ("queue", queue),
    ("price", price),
    ("tool_costs", tool_costs),
    ("deadline", deadline),
    ("max_cost", max_cost),
    ("budget", budget),
)
"""Names and functions, in the order they are asked."""

AFTER_GATES = ("attempts", "limit")
"""Vetoes of the whole order: no tries are left, or the policy refuses at a limit."""


_SURE = tuple([row for row in GATES if row[0] != "deadline"])
"""The gates that know. While time is left, `deadline` goes by a prediction alone."""


def falls_to_a_prediction(candidate: Candidate, situation: Situation) -> bool:
    """Only a prediction speaks against it: there is time left, and it may come too late."""
    left = situation.ask.deadline_ms
    return left > 0 and is_late(candidate, left) and not first_veto(candidate, situation, _SURE)


def first_veto(
    candidate: Candidate, situation: Situation, gates: Sequence[tuple[str, Gate]] = GATES
) -> tuple[str, str] | None:
    """The first gate that objects, and its sentence; None where none does."""
    for name, gate in gates:
        reason = gate(candidate, situation)
        if reason is not None:
            return name, reason
    return None


def _away(candidate: Candidate, situation: Situation) -> str | None:
    """Why this model counts as away from home; None where it does not."""
    card, why = candidate.card, _HOME[situation.stays_home or "local"]
    if card.place == "cloud":
        return f"{why} and this model runs in the cloud."
    if is_trusted(card.host, situation.policy.trusted_hosts):
        return None
    if card.place == "local":
        if is_loopback(card.host):
            return None
        return f"{why} and {card.host} is not this machine."
    return f"{why} and {card.host or 'its host'} is not among your trusted hosts."
