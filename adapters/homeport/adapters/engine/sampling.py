"""Choosing the next token, and saying how sure the model was of it.

The choice is made by llama.cpp's own samplers. A grammar is asked about the one
token they chose; only where it objects are all tokens put to it, because that
is dear. Probabilities come from the raw logits of the step, before any knob.
"""

from __future__ import annotations

import ctypes
import math
import random
from typing import Any

from homeport.adapters.base import TokenLogprob
from homeport.adapters.engine.failure import EngineFailure
from homeport.adapters.engine.frames import SamplingPlan
from homeport.adapters.engine.native import NativeModel

DEFAULTS = {"temp": 0.8, "top_k": 40.0, "top_p": 0.95, "min_p": 0.05}
"""What is used where neither the caller nor the file says."""

SEEDS = 2**32


class Sampler:
    """Chooses the tokens of one answer."""

    def __init__(self, model: NativeModel, plan: SamplingPlan, grammar: str = "") -> None:
        self._model = model
        self._library = model.library
        self._fields, self._token_ids = _room_for(model.vocabulary_size)
        self._grammar = self._make_grammar(grammar) if grammar else None
        self._chain = self._make_chain(plan)

    def close(self) -> None:
        """Give the C library its memory back."""
        for sampler in (self._chain, self._grammar):
            if sampler:
                self._library.llama_sampler_free(sampler)
        self._chain = self._grammar = None

    def hold_to(self, grammar: str, begun: list[int]) -> bool:
        """From here on only what the grammar allows; False where what was begun breaks it."""
        self.release()
        self._grammar = self._make_grammar(grammar)
        for token in begun:
            if not self._admits(token):
                self.release()
                return False
            self._library.llama_sampler_accept(self._grammar, token)
        return True

    def release(self) -> None:
        """From here on anything."""
        if self._grammar:
            self._library.llama_sampler_free(self._grammar)
        self._grammar = None

    def _make_grammar(self, grammar: str) -> Any:
        sampler = self._library.llama_sampler_init_grammar(
            self._model.vocabulary, grammar.encode(), b"root"
        )
        if not sampler:
            raise EngineFailure(
                "unsupported", "The engine cannot hold a model to this JSON schema; simplify it."
            )
        return sampler

    def _make_chain(self, plan: SamplingPlan) -> Any:
        library = self._library
        chain = library.llama_sampler_chain_init(library.llama_sampler_chain_default_params())
        for sampler in self._links(plan):
            library.llama_sampler_chain_add(chain, sampler)
        return chain

    def _links(self, plan: SamplingPlan) -> list[Any]:
        library = self._library
        links = []
        if plan.presence_penalty or plan.frequency_penalty:
            links.append(
                library.llama_sampler_init_penalties(
                    self._model.vocabulary_size,
                    self._model.context_tokens,
                    1.0,
                    plan.frequency_penalty,
                    plan.presence_penalty,
                )
            )
        temperature = self._knob("temp", plan.temperature)
        if temperature <= 0:
            return [*links, library.llama_sampler_init_greedy()]
        seed = random.randrange(SEEDS) if plan.seed is None else plan.seed % SEEDS  # noqa: S311  # no secret
        return [
            *links,
            library.llama_sampler_init_top_k(int(self._knob("top_k", plan.top_k))),
            library.llama_sampler_init_top_p(self._knob("top_p", plan.top_p), 1),
            library.llama_sampler_init_min_p(self._knob("min_p", None), 1),
            library.llama_sampler_init_temp(temperature),
            library.llama_sampler_init_dist(seed),
        ]

    def _knob(self, name: str, asked: float | None) -> float:
        if asked is not None:
            return asked
        recommended = self._model.recommended(name)
        return DEFAULTS[name] if recommended is None else recommended

    def choose(self) -> int:
        """The next token, from the logits as they stand."""
        token = self._choose_from(self._all_candidates())
        if self._grammar and not self._admits(token):
            everything = self._all_candidates()
            self._library.llama_sampler_apply(self._grammar, ctypes.byref(everything))
            token = self._choose_from(everything)
            if not self._admits(token):
                raise EngineFailure("unsupported", "The model found no way to fit the JSON schema.")
        self._accept(token)
        return token

    def follow(self, token: int) -> bool:
        """Take a token of an answer begun elsewhere; False where the grammar forbids it."""
        if self._grammar and not self._admits(token):
            return False
        self._accept(token)
        return True

    def _accept(self, token: int) -> None:
        self._library.llama_sampler_accept(self._chain, token)
        if self._grammar:
            self._library.llama_sampler_accept(self._grammar, token)

    def _choose_from(self, candidates: Any) -> int:
        self._library.llama_sampler_apply(self._chain, ctypes.byref(candidates))
        if candidates.selected < 0:
            raise EngineFailure("garbage", "The model gave no usable probabilities; try another.")
        return int(candidates.data[candidates.selected].id)

    def _all_candidates(self) -> Any:
        fields = self._fields
        fields["id"] = self._token_ids
        fields["logit"] = self._model.logits()
        pointer = ctypes.cast(fields.ctypes.data, self._library.llama_token_data_p)
        return self._library.llama_token_data_array(pointer, len(fields), -1, False)

    def _admits(self, token: int) -> bool:
        one = self._library.llama_token_data(token, 1.0, 0.0)
        only = self._library.llama_token_data_array(ctypes.pointer(one), 1, -1, False)
        self._library.llama_sampler_apply(self._grammar, ctypes.byref(only))
        return math.isfinite(one.logit)


def _room_for(size: int) -> tuple[Any, Any]:
    """Room for every token of a vocabulary as the C library lays it out, and all token ids."""
    import numpy

    layout = [("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)]
    return numpy.zeros(size, dtype=layout), numpy.arange(size, dtype=numpy.int32)


class Certainty:
    """Reads from the logits of a step how likely each token was."""

    def __init__(self, model: NativeModel) -> None:
        import numpy

        self._numpy = numpy
        self._model = model
        self._exponentials = numpy.empty(model.vocabulary_size, dtype=numpy.float32)

    def of(self, token: int, likeliest: int = 0) -> TokenLogprob:
        """Natural logarithm of the token's probability, and of the likeliest tokens'."""
        logits = self._model.logits()
        highest = logits.max()
        self._numpy.subtract(logits, highest, out=self._exponentials)
        self._numpy.exp(self._exponentials, out=self._exponentials)
        total = float(highest) + math.log(float(self._exponentials.sum()))
        top = self._likeliest(logits, likeliest, total) if likeliest else ()
        return TokenLogprob(self._text(token), float(logits[token]) - total, top)

    def _likeliest(self, logits: Any, count: int, total: float) -> tuple[tuple[str, float], ...]:
        count = min(count, len(logits))
        tokens = self._numpy.argpartition(logits, -count)[-count:]
        ordered = sorted(tokens.tolist(), key=lambda token: -logits[token])
        return tuple((self._text(token), float(logits[token]) - total) for token in ordered)

    def _text(self, token: int) -> str:
        return self._model.piece(token, special=True).decode("utf-8", "replace")
