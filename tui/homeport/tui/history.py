"""What was measured over the last minutes, and since when each model stands as it does.

Pure values, bounded. A look of the daemon at its machine is one sample; where
nobody listened there is a blank sample, so that a graph does not bridge it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from homeport.client.wire import LinkView, MachineView, ModelView

MOST_SAMPLES = 240
MOST_MOMENTS = 100
GAP_MS = 60_000
"""So long without a sample is shown as a blank."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look; shares from 0 to 1, None is unknown."""

    at_ms: int
    cpu: float | None = None
    memory: float | None = None
    """In use."""
    gpus: tuple[float | None, ...] = ()
    gpu_memories: tuple[float | None, ...] = ()
    battery: float | None = None
    link: bool | None = None
    """Whether it was up."""
    heat: float | None = None
    """Of the processor, in hundreds of degrees Celsius."""


@dataclass(frozen=True, slots=True)
class LinkMoment:
    """When the link fell or came back."""

    at_ms: int
    up: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when a model is in its state."""

    state: str
    since_ms: int
    seen: bool
    """Whether the change was seen; it may be older where it was not."""


@dataclass(frozen=True, slots=True)
class History:
    """The last samples and changes of the link, oldest first; how each model stands."""

    samples: tuple[Sample, ...] = ()
    links: tuple[LinkMoment, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=lambda: MappingProxyType({}))


def sampled(history: History, machine: MachineView, link: LinkView, at_ms: int) -> History:
    """The history with one more look, heard of at `at_ms`."""
    sample = sample_of(machine, link, at_ms)
    samples = history.samples
    if not machine.at_ms or (samples and sample.at_ms <= samples[-1].at_ms):
        return history
    if samples and sample.at_ms - samples[-1].at_ms > GAP_MS:
        samples = (*samples, Sample(sample.at_ms - 1))
    return replace(history, samples=(*samples, sample)[-MOST_SAMPLES:])


def sample_of(machine: MachineView, link: LinkView, at_ms: int) -> Sample:
    """One look as shares."""
    return Sample(
        at_ms,
        machine.cpu_load,
        _used(machine.memory_free_bytes, machine.memory_total_bytes),
        tuple(gpu.utilisation for gpu in machine.gpus),
        tuple(_used(gpu.memory_free_bytes, gpu.memory_total_bytes) for gpu in machine.gpus),
        None if machine.battery_percent is None else machine.battery_percent / 100,
        _is_up(link),
        None if machine.temperature_c is None else machine.temperature_c / 100,
    )


def linked(history: History, link: LinkView, at_ms: int) -> History:
    """The history with how the link stands; the same again is no moment."""
    moment = LinkMoment(link.since_ms or at_ms, _is_up(link), link.reason)
    if history.links and history.links[-1].up == moment.up:
        return history
    return replace(history, links=(*history.links, moment)[-MOST_MOMENTS:])


def _is_up(link: LinkView) -> bool | None:
    if link.by_choice:
        return False
    return None if link.state == "unknown" else link.state == "online"


def _used(free: int | None, total: int | None) -> float | None:
    return None if free is None or not total else 1 - free / total


def stood(history: History, models: Sequence[ModelView], at_ms: int, *, seen: bool) -> History:
    """The history with the models as they stand; what is gone is forgotten."""
    old = history.standings
    standings = {}
    for model in models:
        known = old.get(model.id)
        if known is None or known.state != model.state:
            known = Standing(model.state, at_ms, seen=seen and known is not None)
        standings[model.id] = known
    return history if standings == old else replace(history, standings=standings)
