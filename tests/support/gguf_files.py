"""Small GGUF files made for tests: any metadata, any tensors, no real weights."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Metadata = Mapping[str, Any]

CHAT: Metadata = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.file_type": 15,
    "llama.context_length": 4096,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.chat_template": "{{ messages }}",
}


def text_bytes(text: str) -> bytes:
    """A string as the format has it."""
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value_bytes(value: Any) -> bytes:
    """A value with its kind before it."""
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<Iq", 11, value) if value < 0 else struct.pack("<IQ", 10, value)
        case float():
            return struct.pack("<Id", 12, value)
        case str():
            return struct.pack("<I", 8) + text_bytes(value)
        case _:
            return struct.pack("<I", 9) + list_bytes(value)


def list_bytes(values: Sequence[Any]) -> bytes:
    """A list of strings, of numbers or of lists."""
    if values and isinstance(values[0], str):
        return struct.pack("<IQ", 8, len(values)) + b"".join(map(text_bytes, values))
    if values and isinstance(values[0], list | tuple):
        return struct.pack("<IQ", 9, len(values)) + b"".join(map(list_bytes, values))
    return struct.pack(f"<IQ{len(values)}i", 5, len(values), *values)


def gguf_bytes(
    metadata: Metadata = CHAT,
    *,
    tensors: Sequence[tuple[str, Sequence[int]]] = (("token_embd.weight", (64, 3)),),
    version: int = 3,
    alignment: int = 32,
) -> bytes:
    """A whole file; every tensor is of 32-bit floats."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    head += b"".join(text_bytes(key) + value_bytes(value) for key, value in metadata.items())
    offset = 0
    for name, shape in tensors:
        head += text_bytes(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", 0, offset)
        size = 4
        for length in shape:
            size *= length
        offset += -(-size // alignment) * alignment
    return head + b"\0" * (-len(head) % alignment) + b"\0" * offset


def write_gguf(path: Path, metadata: Metadata = CHAT, **options: Any) -> Path:
    """Such a file on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gguf_bytes(metadata, **options))
    return path
