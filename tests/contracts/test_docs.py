"""The READMEs are the design: what exists is in them, and what they name exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from homeport.cli.verbs import VERBS
from homeport.daemon.api.routes import BELOW, ROUTES
from homeport.daemon.config import schema
from homeport.policies.gates import AFTER_GATES, GATES
from homeport.policies.model import FailureKind
from homeport.tui.keys import KEYS
from support.playbook import NOTHING, Row, plain, rows
from support.sources import nodes_of

ROOT = Path(__file__).parents[2]
ROOMS = ("policies", "adapters", "daemon", "tui")
PREFIXES = {"client": "client/", "lab": "lab/", "eval": "eval/", "cli": "cli/", "tui": "tui/"}
"""How a README names the modules of a package, where not by their path in it."""
FEWEST_ROWS = 20
HELD_BY_ITSELF = "tests/daemon/test_playbook.py"
"""Its tests compare their rows with what happens."""


@cache
def readme(room: str) -> str:
    return (ROOT / room / "README.md").read_text(encoding="utf-8")


def sources(*folders: str) -> list[Path]:
    """Every module below these folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


# One README for each room


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_one_readme(room: str) -> None:
    assert [path.name for path in (ROOT / room).glob("*.md")] == ["README.md"]


def modules_of(room: str) -> dict[str, Path]:
    """Modules of a room, by the name that its README gives them."""
    found = {}
    for path in sources(f"{room}/homeport"):
        package, *rest = path.relative_to(ROOT / room / "homeport").parts
        if path.stem not in ("__init__", "__main__"):
            found[PREFIXES.get(package, "") + "/".join(rest)] = path
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_each_module_is_named(room: str) -> None:
    assert [name for name in modules_of(room) if f"`{name}`" not in readme(room)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_each_module_that_is_named_exists(room: str) -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", readme(room)))
    elsewhere = {f"{other}/{name}" for other in ROOMS for name in modules_of(other)}
    elsewhere |= {name for name in named if (ROOT / name).is_file()}
    assert sorted(named - set(modules_of(room)) - elsewhere) == []


@pytest.mark.parametrize("room", ROOMS)
def test_each_link_leads_to_a_heading(room: str) -> None:
    headings = re.findall(r"^#+ (.+)$", readme(room), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    assert [to for to in re.findall(r"\]\(#([^)]+)\)", readme(room)) if to not in anchors] == []


def test_each_variable_of_the_environment_is_told() -> None:
    told = "".join(map(readme, ROOMS))
    code = "".join(path.read_text(encoding="utf-8") for path in sources(*ROOMS))
    names = set(re.findall(r"\bHOMEPORT_[A-Z_]+\b", code))
    assert sorted(name for name in names if name not in told) == []


# What there is


@pytest.mark.parametrize("gate", [*(name for name, _ in GATES), *AFTER_GATES])
def test_each_gate_is_told(gate: str) -> None:
    assert f"\n| `{gate}` |" in readme("policies")


@pytest.mark.parametrize("setting", [line.key for line in schema.settings()])
def test_each_setting_is_told(setting: str) -> None:
    assert f"\n| `{setting}` |" in readme("daemon")


@pytest.mark.parametrize("path", [*ROUTES, *BELOW])
def test_each_route_is_told(path: str) -> None:
    shown = f"{path}{{id}}" if path in BELOW else path
    for method in {**ROUTES, **BELOW}[path]:
        assert f"| `{method} {shown}` |" in readme("daemon")


@cache
def error_classes() -> set[str]:
    """`HomeportError` and everything derived from it, by name."""
    classes = [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for path in sources("policies/homeport/policies", "daemon/homeport/daemon")
        for node in nodes_of(path)
        if isinstance(node, ast.ClassDef)
    ]
    found = {"HomeportError"}
    while more := {name for name, bases in classes if bases & found} - found:
        found |= more
    return found


def test_each_error_is_told() -> None:
    assert len(error_classes()) > 8
    assert sorted(name for name in error_classes() if f"`{name}`" not in readme("daemon")) == []


def words_in(node: ast.AST | None) -> set[str]:
    """Texts of an expression that can be a code."""
    if isinstance(node, ast.IfExp):
        return words_in(node.body) | words_in(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return set()


def codes_in(node: ast.AST) -> set[str]:
    """Codes that a call names, or that a class or a function gives to `code`."""
    if isinstance(node, ast.Call):
        found = {word for k in node.keywords if k.arg == "code" for word in words_in(k.value)}
        if isinstance(node.func, ast.Attribute) and node.func.attr == "_refuse":
            found |= words_in(node.args[1])
        return found
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return set()
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = zip(target.elts, node.value.elts, strict=True)
        return {word for name, value in pairs if is_code(name) for word in words_in(value)}
    return words_in(node.value) if is_code(target) else set()


def is_code(target: ast.AST) -> bool:
    return isinstance(target, ast.Name) and target.id == "code"


@cache
def codes() -> set[str]:
    """Every code that an error of the daemon can have."""
    from homeport.daemon.storage.trouble import CODES

    paths = [ROOT / "policies/homeport/policies/errors.py", *sources("daemon/homeport/daemon")]
    return {
        *CODES,
        *(code for p in paths for node in nodes_of(p) for code in codes_in(node)),
    }


def test_each_code_is_told() -> None:
    assert len(codes()) > 40
    assert sorted(code for code in codes() if f"`{code}`" not in readme("daemon")) == []


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_each_kind_of_failure_is_told(kind: str) -> None:
    in_playbook = any(f"({kind})" in row.log_line for row in rows())
    assert in_playbook or f"`{kind}`" in readme("adapters")


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_each_verb_is_told(verb: str) -> None:
    assert f"| `{verb}" in readme("tui")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.id)
def test_each_key_is_told(key: object) -> None:
    assert f"| `{key.shown}` | `{key.id}` |" in readme("tui")  # type: ignore[attr-defined]


# The playbook


def functions(path: Path) -> set[str]:
    """Tests of a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in nodes_of(path) if isinstance(node, kinds)}


def test_the_playbook_has_its_rows() -> None:
    assert len(rows()) >= FEWEST_ROWS
    assert len({row.trigger for row in rows()}) == len(rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.trigger)
def test_each_row_is_whole_and_its_test_exists(row: Row) -> None:
    assert all((row.trigger, row.retries, row.next_step, row.sentence, row.log_line))
    assert (ROOT / row.test_path).is_file()
    assert row.test_name in functions(ROOT / row.test_path)


def test_each_test_of_the_playbook_has_its_row() -> None:
    own = {name for name in functions(ROOT / HELD_BY_ITSELF) if name.startswith("test_")}
    assert own == {row.test_name for row in rows() if row.test_path == HELD_BY_ITSELF}


@cache
def said() -> tuple[str, ...]:
    """Every text of the code; what is put into one is a gap."""
    paths = sources(*(f"{room}/homeport" for room in ROOMS))
    return tuple(text for path in paths for node in nodes_of(path) for text in texts_in(node))


def texts_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        parts = (p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
        yield plain("".join(map(str, parts)))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield plain(re.sub(r"\{\w*\}|%\w", "\0", node.value))


@pytest.mark.parametrize(
    "row",
    [row for row in rows() if row.test_path != HELD_BY_ITSELF],
    ids=lambda row: row.trigger,
)
def test_what_is_said_is_said_so_in_the_code(row: Row) -> None:
    """Clause by clause: a sentence may be put together from several texts."""
    for cell in (row.sentence, row.log_line):
        if cell == NOTHING:
            continue
        for piece in re.split(r"<[^<>]+>|[.:(]", plain(cell)):
            words = piece.strip(" ;,)")
            assert not words or any(words in text for text in said()), words
