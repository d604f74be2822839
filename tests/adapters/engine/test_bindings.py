"""Importing the C interface without the layers above it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from homeport.adapters.engine.bindings import low_level
module = low_level()
assert low_level() is module
assert module.llama_backend_init
heavy = {"numpy", "jinja2", "diskcache", "llama_cpp.llama", "llama_cpp.mtmd_cpp"}
print(sorted(heavy & set(sys.modules)))
"""
WITHOUT = """
import sys
sys.modules["llama_cpp"] = None
from homeport.adapters.engine.bindings import low_level
try:
    low_level()
except (ImportError, ValueError) as error:
    print("told")
"""


def output(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@pytest.mark.engine
def test_nothing_heavy_is_imported() -> None:
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("the llama.cpp engine is not installed (make install)")
    assert output(SCRIPT) == "[]"


def test_a_missing_engine_is_an_import_error() -> None:
    assert output(WITHOUT) == "told"
