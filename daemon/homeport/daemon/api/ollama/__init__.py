"""Ollama's native wire: `/api/…`, JSON lines, streaming unless told otherwise."""
