"""The house stands as drawn: namespace, rooms, sizes, docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from support.sources import nodes_of, tree_of

ROOT = Path(__file__).parents[2]
ROOMS = ("policies", "adapters", "daemon", "tui")
PACKAGES = {
    "policies": ("policies", "analysis"),
    "adapters": ("adapters",),
    "daemon": ("client", "daemon"),
    "tui": ("cli", "tui"),
}
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MOST_LINES = 400
LONG_FUNCTION = 45


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_hides_the_namespace() -> None:
    assert not [
        named(path) for room in ROOMS for path in (ROOT / room).glob("homeport/__init__.py")
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_holds_its_packages_and_a_readme(room: str) -> None:
    packages = {path.parent.name for path in (ROOT / room / "homeport").glob("*/__init__.py")}
    assert set(PACKAGES[room]) <= packages
    assert (ROOT / room / "README.md").exists()


def without_docstring(path: Path) -> list[str]:
    """The module, or its public classes, that do not say what they are."""
    nodes = [node for node in tree_of(path).body if isinstance(node, ast.ClassDef)]
    silent = [node.name for node in nodes if node.name[0] != "_" and not ast.get_docstring(node)]
    return silent if ast.get_docstring(tree_of(path)) else ["the module", *silent]


def test_each_module_says_what_it_is() -> None:
    assert MODULES
    silent = {named(path): found for path in MODULES if (found := without_docstring(path))}
    assert not silent, silent


def is_a_giant(path: Path) -> bool:
    """Whether it is longer than others, and does not say why."""
    said = ast.get_docstring(tree_of(path)) or ""
    lines = path.read_text(encoding="utf-8").splitlines()
    return len(lines) > MOST_LINES and "Longer than other modules" not in said


def test_no_module_is_a_giant() -> None:
    assert [named(path) for path in MODULES if is_a_giant(path)] == []


def test_functions_are_short() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths.sort()
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.95)] <= LONG_FUNCTION


def test_tasks_are_started_in_groups_only() -> None:
    loose = re.compile(r"asyncio\.(create_task|ensure_future)\(")
    starters = [named(path) for path in MODULES if loose.search(path.read_text(encoding="utf-8"))]
    assert starters == []


def test_each_module_has_its_test_file() -> None:
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py")}
    untested = [
        named(path)
        for path in MODULES
        if path.stem not in ("__init__", "__main__") and path.stem not in tested
    ]
    assert len(untested) <= len(MODULES) // 2, untested


def test_no_address_of_a_workplace_in_any_file() -> None:
    hints = re.compile(r"/work/|/root/|/tmp/spike|pypi\.org/simple|files\.pythonhosted")
    suffixes = {".py", ".toml", ".md", ".txt", ".service", ".json", ".in", ""}
    offending = [
        named(path)
        for folder in (*ROOMS, "tests", "packaging", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix in suffixes
        and path.name != Path(__file__).name
        and hints.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not offending
