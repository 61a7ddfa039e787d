"""Planted faults: wrong copies of a module's backward that the checker must refuse.

Each statement of ``backward`` that computes something is scaled by 1.001, dropped (zero in its
place), sign-flipped and, where the value's last two axes are equal, transposed; a final sum is
left out ("unsummed") and the terms of a sum are left out one by one ("term").
"""

from __future__ import annotations

import ast
import copy
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from chalkgrad.codegen.checking.checker import Effort, Expected, check_against, expect
from chalkgrad.codegen.checking.judge import gradient_noise, judge, rounding_floor
from chalkgrad.codegen.checking.subject import ContractError, Gradients, Subject, numeric_quiet
from chalkgrad.codegen.targets.loading import load_module
from chalkgrad.derive.language.errors import ChalkgradError

FaultKind = Literal[
    "scaled", "dropped", "flipped", "transposed", "unsummed", "term", "summed", "unguarded"
]  # fmt: skip
SWAP, SWAPPED = "_planted_swap", "_planted_swapped"
SWAP_SOURCE = f"""

{SWAPPED} = []  # grows when a transposition really happened


def {SWAP}(value):
    if np.ndim(value) < 2 or not 1 < value.shape[-1] == value.shape[-2]:
        return value
    {SWAPPED}.append(True)
    return np.ascontiguousarray(np.swapaxes(value, -1, -2))
"""


@dataclass(frozen=True)
class Fault:
    """One wrong copy of a module: the line of the spoiled statement, how, and the whole text."""

    line: int
    kind: FaultKind
    source: str
    statement: str = ""

    def __str__(self) -> str:
        return f"line {self.line}, {self.kind}: {self.statement}"


@dataclass(frozen=True)
class Survey:
    """What became of the faults: ``planted`` is the sum of the three others."""

    planted: int
    caught: int
    unchanged: tuple[Fault, ...]
    survivors: tuple[Fault, ...]


def plant(source: str) -> Iterator[Fault]:
    """Every wrong copy of ``source``. Raises ChalkgradError where it has no backward."""
    for site in _sites(_backward(ast.parse(source))):
        fellows = [found.value for found in _sites(site.statement)]
        number = fellows.index(site.value)
        for kind, change in _changes(site.value):
            spoiled = copy.deepcopy(site.statement)
            _sites(spoiled)[number].put(change)
            text = spliced(source, site.statement, ast.unparse(spoiled))
            helper = SWAP_SOURCE if kind == "transposed" else ""
            yield Fault(site.line, kind, text + helper + "\n", ast.unparse(site.statement))


def spliced(source: str, statement: ast.stmt, text: str) -> str:
    """``source`` with another text in the place of a statement (columns count bytes)."""
    lines = source.encode().splitlines(keepends=True)
    first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
    before = b"".join(lines[:first]) + lines[first][: statement.col_offset]
    after = lines[last][statement.end_col_offset :] + b"".join(lines[last + 1 :])
    return (before + text.encode() + after).decode()


@dataclass(frozen=True)
class _Site:
    """An expression in backward that a fault can replace, and the statement it stands in."""

    statement: ast.stmt
    value: ast.expr
    put: Callable[[ast.expr], None]

    @property
    def line(self) -> int:
        return self.statement.lineno


def _backward(tree: ast.Module) -> ast.FunctionDef:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "backward":
            return node
    raise ChalkgradError("the module has no function backward to plant faults in")


def _sites(function: ast.stmt) -> list[_Site]:
    """The expressions of backward, or of one statement, in the order of the text."""
    found: list[_Site] = []
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            if node.value is not None and _computes(node.value):
                found.append(_attribute_site(node, node, "value"))
        elif isinstance(node, ast.Return) and node.value is not None:
            found += _returned(node, node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found += _called(node, node.value)
    return sorted(found, key=lambda site: (site.value.lineno, site.value.col_offset))


def _attribute_site(statement: ast.stmt, node: ast.AST, name: str) -> _Site:
    return _Site(statement, getattr(node, name), lambda new: setattr(node, name, new))


def _item_site(statement: ast.stmt, items: list[ast.expr], k: int) -> _Site:
    return _Site(statement, items[k], lambda new: items.__setitem__(k, new))


def _returned(statement: ast.Return, value: ast.expr) -> list[_Site]:
    """Gradients computed inside the constructors of the return (a bare name is spoiled above)."""
    found = []
    for call in [node for node in ast.walk(value) if isinstance(node, ast.Call)]:
        if not (isinstance(call.func, ast.Name) and call.func.id in ("Params", "Inputs")):
            continue
        for k, item in enumerate(call.args):
            if not isinstance(item, ast.Name) and _computes(item):
                found.append(_item_site(statement, call.args, k))
        for keyword in call.keywords:
            if not isinstance(keyword.value, ast.Name) and _computes(keyword.value):
                found.append(_attribute_site(statement, keyword, "value"))
    return found


def _called(statement: ast.Expr, call: ast.Call) -> list[_Site]:
    """``np.add.at(target, index, value)``, ``np.copyto(target, value)``, ``f(value, out=d)``."""
    name = ast.unparse(call.func)
    if name.endswith(".at") and len(call.args) == 3:
        return [_item_site(statement, call.args, 2)]
    if name.endswith(("copyto", "put_along_axis")) and len(call.args) >= 2:
        return [_item_site(statement, call.args, min(len(call.args) - 1, 2))]
    if any(keyword.arg == "out" for keyword in call.keywords):
        return [_out_site(statement, call)]
    return []


def _out_site(statement: ast.Expr, call: ast.Call) -> _Site:
    """A call that writes into ``out``: the fault is written into the same array afterwards."""
    out = next(keyword.value for keyword in call.keywords if keyword.arg == "out")

    def put(new: ast.expr) -> None:
        # np.copyto(out, fault(call)): the call returns `out`, so the fault sees its result.
        copyto = ast.Attribute(ast.Name("np", ast.Load()), "copyto", ast.Load())
        statement.value = ast.Call(copyto, [out, new], [])

    return _Site(statement, call, put)


def _computes(value: ast.expr) -> bool:
    """Does the expression compute a gradient, rather than unpack, measure, index or allocate?"""
    if isinstance(value, (ast.Constant, ast.Tuple, ast.List, ast.Compare)):
        return False
    if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
        # dv = dy passes a gradient on; y0 = cache.y0 and n = x.shape[0] do not.
        root = ast.unparse(value)
        return root.startswith("d") and ".shape" not in root
    if isinstance(value, ast.Call):
        name = ast.unparse(value.func).rpartition(".")[2]
        return name not in {
            *("zeros", "zeros_like", "empty", "empty_like", "ones_like", "arange", "range", "len"),
            *("argmax", "argmin", "shape", "indices", "nonzero", "argsort", "int", "result_type"),
        }
    return True


def _changes(value: ast.expr) -> Iterator[tuple[FaultKind, ast.expr]]:
    """The wrong expressions to put in the place of ``value``."""
    yield "scaled", _times(1.001, value)
    yield "dropped", _times(0.0, value)
    yield "flipped", ast.UnaryOp(ast.USub(), value)
    yield "transposed", ast.Call(ast.Name(SWAP, ast.Load()), [value], [])
    summed = _summed(value)
    if summed is not None:
        yield "unsummed", summed
    for node in _sums(value):
        yield "term", _without_term(value, node)


def _summed(value: ast.expr) -> ast.expr | None:
    """``v`` in ``v.sum(...)`` and in ``np.sum(v, ...)``, else None."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)):
        return None
    if value.func.attr != "sum":
        return None
    owner = value.func.value
    return value.args[0] if isinstance(owner, ast.Name) and owner.id == "np" else owner


def _times(factor: float, value: ast.expr) -> ast.expr:
    return ast.BinOp(ast.Constant(factor), ast.Mult(), value)


def _sums(value: ast.expr) -> list[ast.BinOp]:
    """Sums and differences of arrays, not those of indices or with a plain number."""
    inside_index = {id(n) for s in ast.walk(value) if isinstance(s, ast.Subscript)
                    for n in ast.walk(s.slice)}  # fmt: skip
    return [
        node
        for node in ast.walk(value)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Add, ast.Sub))
        and not isinstance(node.right, ast.Constant)
        and id(node) not in inside_index
    ]


def _without_term(value: ast.expr, node: ast.BinOp) -> ast.expr:
    """A copy of ``value`` in which ``node`` has lost its right term."""
    number = next(k for k, found in enumerate(_sums(value)) if found is node)
    fresh = copy.deepcopy(value)
    target = _sums(fresh)[number]
    if fresh is target:
        return target.left

    class Drop(ast.NodeTransformer):
        def visit_BinOp(self, found: ast.BinOp) -> ast.AST:
            return target.left if found is target else self.generic_visit(found)

    replaced: ast.expr = Drop().visit(fresh)
    return replaced


def survivors(
    source: str,
    *,
    params: Any = None,
    args: Any = None,
    seed: int = 0,
    batch: int = 3,
    limit: int = 4000,
) -> Survey:
    """Runs the checker on every planted fault and says which it did not catch.

    The slopes are measured once, on the unspoiled module: its forward is every copy's forward.
    Faults that leave every gradient equal to rounding are counted as unchanged, and
    transpositions of values that are not square as not planted.
    Raises ChalkgradError when the unspoiled module does not pass itself.
    """
    with tempfile.TemporaryDirectory() as folder:
        sound = _load(Path(folder), "sound", source)
        expected = expect(sound, params, args, seed, batch, Effort(limit))
        if check_against(sound, expected).failed:
            raise ChalkgradError(
                "the module fails its check before any fault is planted", where=sound.name
            )
        reference = _gradients(sound, expected)
        with numeric_quiet():
            noise = gradient_noise(sound, expected.case)
        planted = 0
        unchanged: list[Fault] = []
        survived: list[Fault] = []
        for number, fault in enumerate(plant(source)):
            subject = _load(Path(folder), f"fault{number}", fault.source)
            failed = _fails(subject, expected)
            if fault.kind == "transposed" and not getattr(subject.module, SWAPPED):
                continue
            planted += 1
            if failed:
                continue
            same = _equal_to_rounding(subject, expected, reference, noise)
            (unchanged if same else survived).append(fault)
        caught = planted - len(unchanged) - len(survived)
        return Survey(planted, caught, tuple(unchanged), tuple(survived))


def _fails(subject: Subject, expected: Expected) -> bool:
    """Does check_against fail? Its other demands are only made where every gradient passes."""
    case = expected.case
    try:
        with numeric_quiet():
            gradients, noise = subject.gradients(case.point), gradient_noise(subject, case)
            rows = [judge(t, gradients, case, noise[t.slot]) for t in case.tensors]
    except ContractError:
        return True
    return any(row.status == "failed" for row in rows) or check_against(subject, expected).failed


def _load(folder: Path, stem: str, source: str) -> Subject:
    path = folder / f"{stem}.py"
    path.write_text(source, encoding="utf-8")
    return Subject(load_module(path))


def _equal_to_rounding(
    subject: Subject, expected: Expected, reference: Gradients, noise: dict[Any, float]
) -> bool:
    """Are all gradients of the spoiled copy those of the sound module, but for rounding?"""
    try:
        got = _gradients(subject, expected)
    except ContractError:
        return False
    for tensor in expected.case.tensors:
        one, other = got.get(tensor.slot), reference.get(tensor.slot)
        if one is None or other is None or one.shape != other.shape:
            return False
        if one.size == 0:
            continue
        allowed = rounding_floor(noise[tensor.slot], expected.case.largest)
        if not np.max(np.abs(one - other)) <= allowed + 1e-15 * np.max(np.abs(other)):
            return False
    return True


def _gradients(subject: Subject, expected: Expected) -> Gradients:
    """backward's answer at the checked point; ContractError when there is none."""
    with numeric_quiet():
        return subject.gradients(expected.case.point)
