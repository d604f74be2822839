"""Embeddings of one loaded model: each input read whole, pooled, at length 1.

A model that was not made for it gives the mean over its last layer.
"""

from __future__ import annotations

import array
import ctypes
import math
import sys
from typing import Any

from homeport.adapters.engine.failure import Cancelled, EngineFailure
from homeport.adapters.engine.frames import Done, Embed, Vectors
from homeport.adapters.engine.native import ABORTED, AbortFlag, NativeModel

MOST_TOKENS = 2048
"""Of one input: it is read in one go, which takes memory by the square of its length."""

NO_POOLING, MEAN_POOLING, RANK_POOLING = 0, 1, 4
SEQUENCE = 0


class VectorMaker:
    """A context of its own beside the one that answers, opened when it is first needed."""

    def __init__(self, model: NativeModel, abort: AbortFlag) -> None:
        self._model = model
        self._library = model.library
        self._abort = abort
        self._context, pooling = self._pooled()
        if pooling == RANK_POOLING:
            raise EngineFailure(
                "unsupported", "The model ranks texts and makes no embeddings; choose another."
            )
        abort.install(self._library, self._context)
        self._memory = self._library.llama_get_memory(self._context)
        self.length = int(self._library.llama_model_n_embd_out(model.weights))

    def _pooled(self) -> tuple[Any, int]:
        context = self._model.open_vector_context(MOST_TOKENS, None)
        pooling = int(self._library.llama_pooling_type(context))
        if pooling != NO_POOLING:
            return context, pooling
        self._library.llama_free(context)
        return self._model.open_vector_context(MOST_TOKENS, MEAN_POOLING), MEAN_POOLING

    def answer(self, request: Embed) -> Vectors | Done:
        """All vectors; raises `EngineFailure`. A cancelled request is `Done`."""
        texts = [self._tokens(text) for text in request.texts]
        inputs = texts or [list(tokens) for tokens in request.tokens]
        found = array.array("f")
        try:
            for number, tokens in enumerate(inputs):
                found.extend(self._vector(self._checked(tokens, number)))
        except Cancelled:
            return Done(request.id, "cancelled")
        if sys.byteorder == "big":
            found.byteswap()
        return Vectors(request.id, found.tobytes(), self.length, sum(map(len, inputs)))

    def _tokens(self, text: str) -> list[int]:
        return self._model.tokens_of(text, special=False, framed=True)

    def _checked(self, tokens: list[int], number: int) -> list[int]:
        # The context itself may be rounded up over what the model has positions for.
        room = min(self._model.context_tokens, MOST_TOKENS)
        if len(tokens) > room:
            raise EngineFailure(
                "context_overflow",
                f"Input {number} has {len(tokens)} tokens, and this model embeds at most {room}"
                " at once; send it in parts.",
            )
        if not tokens or not all(0 <= token < self._model.vocabulary_size for token in tokens):
            raise EngineFailure("rejected", f"Input {number} holds no text this model can read.")
        return tokens

    def _vector(self, tokens: list[int]) -> list[float]:
        library = self._library
        buffer = array.array("i", tokens)
        pointer = (library.llama_token * len(tokens)).from_buffer(buffer)
        batch = library.llama_batch_get_one(pointer, len(tokens))
        if self._memory:
            library.llama_memory_clear(self._memory, False)
            outcome = library.llama_decode(self._context, batch)
        else:
            outcome = library.llama_encode(self._context, batch)
        if outcome == ABORTED or self._abort.is_up:
            raise Cancelled
        if outcome != 0:
            raise EngineFailure(
                "worker_died", f"The engine failed while computing (code {outcome}); try again."
            )
        return self._pooled_numbers()

    def _pooled_numbers(self) -> list[float]:
        pointer = self._library.llama_get_embeddings_seq(self._context, SEQUENCE)
        if not pointer:
            raise EngineFailure("unsupported", "The engine gave no embedding for this model.")
        address = ctypes.addressof(pointer.contents)
        numbers = (ctypes.c_float * self.length).from_address(address)
        size = math.sqrt(sum(number * number for number in numbers)) or 1.0
        return [number / size for number in numbers]
