"""What was found, what is missing, and the exact command that would help.

A pure reading of values that the daemon has at hand; it looks at nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from homeport.client.wire import (
    Address,
    Finding,
    KeyView,
    LinkView,
    MachineView,
    ModelView,
    OutboxView,
    SpendView,
)
from homeport.daemon.sandbox.limits import Availability
from homeport.policies.model import Failure

GIB = 1024**3
LOW_DISK_BYTES = 5 * GIB
SHOWN_FILES = 5
NO_CONFIG = "There is no config file, and none is needed: the defaults are in force."


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the doctor reads."""

    address: Address
    tcp_wanted: bool
    config_path: str
    """Empty where there is no file."""
    config_error: str
    engine_installed: bool
    models: Sequence[ModelView]
    broken_files: Sequence[tuple[str, str]]
    """Pairs of (path, why it cannot be used)."""
    troubles: Mapping[str, Failure]
    """Per provider, why it could not be asked."""
    configured: frozenset[str]
    """Names of the servers that the config itself asks for."""
    keys: Sequence[KeyView]
    link: LinkView
    machine: MachineView
    spend: SpendView
    better_model: str
    """Name in the catalog of a model that this machine can run well; may be empty."""
    ledger_trouble: str = ""
    """Why the last writes of the ledger failed; empty where they did not."""
    price_trouble: str = ""
    """Why the price table could not be made; empty where it could."""
    refresh_trouble: str = ""
    """Why the newest list of prices was not taken; empty where it was, or none is wanted."""
    own_prices_trouble: str = ""
    """Why the person's own prices are not in force; empty where they are."""
    unknown_prices: str = ""
    """Which models they name that are not there; empty where none."""
    doubted_prices: Sequence[str] = ()
    """Why prices that the config states are not taken."""
    doubted_limits: Sequence[str] = ()
    """Which limits cover nothing so far."""
    sandbox: Availability | None = None
    """Whether programs of models are run; None where nobody looked."""
    scorer_trouble: str = ""
    """Why the person's own scorer gave no difficulty last; empty where it did."""
    outbox: OutboxView = OutboxView()
    near_embedding: str = ""
    """The model that is to compare prompts; empty where none is."""


def examine(found: Found) -> Iterator[Finding]:
    """Every finding, the daemon's own first."""
    yield from the_daemon(found)
    yield from the_engine(found)
    yield from the_models(found)
    yield from the_servers(found)
    yield from the_keys(found)
    yield from the_link(found)
    yield from the_machine(found)
    yield from the_sandbox(found)
    yield from the_outbox(found)
    yield from the_cache(found)
    yield from the_budget(found)


def ok(area: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(area=area, level="ok", sentence=sentence)


def the_daemon(found: Found) -> Iterator[Finding]:
    """Where it listens, and whether its config is in force."""
    where = " and ".join(filter(None, (found.address.socket, found.address.url)))
    yield ok("daemon", f"It listens on {where}.")
    if found.tcp_wanted and not found.address.url:
        yield Finding(
            area="daemon",
            level="warning",
            sentence="It could not listen on TCP; programs reach it by the Unix socket alone.",
            command="homeport config set listen.port 0 && homeport restart",
        )
    if found.config_error:
        yield Finding(
            area="config",
            level="error",
            sentence=f"The config on disk is not in force: {found.config_error}",
            command=f"homeport config {'edit' if found.config_path else 'show'}",
        )
    else:
        standing = f"{found.config_path} is in force."
        yield ok("config", standing if found.config_path else NO_CONFIG)
    if found.ledger_trouble:
        yield Finding(area="ledger", level="error", sentence=found.ledger_trouble)


def the_engine(found: Found) -> Iterator[Finding]:
    """llama.cpp."""
    if found.engine_installed:
        yield ok("engine", "llama.cpp is installed.")
        return
    yield Finding(
        area="engine",
        level="warning",
        sentence="llama.cpp is not installed, so GGUF files cannot be run.",
        command='pip install "homeport[engine]"',
    )


def the_models(found: Found) -> Iterator[Finding]:
    """What can answer at home."""
    local = [model for model in found.models if model.place == "local"]
    serious = [model for model in local if not model.demonstration]
    advice = f"homeport models add {found.better_model}" if found.better_model else ""
    if not local:
        yield Finding(
            area="models",
            level="error",
            sentence="No local model was found, so nothing can be answered at home.",
            command=advice or "homeport models add default",
        )
    elif not serious:
        yield Finding(
            area="models",
            level="warning",
            sentence="Only a demonstration model is here; its answers are not to be relied on.",
            command=advice,
        )
    else:
        names = ", ".join(model.id for model in serious[:SHOWN_FILES])
        yield ok("models", f"{len(serious)} local: {names}.")
    for path, why in found.broken_files[:SHOWN_FILES]:
        yield Finding(area="models", level="warning", sentence=f"{path}: {why}")


def the_servers(found: Found) -> Iterator[Finding]:
    """Model servers beside the engine."""
    homes = sorted({m.id.partition("/")[0] for m in found.models if m.place != "cloud"})
    others = [name for name in homes if name != "llamacpp"]
    if others:
        yield ok("servers", f"Answering: {', '.join(others)}.")
    silent = sorted(p for p, why in found.troubles.items() if is_only_absent(p, why, found))
    if silent:
        yield ok("servers", f"Not running here: {', '.join(silent)}.")
    for provider, why in sorted(found.troubles.items()):
        if provider not in silent:
            yield Finding(area="servers", level="warning", sentence=why.sentence)


def is_only_absent(provider: str, why: Failure, found: Found) -> bool:
    """Nobody listens on a usual port, and nobody said that somebody would."""
    return why.kind == "refused" and provider not in found.configured


def the_keys(found: Found) -> Iterator[Finding]:
    """Cloud keys, by name."""
    there = [key for key in found.keys if key.state != "absent"]
    if not there:
        yield Finding(
            area="keys",
            level="note",
            sentence="No cloud key was found; every prompt is answered at home.",
            command="homeport keys add openai",
        )
    for key in there:
        said = f"{key.provider}: {key.state}, from {key.source}."
        if key.state == "valid":
            yield ok("keys", said)
        elif key.state == "refused":
            command = f"homeport keys add {key.provider}"
            yield Finding(area="keys", level="error", sentence=said, command=command)
        else:
            command = f"homeport keys test {key.provider}"
            yield Finding(area="keys", level="note", sentence=said, command=command)


def the_link(found: Found) -> Iterator[Finding]:
    """Connectivity."""
    if found.link.by_choice:
        yield Finding(
            area="link",
            level="note",
            sentence="Offline by choice: nothing outside your own network is used.",
            command="homeport online",
        )
    elif found.link.state in ("offline", "captive", "degraded"):
        state = found.link.state.capitalize()
        yield Finding(area="link", level="warning", sentence=f"{state}: {found.link.reason}")
    else:
        metered = ", and metered: no probes are sent" if found.link.metered else ""
        yield ok("link", f"The link is {found.link.state}{metered}.")


def the_machine(found: Found) -> Iterator[Finding]:
    """Memory, graphics, disk."""
    machine = found.machine
    memory = "unknown memory"
    if machine.memory_total_bytes and machine.memory_free_bytes is not None:
        free, total = machine.memory_free_bytes / GIB, machine.memory_total_bytes / GIB
        memory = f"{free:.1f} of {total:.1f} GiB memory free"
    gpus = ", ".join(gpu.name for gpu in machine.gpus) or machine.gpu_note or "No GPU"
    cores = f"{machine.cores} cores" if machine.cores else "cores unknown"
    yield ok("machine", f"{cores}, {memory}. {gpus.rstrip('.')}.")
    if machine.disk_free_bytes is not None and machine.disk_free_bytes < LOW_DISK_BYTES:
        yield Finding(
            area="machine",
            level="warning",
            sentence=f"Only {machine.disk_free_bytes / GIB:.1f} GiB of disk are free for models.",
        )


def the_outbox(found: Found) -> Iterator[Finding]:
    """What waits for the person's word."""
    outbox = found.outbox
    if outbox.sentence and not outbox.queued:
        yield Finding(area="outbox", level="error", sentence=outbox.sentence)
    if outbox.uncertain:
        prompts = "prompt was" if outbox.uncertain == 1 else "prompts were"
        yield Finding(
            area="outbox",
            level="warning",
            sentence=f"{outbox.uncertain} {prompts} cut off while it was sent; whether there is an "
            "answer is not known. Have it sent again, or drop it.",
            command="homeport outbox",
        )


def the_cache(found: Found) -> Iterator[Finding]:
    """Whether the model that is to compare prompts is there, and at home."""
    name = found.near_embedding
    if not name:
        return
    named = [model for model in found.models if model.id in (name, f"{name}:latest")]
    able = [m.id for m in found.models if m.place == "local" and "embeddings" in m.capabilities]
    if named and named[0].place == "local" and {"embeddings", "pooling"} & {*named[0].capabilities}:
        yield ok("cache", f"Near prompts are compared with {named[0].id}.")
        return
    why = "is not there"
    if named:
        why = "makes no vectors" if named[0].place == "local" else "is not on this machine"
    yield Finding(
        area="cache",
        level="warning",
        sentence=f"cache.near_embedding: {name} {why}, so near prompts are compared by their "
        "words alone.",
        command=f"homeport config set cache.near_embedding {able[0]}" if able else "",
    )


def the_sandbox(found: Found) -> Iterator[Finding]:
    """Whether an answer's program can be run to check it."""
    if found.sandbox is not None:
        level: Literal["ok", "note"] = "ok" if found.sandbox.runs else "note"
        yield Finding(area="sandbox", level=level, sentence=found.sandbox.sentence)


def the_budget(found: Found) -> Iterator[Finding]:
    """Limits matter once something can cost money."""
    paid = any(key.state != "absent" for key in found.keys)
    limited = [window for window in found.spend.windows if window.limit_nano is not None]
    if found.price_trouble:
        sentence = f"Prices are not known, so no cloud model can be used: {found.price_trouble}"
        yield Finding(area="prices", level="error", sentence=sentence)
    if found.refresh_trouble:
        sentence = f"Prices stay as they were: {found.refresh_trouble}"
        yield Finding(area="prices", level="warning", sentence=sentence)
    if found.own_prices_trouble:
        yield Finding(area="prices", level="error", sentence=found.own_prices_trouble)
    for sentence in found.doubted_prices:
        yield Finding(area="prices", level="error", sentence=sentence)
    if found.unknown_prices:
        yield Finding(area="prices", level="warning", sentence=found.unknown_prices)
    if found.scorer_trouble:
        yield Finding(area="scorer", level="warning", sentence=found.scorer_trouble)
    for sentence in found.doubted_limits:
        yield Finding(area="budget", level="warning", sentence=sentence, command="homeport budget")
    if limited:
        yield ok("budget", f"Limited by {' and '.join(window.window for window in limited)}.")
    elif paid:
        yield Finding(
            area="budget",
            level="warning",
            sentence="A cloud key is here and no budget is set.",
            command="homeport budget --day 2 --month 20",
        )
