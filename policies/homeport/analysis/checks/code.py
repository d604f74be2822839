"""Programs in an answer: taken out, and as far as that is possible without running, checked.

Python is parsed. Of other languages only the brackets are matched, which tells a program that
was cut off and nothing else; shells, markup, and languages that nobody named, are not judged.
"""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
import warnings
from collections.abc import Iterator
from typing import Literal, NamedTuple

from homeport.analysis.checks.bounds import CODE_CHARACTERS
from homeport.analysis.checks.brackets import CALM_LANGUAGES, brackets_match

MOST_BLOCKS = 50
_FENCE = re.compile(
    r"^[ \t]{0,6}(?P<marks>`{3,}+|~{3,}+)[ \t]*(?P<language>[\w+#.-]{0,20})[^\n`]*$", re.MULTILINE
)
_BEGINS_PYTHON = re.compile(
    r"\s*(?:from \w[\w.]* import |import \w|(?:async )?def \w+\(|class \w+[(:]|@\w)"
)
_TALK = re.compile(r"\s*>>> ")
"""A talk with the interpreter, and no program."""
_OF_A_NOTEBOOK = re.compile(r"^[ \t]{0,8}[!%]\w", re.MULTILINE)
_NAMES = {
    "py": "python", "python3": "python", "py3": "python", "js": "javascript", "ts": "typescript",
    "c++": "cpp", "cs": "csharp", "c#": "csharp",
    "golang": "go", "rs": "rust", "kt": "kotlin", "sh": "shell", "bash": "shell", "zsh": "shell",
}  # fmt: skip


class Block(NamedTuple):
    """One program as it stands in an answer."""

    language: str
    """Lower case; empty where nobody says."""
    source: str
    is_closed: bool = True
    """Its fence has an end."""


class Syntax(NamedTuple):
    """What was seen of a program without running it."""

    passed: bool | None
    """None: it could not be told."""
    how: Literal["parsed", "brackets", "not checked"]
    line: int = 0
    """Where it is wrong, from 1; 0 where that is not known."""


def blocks_of(answer: str) -> list[Block]:
    """The fenced programs; the whole answer, where it is a Python program without a fence."""
    blocks = list(_fenced(answer))
    if not blocks and _BEGINS_PYTHON.match(answer[:400]) and syntax_of(answer, "python").passed:
        return [Block("python", answer)]
    return blocks


def program_of(answer: str) -> Block | None:
    """The program that answers: the longest, of Python ones where there are any."""
    blocks = [block for block in blocks_of(answer) if block.source.strip()]
    python = [block for block in blocks if block.language == "python"]
    return max(python or blocks, key=lambda block: len(block.source), default=None)


def syntax_of(source: str, language: str) -> Syntax:
    """Whether a program can be read at all."""
    if len(source) > CODE_CHARACTERS or not source.strip():
        return Syntax(None, "not checked")
    if language == "python":
        return _python(source)
    if language not in CALM_LANGUAGES or "</" in source:
        return Syntax(None, "not checked")
    line = brackets_match(source, language)
    return Syntax(False, "brackets", line) if line else Syntax(None, "brackets")


def canonical_code(answer: str) -> str | None:
    """One text for programs that differ in names, comments, docstrings and layout only."""
    block = program_of(answer)
    if block is None or len(block.source) > CODE_CHARACTERS:
        return None
    if block.language in ("python", ""):
        tree = parsed(block.source)
        if isinstance(tree, ast.Module):
            normal = _normal(tree)
            return None if normal is None else f"python:{normal}"
    return f"{block.language}:{_digest(' '.join(block.source.split()))}"


def parsed(source: str) -> ast.Module | int | None:
    """The tree of a Python program; the line where it is wrong; None where it is too much."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(textwrap.dedent(source))
    except SyntaxError as error:
        return max(1, error.lineno or 1)
    except ValueError:
        return 1
    except (MemoryError, RecursionError):
        return None


def _fenced(answer: str) -> Iterator[Block]:
    opened: re.Match[str] | None = None
    count = 0
    for fence in _FENCE.finditer(answer):
        if opened is None:
            opened = fence
        elif fence["marks"].startswith(opened["marks"]) and not fence["language"]:
            yield _block(opened, answer[opened.end() + 1 : fence.start()], is_closed=True)
            opened, count = None, count + 1
            if count == MOST_BLOCKS:
                return
    if opened is not None:
        yield _block(opened, answer[opened.end() + 1 :], is_closed=False)


def _block(opened: re.Match[str], source: str, *, is_closed: bool) -> Block:
    language = "pycon" if _TALK.match(source) else opened["language"].lower()
    return Block(_NAMES.get(language, language), source, is_closed)


def _python(source: str) -> Syntax:
    tree = parsed(source)
    if tree is None:
        return Syntax(None, "not checked")
    if isinstance(tree, int):
        is_notebook = _OF_A_NOTEBOOK.search(source) is not None
        return Syntax(None, "not checked") if is_notebook else Syntax(False, "parsed", tree)
    return Syntax(True, "parsed")


# One normal form for Python


class _Renaming(ast.NodeTransformer):
    """Every name that the program itself gives becomes a number, in the order of their coming."""

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own
        self._numbers: dict[str, str] = {}

    def _new(self, name: str) -> str:
        if name not in self._own:
            return name
        return self._numbers.setdefault(name, f"_{len(self._numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._new(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self._new(node.arg), None
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        if node.arg is not None:
            node.arg = self._new(node.arg)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name, node.body = self._new(node.name), _without_docstring(node.body)
        return self.generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.name, node.body = self._new(node.name), _without_docstring(node.body)
        node.returns = None
        return self.generic_visit(node)


def _normal(tree: ast.Module) -> str | None:
    try:
        own = frozenset(_given_names(tree))
        tree.body = _without_docstring(tree.body)
        return _digest(ast.dump(_Renaming(own).visit(tree)))
    except (RecursionError, ValueError):  # too deep; an integer of thousands of digits
        return None


def _given_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return body[1:] or [ast.Pass()]
    return body


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
