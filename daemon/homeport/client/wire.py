"""What crosses `/homeport/v1`: the values a watcher sees.

A stream of events starts with a `Snapshot`, then numbered events follow; a
hole in the numbers means that a fresh snapshot must be asked for. Every event
carries whole values, so that applying it is an upsert. Holds no secret and no
text of a prompt. Unknown fields and unknown event types must be survived.
Money is nano-dollars, times are Unix milliseconds or durations in milliseconds.

Longer than other modules because it is one vocabulary, declared in one place.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from homeport.client.versions import API_VERSION as API_VERSION

RequestState = Literal["deciding", "queued", "loading", "streaming", "done", "failed", "cancelled"]
OutboxState = Literal["queued", "sending", "answered", "failed", "uncertain", "cancelled"]


class GpuView(msgspec.Struct, frozen=True):
    """One graphics processor."""

    name: str
    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    utilisation: float | None = None
    """0 to 1."""
    temperature_c: float | None = None


class MachineView(msgspec.Struct, frozen=True):
    """What this machine is and has left; None is unknown."""

    at_ms: int = 0
    system: str = ""
    cpu_name: str = ""
    cores: int | None = None
    cpu_load: float | None = None
    """0 to 1."""
    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    gpus: tuple[GpuView, ...] = ()
    gpu_note: str = ""
    """Why no GPU is listed, in a sentence."""
    battery_percent: float | None = None
    on_battery: bool | None = None
    disk_free_bytes: int | None = None
    """Where models are kept."""
    temperature_c: float | None = None
    """Of the processor."""


class LinkView(msgspec.Struct, frozen=True):
    """Connectivity."""

    state: Literal["online", "degraded", "captive", "offline", "unknown"] = "unknown"
    """`degraded`: some providers cannot be reached; `captive`: a sign-in page is in the way."""
    by_choice: bool = False
    since_ms: int = 0
    reason: str = ""
    metered: bool | None = None
    """It is paid for by its volume; None is unknown."""


class LearnedView(msgspec.Struct, frozen=True):
    """What answers have taught of one model at one task."""

    task: str
    ability: float
    """On the scale of difficulty, 0 to 100."""
    sd: float
    """How uncertain it is: a standard deviation."""
    outcomes: int
    """Judgements at this task."""
    source: str
    """Such as `12 checks and 3 thumbs at code`."""
    calibrated: bool
    """Whether its confidence is a chance of being right."""
    answers: int
    """Judged answers with a confidence."""
    error: float | None
    """Expected calibration error, cross-validated."""
    confidence: str
    """The same in words: `calibrated on 140 answers, error 0.04`."""


class ModelView(msgspec.Struct, frozen=True):
    """One model as it stands."""

    id: str
    place: Literal["local", "lan", "cloud"]
    state: str
    reason: str = ""
    context: int | None = None
    capabilities: tuple[str, ...] = ()
    parameters: int | None = None
    quantisation: str = ""
    size_bytes: int | None = None
    memory_bytes: int | None = None
    tokens_per_s: float | None = None
    first_token_ms: int | None = None
    input_nano_per_mtok: int | None = None
    output_nano_per_mtok: int | None = None
    price_source: str = ""
    demonstration: bool = False
    learned: tuple[LearnedView, ...] = ()
    """For each task that its answers were judged at."""
    domain: str = ""
    """What the person says it is made for."""
    requests_per_minute: int | None = None


class KeyView(msgspec.Struct, frozen=True):
    """A cloud key by name; never its value."""

    provider: str
    state: Literal["absent", "untested", "valid", "refused"]
    source: str = ""
    """Such as `environment OPENAI_API_KEY`, `keyring`, `file`."""
    tested_at_ms: int | None = None
    sentence: str = ""
    """Why the key that is there cannot be used, and what to do; empty where it can."""


class WindowView(msgspec.Struct, frozen=True):
    """One budget window; `limit_nano` None means no limit."""

    window: Literal["request", "session", "day", "week", "month"]
    limit_nano: int | None
    spent_nano: int
    reserved_nano: int
    resets_at_ms: int
    """0 for a prompt and a session: of all sessions the one that spent most is shown."""
    scope: Literal["all", "provider", "model", "client", "tag"] = "all"
    name: str = ""
    """Which provider, model, client or tag; empty for all."""


class PaceView(msgspec.Struct, frozen=True):
    """What is kept to a pace, and how it stands."""

    held: Literal["money", "calls"]
    wanted: float
    """Of money the nano-dollars a day that are left, of calls the share from the cloud."""
    found: float | None
    """The share of the last answers; None where nothing is known, and for money."""
    price: float
    """Utility that a cent, or a call, has to bring at the moment."""


class SpendView(msgspec.Struct, frozen=True):
    """Spend so far."""

    windows: tuple[WindowView, ...] = ()
    requests_today: int = 0
    local_today: int = 0
    cloud_today: int = 0
    unknown_today: int = 0
    """Entries of today whose cost is an estimate."""
    paces: tuple[PaceView, ...] = ()
    """Empty in events: the last whole view holds."""
    scoped: tuple[WindowView, ...] = ()
    """Every further limit: of a week, a session, a provider, a model, a client or a tag."""


class AttemptView(msgspec.Struct, frozen=True):
    """One try at one model."""

    model: str
    place: Literal["local", "lan", "cloud"]
    started_ms: int
    loaded_ms: int | None = None
    first_token_ms: int | None = None
    ended_ms: int | None = None
    outcome: str = ""
    """`done`, `cancelled`, a failure kind, or empty while it runs."""
    sentence: str = ""
    sent_tokens: int = 0
    cost_nano: int | None = None
    """What is booked for it; None is unknown."""
    listed_nano: int | None = None
    """What the price table makes of it; what is booked may be the provider's own word."""
    loads: bool = False
    """Its model had to be loaded first."""
    cached_tokens: int | None = None
    """Of its input, what came from a prompt cache; None where its server does not say."""
    longest_gap_ms: int | None = None
    """Between two pieces of its answer; None where there were not two."""
    energy_mj: int | None = None
    """Millijoules of an answer at home; None where they are not measured."""
    energy_nano: int | None = None
    """What that electricity cost, beside `cost_nano`."""
    energy_certain: bool | None = None
    """Measured, and not estimated."""


class CheckView(msgspec.Struct, frozen=True):
    """What one check made of one answer."""

    check: str
    passed: bool | None
    """None where it could not be told."""
    sentence: str
    score: float | None = None
    """Chance that the answer is right, where the check gives one."""
    model: str = ""
    """Whose answer."""


class CacheView(msgspec.Struct, frozen=True):
    """What the cache of answers did for one prompt."""

    outcome: Literal["hit", "near", "miss", "bypass"]
    """`near`: the kept answer to a prompt that says the same. `bypass`: it was not looked for."""
    sentence: str
    of: str = ""
    """Id of the request whose answer it is."""
    age_ms: int = 0
    saved_nano: int | None = 0
    """What that request cost; None is unknown."""
    similarity: float | None = None
    """Of the two prompts, where they are not the same."""


class RequestView(msgspec.Struct, frozen=True):
    """One prompt's way, as a row of the feed. Its `id` is what `homeport why` takes."""

    id: str
    at_ms: int
    state: RequestState
    client: str = ""
    task: str = ""
    difficulty: int = 0
    private: bool = False
    mode: str = ""
    strategy: str = "single"
    place: Literal["local", "lan", "cloud", "none"] = "none"
    """Where it runs, or ended."""
    model: str = ""
    because: str = ""
    error: str = ""
    attempts: tuple[AttemptView, ...] = ()
    first_token_ms: int | None = None
    """From arrival."""
    total_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    """None is unknown."""
    certain: bool = True
    confidence: float | None = None
    """The chance of being right where it is calibrated, else the mean probability of the
    sampled tokens; None where unknown."""
    calibrated: bool = False
    confidence_note: str = ""
    """Such as `calibrated on 140 answers, error 0.04`; empty without a confidence."""
    raw_confidence: float | None = None
    """Geometric mean of the probabilities of the sampled tokens, before it was calibrated."""
    signals: tuple[tuple[str, float], ...] = ()
    """What else its confidence was made of: names and numbers from 0 to 1."""
    verdict: Literal["", "up", "down", "edit"] = ""
    """What the person said of the answer last."""
    checks: tuple[CheckView, ...] = ()
    """In the order they were made."""
    cache: CacheView | None = None
    """None where nobody asked the cache of answers."""


class OutboxItem(msgspec.Struct, frozen=True):
    """One prompt that is kept until it can be sent, and then its answer until it is read."""

    id: str
    state: OutboxState
    """`uncertain`: it left, and whether it was answered is not known: the person decides."""
    at_ms: int
    """When it was put there."""
    since_ms: int
    """When it came into this state."""
    when: Literal["online", "off-peak"] = "online"
    path: str = ""
    """The door that it came by."""
    client: str = ""
    model: str = ""
    """As it was asked for."""
    private: bool = False
    bytes: int = 0
    """Of the prompt and its answer; 0 where they were forgotten."""
    batch: str = ""
    """Which file of prompts it is a line of."""
    custom_id: str = ""
    """What the line is called there."""
    tries: int = 0
    """How often it was tried, and had to wait on."""
    next_ms: int = 0
    """It is not tried before."""
    sentence: str = ""
    """Why it waits, failed or is uncertain."""
    decision: str = ""
    """What `homeport why` takes; empty before it was decided on."""
    answered_by: str = ""
    status: int = 0
    """Of the answer, as its door gives it; 0 where there is none."""
    cost_nano: int | None = None
    """What is booked for it; None is unknown, or nothing was sent."""
    read_ms: int | None = None
    """When the answer was read."""


class OutboxView(msgspec.Struct, frozen=True):
    """How many prompts are in the outbox."""

    queued: int = 0
    sending: int = 0
    answered: int = 0
    """Answers that were not read."""
    failed: int = 0
    uncertain: int = 0
    bytes: int = 0
    sentence: str = ""
    """Why nothing is sent at the moment; empty where nothing waits."""


class Address(msgspec.Struct, frozen=True):
    """Where the daemon listens."""

    socket: str = ""
    url: str = ""


class BudgetQuestion(msgspec.Struct, frozen=True):
    """A prompt that waits at a limit for the person's word."""

    id: str
    """The prompt's, as `homeport why` takes it."""
    state: Literal["open", "raised", "refused", "timed-out", "gone"]
    """`gone`: its caller went away."""
    at_ms: int
    until_ms: int
    """It waits no longer than this."""
    model: str
    """That would answer."""
    worst_nano: int
    """What that may cost."""
    window: Literal["session", "day", "week", "month"]
    left_nano: int
    """In that window."""
    raise_nano: int
    """A raise of so much, in whole cents, lets it go on."""
    scope: Literal["all", "provider", "model", "client", "tag"] = "all"
    name: str = ""
    client: str = ""
    """Who asked."""
    sentence: str = ""


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """All a watcher needs; the first line of every stream of events."""

    n: int
    at_ms: int
    version: str
    api_version: int
    pid: int
    started_at_ms: int
    address: Address
    mode: str
    draining: bool
    link: LinkView
    machine: MachineView
    models: tuple[ModelView, ...]
    keys: tuple[KeyView, ...]
    spend: SpendView
    requests: tuple[RequestView, ...]
    """Newest last, at most 200."""
    config_error: str = ""
    """Why the config on disk is not in force; empty where it is."""
    outbox: OutboxView = OutboxView()
    questions: tuple[BudgetQuestion, ...] = ()
    """Prompts that wait at a limit."""


class Decided(msgspec.Struct, frozen=True, tag="decided"):
    """A prompt was decided on (again, after a failure)."""

    n: int
    at_ms: int
    request: RequestView


class Attempted(msgspec.Struct, frozen=True, tag="attempt"):
    """An attempt started, gave its first token, or ended."""

    n: int
    at_ms: int
    request: RequestView


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """A request ended and was paid for."""

    n: int
    at_ms: int
    request: RequestView
    spend: SpendView


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """The person said what an answer was worth; the request may have left the feed."""

    n: int
    at_ms: int
    request: RequestView


class FleetChanged(msgspec.Struct, frozen=True, tag="fleet"):
    """The models changed."""

    n: int
    at_ms: int
    models: tuple[ModelView, ...]
    keys: tuple[KeyView, ...] = ()


class LinkChanged(msgspec.Struct, frozen=True, tag="link"):
    """Connectivity changed."""

    n: int
    at_ms: int
    link: LinkView


class MachineChanged(msgspec.Struct, frozen=True, tag="machine"):
    """The machine was measured again."""

    n: int
    at_ms: int
    machine: MachineView


class BudgetChanged(msgspec.Struct, frozen=True, tag="budget"):
    """A limit was changed or a window rolled over."""

    n: int
    at_ms: int
    spend: SpendView


class AlertView(msgspec.Struct, frozen=True):
    """Something about money that is said once."""

    kind: Literal["threshold", "anomaly"]
    sentence: str
    window: str
    """`day`, `week` or `month`; `hour` of an anomaly."""
    scope: str = "all"
    name: str = ""
    threshold: int = 0
    """Per cent of the limit; 0 of an anomaly."""


class Alerted(msgspec.Struct, frozen=True, tag="alert"):
    """A limit is half spent, nearly spent or spent; or an hour costs more than hours do."""

    n: int
    at_ms: int
    alert: AlertView


class BudgetAsked(msgspec.Struct, frozen=True, tag="asked"):
    """A prompt waits at a limit, or waits no longer: its `state` says which."""

    n: int
    at_ms: int
    question: BudgetQuestion


class ConfigChanged(msgspec.Struct, frozen=True, tag="config"):
    """A new generation of the config is in force, or one was refused."""

    n: int
    at_ms: int
    mode: str
    error: str = ""
    """Why the file on disk is not in force; empty where it is."""


class OutboxChanged(msgspec.Struct, frozen=True, tag="outbox"):
    """A prompt came into the outbox, was answered, failed, became uncertain, or left it."""

    n: int
    at_ms: int
    outbox: OutboxView
    item: OutboxItem | None = None
    """As it stands; None where several changed."""


class Stopping(msgspec.Struct, frozen=True, tag="stopping"):
    """The daemon drains; nothing follows."""

    n: int
    at_ms: int


class Heartbeat(msgspec.Struct, frozen=True, tag="heartbeat"):
    """The stream is alive; does not use up a number (`n` is the last one used)."""

    n: int
    at_ms: int


Event = (
    Decided
    | Attempted
    | Settled
    | Judged
    | FleetChanged
    | LinkChanged
    | MachineChanged
    | BudgetChanged
    | Alerted
    | BudgetAsked
    | ConfigChanged
    | OutboxChanged
    | Stopping
    | Heartbeat
)


class VetoView(msgspec.Struct, frozen=True):
    """A candidate that could not be used."""

    model: str
    gate: str
    reason: str


class ScoreView(msgspec.Struct, frozen=True):
    """A candidate that could."""

    model: str
    place: str
    utility: float
    quality: float
    cost_nano: int
    worst_cost_nano: int
    total_ms: int
    terms: tuple[tuple[str, float], ...]
    note: str
    quality_source: str = ""
    """Where the quality comes from, such as `12 checks and 3 thumbs at code`."""


class PlanView(msgspec.Struct, frozen=True):
    """How the answer was to be made."""

    strategy: str
    models: tuple[str, ...] = ()
    thresholds: tuple[float, ...] = ()
    method: str = ""
    judge: str = ""
    checks: tuple[str, ...] = ()
    why: str = ""
    delay_ms: int = 0
    """After which the second starts, where the first has said nothing by then."""


class StepView(msgspec.Struct, frozen=True):
    """One deciding: the first, or one after a failure."""

    at_ms: int
    because: str
    order: tuple[ScoreView, ...]
    vetoes: tuple[VetoView, ...]
    after: str = ""
    """The failure that made it necessary, as a sentence."""
    rules: tuple[tuple[str, str], ...] = ()
    """What the person's rules set, and the rule that did."""
    plan: PlanView | None = None
    """None for `single`."""
    branch: str = ""
    """Of which further answer; empty for the request itself."""


class Why(msgspec.Struct, frozen=True):
    """Everything about one decision."""

    request: RequestView
    ask: dict[str, Any]
    """The measurements, by their names in `homeport.policies.model.Ask`."""
    steps: tuple[StepView, ...]
    engine_version: str
    replay: Literal["identical", "different", "other-version", "not-logged"]
    what_if: tuple[tuple[str, str], ...] = ()
    """Pairs of (mode, sentence): the same ask under each other mode, then under each other
    policy, as `policy NAME`."""


class Trouble(msgspec.Struct, frozen=True):
    """An error in our own wire: `{"error": {…}}`."""

    code: str
    blame: str
    sentence: str
    param: str | None = None
    vetoes: tuple[VetoView, ...] = ()
    decision: str = ""


class PolicyRow(msgspec.Struct, frozen=True):
    """One policy in the list."""

    name: str
    summary: str
    rules: int
    """With those that it includes."""
    cases: int
    in_force: bool
    own: bool
    """A file of the person's."""
    error: str = ""
    """Why its file is not in force as it stands."""


class PoliciesView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/policies`."""

    mode: str
    """That prompts are decided under, where neither they nor a rule say otherwise."""
    modes: tuple[str, ...]
    policy: str
    """The one in force."""
    policies: tuple[PolicyRow, ...]
    folder: str
    """Of the person's own."""
    error: str = ""


class PolicyView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/policies/{name}`."""

    row: PolicyRow
    path: str
    """Empty for one that is shipped."""
    text: str
    """The file."""
    rules: tuple[tuple[str, str, str], ...]
    """Every rule in its order: name, what it sets, why."""


class PolicyProblem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a policy file."""

    line: int
    key: str
    sentence: str
    nearest: str = ""


class PolicyChecked(msgspec.Struct, frozen=True):
    """What `check` found."""

    ok: bool
    problems: tuple[PolicyProblem, ...] = ()


class CaseView(msgspec.Struct, frozen=True):
    """How one case of a policy went."""

    name: str
    ok: bool
    got: str
    wrong: str = ""


class PolicyTested(msgspec.Struct, frozen=True):
    """What `test` found."""

    name: str
    ok: bool
    cases: tuple[CaseView, ...] = ()


class ReplayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/replay`: one of a policy's name, or the text of one."""

    policy: str = ""
    text: str | None = None
    path: str = "policy.toml"
    """Of the text, for sentences and for its name."""
    since_s: int = 30 * 86_400
    """How far back."""


class Figure(msgspec.Struct, frozen=True):
    """An estimate."""

    value: float
    low: float | None = None
    """It lies between `low` and `high` with 95 % confidence; None where too few rows say so."""
    high: float | None = None
    rows: int = 0


class ReplayFigure(msgspec.Struct, frozen=True):
    """One quantity, on average a prompt, of those that both policies would have answered."""

    name: Literal["cost", "quality", "time"]
    """In nano-dollars, as a chance of a good answer, in milliseconds."""
    then: Figure | None
    """Predicted for what was asked."""
    other: Figure | None
    """Predicted for what would have been."""
    difference: Figure | None
    """Of the two, prompt by prompt."""
    seen: Figure | None
    """What came of it, where that is known."""
    seen_same: Figure | None
    """The same, of the prompts that would go to the same model."""
    weighted: Figure | None
    """What was seen, weighted; None where too few other choices ever had a chance."""
    doubly_robust: Figure | None


class Moved(msgspec.Struct, frozen=True):
    """Prompts that would go elsewhere; an empty name is nobody."""

    there: str
    here: str
    count: int


class ReplayReport(msgspec.Struct, frozen=True):
    """Logged prompts under another policy."""

    policy: str
    against: str
    """The one in force now; each prompt is compared with what was decided then."""
    since_ms: int
    prompts: int
    same: Figure | None
    """Share that would take the same way."""
    supported: float
    """Share whose other choice had a chance."""
    private_out: int
    """Prompts labelled private that the cloud might answer: always 0."""
    opened: Figure | None
    """Share that was kept at home by a label, a rule or the mode, and would go out."""
    refused_then: Figure | None
    refused: Figure | None
    figures: tuple[ReplayFigure, ...]
    moved: tuple[Moved, ...]
    left_out: tuple[tuple[str, int], ...]
    sentence: str
    overlap: str = ""
    """Why nothing is weighed; empty where something is."""


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side of a conversation said."""

    role: Literal["system", "user", "assistant"]
    text: str


class AskRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/ask` and `/homeport/v1/route`."""

    prompt: str
    """What is said last; `messages` is what was said before it."""
    system: str = ""
    model: str = "auto"
    policy: str | None = None
    strategy: str | None = None
    private: bool = False
    max_cost_nano: int | None = None
    deadline_ms: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    session: str = ""
    client: str = "homeport"
    tags: tuple[str, ...] = ()
    weights: str | None = None
    """Such as `budget=0.5,latency=0.2,quality=0.3`."""
    chain: str | tuple[str, ...] = ""
    """A chain's name, or models divided by commas."""
    models: tuple[str, ...] = ()
    """Members of an ensemble, or those to compare."""
    ensemble_size: int | None = None
    threshold: float | None = None
    method: str = ""
    judge: str = ""
    tests: str = ""
    """Code that the code of the answer has to pass."""
    messages: tuple[Turn, ...] = ()
    """The conversation before the prompt, the oldest turn first."""
    defer: Literal["", "online", "off-peak"] = ""
    """May be kept until the link is back, or has to wait for off-peak hours."""
    cache: str = ""
    """Of the cache of answers: `on`, `off`, `refresh` or `only`, with `ttl=SECONDS` and others."""
    on_cut: Literal["", "continue", "restart", "error"] = ""
    """What becomes of an answer that is cut off; `restart` has it told in one piece at its end."""


class BatchLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One prompt of a file, in the shape of OpenAI's batches."""

    custom_id: str
    url: str
    """The door: `/v1/chat/completions`, or another that answers prompts."""
    body: msgspec.Raw
    method: Literal["POST"] = "POST"


class OutboxOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/outbox`: lines of a file; those that are there stay as they are."""

    batch: str
    """What the file is known by: a digest of it."""
    lines: tuple[BatchLine, ...]
    when: Literal["online", "off-peak"] = "online"
    client: str = "homeport"


class OutboxTaken(msgspec.Struct, frozen=True):
    """What became of an `OutboxOrder`."""

    added: int
    known: int
    """Lines that were there already."""
    outbox: OutboxView


class OutboxReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/outbox`, the oldest first."""

    outbox: OutboxView
    items: tuple[OutboxItem, ...]
    more: bool = False
    """There are further ones behind the last."""


class OutboxDetail(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/outbox/{id}`, the one place where texts are shown."""

    item: OutboxItem
    request: Any = None
    """The body as it came; None where it was forgotten."""
    answer: Any = None
    """As its door gives it; None where there is none."""


class AnswerView(msgspec.Struct, frozen=True):
    """One of several answers to one prompt."""

    model: str
    place: str
    text: str
    ok: bool
    error: str = ""
    first_token_ms: int | None = None
    total_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    certain: bool = True
    confidence: float | None = None
    chosen: bool = False
    """Whose words the response is."""


class AskResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer; the object that `homeport ask --json` prints."""

    response: str
    model_used: str
    place: str
    decision: str
    """The id that `homeport why` takes."""
    strategy: str
    cost: float | None
    """US dollars; None is unknown."""
    latency: float
    """Seconds from arrival to the last token."""
    confidence: float | None
    input_tokens: int | None
    output_tokens: int | None
    attempts: tuple[AttemptView, ...]
    ensemble_models: tuple[str, ...]
    metadata: dict[str, Any]
    """`because`, `first_token_ms`, `tokens_per_s`, `cost_nano`, `certain`, `advice`, …"""
    timestamp: str
    """ISO 8601, UTC."""
    answers: tuple[AnswerView, ...] = ()
    """Every answer where several were given."""
    checks: tuple[CheckView, ...] = ()
    cache: CacheView | None = None


class AskStatus(msgspec.Struct, frozen=True, tag="status"):
    """What happens before the first token, and at a hand-over."""

    request: RequestView
    sentence: str = ""


class AskText(msgspec.Struct, frozen=True, tag="text"):
    """More of the answer."""

    text: str
    answer: int = 0
    """Which of several that are given side by side, as in `AskResult.answers`."""


class AskDone(msgspec.Struct, frozen=True, tag="done"):
    """The answer is whole."""

    result: AskResult


class AskFailed(msgspec.Struct, frozen=True, tag="error"):
    """There is no (whole) answer."""

    error: Trouble


class AskDeferred(msgspec.Struct, frozen=True, tag="deferred"):
    """It is kept, and will be answered later: `GET /homeport/v1/outbox/{id}`."""

    item: OutboxItem
    sentence: str


AskEvent = AskStatus | AskText | AskDone | AskFailed | AskDeferred
"""Lines of the NDJSON stream that `/homeport/v1/ask` answers with."""


class SpendRow(msgspec.Struct, frozen=True):
    """Spend of one group."""

    group: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost_nano: int
    estimated_nano: int
    """The part of it that is an estimate."""
    energy_mj: int = 0
    """Millijoules of answers at home; 0 where nothing was measured."""
    energy_nano: int = 0
    """What that electricity cost, beside `cost_nano`."""
    energy_guessed_nano: int = 0
    """The part of it that is an estimate."""


class DearRequest(msgspec.Struct, frozen=True):
    """One of the requests that cost most, over all its attempts."""

    id: str
    """What `homeport why` takes."""
    at_ms: int
    model: str
    """That answered; empty where none did."""
    client: str
    task: str
    attempts: int
    cost_nano: int
    certain: bool


class ProjectionView(msgspec.Struct, frozen=True):
    """What the running month will have cost."""

    month: str
    spent_nano: int
    projected_nano: int | None
    """None where too little is known."""
    a_day_nano: int
    method: str
    """As a sentence."""


class SpendDetails(msgspec.Struct, frozen=True):
    """Beside the sums."""

    projection: ProjectionView
    dearest: tuple[DearRequest, ...]


class SavingsView(msgspec.Struct, frozen=True):
    """What every prompt to one model would have cost, and under which assumptions."""

    baseline: str
    baseline_nano: int
    spent_nano: int
    saved_nano: int
    """Below 0 where more was spent."""
    prompts: int
    left_out: int
    """Prompts whose tokens or price are unknown."""
    cache_share: float
    """Of the input, what came from caches."""
    assumptions: tuple[str, ...]
    """Sentences that belong to the numbers."""
    energy_nano: int = 0
    """What the electricity of answers at home cost, as far as it was measured."""


SpendGroup = Literal[
    "day",
    "week",
    "month",
    "model",
    "provider",
    "place",
    "client",
    "session",
    "tag",
    "task",
    "policy",
]
"""What a row of spend can be."""


class CachedSum(msgspec.Struct, frozen=True):
    """Requests that were answered from the cache of answers."""

    answers: int
    saved_nano: int
    """What those answers cost when they were made."""
    unknown: int = 0
    """Of them, those whose cost then is not known."""


class SpendReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend?by=day&days=30`."""

    by: str
    since_ms: int
    rows: tuple[SpendRow, ...]
    view: SpendView
    details: SpendDetails | None = None
    """With `details=1`."""
    savings: SavingsView | None = None
    """With `baseline=MODEL`."""
    cached: CachedSum | None = None
    """None where nothing came from the cache."""


class EstimateRow(msgspec.Struct, frozen=True):
    """What a month would cost at one model."""

    model: str
    place: Literal["local", "lan", "cloud"]
    month_nano: int | None
    """None where no price is known."""
    price_source: str = ""


class EstimateReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend/estimate?per_day=100&input=2000&output=300`."""

    per_day: int
    input_tokens: int
    output_tokens: int
    days: int
    rows: tuple[EstimateRow, ...]


class BookedDay(msgspec.Struct, frozen=True):
    """What was booked at one provider on one UTC day."""

    day: str
    """ISO date."""
    cost_nano: int
    estimated_nano: int
    """The part of it that is an estimate."""
    input_tokens: int
    output_tokens: int
    attempts: int


class BookedReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/spend/booked?provider=openai&since=2026-11-01&until=2026-11-21`."""

    provider: str
    days: tuple[BookedDay, ...]


class StatRow(msgspec.Struct, frozen=True):
    """How the requests of one group went."""

    group: str
    requests: int
    failed: int
    first_token_ms: float | None
    """The median of answers that came whole, as are the others; None where none is known."""
    p50_ms: float | None
    p95_ms: float | None
    tokens_per_s: float | None
    """Median, from the first token on."""
    cost_nano: int
    unknown_costs: int
    """Requests whose cost is not in it."""
    satisfaction: float | None
    """Mean of what people said and did, 0 to 1, by weight; None where nobody did."""
    cached: int = 0
    """Requests that were answered from the cache; their times are in none of the others."""
    saved_nano: int = 0
    """What those answers cost when they were made."""


class StatsReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/stats?by=model|task|strategy&days=7`."""

    by: str
    since_ms: int
    read: int
    """Rows that were looked at, the newest 50,000 at most."""
    rows: tuple[StatRow, ...]


class CacheRow(msgspec.Struct, frozen=True):
    """The kept answers of one model."""

    model: str
    answers: int
    bytes: int
    hits: int
    saved_nano: int
    """What the answers that were given again cost when they were made."""
    oldest_ms: int
    used_ms: int
    """When one of them was given or kept last."""


class CacheReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/cache`."""

    exact: bool
    """For prompts that say nothing of it."""
    near: bool
    ttl_s: int
    most_answers: int
    most_bytes: int
    rows: tuple[CacheRow, ...]
    hits: int
    """Since the start of the daemon, as are the others."""
    near_hits: int
    misses: int
    bypassed: int
    saved_nano: int
    path: str
    trouble: str = ""
    """Why nothing is kept; empty where it is."""


class CacheOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/cache`."""

    clear: bool = False
    """Forget all that is kept."""
    forget: str = ""
    """Forget the answer of this request."""


class CacheCleared(msgspec.Struct, frozen=True):
    """What became of it."""

    forgotten: int


class FeedbackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /homeport/v1/feedback`: what a person says of an answer."""

    decision: str
    """Its id, the start of one, or `last`."""
    verdict: Literal["up", "down", "edit"]
    answer: int | None = None
    """Which of the attempts that came whole, in the order they began, counted from 0; None means
    the answer that was given."""
    similarity: float | None = None
    """Of an edit: how much of the answer was kept, 0 to 1."""
    original: str | None = None
    """In its place, the answer and what became of it; neither is kept."""
    edited: str | None = None


class FeedbackReply(msgspec.Struct, frozen=True):
    """What became of it."""

    request: RequestView
    verdict: str
    model: str
    task: str
    kept: float | None
    """Of an edit: how much of the answer was kept."""
    before: float
    """Predicted quality of the model for such a prompt, before and after."""
    after: float
    source: str


class ConfigView(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/config`."""

    path: str
    exists: bool
    generation: int
    error: str
    """Why the file on disk is not in force; empty where it is."""
    settings: dict[str, Any]
    """In force, every setting with its value; holds no secret."""


class Finding(msgspec.Struct, frozen=True):
    """One line of `homeport doctor`."""

    area: str
    """Such as `engine`, `models`, `ollama`, `keys`, `link`, `budget`, `machine`."""
    level: Literal["ok", "note", "warning", "error"]
    sentence: str
    command: str = ""
    """The exact command that would help."""


class ProbePlan(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/doctor?probe=<model>`: what trying a model would be."""

    model: str
    place: str
    exercises: tuple[str, ...]
    worst_nano: int | None
    """What it can cost at most; None where its price is unknown."""


class TrialView(msgspec.Struct, frozen=True):
    """One thing that a model was tried with."""

    name: str
    found: Literal["yes", "no", "unknown"]
    sentence: str = ""
    """What was wrong."""
    labelled: bool | None = None
    """Whether the model claims it; None where there is no label for it."""
    decision: str = ""
    ms: int | None = None
    cost_nano: int | None = 0


class ProbeReport(msgspec.Struct, frozen=True):
    """`POST /homeport/v1/doctor`: what was found by trying a model."""

    model: str
    place: str
    at_ms: int
    trials: tuple[TrialView, ...]
    able: tuple[str, ...] = ()
    """Abilities that stand from here on, above the label."""
    unable: tuple[str, ...] = ()
    tokens_per_s: float | None = None
    first_token_ms: int | None = None
    cost_nano: int | None = 0


class DoctorReport(msgspec.Struct, frozen=True):
    """`GET /homeport/v1/doctor`."""

    findings: tuple[Finding, ...]
