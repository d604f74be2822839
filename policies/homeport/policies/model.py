"""The values that policies judge: measurements, never words.

Everything here is immutable, holds no text of a prompt, and is made of plain
values, so that a decision can be tested with generated data, logged, and
replayed bit for bit. Money is an integer of nano-dollars (1e-9 USD), time an
integer of milliseconds, sizes integers of bytes or tokens. `None` means
"unknown" wherever it stands; an unknown is never written as 0.

Longer than other modules because it is one vocabulary, declared in one place.
"""

from __future__ import annotations

from typing import Literal

from homeport.policies.quick import quick
from homeport.policies.rules.rule import NO_RULING, Rule, Ruling

Place = Literal["local", "lan", "cloud"]
Privacy = Literal["normal", "private"]
Mode = Literal["local-only", "prefer-local", "balanced", "prefer-cloud", "cloud-only"]
Strategy = Literal[
    "single", "cheapest", "verify", "fallback", "ensemble", "compare", "race", "hedge"
]
AskedStrategy = Literal[
    "auto", "single", "cheapest", "verify", "fallback", "ensemble", "compare", "race", "hedge"
]
"""`auto` leaves it to the rules and to what the prompt is."""
Method = Literal["majority", "weighted", "judge"]
"""How the answers of an ensemble become one."""
CheckKind = Literal[
    "refusal",
    "truncation",
    "schema",
    "arithmetic",
    "code",  # it parses
    "tests",  # it passes the tests that came with the prompt
    "second-sample",  # the same model says the same again
    "second-model",
    "confidence",  # its calibrated chance of being right is over the threshold
]
Level = Literal["basic", "intermediate", "advanced", "expert"]
Urgency = Literal["interactive", "batch"]

Task = Literal[
    "question",
    "writing",
    "code",
    "mathematics",
    "reasoning",
    "extraction",
    "translation",
    "summarising",
    "data",
    "agent",
    "chat",
    "multi-step",
]

Checkable = Literal["number", "choice", "label", "code", "json", "free"]

Capability = Literal[
    "tools",
    "required_tools",  # calls a tool where it must
    "images",
    "audio",
    "documents",
    "json",
    "json_schema",
    "logprobs",
    "thinking",
    "completion",  # goes on from raw text
    "fill",  # writes what stands between a text and its suffix
    "embeddings",  # is made to give vectors, and cannot chat
    "pooling",  # is made to chat; its vectors can be pooled
    "server_tools",  # runs tools of its own
]

ModelState = Literal["ready", "loadable", "loading", "failing", "missing"]
LinkState = Literal["ok", "unknown", "offline", "offline-by-choice"]
KeyState = Literal["not-needed", "absent", "untested", "valid", "refused"]
BreakerState = Literal["closed", "open", "half-open"]
RateSource = Literal["config", "provider", "guess"]

FailureKind = Literal[
    "refused",  # no connection could be made: not one byte of the prompt was sent
    "connect_timeout",
    "first_token_timeout",
    "stall",  # the stream went quiet for longer than its gap
    "reset",  # the connection broke
    "truncated",  # the stream ended cleanly without its terminator
    "garbage",  # the upstream sent what its wire does not allow
    "bad_call",  # the model wrote a tool call that cannot be used
    "unauthorized",
    "rate_limited",
    "overloaded",  # any 5xx
    "rejected",  # the upstream found fault with the request
    "context_overflow",
    "content_refused",
    "unsupported",  # the model cannot do what the prompt needs
    "missing",  # the model is not there (any more)
    "worker_died",
    "out_of_memory",
    "link_lost",
    "deadline",
    "budget",  # the reservation was used up
    "egress",  # the egress permit was refused
]

ENGINE_VERSION = "5"
"""Version of the deciding code. A logged decision replays to the identical
result only under the same engine version; bump it with every change that can
alter an order, a number or a sentence."""


@quick(frozen=True, slots=True, kw_only=True)
class Weights:
    """What counts, relative to each other; each at least 0."""

    budget: float = 0.3
    latency: float = 0.3
    quality: float = 0.4


@quick(frozen=True, slots=True, kw_only=True)
class StrategyOptions:
    """What a caller may say of how the answer is made. Empty and None leave it open."""

    models: tuple[str, ...] = ()
    """Names of models: the steps of a chain, the members of an ensemble, those compared."""
    chain: str = ""
    """A chain by its name: `mixed`, `anthropic`, `openai`, `fast`, `local`."""
    size: int | None = None
    """Answers of an ensemble, or models compared or raced."""
    threshold: float | None = None
    """Chance of being right, 0 to 1, from which an answer is taken."""
    method: Method | Literal[""] = ""
    judge: str = ""
    """Name of the model that judges."""


NO_OPTIONS = StrategyOptions()


@quick(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one prompt needs. Holds no text of the prompt."""

    task: Task
    difficulty: int
    """0 (trivial) to 100 (beyond any model)."""
    level: Level
    checkable: Checkable
    language: str
    """ISO 639-1 code, or "und"."""
    urgency: Urgency
    input_tokens: int
    """Estimate, used by the gates and the predictions."""
    input_tokens_bound: int
    """Never below the truth, used for money."""
    output_tokens: int
    """Expected length of the answer."""
    max_tokens: int | None
    """The caller's own cap on the answer."""
    needs: tuple[Capability, ...]
    """Sorted, without repeats."""
    privacy: Privacy
    streams: bool
    requested_model: str
    """`auto`, `local`, `cloud`, an exact `provider/model`, or a bare model name."""
    mode: Mode | None
    """The caller's own choice; None leaves it to the policy."""
    strategy: AskedStrategy
    max_cost_nano: int | None
    deadline_ms: int
    """For the whole chain, counted from the arrival of the prompt."""
    session: str
    client: str
    tags: tuple[str, ...]
    answer_tokens: int = 0
    """Tokens of the answer sent so far: more than 0 when an answer is continued."""
    caches: bool = False
    """Its provider is asked to keep a part of it, which may cost more than reading it."""
    terms: tuple[tuple[str, str], ...] = ()
    """What it says of itself that changes its price, such as a service tier."""
    weights: Weights | None = None
    """What counts for the caller; None leaves it to the rules and the policy."""
    policy: str = ""
    """Name of the policy that the caller asked for; empty for the one in force."""
    options: StrategyOptions = NO_OPTIONS
    held_by: tuple[str, ...] = ()
    """Wires, or their starts, in which alone a part of it can be told: files and stored
    answers of a provider, parts that no other wire has. Each of them is needed."""
    only: tuple[str, ...] = ()
    """Ids of the models that alone may answer, where a strategy asks several; empty is all."""
    warm: tuple[tuple[str, int], ...] = ()
    """Ids of models with the tokens of this conversation that their caches likely hold."""
    lot: float | None = None
    """A number from 0 up to 1 that the daemon drew, where the policy explores."""
    scorer: str = ""
    """Name of the person's own scorer that gave the difficulty; empty where it was measured."""
    longest_tokens: int = 0
    """Of several texts that each have the context to themselves, the longest; 0 where all of the
    input is read together."""


@quick(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What an adapter says a model is. Holds no live state."""

    id: str
    """`provider/name`, unique on this machine."""
    provider: str
    name: str
    place: Place
    host: str = ""
    """Host and port it is reached at; empty for the embedded engine."""
    context: int | None = None
    """Tokens of prompt and answer together, as it will really be run."""
    max_output: int | None = None
    capabilities: tuple[Capability, ...] = ()
    wires: tuple[str, ...] = ()
    """In which it is asked, where it can be told what only they have words for."""
    continues: bool = False
    """Can go on from a partial answer (assistant prefill)."""
    parameters: int | None = None
    quantisation: str = ""
    size_bytes: int | None = None
    memory_bytes: int | None = None
    """What running it takes; None where another program decides that."""
    architecture: str = ""
    price_ref: str = ""
    """`provider/model` to look a price up by; empty where nothing is charged."""
    demonstration: bool = False
    """Too small to be relied on; there so that a fresh machine can answer."""
    version: str = ""
    """Tells its weights from others under the same name, where the adapter knows."""
    lacks: tuple[tuple[Capability, str], ...] = ()
    """What it was tried for and failed, each with the day (`2026-01-31`)."""
    domain: str = ""
    """What the person says it is made for."""
    requests_per_minute: int | None = None
    """How often it may be asked, as the person says; None is unknown."""
    tokens_per_minute: int | None = None
    at_once: int | None = None
    """Answers that it gives at once, as the person says."""
    idempotent: bool = False
    """Its server knows a request again by a key, and works on it once."""


@quick(frozen=True, slots=True, kw_only=True)
class Rate:
    """A limit of how often a model may be asked that has no room at the moment."""

    limit: int
    period_s: int
    counts: Literal["requests", "tokens"]
    source: RateSource
    """The person, the provider's own word, or a guess where neither has said."""
    free_ms: int
    """Until there is room for this ask, behind those that wait for it."""


@quick(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model as it stands at the moment of deciding."""

    card: ModelCard
    state: ModelState
    state_reason: str = ""
    """A sentence for a person where the state is not `ready` or `loadable`."""
    link: LinkState = "ok"
    key: KeyState = "not-needed"
    breaker: BreakerState = "closed"
    breaker_opens_ms: int = 0
    """Milliseconds until an open breaker lets a probe through."""
    rate: Rate | None = None
    """The limit that keeps it waiting longest; None where there is room. In `wait_ms` too."""
    queued: int = 0
    """Prompts of the same client that wait for it."""
    queue_bound: int | None = None
    """How many of them may; None where that is not bounded."""
    memory_free_bytes: int | None = None
    """Memory that could be had for it now; None where unknown or not ours."""
    quality: float
    """Predicted chance of a good answer to this ask, 0 to 1."""
    quality_source: str = ""
    cost_nano: int | None
    """Predicted; None where its price is unknown."""
    worst_cost_nano: int | None
    """Upper bound, what would be reserved; None where its price is unknown."""
    wait_ms: int = 0
    """Queue before this request would start."""
    load_ms: int = 0
    first_token_ms: int = 0
    """Predicted, without wait and load."""
    total_ms: int = 0
    """Predicted for the whole answer, with wait and load."""
    warm_tokens: int = 0
    """Of the input, what it likely holds in its prompt cache; the predictions count on it."""
    reliability: float = 1.0
    """Share of its attempts that ended whole lately, 0 to 1; 1 where nothing is known."""


BudgetWindowName = Literal["session", "day", "week", "month"]
BudgetScope = Literal["all", "provider", "model", "client", "tag"]


@quick(frozen=True, slots=True, kw_only=True)
class BudgetWindow:
    """One limit over one stretch of time."""

    window: BudgetWindowName
    limit_nano: int
    spent_nano: int
    reserved_nano: int
    resets_at_ms: int
    """Unix time; 0 for a session, which has no end."""
    scope: BudgetScope = "all"
    name: str = ""
    """Which provider, model, client or tag it counts; empty for all."""

    def covers(self, model: str) -> bool:
        """Whether what this model costs counts in it, by the model's id."""
        if self.scope == "provider":
            return model.partition("/")[0] == self.name
        return self.scope != "model" or model == self.name

    @property
    def left_nano(self) -> int:
        """What can still be reserved, never below 0."""
        return max(0, self.limit_nano - self.spent_nano - self.reserved_nano)


@quick(frozen=True, slots=True, kw_only=True)
class Pace:
    """What money and the cloud have to bring at the moment, so that both last."""

    money: float = 0.0
    """Utility that a nano-dollar has to bring."""
    call: float = 0.0
    """Utility that an answer from the cloud has to bring; below 0 where more should come."""


NO_PACE = Pace()


@quick(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left, per window. No windows means no limit."""

    windows: tuple[BudgetWindow, ...] = ()
    pace: Pace = NO_PACE

    @property
    def left_nano(self) -> int | None:
        """The least that is left in any window of all models; None without such a limit."""
        return min((w.left_nano for w in self.common), default=None)

    @property
    def common(self) -> tuple[BudgetWindow, ...]:
        """The windows in which every model's cost counts."""
        return tuple([w for w in self.windows if w.scope not in ("provider", "model")])


@quick(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the person wants. A value, swapped whole when the config changes."""

    mode: Mode = "prefer-local"
    weights: Weights | None = None
    """None leaves them to the mode."""
    trusted_hosts: tuple[str, ...] = ()
    """LAN hosts that a private prompt may go to."""
    aliases: tuple[tuple[str, str], ...] = ()
    """Pairs of (name a program asks for, model id or `auto`)."""
    at_limit: Literal["local", "refuse", "ask"] = "local"
    server_tools_nano: int | None = None
    """Most that a provider's own tools may cost in one answer; None is no bound."""
    battery_floor: float = 0.0
    """On battery with this share of it left or less, large models at home are left alone."""
    max_attempts: int = 3
    hedge_after_ms: int | None = None
    """A late answer at home has one in the cloud started beside it after so long; None is never."""
    hedge_late_ms: int = 20_000
    """The predicted end from which an answer at home is late."""
    explore: float = 0.0
    """Share of the prompts that the second answers where it is worth nearly as much."""
    cloud_share: float | None = None
    """Share of the answers that should come from the cloud; None leaves it open."""
    name: str = ""
    """Of the file that its rules are from."""
    rules: tuple[Rule, ...] = ()
    """In a logged decision those that applied; the others have no say."""


@quick(frozen=True, slots=True, kw_only=True)
class Veto:
    """Why one candidate may not be used."""

    model: str
    """Its id."""
    gate: str
    reason: str
    """One sentence a person can read."""


@quick(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """How one admitted candidate scored."""

    model: str
    place: Place
    utility: float
    quality: float
    cost_nano: int
    worst_cost_nano: int
    total_ms: int
    terms: tuple[tuple[str, float], ...]
    """Named parts that sum to the utility."""
    note: str
    """One sentence: what speaks for or against it."""


@quick(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the answer is made, beside the order. Empty for `single`."""

    models: tuple[str, ...] = ()
    """Ids: steps in their order, members, those compared or raced."""
    thresholds: tuple[float, ...] = ()
    """Chance of being right from which the answer of each step is taken; the last takes all."""
    method: Method | Literal[""] = ""
    judge: str = ""
    """Id."""
    checks: tuple[CheckKind, ...] = ()
    """What an answer has to stand, in the order that they are tried."""
    delay_ms: int = 0
    """After which the second starts, where the first has said nothing by then."""
    why: str = ""
    """Why the answer is made so, in a sentence."""


NO_PLAN = Plan()


@quick(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check made of one answer. Holds no text of it."""

    check: CheckKind
    passed: bool | None
    """None where it could not be told."""
    sentence: str
    score: float | None = None
    """Chance that the answer is right, 0 to 1, where the check gives one."""


@quick(frozen=True, slots=True, kw_only=True)
class Decision:
    """Every candidate, in the order or in a veto. An empty order is an answer too."""

    engine_version: str
    strategy: Strategy
    mode: Mode
    """The mode it was decided under."""
    order: tuple[Scorecard, ...]
    """Best first; the rest are the fallback."""
    vetoes: tuple[Veto, ...]
    because: str
    """One sentence for a person."""
    ruling: Ruling = NO_RULING
    """What the person's rules set, and which of them."""
    plan: Plan = NO_PLAN
    propensity: float = 1.0
    """Chance with which the first of the order is first."""


@quick(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one attempt ended without a whole answer."""

    model: str
    kind: FailureKind
    sentence: str
    """For a person; holds no secret and no text of the prompt."""
    sent_tokens: int = 0
    """Tokens that the caller has received from this attempt."""
    retry_after_ms: int | None = None
    status: int | None = None
    """The upstream's HTTP status, where there was one."""
