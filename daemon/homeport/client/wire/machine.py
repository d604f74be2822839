"""What this machine is, how it is connected, and the keys that it holds."""

from __future__ import annotations

from typing import Literal

import msgspec


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


class KeyView(msgspec.Struct, frozen=True):
    """A cloud key by name; never its value."""

    provider: str
    state: Literal["absent", "untested", "valid", "refused"]
    source: str = ""
    """Such as `environment OPENAI_API_KEY`, `keyring`, `file`."""
    tested_at_ms: int | None = None
    sentence: str = ""
    """Why the key that is there cannot be used, and what to do; empty where it can."""


class Address(msgspec.Struct, frozen=True):
    """Where the daemon listens."""

    socket: str = ""
    url: str = ""
