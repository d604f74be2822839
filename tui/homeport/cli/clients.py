"""What each kind of program reads to find its model server: the one table of it.

`{url}` is where the daemon listens, `{token}` what lets a program in, `{here}` this folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Client(NamedTuple):
    """One kind of program."""

    name: str
    """What `homeport env` takes."""
    what: str
    variables: Mapping[str, str]
    """Environment names; an empty value is one that must not be set."""
    programs: tuple[str, ...] = ()
    """Commands that take `arguments`."""
    arguments: tuple[str, ...] = ()
    """Put before a program's own, where it reads no address from its environment."""


_OPENAI = {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": "{token}"}
_ANTHROPIC = {"ANTHROPIC_BASE_URL": "{url}", "ANTHROPIC_AUTH_TOKEN": "{token}"}
# oterm puts `http://` before the first, whatever it begins with.
_OLLAMA = {"OLLAMA_HOST": "{url}/t/{token}", "OLLAMA_URL": "{url}/t/{token}"}
_GEMINI = {
    "GOOGLE_GEMINI_BASE_URL": "{url}",
    "GEMINI_API_KEY": "{token}",
    "GOOGLE_API_KEY": "",  # would be taken before the other one
}
_OPENCODE = json.dumps(
    {
        "model": "homeport/auto",
        "provider": {
            "homeport": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Homeport",
                "options": {"baseURL": "{url}/v1", "apiKey": "{token}"},
                "models": {"auto": {"name": "chosen by Homeport", "tool_call": True}},
            }
        },
    }
)
_CODEX = "model_providers.homeport"

CLIENTS = (
    Client("openai", "the OpenAI SDKs, llm and most others", _OPENAI),
    Client(
        "aider",
        "aider, LangChain and others that read the older name",
        {"OPENAI_API_BASE": "{url}/v1", "OPENAI_API_KEY": "{token}"},
    ),
    Client("anthropic", "the Anthropic SDKs", _ANTHROPIC | {"ANTHROPIC_API_KEY": ""}),
    Client(
        "claude",
        "Claude Code",
        _ANTHROPIC
        | {
            "ANTHROPIC_API_KEY": "",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            # Else each of its prompts begins with a number of its own, and no cache holds it.
            "CLAUDE_CODE_ATTRIBUTION_HEADER": "0",
        },
        programs=("claude",),
    ),
    Client("google", "the google-genai SDKs", _GEMINI),
    Client(
        "gemini",
        "Gemini CLI",
        # With an address of its own it knows no way to sign in but by settings.
        _GEMINI
        | {
            "GOOGLE_GENAI_USE_VERTEXAI": "",
            "GOOGLE_GENAI_USE_GCA": "",
            # Any model of its own has it ask another one first, which to take.
            "GEMINI_MODEL": "homeport",
            "GEMINI_CLI_SYSTEM_SETTINGS_PATH": "{here}/gemini_settings.json",
        },
        programs=("gemini",),
    ),
    Client("ollama", "the Ollama SDKs, oterm and other Ollama clients", _OLLAMA),
    Client(
        "codex",
        "Codex, which takes its server as options",
        {"HOMEPORT_TOKEN": "{token}"},
        programs=("codex",),
        arguments=(
            "-c", "model_provider=homeport",
            "-c", f'{_CODEX}={{name="Homeport",base_url="{{url}}/v1",'
            'env_key="HOMEPORT_TOKEN",wire_api="responses"}',
        ),
    ),
    Client(
        "qwen",
        "Qwen Code, which is told how to sign in by an option",
        _OPENAI | {"OPENAI_MODEL": "auto"},
        programs=("qwen",),
        arguments=("--auth-type", "openai"),
    ),
    Client(
        "opencode",
        "opencode, which takes its server as a piece of config",
        {"OPENCODE_CONFIG_CONTENT": _OPENCODE},
        programs=("opencode",),
    ),
)  # fmt: skip
"""The first is the one that is meant where none is named."""

BY_NAME = {client.name: client for client in CLIENTS}


def settings(client: Client, url: str, token: str) -> dict[str, str]:
    """The variables of one kind of program, filled in."""
    return {name: _filled(value, url, token) for name, value in client.variables.items()}


def settings_for_any(program: str, url: str, token: str) -> dict[str, str]:
    """The variables for a program of which only the name is known: those of every wire."""
    found: dict[str, str] = {}
    for client in CLIENTS:
        if not client.programs or program in client.programs:
            found |= settings(client, url, token)
    return found


def arguments_for(program: str, url: str, token: str) -> tuple[str, ...]:
    """What a program has to be told in words of its own; mostly nothing."""
    for client in CLIENTS:
        if program in client.programs:
            return tuple(_filled(word, url, token) for word in client.arguments)
    return ()


def _filled(text: str, url: str, token: str) -> str:
    filled = text.replace("{here}", str(Path(__file__).parent))
    return filled.replace("{url}", url).replace("{token}", token)
