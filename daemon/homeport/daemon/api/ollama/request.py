"""The bodies of Ollama's wire, as they are written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from homeport.daemon.api.labels import Wishes

Count = Annotated[float, Meta(ge=-(2**31), le=2**31 - 1)]
"""A whole number; what stands behind its point is cut off, as Ollama does."""
Seed = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | Annotated[float, Meta(ge=-1e18, le=1e18)]
Penalty = Annotated[float, Meta(ge=-100, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]


class CalledFunction(msgspec.Struct, frozen=True):
    """The function of a tool call that a model made."""

    name: str
    arguments: dict[str, Any] | str | None = None
    index: int | None = None


class MadeCall(msgspec.Struct, frozen=True):
    """A tool call in an assistant's message."""

    function: CalledFunction
    id: str | None = None


class ChatMessage(msgspec.Struct, frozen=True):
    """One message; which fields count depends on its role."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[MadeCall] | None = None
    tool_name: str | None = None
    name: str | None = None
    tool_call_id: str | None = None


class ToolFunction(msgspec.Struct, frozen=True):
    """What a tool is called, and what it takes."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class OfferedTool(msgspec.Struct, frozen=True):
    """A tool that the model may call."""

    function: ToolFunction
    type: Literal["function", ""] | None = None


class Options(msgspec.Struct, frozen=True):
    """The options with a noun in the canonical model; the others are carried as they came."""

    temperature: Annotated[float, Meta(ge=0, le=100)] | None = None
    top_k: Count | None = None
    top_p: Share | None = None
    min_p: Share | None = None
    seed: Seed | None = None
    stop: str | list[str] | None = None
    num_predict: Count | None = None
    repeat_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What every request for an answer may hold."""

    model: str
    options: dict[str, Any] | None = None
    format: str | dict[str, Any] | None = None
    think: bool | str | None = None
    keep_alive: str | float | None = None
    stream: bool | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    truncate: bool | None = None
    shift: bool | None = None
    homeport: Wishes | None = None


class ChatRequest(Request, frozen=True, kw_only=True):
    """`POST /api/chat`."""

    messages: list[ChatMessage] | None = None
    tools: list[OfferedTool] | None = None


class GenerateRequest(Request, frozen=True, kw_only=True):
    """`POST /api/generate`."""

    prompt: str | None = None
    suffix: str | None = None
    system: str | None = None
    template: str | None = None
    context: list[int] | None = None
    raw: bool | None = None
    images: list[str] | None = None


class NamedModel(msgspec.Struct, frozen=True):
    """A body that names a model; older clients call the field `name`."""

    model: str | None = None
    name: str | None = None
    verbose: bool | None = None
    insecure: bool | None = None
    stream: bool | None = None

    @property
    def wanted(self) -> str:
        """The name, however it was sent."""
        return self.model or self.name or ""


OPTIONS_WITH_A_NOUN = frozenset(field.encode_name for field in msgspec.structs.fields(Options))
CHAT_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(ChatRequest))
GENERATE_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(GenerateRequest))
