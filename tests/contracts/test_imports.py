"""What may know whom: by what really loads, and by the modules' own words."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPURE = {
    "asyncio",
    "time",
    "logging",
    "socket",
    "sqlite3",
    "random",
    "datetime",
    "os",
    "threading",
}
HTTP_LIBRARIES = ("httpx", "httpx2", "aiohttp", "uvicorn", "requests", "urllib3")


def loaded_by(module: str) -> set[str]:
    """Names of all modules that importing one loads, in a process of its own."""
    script = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def rooms_of(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("homeport.")}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("homeport.policies", {"policies"}),
        ("homeport.analysis", {"analysis", "policies"}),
        ("homeport.adapters.base", {"adapters", "policies"}),
        ("homeport.client", {"client"}),
        ("homeport.cli.main", {"cli", "client"}),
        ("homeport.tui.__main__", {"tui", "client"}),
    ],
)
def test_rooms_load_no_further_than_they_may(module: str, allowed: set[str]) -> None:
    assert rooms_of(loaded_by(module)) <= allowed


def test_the_command_line_loads_neither_textual_nor_an_http_library() -> None:
    loaded = loaded_by("homeport.cli.main")
    assert not [name for name in ("textual", "rich", "asyncio", *HTTP_LIBRARIES) if name in loaded]


def test_the_terminal_interface_loads_no_http_library_and_no_daemon() -> None:
    loaded = loaded_by("homeport.tui.app")
    assert not [name for name in ("homeport.daemon", *HTTP_LIBRARIES) if name in loaded]


def test_the_daemon_starts_without_what_it_may_never_need() -> None:
    loaded = loaded_by("homeport.daemon.main")
    late = ("httpx", "httpx2", "aiohttp", "ollama", "llama_cpp", "genai_prices", "textual", "numpy")
    assert not [name for name in late if name in loaded]


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "policies").rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_policies_are_pure(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & IMPURE
    assert imported <= set(sys.stdlib_module_names) | {"homeport"}


@pytest.mark.parametrize(
    "package",
    ["policies", "analysis", "adapters", "client"],
)
def test_exported_names_exist(package: str) -> None:
    script = (
        f"import homeport.{package} as package\n"
        "missing = [name for name in package.__all__ if not hasattr(package, name)]\n"
        "assert package.__all__ and not missing, missing"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
