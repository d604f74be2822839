"""Each module speaks to one kind of model; `base` is what all of them share."""

from homeport.adapters.base import (
    Adapter,
    AttemptFailed,
    Credential,
    Delta,
    Finish,
    Limits,
    Message,
    Permit,
    Prompt,
    Setup,
    TextDelta,
    Usage,
)

__all__ = [
    "Adapter",
    "AttemptFailed",
    "Credential",
    "Delta",
    "Finish",
    "Limits",
    "Message",
    "Permit",
    "Prompt",
    "Setup",
    "TextDelta",
    "Usage",
]
