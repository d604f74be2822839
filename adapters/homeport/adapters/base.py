"""What every adapter is, takes and gives: the canonical model between all wires.

A `Prompt` goes in, `Delta`s come out, an `AttemptFailed` ends an attempt that
could not be finished. Adapters hold no policy, no money and no state of the
daemon; an adapter opens a connection only through the `Permit` it is handed.

`extras` holds what a wire says beside the nouns, under the wire's own names, so
that it can be said again on that wire; `cache_control` is among them on every
wire that knows it.

Longer than other modules, because every wire is read into and written from this
one vocabulary.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from homeport.policies.model import (
    NO_OPTIONS,
    Failure,
    FailureKind,
    ModelCard,
    Place,
    StrategyOptions,
)

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
OnCut = Literal["continue", "restart", "error"]
"""What becomes of an answer that is cut off half-way: another model goes on with it, or begins
it anew (where nothing of it was given yet), or it ends in an error."""


class Citation(msgspec.Struct, frozen=True):
    """Where a stretch of an answer comes from."""

    url: str = ""
    title: str = ""
    quote: str = ""
    start: int | None = None
    """First character of the stretch, counted in its text part."""
    end: int | None = None
    """One past the last."""
    wire: str = ""
    """Whose shape `extras` has."""
    extras: dict[str, Any] = {}
    """The whole citation as its wire wrote it."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Plain text."""

    text: str
    extras: dict[str, Any] = {}
    citations: tuple[Citation, ...] = ()


class Image(msgspec.Struct, frozen=True, tag="image"):
    """An image, by URL or inline (base64)."""

    url: str = ""
    data: str = ""
    media_type: str = ""
    extras: dict[str, Any] = {}


class Audio(msgspec.Struct, frozen=True, tag="audio"):
    """Sound, inline (base64) or by the id of an earlier answer."""

    data: str = ""
    media_type: str = ""
    id: str = ""
    extras: dict[str, Any] = {}


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A file: inline (base64 or plain text), by URL, or by a provider's file id."""

    data: str = ""
    text: str = ""
    url: str = ""
    file_id: str = ""
    media_type: str = ""
    name: str = ""
    extras: dict[str, Any] = {}


class Thinking(msgspec.Struct, frozen=True, tag="thinking"):
    """Reasoning that a model showed, with its provider's signature.

    A signature of Gemini begins with `gemini:`, since it cannot be told from others.
    """

    text: str
    signature: str = ""
    extras: dict[str, Any] = {}
    redacted: str = ""
    """Reasoning that only its provider can read (encrypted), carried as it came."""
    id: str = ""


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """A model's own refusal."""

    text: str
    extras: dict[str, Any] = {}


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call"):
    """A call that a model made; `arguments` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str
    extras: dict[str, Any] = {}


class Opaque(msgspec.Struct, frozen=True, tag="opaque"):
    """A part of a wire that the canonical model has no noun for, carried as it came.

    Only the same wire can say it; a candidate of another wire is vetoed.
    """

    wire: str
    value: dict[str, Any]


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result"):
    """What a tool gave back."""

    call_id: str
    text: str
    is_error: bool = False
    extras: dict[str, Any] = {}
    attachments: tuple[Image | Audio | Document | Opaque, ...] = ()
    """What the result holds beside its text, in order."""


Part = Text | Image | Audio | Document | Thinking | Refusal | ToolCall | ToolResult | Opaque


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation."""

    role: Role
    parts: tuple[Part, ...]
    name: str = ""
    extras: dict[str, Any] = {}

    @property
    def text(self) -> str:
        """The plain text of the turn."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


class Tool(msgspec.Struct, frozen=True):
    """A function the model may call; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}
    strict: bool | None = None
    extras: dict[str, Any] = {}
    kind: Literal["function", "custom", "server"] = "function"
    """`custom` takes free text; `server` is run by the provider, carried whole in `extras`."""
    wire: str = ""
    """Whose shape `extras` has, where the kind is not `function`."""


class ResponseFormat(msgspec.Struct, frozen=True):
    """The shape the answer must have."""

    kind: Literal["text", "json", "json_schema"] = "text"
    schema: dict[str, Any] | None = None
    name: str = ""
    strict: bool | None = None


class Sampling(msgspec.Struct, frozen=True):
    """Tuning knobs; None leaves each to the model."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logprobs: bool = False
    top_logprobs: int = 0
    reasoning_effort: str | None = None
    reasoning_budget: int | None = None
    """Tokens of reasoning; 0 switches it off."""
    min_p: float | None = None
    repeat_penalty: float | None = None


class CacheWish(msgspec.Struct, frozen=True):
    """What the caller asked of the cache of answers."""

    use: Literal["on", "off", "refresh", "only"] = "on"
    """`refresh` asks afresh and keeps that; `only` asks nobody."""
    ttl_s: int | None = None
    """How long the answer is kept; None leaves it to the config."""
    max_age_s: int | None = None
    """The oldest kept answer that will do."""
    namespace: str = ""
    """Answers kept under another name are not found."""
    keeps: bool = True
    """Its own answer may be kept."""


class Labels(msgspec.Struct, frozen=True):
    """What the caller asked of the routing; None leaves it to the policy."""

    model: str = "auto"
    policy: str | None = None
    private: bool = False
    strategy: str | None = None
    max_cost_nano: int | None = None
    deadline_ms: int | None = None
    session: str = ""
    client: str = ""
    tags: tuple[str, ...] = ()
    weights: tuple[float, float, float] | None = None
    """What counts for the caller: budget, latency, quality."""
    options: StrategyOptions = NO_OPTIONS
    on_cut: OnCut | None = None
    tests: str = ""
    """Code that the code of an answer has to pass."""
    defer: Literal["", "online", "off-peak"] = ""
    """May be kept until the link is back, or has to wait for off-peak hours."""
    awaited: bool = True
    """Somebody waits for the answer."""
    cache: CacheWish | None = None
    """None leaves it to the config."""


class Completion(msgspec.Struct, frozen=True):
    """Text to go on from, without turns; `suffix` is what must follow the answer."""

    prompt: str
    suffix: str = ""
    echo: bool = False
    """The prompt is repeated before the answer. The door does that, not the model."""


class Prompt(msgspec.Struct, frozen=True):
    """What a program asked, whatever wire it came by. Does not know where it will go."""

    messages: tuple[Message, ...]
    labels: Labels = Labels()
    tools: tuple[Tool, ...] = ()
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat = ResponseFormat()
    sampling: Sampling = Sampling()
    stream: bool = False
    wire: str = ""
    """The door it came by: `openai-chat`, `openai-responses`, `openai-completions`,
    `anthropic`, `gemini`, `ollama` or `homeport`. Upstreams are named the same way."""
    extras: dict[str, Any] = {}
    """Top-level fields of that wire with no noun here, carried as they came."""
    raw: bytes = b""
    """The body as it came, for an upstream of the same wire: it is patched at its
    top-level keys only. Empty where the door takes no bytes of that wire back."""
    forward: tuple[tuple[str, str], ...] = ()
    """Headers that belong to the wire (`anthropic-beta`), for an upstream of the same wire."""
    completion: Completion | None = None
    """Set where the caller asked for raw text; `messages` then holds it as one user turn."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens by class. `input` counts every input token, the cached ones too;
    `output` counts every output token, reasoning too. None is unknown, never 0."""

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    certain: bool = True
    """The model's own server reported it; False where it was counted or estimated here."""
    input_audio: int | None = None
    """The part of `input` that is audio."""
    output_audio: int | None = None
    """The part of `output` that is audio."""
    cache_write_1h: int | None = None
    """The part of `cache_write` that is kept for an hour."""
    cost_nano: int | None = None
    """What the provider itself says it charged."""
    cache_read_audio: int | None = None
    """The part of `cache_read` that is audio; it is in `input_audio` too."""
    searches: int | None = None
    """Searches of the web by the provider, charged by the piece."""
    extras: dict[str, Any] = {}
    """The wire's own record, as it came."""


class TokenLogprob(msgspec.Struct, frozen=True):
    """Natural logarithm of the probability of a sampled token, with the likeliest others."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class TextDelta(msgspec.Struct, frozen=True, tag="text"):
    """More of the answer."""

    text: str
    tokens: int = 1
    logprobs: tuple[TokenLogprob, ...] = ()


class ThinkingDelta(msgspec.Struct, frozen=True, tag="thinking"):
    """More of the reasoning."""

    text: str
    signature: str = ""
    redacted: str = ""
    id: str = ""


class RefusalDelta(msgspec.Struct, frozen=True, tag="refusal"):
    """More of the model's own refusal."""

    text: str


class CitationDelta(msgspec.Struct, frozen=True, tag="citation"):
    """A source of the text part that is being written."""

    citation: Citation


class ToolCallDelta(msgspec.Struct, frozen=True, tag="tool_call"):
    """More of one tool call; the first of an index carries its id and name."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    extras: dict[str, Any] = {}


class OpaqueDelta(msgspec.Struct, frozen=True, tag="opaque"):
    """A whole part of the answer that the canonical model has no noun for."""

    wire: str
    value: dict[str, Any]


class PartEnd(msgspec.Struct, frozen=True, tag="part_end"):
    """The part being written is whole: more of its kind begins another part."""


class Wired(msgspec.Struct, frozen=True, tag="wired"):
    """Whole events of the upstream's own stream as they came, with what they say.

    Only for a prompt with `raw` bytes, from an upstream of the prompt's wire, and
    never when an answer is continued. The events that end the answer are not
    among them: they are the `raw` of the `Finish`.
    """

    wire: str
    data: bytes
    deltas: tuple[Spoken, ...]


class StatusDelta(msgspec.Struct, frozen=True, tag="status"):
    """What the attempt is doing before its first token; never reaches the caller's wire."""

    phase: Literal["queued", "loading", "prefill"]
    sentence: str = ""


class UsageDelta(msgspec.Struct, frozen=True, tag="usage"):
    """What the model's server has counted so far, with all that was told before it.

    It comes where a server tells before the end of its answer. Whoever pays takes it; it goes
    no further.
    """

    usage: Usage


class AnswerPart(msgspec.Struct, frozen=True, tag="answer_part"):
    """More of one of several answers that are given side by side, on our own wire alone."""

    answer: int
    delta: Spoken


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The wire's own end of the answer: always the last delta of a whole answer, exactly once."""

    reason: FinishReason
    usage: Usage = Usage()
    model: str = ""
    """The name that the upstream gave itself."""
    extras: dict[str, Any] = {}
    raw_reason: str = ""
    """The wire's own word for the reason."""
    stop_sequence: str = ""
    """The one that ended the answer, where the wire says so."""
    id: str = ""
    """The upstream's id of the answer."""
    wire: str = ""
    """Whose shape `raw` and `raw_reason` have."""
    raw: bytes = b""
    """The events that ended the answer as they came; see `Wired`."""


Spoken = (
    TextDelta | ThinkingDelta | RefusalDelta | CitationDelta | ToolCallDelta | OpaqueDelta | PartEnd
)
"""Deltas that are a part of the answer."""
Delta = Spoken | StatusDelta | UsageDelta | Wired | AnswerPart | Finish


class Limits(msgspec.Struct, frozen=True):
    """The bounds of one attempt. Times in seconds, from the start of the attempt."""

    max_tokens: int
    deadline_s: float
    connect_s: float = 2.0
    first_token_s: float = 60.0
    gap_s: float = 30.0
    key: str = ""
    """By which a server that knows requests again is to know this one."""


class AttemptFailed(Exception):
    """An attempt ended without a whole answer. Adapters raise nothing else
    (save `asyncio.CancelledError`)."""

    usage: Usage | None = None
    """What its server had counted by then, where it counts as it goes."""
    turned_away = False
    """A server's error status came in the place of an answer: the model was not put to work."""

    def __init__(self, failure: Failure, *, problem: str = "", said: str = "") -> None:
        """`said` is what the model wrote that cannot be used, `problem` why, in words for the
        model: both for a second try alone, and for no log."""
        super().__init__(failure.sentence)
        self.failure = failure
        self.problem = problem
        self.said = said


def failed(
    model: str,
    kind: FailureKind,
    sentence: str,
    *,
    sent_tokens: int = 0,
    retry_after_ms: int | None = None,
    status: int | None = None,
) -> AttemptFailed:
    """An `AttemptFailed` from its parts."""
    return AttemptFailed(
        Failure(
            model=model,
            kind=kind,
            sentence=sentence,
            sent_tokens=sent_tokens,
            retry_after_ms=retry_after_ms,
            status=status,
        )
    )


class Answer(Protocol):
    """An answer whose head has come. Iterating gives its body as it arrives."""

    status: int

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in lower case."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None:
        """Drop the connection, unless the whole body came. To be called once."""
        ...


@runtime_checkable
class Permit(Protocol):
    """Leave to reach one host for one purpose. Issued by the daemon's egress only."""

    @property
    def place(self) -> Place:
        """The farthest place it allows."""
        ...

    def http(self, base_url: str, *, connect_s: float = 2.0) -> Any:
        """An `httpx2.AsyncClient` that shares connections and can reach that origin alone.

        The caller does not close it. Redirects are not followed, and the
        environment's proxies are honoured for hosts that are not local.
        Raises `AttemptFailed` of kind `egress` where the origin is not permitted.
        """
        ...

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        connect_s: float | None = 2.0,
    ) -> Answer:
        """Send one request without any library between: for requests that are made often.

        The answer's head has come when this returns. Raises `AttemptFailed` of kind
        `egress` where it is not permitted, and errors named as those of `httpx2`.
        """
        ...

    def httpx_transport(self, base_url: str) -> Any:
        """The same for clients that take a transport of the older `httpx` (the `ollama` client)."""
        ...


class Credential(Protocol):
    """A key that can be used and never seen: its `repr` and `str` hide it."""

    def reveal(self) -> str:
        """The secret itself, for the one header it goes into."""
        ...


class Setup(msgspec.Struct, frozen=True):
    """What an adapter is built from."""

    settings: Mapping[str, Any]
    """The whole config as plain values, by the names of its tables."""
    models_dir: str
    """Where this program keeps the models it fetched."""
    cache_dir: str
    environment: Mapping[str, str]
    credential: Callable[[str], Credential | None]
    """Resolves a reference (`env:NAME`, `keyring:NAME`, …) or a bare provider name."""


@runtime_checkable
class Adapter(Protocol):
    """Speaks to one kind of model server (or runs the model itself)."""

    provider: str
    """First part of the ids of its models."""

    @classmethod
    def build(cls, setup: Setup) -> Sequence[Adapter]:
        """One adapter for each server (or engine) that the setup names. Does no I/O."""
        ...

    @property
    def origin(self) -> str:
        """`http://host:port` it connects to; empty where it opens no connection."""
        ...

    async def models(self, permit: Permit | None) -> list[ModelCard]:
        """Every model it can offer. Raises `AttemptFailed` where it cannot be asked."""
        ...

    def stream(
        self, prompt: Prompt, card: ModelCard, *, prefix: str, limits: Limits, permit: Permit | None
    ) -> AsyncIterator[Delta]:
        """Answer the prompt, going on from `prefix` (the answer so far, which is not repeated).

        Ends with exactly one `Finish`, or raises `AttemptFailed`. Closing the
        iterator or cancelling its task stops the work upstream at once.
        """
        ...

    async def close(self) -> None:
        """Let go of everything; called once."""
        ...


class AdapterKind(Protocol):
    """What an entry point of the group `homeport.adapters` names: a class of adapters, or a
    module with the same function, which loads the class where it is needed."""

    @property
    def __name__(self) -> str: ...

    def build(self, setup: Setup) -> Sequence[Adapter]:
        """As `Adapter.build` says."""
        ...


@runtime_checkable
class TokenCounter(Protocol):
    """An adapter whose server counts a prompt's tokens without answering it."""

    async def count_tokens(
        self, prompt: Prompt, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> int:
        """Tokens of the prompt, exactly as they would be charged. Raises `AttemptFailed`."""
        ...


class Inputs(msgspec.Struct, frozen=True):
    """Texts (or token ids) to be embedded."""

    inputs: tuple[str, ...] | tuple[tuple[int, ...], ...]
    labels: Labels = Labels()
    dimensions: int | None = None
    wire: str = ""
    extras: dict[str, Any] = {}


class Embedded(msgspec.Struct, frozen=True):
    """One vector for each input, in order."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage = Usage()
    model: str = ""
    """The name that the upstream gave itself."""


@runtime_checkable
class Embedder(Protocol):
    """An adapter some of whose models (capability `embeddings`) give vectors."""

    async def embed(
        self, inputs: Inputs, card: ModelCard, *, limits: Limits, permit: Permit | None
    ) -> Embedded:
        """Embed every input. Raises `AttemptFailed`."""
        ...
