"""Asks, candidates and whole situations to decide on: by hand, and generated."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from homeport.policies.model import (
    Ask,
    BreakerState,
    Budget,
    BudgetWindow,
    Candidate,
    Capability,
    Failure,
    FailureKind,
    KeyState,
    LinkState,
    Mode,
    ModelCard,
    ModelState,
    Place,
    Policy,
    Rate,
    Weights,
)
from homeport.policies.rules.rule import Condition, Orders, Rule, Surroundings, Trait

CALM = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
"""For properties over whole situations: a busy machine is no failure."""

CARD_FIELDS = frozenset(ModelCard.__dataclass_fields__)


def ask(**changes: Any) -> Ask:
    """A small question that anything may answer."""
    values: dict[str, Any] = {
        "task": "question",
        "difficulty": 20,
        "level": "basic",
        "checkable": "free",
        "language": "en",
        "urgency": "interactive",
        "input_tokens": 100,
        "input_tokens_bound": 400,
        "output_tokens": 100,
        "max_tokens": None,
        "needs": (),
        "privacy": "normal",
        "streams": True,
        "requested_model": "auto",
        "mode": None,
        "strategy": "single",
        "max_cost_nano": None,
        "deadline_ms": 600_000,
        "session": "",
        "client": "",
        "tags": (),
    }
    return Ask(**{**values, **changes})


def candidate(model: str = "llamacpp/small", **changes: Any) -> Candidate:
    """A model that is ready; fields of its card and of the candidate by their names."""
    provider, _, name = model.partition("/")
    card: dict[str, Any] = {"id": model, "provider": provider, "name": name, "place": "local"}
    card.update({key: value for key, value in changes.items() if key in CARD_FIELDS})
    values: dict[str, Any] = {
        "card": ModelCard(**card),
        "state": "ready",
        "quality": 0.6,
        "cost_nano": 0,
        "worst_cost_nano": 0,
        "first_token_ms": 200,
        "total_ms": 2_000,
    }
    values.update({key: value for key, value in changes.items() if key not in CARD_FIELDS})
    return Candidate(**values)


def cloud(model: str = "openai/gpt-5.5", **changes: Any) -> Candidate:
    """A good model in the cloud for a cent."""
    values = {
        "place": "cloud",
        "host": "api.example.com",
        "key": "valid",
        "quality": 0.9,
        "cost_nano": 10_000_000,
        "worst_cost_nano": 50_000_000,
        "context": 200_000,
        "continues": True,
    }
    return candidate(model, **{**values, **changes})


def rate(free_ms: int, **changes: Any) -> Rate:
    """A guessed limit of 20 a minute without room."""
    values: dict[str, Any] = {"limit": 20, "period_s": 60, "counts": "requests", "source": "guess"}
    return Rate(**{**values, **changes}, free_ms=free_ms)


def window(left_nano: int, name: Any = "day") -> Budget:
    """A budget with one window."""
    return Budget(
        windows=(
            BudgetWindow(
                window=name, limit_nano=left_nano, spent_nano=0, reserved_nano=0, resets_at_ms=0
            ),
        )
    )


def failure(model: str, kind: FailureKind, **changes: Any) -> Failure:
    """A failure of one attempt."""
    return Failure(model=model, kind=kind, sentence="It failed.", **changes)


PROVIDERS = ("llamacpp", "ollama", "openai", "anthropic", "box")
HOSTS = ("", "127.0.0.1:11434", "localhost:1234", "nas:8080", "192.168.1.9:8000", "api.example.com")
REQUESTED = (
    "auto",
    "local",
    "cloud",
    "auto:cloud-only",
    "auto:local-only",
    "gpt-5.5",
    "m1",
    "openai/m1",
    "llamacpp/m0",
    "nothing/like-it",
    "alias",
)
NANO = st.integers(0, 2_000_000_000)
CAPABILITIES = st.lists(st.sampled_from(get_args(Capability)), max_size=3, unique=True).map(
    lambda names: tuple(sorted(names))
)


def _one_of(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(literal))


@st.composite
def cards(draw: st.DrawFn, number: int) -> ModelCard:
    """A card whose id is unique by its number."""
    provider = draw(st.sampled_from(PROVIDERS))
    return ModelCard(
        id=f"{provider}/m{number}",
        provider=provider,
        name=f"m{number}",
        place=draw(_one_of(Place)),
        host=draw(st.sampled_from(HOSTS)),
        context=draw(st.none() | st.integers(64, 200_000)),
        capabilities=draw(CAPABILITIES),
        continues=draw(st.booleans()),
        memory_bytes=draw(st.none() | st.integers(0, 2**36)),
        demonstration=draw(st.booleans()),
    )


@st.composite
def candidates(draw: st.DrawFn, number: int) -> Candidate:
    """Any state a candidate can be in; more often a usable one."""
    priced = draw(st.booleans())
    worst = draw(NANO) if priced else draw(st.sampled_from([0, 0, None]))
    return Candidate(
        card=draw(cards(number)),
        state=draw(st.just("ready") | _one_of(ModelState)),
        link=draw(st.just("ok") | _one_of(LinkState)),
        key=draw(st.just("valid") | _one_of(KeyState)),
        breaker=draw(st.just("closed") | _one_of(BreakerState)),
        breaker_opens_ms=draw(st.integers(0, 60_000)),
        rate=draw(st.none() | st.builds(rate, st.integers(1, 100_000))),
        queued=draw(st.just(0) | st.integers(0, 9)),
        queue_bound=draw(st.none() | st.integers(1, 9)),
        memory_free_bytes=draw(st.none() | st.integers(0, 2**36)),
        quality=draw(st.floats(0, 1)),
        cost_nano=None if worst is None else worst // 3,
        worst_cost_nano=worst,
        wait_ms=draw(st.integers(0, 5_000)),
        load_ms=draw(st.integers(0, 5_000)),
        first_token_ms=draw(st.integers(0, 5_000)),
        total_ms=draw(st.integers(0, 900_000)),
        warm_tokens=draw(st.just(0) | st.integers(0, 100_000)),
        reliability=draw(st.just(1.0) | st.floats(0, 1)),
    )


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Candidate, ...]:
    """Up to five candidates with different ids."""
    return tuple(draw(candidates(number)) for number in range(draw(st.integers(0, 5))))


ASKS = st.builds(
    ask,
    difficulty=st.integers(0, 100),
    urgency=st.sampled_from(["interactive", "batch"]),
    input_tokens=st.integers(1, 100_000),
    output_tokens=st.integers(1, 8_000),
    needs=st.just(()) | CAPABILITIES,
    privacy=st.sampled_from(["normal", "private"]),
    streams=st.booleans(),
    requested_model=st.just("auto") | st.sampled_from(REQUESTED),
    mode=st.none() | _one_of(Mode),
    max_cost_nano=st.none() | NANO,
    deadline_ms=st.integers(0, 600_000),
    answer_tokens=st.just(0) | st.integers(0, 500),
)

BUDGETS = st.builds(
    Budget,
    windows=st.lists(
        st.builds(
            BudgetWindow,
            window=st.sampled_from(["day", "month"]),
            limit_nano=NANO,
            spent_nano=NANO,
            reserved_nano=NANO,
            resets_at_ms=st.just(0),
        ),
        max_size=2,
    ).map(tuple),
)

POLICIES = st.builds(
    Policy,
    mode=_one_of(Mode),
    weights=st.none()
    | st.builds(Weights, budget=st.floats(0, 9), latency=st.floats(0, 9), quality=st.floats(0, 9)),
    trusted_hosts=st.lists(st.sampled_from(["nas", "NAS:8080", "192.168.1.9"]), max_size=2).map(
        tuple
    ),
    aliases=st.just(()) | st.just((("alias", "openai/m1"), ("gpt-5.5", "auto"))),
    at_limit=st.sampled_from(["local", "refuse", "ask"]),
    max_attempts=st.integers(1, 4),
)


@st.composite
def histories(draw: st.DrawFn, fleet: tuple[Candidate, ...]) -> tuple[Failure, ...]:
    """Failures of candidates of the fleet, and of one that is gone."""
    names = [one.card.id for one in fleet] + ["openai/gone"]
    kinds = get_args(FailureKind)
    return tuple(
        failure(draw(st.sampled_from(names)), draw(st.sampled_from(kinds)))
        for _ in range(draw(st.integers(0, 3)))
    )


@st.composite
def situations(
    draw: st.DrawFn,
) -> tuple[Ask, tuple[Candidate, ...], Budget, Policy, tuple[Failure, ...]]:
    """Everything that `next_after` takes."""
    fleet = draw(fleets())
    return draw(ASKS), fleet, draw(BUDGETS), draw(POLICIES), draw(histories(fleet))


# Rules

TRAITS = st.one_of(
    st.builds(
        Trait,
        fact=st.just("task"),
        words=st.sampled_from([("question",), ("code", "chat")]),
    ),
    st.builds(Trait, fact=st.just("privacy"), words=st.sampled_from([("private",), ("normal",)])),
    st.builds(Trait, fact=st.just("tag"), words=st.sampled_from([("secret",), ("work*",)])),
    st.builds(Trait, fact=st.just("needs"), words=CAPABILITIES.filter(bool)),
    st.builds(
        Trait,
        fact=st.sampled_from(["difficulty", "input_tokens", "hour"]),
        low=st.none() | st.integers(0, 100),
        high=st.none() | st.integers(0, 100),
    ),
    st.builds(
        Trait,
        fact=st.sampled_from(["battery", "budget_left"]),
        low=st.none() | st.floats(0, 1),
        high=st.none() | st.floats(0, 1),
    ),
)
_FLAT = st.builds(Condition, traits=st.lists(TRAITS, max_size=2).map(tuple))
_PARTS = st.lists(_FLAT, max_size=2).map(tuple)
CONDITIONS = _FLAT | st.builds(
    Condition, traits=_FLAT.map(lambda c: c.traits), every=_PARTS, some=_PARTS, none=_PARTS
)
PATTERNS = st.lists(
    st.sampled_from(["local", "cloud", "openai/*", "llamacpp/m0", "*/m1", "nothing"]),
    max_size=2,
    unique=True,
).map(tuple)
ORDERS = st.builds(
    Orders,
    places=st.just(()) | st.lists(_one_of(Place), min_size=1, max_size=2, unique=True).map(tuple),
    allow=st.just(()) | PATTERNS,
    deny=PATTERNS,
    prefer=PATTERNS,
    mode=st.just("") | _one_of(Mode),
    weights=st.none() | st.tuples(st.floats(0, 9), st.floats(0, 9), st.floats(0, 9)),
    max_cost_nano=st.none() | NANO,
    dearest_nano=st.none() | NANO,
    deadline_ms=st.none() | st.integers(1, 600_000),
    private=st.booleans(),
    refuse=st.just("") | st.just("") | st.just("Not at work."),
)


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[Rule, ...]:
    """Up to four rules, each with a name of its own."""
    return tuple(
        Rule(name=f"r{number}", when=draw(CONDITIONS), then=draw(ORDERS))
        for number in range(draw(st.integers(0, 4)))
    )


SURROUNDINGS = st.builds(
    Surroundings,
    hour=st.none() | st.integers(0, 23),
    link=st.sampled_from(["", "online", "offline"]),
    battery=st.none() | st.floats(0, 1),
    power=st.sampled_from(["", "battery", "mains"]),
)
