"""Small faults in a Python module, one at a time: what a test has to notice.

A mutant is the module's tree with one node changed: a comparison moved by one,
`and` for `or`, a number a little larger, a word for another, a table with one row
less, a statement left out. Sentences for people, docstrings, types and
decorators are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile

LONG = 120
"""Characters of a change that are shown."""
_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_UNTOUCHED = {"__all__", "ENGINE_VERSION"}
_SKIPPED = {"annotation", "returns", "decorator_list"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault."""

    number: int
    line: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.before} -> {self.after}"


def mutants(source: str) -> list[Mutant]:
    """Every fault of a module."""
    walk = _Walk(-1)
    walk.visit(ast.parse(source))
    return walk.found


def mutated(source: str, number: int) -> ast.Module:
    """The module with one of its faults."""
    tree: ast.Module = _Walk(number).visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


class _Walk(ast.NodeTransformer):
    """Goes over all nodes in one order, numbers their faults, and puts one of them in."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._number = 0
        self.found: list[Mutant] = []
        """Described only where none is wanted: that takes longer than to find one."""

    def visit(self, node: ast.AST) -> ast.AST:
        chosen = None
        for other in _faults(node):
            if self._wanted < 0:
                before, after = _apart(_shown(node), _shown(other))
                line = getattr(node, "lineno", 0)
                self.found.append(Mutant(self._number, line, before, after))
            elif self._number == self._wanted:
                chosen = other
            self._number += 1
        return chosen if chosen is not None else self._inside(node)

    def _inside(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom) or _is_untouched(node):
            return node
        for name, value in ast.iter_fields(node):
            if name in _SKIPPED:
                continue
            if isinstance(value, ast.AST):
                setattr(node, name, self.visit(value))
            elif isinstance(value, list):
                value[:] = [self.visit(one) if isinstance(one, ast.AST) else one for one in value]
        return node


def _is_untouched(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return node.value.id == "Literal"
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return any(isinstance(name, ast.Name) and name.id in _UNTOUCHED for name in targets)


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _apart(before: str, after: str) -> tuple[str, str]:
    """Both, or what differs of them with a little around it where they are long."""
    if len(before) <= LONG:
        return before, after
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, same - LONG // 3)
    return before[start : start + LONG], after[start : start + LONG]


def _faults(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the node's place."""
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BoolOp):
        yield from _joined(node)
    elif isinstance(node, ast.BinOp) and type(node.op) in _RECKONED:
        yield ast.BinOp(node.left, _RECKONED[type(node.op)](), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node)
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
        yield from _less_of(node)
    else:
        yield from _other_statements(node)


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        if type(op) in _COMPARED:
            ops = list(node.ops)
            ops[place] = _COMPARED[type(op)]()
            yield ast.Compare(node.left, ops, node.comparators)


def _joined(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        rest = [value for number, value in enumerate(node.values) if number != place]
        yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]


def _other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value + 1 if isinstance(value, int) else value * 1.25 + 0.01)
    elif isinstance(value, str) and value and " " not in value:
        yield ast.Constant("mutated")


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield ast.Call(ast.Name(_CALLED[node.func.id], ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "lower":
        yield node.func.value


def _less_of(node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> Iterator[ast.AST]:
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    if isinstance(node, ast.Dict):
        for place in range(len(node.keys)):
            less_dict = deepcopy(node)
            del less_dict.keys[place], less_dict.values[place]
            yield less_dict
        return
    if len(node.elts) < 3:
        return  # pairs are what functions give back: without one of them all breaks
    for place in range(len(node.elts)):
        less = deepcopy(node)
        del less.elts[place]
        yield less


def _other_statements(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
    elif (
        isinstance(node, ast.Continue)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or isinstance(node, ast.AugAssign)
    ):
        yield ast.Pass()
