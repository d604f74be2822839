"""One answer: from a `Generate` frame to its chunks and its `Done`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from homeport.adapters.engine.call_format import SEPARATOR, TAGGED, CallFormat
from homeport.adapters.engine.call_writing import CallWriting
from homeport.adapters.engine.chat_template import (
    ChatTemplate,
    open_answer,
    render_prompt,
)
from homeport.adapters.engine.failure import Cancelled, EngineFailure
from homeport.adapters.engine.frames import Done, FromWorker, Generate, Prefilling
from homeport.adapters.engine.native import READ_BATCH, AbortFlag, NativeModel
from homeport.adapters.engine.plainer_turns import Turns
from homeport.adapters.engine.prefix_cache import PrefixCache
from homeport.adapters.engine.sampling import Certainty, Sampler
from homeport.adapters.engine.schema_grammar import ANY_OBJECT, UnsupportedSchema, grammar_for
from homeport.adapters.engine.speech import Speech
from homeport.adapters.engine.text_flow import TextFlow
from homeport.adapters.engine.tool_grammar import call_grammar, holdable
from homeport.adapters.mending.thinking_tags import (
    CHANNEL,
    MESSAGE,
    MESSAGE_ENDS,
    TAGS,
    ThinkingSplitter,
    tag_left_open,
)
from homeport.adapters.mending.tool_marks import MARKS

LEAST_ANSWER = 16
"""Tokens of room that an answer must have at least (or its maximum, where that is less)."""

SHOWN_MARKS = frozenset(
    mark.encode()
    for mark in (*TAGS, *TAGS.values(), *MARKS, *MESSAGE_ENDS, CHANNEL, MESSAGE, SEPARATOR)
)
"""Control tokens that are read here, so that they must not vanish from the text."""

Emit = Callable[[FromWorker], None]


class Generator:
    """Answers one request after the other with one model."""

    def __init__(self, model: NativeModel, abort: AbortFlag) -> None:
        self._model = model
        self._abort = abort
        self._cache = PrefixCache(model, model.window())
        source, bos, eos = model.template_parts()
        self.template = ChatTemplate(source, bos=bos, eos=eos)
        self._bos_text = bos
        self._certainty: Certainty | None = None
        self._marks: dict[int, bytes] = {}
        """Control tokens that were met, as text; empty for those that are not shown."""

    def answer(self, request: Generate, emit: Emit) -> Done:
        """The whole answer; raises `EngineFailure`. A cancelled one is `Done` too."""
        answer = _Answer(request)
        sampler = None
        try:
            prompt = self._prompt(request, answer)
            sampler = self._sampler(request, answer)
            self._prefill(request, answer, prompt, emit)
            self._decode(request, answer, sampler, emit)
        except Cancelled:
            self._cache.drop_unnoted()
            answer.reason = "cancelled"
        finally:
            if sampler:
                sampler.close()
        return answer.done(self.template.note)

    # Before the first token

    def _prompt(self, request: Generate, answer: _Answer) -> list[int]:
        turns, begun = open_answer(request.turns, request.prefix)
        answer.begun = begun.rstrip(" ")
        answer.trimmed = begun[len(answer.begun) :]
        text = "" if request.plain else self._rendered(request, turns, answer)
        tokens = self._model.tokens_of(text + answer.begun, special=True)
        opening = self._model.opening_token()
        if opening is not None and tokens[:1] != [opening]:
            tokens.insert(0, opening)
        self._check_room(len(tokens), request.max_tokens)
        answer.input_tokens = len(tokens)
        return tokens

    def _rendered(self, request: Generate, turns: Turns, answer: _Answer) -> str:
        """The prompt by its template, up to where the model goes on."""

        def render(turns: Turns) -> str:
            if not request.tools:
                return self.template.render(turns, thinks=request.thinks)
            text, answer.form = self.template.render_offer(
                turns,
                json.loads(request.tools),
                must_call=request.must_call,
                needs_mark=bool(request.schema),
                thinks=request.thinks,
            )
            return text

        text = render_prompt(render, turns)
        tag = tag_left_open(text)
        answer.says_all = bool(answer.begun or request.must_call or request.schema)
        if tag and answer.says_all:
            text = f"{text.rstrip()}\n\n{TAGS[tag]}\n\n"
        answer.opened = "" if answer.says_all else tag
        if request.must_call and request.tools:
            answer.begun += answer.form.opening
        return text

    def _check_room(self, input_tokens: int, max_tokens: int) -> None:
        room = self._model.context_tokens
        needed = input_tokens + min(max_tokens, LEAST_ANSWER)
        if input_tokens == 0:
            raise EngineFailure("rejected", "The conversation has no text to answer; add some.")
        if needed > room:
            raise EngineFailure(
                "context_overflow",
                f"The prompt has {input_tokens} tokens, and with an answer needs {needed} of the "
                f"model's context of {room}; shorten it, or use a model with a larger context.",
            )

    def _sampler(self, request: Generate, answer: _Answer) -> Sampler:
        try:
            grammar = self._grammar(request, answer)
        except UnsupportedSchema as error:
            raise EngineFailure(
                "unsupported",
                f"The embedded engine cannot hold a model to this JSON schema: {error}. "
                "Leave that out, or choose another model.",
            ) from None
        if not (grammar and answer.begun) or request.must_call:
            return Sampler(self._model, request.sampling, grammar)
        looser = (grammar_for(ANY_OBJECT), "") if request.loosely else ()
        for held in (grammar, *looser):
            sampler = Sampler(self._model, request.sampling, held)
            if self._follows(sampler, answer.begun):
                return sampler
            sampler.close()
        raise EngineFailure(
            "unsupported", "The answer so far does not fit the JSON schema it must fit."
        )

    def _grammar(self, request: Generate, answer: _Answer) -> str:
        """What holds from the first token on; raises `UnsupportedSchema`."""
        if request.tools:
            functions = [tool["function"] for tool in json.loads(request.tools)]
            answer.names = tuple(function["name"] for function in functions)
            answer.call_grammar = call_grammar(functions, answer.form)
            if request.must_call:
                return answer.call_grammar
        if not request.schema:
            return ""
        schema = request.schema
        if request.loosely:
            schema = json.dumps(holdable(json.loads(schema))).encode()
        return grammar_for(schema, or_words=answer.form.opening if request.tools else "")

    def _follows(self, sampler: Sampler, begun: str) -> bool:
        """Whether the sampler could have chosen what was begun."""
        return all(map(sampler.follow, self._model.tokens_of(begun, special=False)))

    def _prefill(self, request: Generate, answer: _Answer, prompt: list[int], emit: Emit) -> None:
        if request.sampling.seed is not None:
            # Reading in other portions rounds differently: a seed asks for the same answer again.
            self._cache.forget()
        answer.cached_tokens = self._cache.keep_for(prompt)
        emit(Prefilling(request.id, answer.input_tokens, answer.cached_tokens))
        started = time.perf_counter()
        for at in range(answer.cached_tokens, len(prompt), READ_BATCH):
            self._read(prompt[at : at + READ_BATCH])
        answer.prefill_ms = (time.perf_counter() - started) * 1000

    def _read(self, tokens: list[int]) -> None:
        if self._abort.is_up:
            raise Cancelled
        self._model.read(tokens)
        self._cache.note(tokens)

    # Token by token

    def _decode(self, request: Generate, answer: _Answer, sampler: Sampler, emit: Emit) -> None:
        flow = TextFlow(request.stop, skip=answer.trimmed)
        speech = answer.speech(request, emit)
        started = time.perf_counter()
        while not self._finished(request, answer):
            token = sampler.choose()
            if self._model.ends_answer(token):
                answer.reason = "stop"
                break
            self._show(request, flow, token, speech)
            answer.output_tokens += 1
            if speech.calls is not None:
                self._hold(answer, flow, sampler, speech)
            if flow.stopped or speech.is_over:
                answer.reason = "stop"
                break
            if not self._finished(request, answer):
                self._read([token])
            answer.decode_ms = (time.perf_counter() - started) * 1000
        flow.end()
        _say(flow, speech)
        speech.end(cut=answer.reason == "length")
        if speech.calls is not None and speech.calls.count and answer.reason == "stop":
            answer.reason = "tool_calls"

    def _hold(self, answer: _Answer, flow: TextFlow, sampler: Sampler, speech: Speech) -> None:
        """Hold the sampler to the grammar of calls within a call, and only there."""
        calls = speech.calls
        if calls is None or calls.is_writing == answer.is_held:
            return
        answer.is_held = calls.is_writing
        if not calls.is_writing:
            sampler.release()
            return
        begun = self._model.tokens_of(calls.begun + flow.waiting, special=False)
        if not sampler.hold_to(answer.call_grammar, begun):
            speech.give_up_call()
            answer.is_held = False

    def _finished(self, request: Generate, answer: _Answer) -> bool:
        """Whether the answer may not grow any more."""
        if self._abort.is_up:
            raise Cancelled
        answer.context_full = self._cache.held >= self._model.context_tokens
        return answer.context_full or answer.output_tokens >= request.max_tokens

    def _show(self, request: Generate, flow: TextFlow, token: int, speech: Speech) -> None:
        if self._certainty is None:
            self._certainty = Certainty(self._model)
        wanted = request.top_logprobs if request.logprobs else 0
        piece = self._model.piece(token) or self._mark(token)
        flow.push(piece, self._certainty.of(token, wanted))
        _say(flow, speech)

    def _mark(self, token: int) -> bytes:
        if token not in self._marks:
            piece = self._model.piece(token, special=True)
            self._marks[token] = piece if piece in SHOWN_MARKS else b""
        return self._marks[token]


def _say(flow: TextFlow, speech: Speech) -> None:
    taken = flow.take()
    if taken:
        speech.say(*taken)


class _Answer:
    """What is known of one answer while it grows."""

    def __init__(self, request: Generate) -> None:
        self.request_id = request.id
        self.begun = ""
        """The answer so far, without the spaces at its end."""
        self.trimmed = ""
        """Those spaces: the model writes them anew with its next token."""
        self.opened = ""
        """The tag of reasoning that the prompt leaves open."""
        self.says_all = False
        """All of it is the answer: there is no reasoning to be told apart."""
        self.form: CallFormat = TAGGED
        self.names: tuple[str, ...] = ()
        self.call_grammar = ""
        self.is_held = False
        """The sampler is held to the grammar of calls."""
        self.reason = "length"
        self.input_tokens = 0
        self.cached_tokens = 0
        self.output_tokens = 0
        self.prefill_ms = 0.0
        self.decode_ms = 0.0
        self.context_full = False

    def speech(self, request: Generate, emit: Emit) -> Speech:
        """How what the model says is sorted."""
        told_apart = not (self.says_all or request.plain)
        calls = None
        if request.tools:
            calls = CallWriting(
                self.form,
                self.names,
                parallel=request.parallel,
                begun=request.must_call,
                bare=not request.schema,
            )
            self.is_held = request.must_call
        splitter = ThinkingSplitter(self.opened) if told_apart else None
        return Speech(self.request_id, emit, splitter, calls)

    def done(self, note: str) -> Done:
        """The last frame of this answer."""
        counted: dict[str, Any] = {
            name: getattr(self, name)
            for name in (
                "input_tokens",
                "cached_tokens",
                "output_tokens",
                "prefill_ms",
                "decode_ms",
                "context_full",
            )
        }
        return Done(id=self.request_id, reason=self.reason, note=note, **counted)
