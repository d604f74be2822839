"""The house stands as drawn: namespace, rooms, sizes, docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_each_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "no docstring"
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_module_is_a_giant(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(source)) or ""
    assert len(source.splitlines()) <= MOST_LINES or "Longer than other modules" in said


def test_functions_are_short() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths.sort()
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.95)] <= LONG_FUNCTION


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_tasks_are_started_in_groups_only(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"asyncio\.(create_task|ensure_future)\(", source)


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
