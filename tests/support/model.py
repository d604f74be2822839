"""The demonstration model that tests of the real engine run on."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from homeport.client import paths

FILE_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"


def demo_model() -> Path:
    """Its path; skips the test with a reason where engine or model are absent."""
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("the llama.cpp engine is not installed (make install)")
    for candidate in _candidates():
        if candidate.is_file():
            return candidate
    pytest.skip(f"the demonstration model {FILE_NAME} is not on this machine (make install)")


def _candidates() -> list[Path]:
    named = os.environ.get("HOMEPORT_TEST_MODEL")
    if named:
        return [Path(named)]
    return [paths.models_dir() / FILE_NAME, *(folder / FILE_NAME for folder in _user_folders())]


def _user_folders() -> list[Path]:
    """The person's own data folders, also where a test has moved the environment's."""
    homes = [Path.home()]
    try:
        import pwd

        homes.append(Path(pwd.getpwuid(os.getuid()).pw_dir))
    except ImportError:
        pass
    return [
        home / data / "homeport" / "models"
        for home in homes
        for data in (".local/share", "Library/Application Support")
    ]
