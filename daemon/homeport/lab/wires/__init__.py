"""The shapes of the providers: how each reads a prompt, and says an answer or an error."""

from __future__ import annotations

from homeport.lab.wires.anthropic import AnthropicWire
from homeport.lab.wires.gemini import GeminiWire
from homeport.lab.wires.llama_server import LlamaServerWire
from homeport.lab.wires.ollama import OllamaWire
from homeport.lab.wires.openai import OpenAIWire
from homeport.lab.wires.shape import Wire

WIRES: dict[str, type[Wire]] = {
    "openai": OpenAIWire,
    "anthropic": AnthropicWire,
    "gemini": GeminiWire,
    "ollama": OllamaWire,
    "llama-server": LlamaServerWire,
}
"""By the names of `homeport lab serve --wire`; where paths are the same, the first in the list
of a server has them."""

__all__ = ["WIRES", "Wire"]
