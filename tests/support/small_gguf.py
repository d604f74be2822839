"""A GGUF file that is valid and small: a header that says it is a chat model, and noise."""

from __future__ import annotations

import random
import struct

STRING, UINT32 = 8, 4


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _entry(key: str, value: str | int) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", STRING) + _text(value)
    return _text(key) + struct.pack("<II", UINT32, value)


def _noise(count: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(count)  # noqa: S311  # noise, no secret


def small_gguf(weights: int = 50_000, seed: int = 1) -> bytes:
    """A file of about four bytes for each weight; another seed gives other weights."""
    entries = (
        _entry("general.architecture", "llama"),
        _entry("general.name", "Small"),
        _entry("general.file_type", 0),
        _entry("llama.context_length", 2048),
        _entry("llama.block_count", 1),
        _entry("llama.embedding_length", 64),
        _entry("llama.attention.head_count", 1),
        _entry("tokenizer.chat_template", "{{ messages }}"),
    )
    tensor = _text("output.weight") + struct.pack("<IQIQ", 1, weights, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(entries)) + b"".join(entries) + tensor
    padding = -len(head) % 32
    return head + bytes(padding) + _noise(4 * weights, seed)
