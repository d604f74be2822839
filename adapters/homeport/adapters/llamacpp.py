"""The embedded engine as an adapter: GGUF files of this machine, run by llama.cpp.

Finds the files, offers them as cards, and answers through worker processes
(`engine/`). Opens no connection, so it takes no permit.
"""

from __future__ import annotations

import array
import asyncio
import importlib.util
import itertools
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, Final

from homeport.adapters.base import (
    Adapter,
    Delta,
    Embedded,
    Finish,
    FinishReason,
    Inputs,
    Limits,
    Permit,
    Prompt,
    Setup,
    StatusDelta,
    TextDelta,
    ThinkingDelta,
    Usage,
    failed,
)
from homeport.adapters.engine import platform
from homeport.adapters.engine.attempt_clock import AttemptClock
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import (
    Called,
    Calling,
    Chunk,
    Done,
    Embed,
    Failed,
    FromWorker,
    Load,
    Prefilling,
    Vectors,
)
from homeport.adapters.engine.pool import Berth, LoadedModel, WorkerPool
from homeport.adapters.engine.process import WORKER_COMMAND, Exchange, WorkerProcess
from homeport.adapters.engine.turns import clean, request_for
from homeport.adapters.gguf.stores import ModelFile, ModelShelf, Places
from homeport.adapters.mending.tool_offer import CallMaker
from homeport.policies.model import ModelCard

NOT_INSTALLED = (
    "The embedded engine is not installed. Run `make install` in the source folder, "
    "or `pip install 'homeport[engine]'`."
)
DEMONSTRATION_PARAMETERS = 500_000_000
"""A model below this is there so that a fresh machine can answer, not to be relied on."""
DEMONSTRATION_REPLY = 1024
"""Most tokens of its answers: so small a model may not find an end by itself."""

_REASONS: Final[dict[str, FinishReason]] = {"stop": "stop", "tool_calls": "tool_calls"}

MOST_TO_EMBED = 2048
"""Tokens of one input: it is read in one go."""

log = logging.getLogger(__name__)


class LlamaCppAdapter:
    """Runs the GGUF models of this machine."""

    provider = "llamacpp"

    def __init__(
        self,
        *,
        places: Places,
        pool: WorkerPool,
        context: int = 8192,
        threads: int = 0,
        gpu_layers: int = -1,
    ) -> None:
        self._shelf = ModelShelf(places)
        self._pool = pool
        self._context = context
        self._threads = threads
        self._gpu_layers = gpu_layers
        self._request_ids = itertools.count(1)
        self._files: dict[str, ModelFile] = {}
        self._noted: set[str] = set()

    def __repr__(self) -> str:
        return f"LlamaCppAdapter({len(self._files)} models, {self._pool!r})"

    @classmethod
    def build(cls, setup: Setup, *, command: tuple[str, ...] = WORKER_COMMAND) -> Sequence[Adapter]:
        """The one engine of this machine."""
        settings: Mapping[str, Any] = setup.settings.get("models", {})
        pool = WorkerPool(
            idle_unload_s=float(settings.get("idle_unload_s", 600)),
            max_loaded=int(settings.get("max_loaded", 2)),
            environment=setup.environment,
            command=command,
        )
        places = Places(
            models_dir=setup.models_dir,
            folders=tuple(settings.get("folders", ())),
            scan_stores=bool(settings.get("scan_stores", True)),
            environment=setup.environment,
        )
        return [
            cls(
                places=places,
                pool=pool,
                context=int(settings.get("context", 8192)),
                threads=int(settings.get("threads", 0)),
                gpu_layers=int(settings.get("gpu_layers", -1)),
            )
        ]

    @property
    def origin(self) -> str:
        """Empty: it opens no connection."""
        return ""

    # What there is

    async def models(self, permit: Permit | None) -> list[ModelCard]:  # noqa: ARG002  # needs no leave
        """A card for every usable model among the files of this machine."""
        if not await asyncio.to_thread(_is_installed):
            raise failed(self.provider, "missing", NOT_INSTALLED)
        files = await asyncio.to_thread(self._shelf.look)
        self._files = {f"{self.provider}/{file.name}": file for file in files}
        return [self._card(model_id, file) for model_id, file in self._files.items()]

    def problems(self) -> list[tuple[str, str]]:
        """Files that were found and cannot be used, each with a sentence; as of the last look."""
        return list(self._shelf.problems)

    def _card(self, model_id: str, file: ModelFile) -> ModelCard:
        if file.facts.embeds:
            return self._vector_card(model_id, file)
        facts = file.facts
        context = min(self._context, facts.context) if facts.context else self._context
        small = facts.parameters is not None and facts.parameters < DEMONSTRATION_PARAMETERS
        return ModelCard(
            id=model_id,
            provider=self.provider,
            name=file.name,
            place="local",
            context=context,
            capabilities=("json", "json_schema", "logprobs", "pooling", "tools"),
            max_output=DEMONSTRATION_REPLY if small else None,
            continues=True,
            parameters=facts.parameters,
            quantisation=facts.quantisation,
            size_bytes=facts.size_bytes,
            memory_bytes=facts.memory_bytes(context),
            architecture=facts.architecture,
            demonstration=small,
            version=file.version,
        )

    def _vector_card(self, model_id: str, file: ModelFile) -> ModelCard:
        facts = file.facts
        context = min(self._context, MOST_TO_EMBED, facts.context or MOST_TO_EMBED)
        return ModelCard(
            id=model_id,
            provider=self.provider,
            name=file.name,
            place="local",
            context=context,
            capabilities=("embeddings",),
            parameters=facts.parameters,
            quantisation=facts.quantisation,
            size_bytes=facts.size_bytes,
            memory_bytes=facts.memory_bytes(context),
            architecture=facts.architecture,
        )

    # What is loaded

    def loaded(self) -> dict[str, LoadedModel]:
        """Every model that is loaded or loading, by id."""
        return self._pool.loaded()

    async def load(self, model_id: str) -> None:
        """Load a model before it is asked. Raises `AttemptFailed`."""
        berth = self._pool.berth(model_id)
        try:
            file = self._file(model_id)
            await self._pool.take(berth)
            try:
                await self._ready_worker(berth, self._card(model_id, file))
            finally:
                self._pool.give_back(berth)
        except EngineFailure as failure:
            raise failed(model_id, failure.kind, failure.sentence) from None

    async def unload(self, model_id: str) -> bool:
        """Unload a model; False where it is not loaded, or at work."""
        return await self._pool.unload(model_id)

    def keep(self, model_id: str, seconds: float) -> None:
        """How long a model stays that is loaded and idle, negative for always."""
        self._pool.keep(model_id, seconds)

    async def wait_idle(self) -> None:
        """Wait until no model is at work."""
        await self._pool.wait_idle()

    async def close(self) -> None:
        """End all workers."""
        await self._pool.close()

    # Answering

    async def stream(
        self,
        prompt: Prompt,
        card: ModelCard,
        *,
        prefix: str,
        limits: Limits,
        permit: Permit | None,  # noqa: ARG002  # opens no connection
    ) -> AsyncIterator[Delta]:
        """Answer the prompt, going on from `prefix`."""
        clock = AttemptClock(card.id, limits)
        try:
            request = request_for(
                prompt, prefix=prefix, limits=limits, request_id=next(self._request_ids)
            )
            calls = CallMaker(prompt)
            berth = self._pool.berth(card.id)
            if berth.turn.locked() or berth.waiting:
                yield StatusDelta("queued", "The model is answering another prompt.")
            waiting = "it was still answering other prompts"
            await clock.until_first_token(self._pool.take(berth), waiting)
            try:
                if not berth.is_ready:
                    yield StatusDelta("loading", f"Loading {card.name}.")
                ready = self._ready_worker(berth, card)
                worker = await clock.until_first_token(ready, "it was still loading")
                self._note(card, worker)
                exchange = worker.begin(request)
                try:
                    delta: Delta | None = None
                    while not isinstance(delta, Finish):
                        delta = await _next_delta(exchange, clock, card, calls)
                        yield delta
                finally:
                    worker.abandon(exchange)
            finally:
                self._pool.give_back(berth)
        except EngineFailure as failure:
            raise failed(
                card.id, failure.kind, failure.sentence, sent_tokens=clock.sent_tokens
            ) from None

    async def embed(
        self,
        inputs: Inputs,
        card: ModelCard,
        *,
        limits: Limits,
        permit: Permit | None,  # noqa: ARG002  # opens no connection
    ) -> Embedded:
        """A vector for each input; see `Embedder.embed`."""
        clock = AttemptClock(card.id, limits)
        berth = self._pool.berth(card.id)
        try:
            await clock.until_first_token(self._pool.take(berth), "it was still at work")
            try:
                ready = self._ready_worker(berth, card)
                worker = await clock.until_first_token(ready, "it was still loading")
                exchange = worker.begin(_embedding_request(inputs, next(self._request_ids)))
                try:
                    frame = await clock.until_first_token(exchange.next(), "it was still reading")
                finally:
                    worker.abandon(exchange)
            finally:
                self._pool.give_back(berth)
            return _embedded(frame, card)
        except EngineFailure as failure:
            raise failed(card.id, failure.kind, failure.sentence) from None

    def _ready_worker(self, berth: Berth, card: ModelCard) -> Awaitable[WorkerProcess]:
        file = self._file(card.id)
        load = Load(
            path=file.path,
            context=card.context or self._context,
            threads=self._threads or platform.physical_cores(),
            gpu_layers=self._gpu_layers,
            embeds=file.facts.embeds,
        )
        return self._pool.ready_worker(berth, load)

    def _file(self, model_id: str) -> ModelFile:
        file = self._files.get(model_id)
        if file is None:
            name = model_id.partition("/")[2]
            raise EngineFailure(
                "missing", f"The file of {name} is not there any more; look for models again."
            )
        return file

    def _note(self, card: ModelCard, worker: WorkerProcess) -> None:
        if worker.note and card.id not in self._noted:
            self._noted.add(card.id)
            log.warning("%s: %s", card.id, worker.note)


def _embedding_request(inputs: Inputs, request_id: int) -> Embed:
    texts = tuple(clean(item) for item in inputs.inputs if isinstance(item, str))
    tokens = tuple(item for item in inputs.inputs if not isinstance(item, str))
    return Embed(request_id, texts, tokens)


def _embedded(frame: FromWorker, card: ModelCard) -> Embedded:
    if isinstance(frame, Failed):
        raise EngineFailure(frame.kind, frame.sentence)
    if not isinstance(frame, Vectors) or frame.length <= 0:
        raise EngineFailure("garbage", "The engine answered out of turn; try again.")
    numbers = array.array("f", frame.numbers)
    if sys.byteorder == "big":
        numbers.byteswap()
    starts = range(0, len(numbers), frame.length)
    vectors = tuple(tuple(numbers[at : at + frame.length]) for at in starts)
    return Embedded(vectors, Usage(input=frame.input_tokens, output=0), card.name)


def _is_installed() -> bool:
    return importlib.util.find_spec("llama_cpp") is not None


async def _next_delta(
    exchange: Exchange, clock: AttemptClock, card: ModelCard, calls: CallMaker
) -> Delta:
    if clock.has_begun:
        frame = await clock.until_next_token(exchange.next())
    else:
        frame = await clock.until_first_token(exchange.next(), "it was still reading the prompt")
    clock.has_begun = clock.has_begun or isinstance(frame, Chunk | Calling | Called)
    match frame:
        case Prefilling():
            return _prefill_status(frame)
        case Chunk():
            clock.sent_tokens += frame.tokens
            if frame.thinking:
                return ThinkingDelta(frame.text)
            return TextDelta(frame.text, frame.tokens, frame.logprobs)
        case Calling():
            return StatusDelta("prefill", "A tool call is being written.")
        case Called():
            clock.sent_tokens += frame.tokens
            return calls.made(frame.name, frame.arguments)
        case Done():
            return _finish(frame, card)
        case Failed():
            raise EngineFailure(frame.kind, frame.sentence)
        case _:
            raise EngineFailure("garbage", "The engine answered out of turn; try again.")


def _prefill_status(frame: Prefilling) -> StatusDelta:
    new = frame.input_tokens - frame.cached_tokens
    known = f", {frame.cached_tokens} known from before" if frame.cached_tokens else ""
    return StatusDelta("prefill", f"Reading {new} tokens of the prompt{known}.")


def _finish(done: Done, card: ModelCard) -> Finish:
    reason = _REASONS.get(done.reason, "length")
    extras: dict[str, Any] = {
        "prefill_ms": round(done.prefill_ms, 3),
        "decode_ms": round(done.decode_ms, 3),
    }
    if done.context_full:
        extras["context_full"] = True
    return Finish(
        reason=reason,
        usage=Usage(
            input=done.input_tokens, cache_read=done.cached_tokens, output=done.output_tokens
        ),
        model=card.name,
        extras=extras,
    )
