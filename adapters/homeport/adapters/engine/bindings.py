"""The C interface of llama.cpp, imported without the Python layers above it.

`llama_cpp`'s own package imports chat handlers, caches and numpy when it is
imported, which takes longer than loading a small model. Its low-level module
needs none of them, so it is imported under a bare package of the same name.
Only the worker process does this.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

LOW_LEVEL = "llama_cpp.llama_cpp"


def low_level() -> Any:
    """The module `llama_cpp.llama_cpp`; raises ImportError where it is not installed."""
    if LOW_LEVEL in sys.modules:
        return sys.modules[LOW_LEVEL]
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("llama_cpp is not installed")
    bare = types.ModuleType("llama_cpp")
    bare.__path__ = list(spec.submodule_search_locations)
    bare.__spec__ = spec
    sys.modules["llama_cpp"] = bare
    try:
        return importlib.import_module(LOW_LEVEL)
    except (ImportError, AttributeError, OSError, RuntimeError):
        del sys.modules["llama_cpp"]
        importlib.import_module("llama_cpp")
        return importlib.import_module(LOW_LEVEL)
