"""What every adapter is, takes and gives: the canonical model between all wires.

A `Prompt` goes in, `Delta`s come out, an `AttemptFailed` ends an attempt that
could not be finished. Adapters hold no policy, no money and no state of the
daemon; an adapter opens a connection only through the `Permit` it is handed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from homeport.policies.model import Failure, FailureKind, ModelCard, Place

Role = Literal["system", "developer", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Plain text."""

    text: str
    extras: dict[str, Any] = {}


class Image(msgspec.Struct, frozen=True, tag="image"):
    """An image, by URL or inline (base64)."""

    url: str = ""
    data: str = ""
    media_type: str = ""
    extras: dict[str, Any] = {}


class Thinking(msgspec.Struct, frozen=True, tag="thinking"):
    """Reasoning that a model showed, with its provider's signature."""

    text: str
    signature: str = ""
    extras: dict[str, Any] = {}


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


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result"):
    """What a tool gave back."""

    call_id: str
    text: str
    is_error: bool = False
    extras: dict[str, Any] = {}


class Opaque(msgspec.Struct, frozen=True, tag="opaque"):
    """A part of a wire that the canonical model has no noun for, carried as it came."""

    wire: str
    value: dict[str, Any]


Part = Text | Image | Thinking | Refusal | ToolCall | ToolResult | Opaque


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
    """The door it came by, such as `openai-chat`."""
    extras: dict[str, Any] = {}
    """Top-level fields of that wire with no noun here, carried as they came."""


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


class ToolCallDelta(msgspec.Struct, frozen=True, tag="tool_call"):
    """More of one tool call; the first of an index carries its id and name."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


class StatusDelta(msgspec.Struct, frozen=True, tag="status"):
    """What the attempt is doing before its first token; never reaches the caller's wire."""

    phase: Literal["queued", "loading", "prefill"]
    sentence: str = ""


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The wire's own end of the answer: always the last delta of a whole answer, exactly once."""

    reason: FinishReason
    usage: Usage = Usage()
    model: str = ""
    """The name that the upstream gave itself."""
    extras: dict[str, Any] = {}


Delta = TextDelta | ThinkingDelta | ToolCallDelta | StatusDelta | Finish


class Limits(msgspec.Struct, frozen=True):
    """The bounds of one attempt. Times in seconds, from the start of the attempt."""

    max_tokens: int
    deadline_s: float
    connect_s: float = 2.0
    first_token_s: float = 60.0
    gap_s: float = 30.0


class AttemptFailed(Exception):
    """An attempt ended without a whole answer. Adapters raise nothing else
    (save `asyncio.CancelledError`)."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


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

    def transport(self, base_url: str) -> Any:
        """The `httpx2` transport of such a client alone: for requests that are made often."""
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
