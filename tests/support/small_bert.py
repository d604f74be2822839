"""A BERT that llama.cpp can load: one layer of noise, and a vocabulary of a few words."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

from support.gguf_files import text_bytes

WIDTH, INNER, HEADS, CONTEXT = 32, 64, 2, 64
WORDS = ("cat", "dog", "sat", "on", "the", "mat", "ran", "far")
TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"\u2581{word}" for word in WORDS))
STRING, UINT32, INT32, FLOAT32, BOOL, ARRAY = 8, 4, 5, 6, 7, 9


def _value(value: Any) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", BOOL, value)
        case int():
            return struct.pack("<II", UINT32, value)
        case float():
            return struct.pack("<If", FLOAT32, value)
        case str():
            return struct.pack("<I", STRING) + text_bytes(value)
    if isinstance(value[0], str):
        words = b"".join(map(text_bytes, value))
        return struct.pack("<IIQ", ARRAY, STRING, len(value)) + words
    kind, letter = (FLOAT32, "f") if isinstance(value[0], float) else (INT32, "i")
    numbers = struct.pack(f"<{len(value)}{letter}", *value)
    return struct.pack("<IIQ", ARRAY, kind, len(value)) + numbers


METADATA: dict[str, Any] = {
    "general.architecture": "bert",
    "general.name": "Small",
    "bert.context_length": CONTEXT,
    "bert.embedding_length": WIDTH,
    "bert.feed_forward_length": INNER,
    "bert.block_count": 1,
    "bert.attention.head_count": HEADS,
    "bert.attention.layer_norm_epsilon": 1e-12,
    "bert.attention.causal": False,
    "bert.pooling_type": 1,
    "tokenizer.ggml.model": "bert",
    "tokenizer.ggml.pre": "default",
    "tokenizer.ggml.token_type_count": 2,
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.scores": (0.0,) * len(TOKENS),
    "tokenizer.ggml.token_type": (3,) * 5 + (1,) * len(WORDS),
    "tokenizer.ggml.padding_token_id": 0,
    "tokenizer.ggml.unknown_token_id": 1,
    "tokenizer.ggml.cls_token_id": 2,
    "tokenizer.ggml.bos_token_id": 2,
    "tokenizer.ggml.seperator_token_id": 3,
    "tokenizer.ggml.eos_token_id": 3,
    "tokenizer.ggml.mask_token_id": 4,
}

_NORMS = ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm")
_SQUARE = ("blk.0.attn_q", "blk.0.attn_k", "blk.0.attn_v", "blk.0.attn_output")
TENSORS: dict[str, tuple[int, ...]] = {
    "token_embd.weight": (WIDTH, len(TOKENS)),
    "token_types.weight": (WIDTH, 2),
    "position_embd.weight": (WIDTH, CONTEXT),
    **{f"{name}.{part}": (WIDTH,) for name in _NORMS for part in ("weight", "bias")},
    **{f"{name}.weight": (WIDTH, WIDTH) for name in _SQUARE},
    **{f"{name}.bias": (WIDTH,) for name in _SQUARE},
    "blk.0.ffn_up.weight": (WIDTH, INNER),
    "blk.0.ffn_up.bias": (INNER,),
    "blk.0.ffn_down.weight": (INNER, WIDTH),
    "blk.0.ffn_down.bias": (WIDTH,),
}


def write_small_bert(path: Path) -> Path:
    """The file on the disk, the same each time."""
    chance = random.Random(7)  # noqa: S311  # noise, no secret
    head = b"GGUF" + struct.pack("<IQQ", 3, len(TENSORS), len(METADATA))
    head += b"".join(text_bytes(key) + _value(value) for key, value in METADATA.items())
    weights = b""
    for name, shape in TENSORS.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        head += text_bytes(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", 0, len(weights))
        numbers = struct.pack(f"<{count}f", *(chance.gauss(0, 0.3) for _ in range(count)))
        weights += numbers + bytes(-len(numbers) % 32)
    path.write_bytes(head + bytes(-len(head) % 32) + weights)
    return path
