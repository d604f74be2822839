"""What a GGUF file (or a set of parts) is as a model: size, kind, memory it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from homeport.adapters.gguf.header import GGUFError, Header, read_header

PART_NAME = re.compile(r"^(?P<stem>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})$")
MAX_PARTS = 512
MAX_CONTEXT = 2**32
MAX_WIDTH = 2**20
"""Layers, heads and lengths beyond this are not believed."""

QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4", 39: "NVFP4",
    40: "Q1_0", 41: "Q2_0",
}  # fmt: skip

EMBEDDING_ARCHITECTURES = ("bert", "t5encoder", "embed")
"""Parts of the names of architectures that only embed."""

ONLY_EMBEDS = "The model makes embeddings; it cannot chat."
POOLINGS = (1, 2, 3)
"""Mean, first token, last token: what gives one vector for a text. Others rank texts."""

OTHER_ARCHITECTURES = ("clip", "t5", "whisper", "dream", "llada", "wavtokenizer-dec")

CACHE_BYTES_PER_VALUE = 2
COMPUTE_BYTES = 96 * 1024 * 1024
"""Buffers of a worker beside weights and cache, and the process itself."""
BATCH_TOKENS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known of a model before it is loaded."""

    architecture: str
    title: str
    parameters: int | None
    quantisation: str
    context: int | None
    """Tokens it was trained for."""
    size_bytes: int
    cache_bytes_per_token: int
    embedding_length: int
    has_chat_template: bool
    chats: bool
    why_not: str = ""
    """A sentence where it cannot be chatted with."""
    embeds: bool = False
    """It was made to make embeddings."""

    def memory_bytes(self, context: int) -> int:
        """What running it takes: weights, cache for the context, buffers."""
        buffers = COMPUTE_BYTES + BATCH_TOKENS * self.embedding_length * 4 * 8
        return self.size_bytes + self.cache_bytes_per_token * context + buffers


def read_model(path: str) -> ModelFacts:
    """The facts of the model that this file, or this first part of several, holds.

    Raises `GGUFError` where any part is missing, corrupt or cut short.
    """
    headers = [read_header(part) for part in parts_of(path)]
    return facts_of(headers)


def parts_of(path: str) -> list[str]:
    """The files of a model, from its only or its first part."""
    folder, file_name = os.path.split(path)
    match = PART_NAME.match(stem_of(file_name))
    if match is None:
        return [path]
    count = int(match["parts"])
    if not 0 < count <= MAX_PARTS:
        raise GGUFError("The file's name counts impossible parts; fetch the model again.")
    names = [f"{match['stem']}-{n:05d}-of-{count:05d}.gguf" for n in range(1, count + 1)]
    missing = sum(not os.path.exists(os.path.join(folder, name)) for name in names)
    if missing:
        raise GGUFError(f"{missing} of the model's {count} parts are missing; fetch them too.")
    return [os.path.join(folder, name) for name in names]


def stem_of(file_name: str) -> str:
    """A file's name without `.gguf`."""
    return file_name[:-5] if file_name.lower().endswith(".gguf") else file_name


def is_later_part(file_name: str) -> bool:
    """Whether a file is the second or a later part of a model."""
    match = PART_NAME.match(stem_of(file_name))
    return match is not None and int(match["part"]) != 1


def facts_of(headers: Sequence[Header]) -> ModelFacts:
    """The facts that the headers of all parts of a model add up to."""
    head = headers[0]
    architecture = head.text("general.architecture")
    declared = head.number("general.file_type")
    why_not = _why_not(head, architecture, sum(header.tensors for header in headers))
    return ModelFacts(
        architecture=architecture,
        title=head.text("general.name"),
        parameters=sum(header.parameters for header in headers) or None,
        quantisation=QUANTISATIONS.get(-1 if declared is None else declared, ""),
        context=_within(head, f"{architecture}.context_length", MAX_CONTEXT) or None,
        size_bytes=sum(header.file_bytes for header in headers),
        cache_bytes_per_token=_cache_bytes(head, architecture),
        embedding_length=_within(head, f"{architecture}.embedding_length", MAX_WIDTH),
        has_chat_template=bool(head.text("tokenizer.chat_template")),
        chats=not why_not,
        why_not=why_not,
        embeds=why_not == ONLY_EMBEDS and head.number(f"{architecture}.pooling_type") in POOLINGS,
    )


def _why_not(head: Header, architecture: str, tensors: int) -> str:
    """The cases, first match wins; empty for a model that can chat."""
    kind = head.text("general.type")
    if not architecture:
        return "The file does not say what model it holds."
    if kind not in ("", "model"):
        return f"The file holds a part of a model ({kind}), not a whole one."
    if any(name in architecture for name in EMBEDDING_ARCHITECTURES):
        return ONLY_EMBEDS
    if head.number(f"{architecture}.pooling_type"):
        return ONLY_EMBEDS
    if architecture in OTHER_ARCHITECTURES:
        return f"Models of the kind {architecture} cannot chat."
    if tensors == 0:
        return "The file holds a vocabulary and no weights."
    return ""


def _within(head: Header, key: str, most: int) -> int:
    """A number of the head; 0 where it is not there or impossible."""
    value = head.number(key)
    return value if value is not None and 0 < value <= most else 0


def _cache_bytes(head: Header, architecture: str) -> int:
    """Bytes that one token of context takes, over all layers."""

    def number(name: str) -> int:
        return _within(head, f"{architecture}.{name}", MAX_WIDTH)

    layers, heads = number("block_count"), number("attention.head_count")
    cache_heads = number("attention.head_count_kv") or heads
    each = number("embedding_length") // heads if heads else 0
    keys = number("attention.key_length") or each
    values = number("attention.value_length") or each
    return layers * cache_heads * (keys + values) * CACHE_BYTES_PER_VALUE
