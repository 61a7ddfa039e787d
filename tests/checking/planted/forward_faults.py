"""Planted faults in forward: wrong copies of a module that a check of its spec must refuse.

Each statement of ``forward_unchecked`` and ``predict`` that computes something is scaled by 1.001,
dropped (zeros in its place), summed over an axis too many, and loses its guards
(``np.where(c, a, b)`` becomes ``a``) one by one. Backward stays as it is: it may well agree.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from .faults import Fault, FaultKind, spliced

FUNCTIONS = ("forward_unchecked", "predict")
SUMMED, UNGUARDED = "_planted_summed", "_planted_unguarded"
HELPERS = f"""


def {SUMMED}(value):
    long = [k for k, size in enumerate(np.shape(value)) if size > 1]
    if not long:
        return value
    return np.broadcast_to(np.sum(value, axis=long[-1], keepdims=True), np.shape(value))


def {UNGUARDED}(condition, value, other):
    return np.broadcast_arrays(value, condition, other)[0]
"""
_ALLOCATE = {"zeros", "zeros_like", "empty", "arange", "result_type", "checked"}


def plant(source: str) -> Iterator[Fault]:
    """Every wrong copy of ``source``, in the order of its text."""
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name in FUNCTIONS:
            for statement in ast.walk(function):
                if isinstance(statement, ast.Assign) and _computes(statement.value):
                    yield from _spoiled(source, statement)


def _spoiled(source: str, statement: ast.Assign) -> Iterator[Fault]:
    for kind, value in _changes(statement.value):
        spoiled = copy.copy(statement)
        spoiled.value = value
        text = spliced(source, statement, ast.unparse(spoiled))
        yield Fault(statement.lineno, kind, text + HELPERS, ast.unparse(statement))


def _computes(value: ast.expr) -> bool:
    """Is it mathematics, rather than an allocation, a name for something, or a shape?"""
    if isinstance(value, ast.Name | ast.Tuple | ast.Constant | ast.Attribute | ast.Subscript):
        return False
    if isinstance(value, ast.IfExp):  # what a recurrence reads of the step before
        return False
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] not in _ALLOCATE
    return True


def _changes(value: ast.expr) -> Iterator[tuple[FaultKind, ast.expr]]:
    for kind, factor in (("scaled", 1.001), ("dropped", 0.0)):
        yield kind, ast.BinOp(ast.Constant(factor), ast.Mult(), value)  # type: ignore[misc]
    yield "summed", ast.Call(ast.Name(SUMMED, ast.Load()), [value], [])
    guards = [node for node in ast.walk(value) if _guard(node)]
    for number in range(len(guards)):
        fresh = copy.deepcopy(value)
        guard = [node for node in ast.walk(fresh) if _guard(node)][number]
        assert isinstance(guard, ast.Call)
        guard.func = ast.Name(UNGUARDED, ast.Load())
        yield "unguarded", fresh


def _guard(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "np.where"
