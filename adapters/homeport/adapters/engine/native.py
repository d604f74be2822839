"""One GGUF model in memory: its vocabulary, its memory of one sequence, its logits.

A thin face over the C interface. All failures of C calls become
`EngineFailure` or `Cancelled` here.
"""

from __future__ import annotations

import array
import collections
import ctypes
import os
from collections.abc import Sequence
from typing import Any

from homeport.adapters.engine.bindings import low_level
from homeport.adapters.engine.failure import Cancelled, EngineFailure
from homeport.adapters.engine.frames import Load

READ_BATCH = 512
"""Tokens of a prompt that are read in one go."""

SEQUENCE = 0
ABORTED = 2
NO_ROOM = 1
WARNING_LEVEL = 2

OUT_OF_MEMORY_WORDS = (
    "failed to allocate",
    "unable to allocate",
    "out of memory",
    "cannot allocate",
)


_kept_alive: list[Any] = []
"""Callbacks that the library may call until the process ends."""


class AbortFlag:
    """A byte that the C library looks at while it computes.

    Its abort callback has the shape of `strlen`: it gets a pointer and gives a
    number. Pointed at an empty C string it says no; at a string of one
    character, yes. So nothing of Python runs between two nodes of the graph.
    """

    def __init__(self) -> None:
        self._bytes = ctypes.create_string_buffer(2)

    def raise_it(self) -> None:
        """From any thread: stop what is being computed."""
        self._bytes[0] = b"\x01"

    def lower(self) -> None:
        """Compute again."""
        self._bytes[0] = b"\x00"

    @property
    def is_up(self) -> bool:
        """Whether the computation is to stop."""
        return self._bytes[0] != b"\x00"

    def install(self, library: Any, context: Any) -> None:
        """Make the context look at this flag."""
        self._callback = self._as_callback(library)
        library.llama_set_abort_callback(
            context, self._callback, ctypes.cast(self._bytes, ctypes.c_void_p)
        )

    def _as_callback(self, library: Any) -> Any:
        try:
            strlen = ctypes.CDLL(None).strlen
        except (OSError, TypeError, AttributeError):
            return library.ggml_abort_callback(lambda _: self.is_up)
        return library.ggml_abort_callback(ctypes.cast(strlen, ctypes.c_void_p).value)


class NativeModel:
    """A loaded model with a context of one sequence."""

    def __init__(self, load: Load, abort: AbortFlag) -> None:
        self.library = low_level()
        self._abort = abort
        self._complaints: collections.deque[str] = collections.deque(maxlen=20)
        self._listen_to_log()
        self.library.llama_backend_init()
        self._threads = load.threads
        self._model = self._load_weights(load)
        self.vocabulary = self.library.llama_model_get_vocab(self._model)
        self.vocabulary_size = int(self.library.llama_vocab_n_tokens(self.vocabulary))
        self.context_tokens = self._tokens_of_context(load)
        if not load.embeds:
            self.context = self._open_context(load)
            abort.install(self.library, self.context)
            self._memory = self.library.llama_get_memory(self.context)
        self._pieces: dict[int, bytes] = {}
        self._logits_address = 0
        self._logits: Any = None

    # Loading

    def _listen_to_log(self) -> None:
        def listen(level: int, text: bytes, _: Any) -> None:
            if level in (WARNING_LEVEL, WARNING_LEVEL + 1):
                self._complaints.append(text.decode("utf-8", "replace").strip())

        callback = self.library.llama_log_callback(listen)
        _kept_alive.append(callback)
        self.library.llama_log_set(callback, None)

    def _load_weights(self, load: Load) -> Any:
        if not os.path.exists(load.path):
            raise EngineFailure(
                "missing", "The model's file is not there any more; look for models again."
            )
        parameters = self.library.llama_model_default_params()
        parameters.n_gpu_layers = load.gpu_layers
        model = self.library.llama_model_load_from_file(os.fsencode(load.path), parameters)
        if not model:
            raise self._load_failure("The engine could not load the model file")
        return model

    def _tokens_of_context(self, load: Load) -> int:
        trained = int(self.library.llama_model_n_ctx_train(self._model))
        return min(load.context, trained) if trained > 0 else load.context

    @property
    def weights(self) -> Any:
        """The library's own handle."""
        return self._model

    def open_vector_context(self, most_tokens: int, pooling: int | None) -> Any:
        """A context that gives embeddings, of inputs of so many tokens; None pools as the
        model was made to."""
        parameters = self.library.llama_context_default_params()
        parameters.n_ctx = min(self.context_tokens, most_tokens)
        parameters.n_batch = parameters.n_ubatch = parameters.n_ctx
        parameters.n_threads = parameters.n_threads_batch = self._threads
        parameters.embeddings = True
        parameters.no_perf = True
        if pooling is not None:
            parameters.pooling_type = pooling
        context = self.library.llama_init_from_model(self._model, parameters)
        if not context:
            raise self._load_failure("The engine could not make room for the model's context")
        return context

    def _open_context(self, load: Load) -> Any:
        parameters = self.library.llama_context_default_params()
        parameters.n_ctx = self.context_tokens
        parameters.n_batch = parameters.n_ubatch = READ_BATCH
        parameters.n_threads = parameters.n_threads_batch = load.threads
        parameters.n_outputs_max = 1
        parameters.swa_full = False
        parameters.no_perf = True
        context = self.library.llama_init_from_model(self._model, parameters)
        if not context:
            raise self._load_failure("The engine could not make room for the model's context")
        return context

    def _load_failure(self, sentence: str) -> EngineFailure:
        words = next((line for line in reversed(self._complaints) if "error" in line), "")
        if any(word in line for line in self._complaints for word in OUT_OF_MEMORY_WORDS):
            return EngineFailure(
                "out_of_memory",
                f"{sentence}: there is not enough memory. Choose a smaller model or a smaller "
                "models.context.",
            )
        reason = f" ({words[:200]})" if words else ""
        return EngineFailure(
            "missing", f"{sentence}{reason}. Fetch it again, or choose another model."
        )

    # Vocabulary

    def tokens_of(self, text: str, *, special: bool, framed: bool = False) -> list[int]:
        """The tokens of a text; `framed` with those that the model puts around a text."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        buffer = (self.library.llama_token * size)()
        count = self.library.llama_tokenize(
            self.vocabulary, data, len(data), buffer, size, framed, special
        )
        if count < 0:
            raise EngineFailure("context_overflow", "The prompt is too long to be tokenised.")
        return list(buffer[:count])

    def opening_token(self) -> int | None:
        """The token that every text of this model starts with, where there is one."""
        if not self.library.llama_vocab_get_add_bos(self.vocabulary):
            return None
        token = int(self.library.llama_vocab_bos(self.vocabulary))
        return token if token >= 0 else None

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of one token; control tokens have none unless asked for."""
        if special:
            return self._piece(token, True)
        if token not in self._pieces:
            self._pieces[token] = self._piece(token, False)
        return self._pieces[token]

    def _piece(self, token: int, special: bool) -> bytes:
        buffer = ctypes.create_string_buffer(256)
        write = self.library.llama_token_to_piece
        length = write(self.vocabulary, token, buffer, len(buffer), 0, special)
        if length < 0:
            buffer = ctypes.create_string_buffer(-length)
            length = write(self.vocabulary, token, buffer, len(buffer), 0, special)
        return buffer.raw[: max(0, length)]

    def name_of(self, token: int) -> str:
        """A token's text as templates write it; empty for no token."""
        return self._piece(token, True).decode("utf-8", "replace") if token >= 0 else ""

    def ends_answer(self, token: int) -> bool:
        """Whether the model says that it is done."""
        return bool(self.library.llama_vocab_is_eog(self.vocabulary, token))

    # What the file says

    def template_parts(self) -> tuple[str, str, str]:
        """Source of the chat template (or empty), and the texts of its BOS and EOS."""
        source = self.library.llama_model_chat_template(self._model, None)
        bos = self.name_of(int(self.library.llama_vocab_bos(self.vocabulary)))
        eos = self.name_of(int(self.library.llama_vocab_eos(self.vocabulary)))
        return (source or b"").decode("utf-8", "replace"), bos, eos

    def recommended(self, knob: str) -> float | None:
        """What the file's makers recommend for a sampling knob, where they say."""
        buffer = ctypes.create_string_buffer(64)
        key = f"general.sampling.{knob}".encode()
        if self.library.llama_model_meta_val_str(self._model, key, buffer, len(buffer)) <= 0:
            return None
        try:
            return float(buffer.value)
        except ValueError:
            return None

    def window(self) -> int:
        """Tokens that sliding-window layers look back; 0 where there are none."""
        return max(0, int(self.library.llama_model_n_swa(self._model)))

    # Memory

    def cut(self, position: int) -> bool:
        """Forget everything from this position on; False where it cannot."""
        return bool(self.library.llama_memory_seq_rm(self._memory, SEQUENCE, position, -1))

    def clear(self) -> None:
        """Forget everything."""
        self.library.llama_memory_clear(self._memory, False)

    def first_position(self) -> int:
        """The oldest position that is still held; -1 where it is empty."""
        return int(self.library.llama_memory_seq_pos_min(self._memory, SEQUENCE))

    # Computing

    def read(self, tokens: Sequence[int]) -> None:
        """Take these tokens in, after those already held; at most `READ_BATCH`."""
        buffer = array.array("i", tokens)
        pointer = (self.library.llama_token * len(tokens)).from_buffer(buffer)
        batch = self.library.llama_batch_get_one(pointer, len(tokens))
        outcome = self.library.llama_decode(self.context, batch)
        if outcome == ABORTED or self._abort.is_up:
            raise Cancelled
        if outcome == NO_ROOM:
            raise EngineFailure("context_overflow", "The model's context is full.")
        if outcome != 0:
            raise EngineFailure(
                "worker_died", f"The engine failed while computing (code {outcome}); try again."
            )

    def logits(self) -> Any:
        """A view of the last token's logits, valid until the next `read`."""
        pointer = self.library.llama_get_logits_ith(self.context, -1)
        address = ctypes.addressof(pointer.contents)
        if address != self._logits_address:
            import numpy

            floats = (ctypes.c_float * self.vocabulary_size).from_address(address)
            self._logits = numpy.ctypeslib.as_array(floats)
            self._logits_address = address
        return self._logits
