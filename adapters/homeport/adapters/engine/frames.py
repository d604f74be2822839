"""What the daemon and a worker say to each other.

A frame is four bytes of length (little-endian) and one msgpack value. Frames
that answer a request carry its id, so that the answer to a cancelled request
can be told from the answer to the next.
"""

from __future__ import annotations

import msgspec

from homeport.adapters.base import TokenLogprob
from homeport.policies.model import FailureKind

LENGTH_BYTES = 4
MAX_FRAME_BYTES = 256 * 1024 * 1024
"""Far above any prompt: a longer frame means that the stream is out of step."""


class BrokenFrame(Exception):
    """The other side sent what is not a frame."""


class TurnCall(msgspec.Struct, frozen=True, array_like=True):
    """A call that the assistant made in an earlier turn; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """One message as a chat template sees it."""

    role: str
    content: str
    calls: tuple[TurnCall, ...] = ()
    call_id: str = ""
    """Of a tool's result: the call it belongs to."""
    name: str = ""
    """Of a tool's result: the tool."""


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Load this model. The first frame, once."""

    path: str
    context: int
    threads: int
    gpu_layers: int
    embeds: bool = False
    """It makes embeddings alone: no room for conversations is made."""


class SamplingPlan(msgspec.Struct, frozen=True):
    """How tokens are chosen; None leaves a knob to the model."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0


class Generate(msgspec.Struct, frozen=True, tag="generate"):
    """Answer this conversation, going on from `prefix`."""

    id: int
    turns: tuple[Turn, ...]
    prefix: str
    max_tokens: int
    sampling: SamplingPlan = SamplingPlan()
    stop: tuple[str, ...] = ()
    logprobs: bool = False
    """Send the likeliest others too: `top_logprobs` of them."""
    top_logprobs: int = 0
    schema: bytes = b""
    """JSON text of the schema that the answer must fit; empty where any text will do."""
    loosely: bool = False
    """What another model began need not fit it: it is held to as much as does."""
    plain: bool = False
    """There are no turns and no template: `prefix` is the text to go on from."""
    tools: bytes = b""
    """JSON list of the tools that may be called, as templates know them."""
    must_call: bool = False
    """The answer is a call, or several where they may be `parallel`."""
    parallel: bool = True
    thinks: bool | None = None
    """Whether to reason, where the template lets that be chosen; None leaves it open."""


class Embed(msgspec.Struct, frozen=True, tag="embed"):
    """Make a vector of each of these: texts, or what is tokens already."""

    id: int
    texts: tuple[str, ...] = ()
    tokens: tuple[tuple[int, ...], ...] = ()


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Stop this request, whether it waits or runs."""

    id: int


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """The model is ready."""

    context: int
    memory_bytes: int | None = None
    load_ms: int = 0
    note: str = ""
    """A sentence where something about the model is not as it should be."""


class LoadFailed(msgspec.Struct, frozen=True, tag="load_failed"):
    """The model cannot be loaded; the worker ends."""

    kind: FailureKind
    sentence: str


class Prefilling(msgspec.Struct, frozen=True, tag="prefilling"):
    """The prompt is tokenised and fits; its unknown part is being read."""

    id: int
    input_tokens: int
    cached_tokens: int


class Chunk(msgspec.Struct, frozen=True, tag="chunk"):
    """More of the answer."""

    id: int
    text: str
    tokens: int
    logprobs: tuple[TokenLogprob, ...] = ()
    thinking: bool = False
    """It is reasoning, not the answer."""


class Calling(msgspec.Struct, frozen=True, tag="calling"):
    """A tool call is being written: a sign of life."""

    id: int


class Called(msgspec.Struct, frozen=True, tag="called"):
    """One whole tool call; `arguments` is JSON text."""

    id: int
    name: str
    arguments: str
    tokens: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The request ended; nothing more follows for it."""

    id: int
    reason: str
    """`stop`, `tool_calls`, `length` or `cancelled`."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0
    context_full: bool = False
    memory_bytes: int | None = None
    note: str = ""


class Vectors(msgspec.Struct, frozen=True, tag="vectors"):
    """The vectors of an `Embed`, one after the other, as little-endian 32-bit floats."""

    id: int
    numbers: bytes
    length: int
    """Numbers of each."""
    input_tokens: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The request could not be answered; the worker goes on."""

    id: int
    kind: FailureKind
    sentence: str


ToWorker = Load | Generate | Embed | Cancel
FromWorker = Loaded | LoadFailed | Prefilling | Chunk | Calling | Called | Done | Vectors | Failed

_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)


def pack(frame: ToWorker | FromWorker) -> bytes:
    """One frame as bytes."""
    body = _encoder.encode(frame)
    return len(body).to_bytes(LENGTH_BYTES, "little") + body


def read_to_worker(body: bytes) -> ToWorker:
    """A frame for the worker from its msgpack; raises `BrokenFrame`."""
    try:
        return _to_worker.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BrokenFrame(str(error)) from None


def read_from_worker(body: bytes) -> FromWorker:
    """A frame from the worker from its msgpack; raises `BrokenFrame`."""
    try:
        return _from_worker.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BrokenFrame(str(error)) from None


class FrameSplitter:
    """Cuts a byte stream, in pieces of any size, into the bodies of its frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete with this piece; raises `BrokenFrame`."""
        self._buffer += data
        bodies: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= LENGTH_BYTES:
            length = _frame_length(self._buffer[start : start + LENGTH_BYTES])
            end = start + LENGTH_BYTES + length
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[start + LENGTH_BYTES : end]))
            start = end
        del self._buffer[:start]
        return bodies


def _frame_length(prefix: bytes | bytearray) -> int:
    length = int.from_bytes(prefix, "little")
    if length > MAX_FRAME_BYTES:
        raise BrokenFrame(f"a frame of {length} bytes")
    return length
