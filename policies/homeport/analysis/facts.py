"""What `measure` is given: the turns of a conversation, and what else the caller said."""

from __future__ import annotations

from typing import Literal

from homeport.policies.model import (
    NO_OPTIONS,
    AskedStrategy,
    Capability,
    Mode,
    StrategyOptions,
    Urgency,
    Weights,
)
from homeport.policies.quick import quick


@quick(frozen=True, slots=True)
class Turn:
    """One message as plain text; `role` is system, developer, user, assistant or tool."""

    role: str
    text: str


@quick(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a prompt besides its text."""

    tools: int = 0
    """How many tools it offers."""
    images: int = 0
    response_format: Literal["text", "json", "json_schema"] = "text"
    schema_bytes: int = 0
    """Of the schema that the answer must follow."""
    tools_bytes: int = 0
    """Of the tools' names, descriptions and schemas."""
    logprobs: bool = False
    stream: bool = False
    max_tokens: int | None = None
    model: str = "auto"
    mode: Mode | None = None
    policy: str = ""
    """The policy that was asked for, where it is no mode."""
    weights: Weights | None = None
    strategy: AskedStrategy = "auto"
    options: StrategyOptions = NO_OPTIONS
    private: bool = False
    max_cost_nano: int | None = None
    deadline_ms: int = 600_000
    session: str = ""
    client: str = ""
    tags: tuple[str, ...] = ()
    urgency: Urgency | None = None
    """None leaves it to the text."""
    input_by_reference: bool = False
    """A part of the input is held elsewhere (an image URL, a file id), its size unknown."""
    hidden_bytes: int = 0
    """What is read beside the words: signatures, encrypted thoughts, sound, parts of a wire."""
    caches: bool = False
    """The provider is asked to keep a part of it."""
    terms: tuple[tuple[str, str], ...] = ()
    """What the request says of itself that changes its price."""
    held_by: tuple[str, ...] = ()
    """Wires, or their starts, in which alone a part of the prompt can be told."""
    also_needs: tuple[Capability, ...] = ()
    """What the other fields do not say: `audio`, `documents`, `fill`, `server_tools`,
    `required_tools`."""
