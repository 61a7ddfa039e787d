"""Every matrix form that is printed is well-formed: its shapes fit by mathematics' own rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from chalkgrad.derive.chainrule.derivation import Derivation
from chalkgrad.derive.chainrule.sample import per_sample
from chalkgrad.derive.examples import names
from chalkgrad.derive.forms.matrix import matrix_form
from chalkgrad.derive.forms.matrix_chain import matrix_chain
from chalkgrad.derive.forms.matrix_nodes import (
    SCALAR_REDUCTIONS,
    Hadamard,
    MatMul,
    Ones,
    Quotient,
    Transpose,
)
from chalkgrad.derive.forms.orientation import column_form
from chalkgrad.derive.language.equation import Equation
from chalkgrad.derive.language.expr import (
    ZERO,
    Add,
    Const,
    Div,
    Expr,
    Fn,
    Mul,
    Num,
    Read,
    Size,
    reads,
)
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import load_all
from chalkgrad.derive.steps.inserted import as_equation, inserted_steps
from tests.cases.test_cases import REFUSED
from tests.paths import CASES

Shape = tuple[int | str, int | str]
SCALAR: Shape = (1, 1)
READ = sorted(p for p in CASES.rglob("*.yaml") if p.stem not in REFUSED)
SPECS = [*names(), *map(str, READ)]


class Shapes:
    """Rows and columns of a form, worked out without any broadcasting. In a form of columns a
    tensor in ``turned`` stands for the transpose of what is stored, and ones for a column."""

    def __init__(self, network: Network, turned: frozenset[str] | None) -> None:
        self.tensors, self.network, self.turned = network.tensors, network, turned

    def of(self, e: Expr) -> Shape:
        match e:
            case Read():
                sizes = [1, 1, *map(self.network.size, self.tensors[e.tensor].axes)]
                turn = self.turned is not None and e.tensor in self.turned
                return self._turned((sizes[-2], sizes[-1]), turn)
            case Ones():
                return self._turned((1, self.network.size(e.axis)), self.turned is not None)
            case Num() | Const() | Size():
                return SCALAR
            case Transpose():
                return self._turned(self.of(e.arg), True)
            case MatMul():
                return self.matmul([self.of(a) for a in e.args], e)
            case Add():
                added = [self.of(a) for a in e.args if any(reads(a))]
                return self.equal(added, e) if added else SCALAR  # a number fits: 1 − y
            case Hadamard() | Quotient():
                return self.equal([self.of(a) for a in e.children()], e)
            case Div():
                assert self.of(e.den) == SCALAR, e
                return self.of(e.num)
            case Fn() if e.name in SCALAR_REDUCTIONS and len(e.args) == 1:
                return SCALAR
        assert isinstance(e, Mul) or e.children(), e
        # a number in front of a tensor, or entry by entry, where numbers are a function's options
        shapes = [s for s in map(self.of, e.children()) if s != SCALAR]
        return self.equal(shapes, e) if shapes else SCALAR

    @staticmethod
    def _turned(shape: Shape, turn: bool) -> Shape:
        return shape[::-1] if turn else shape

    @staticmethod
    def equal(shapes: list[Shape], e: Expr) -> Shape:
        assert len(set(shapes)) == 1, f"{e} has parts of the shapes {shapes}"
        return shapes[0]

    @staticmethod
    def matmul(shapes: list[Shape], e: Expr) -> Shape:
        for before, after in pairwise(shapes):
            assert before[1] == after[0], f"{e} multiplies the shapes {shapes}"
        return shapes[0][0], shapes[-1][1]


def forms(d: Derivation) -> Iterator[tuple[str, Expr]]:
    """The matrix forms of equations, of gradients from the loss back, of what p − y is."""
    tensors, sizes = d.network.tensors, d.network.sizes

    def made(eq: Equation) -> Iterator[tuple[str, Expr]]:
        form = matrix_form(eq, tensors, sizes)
        if form is not None:
            yield eq.name, form

    for eq in (*d.forward, *(s.equation for s in d.steps)):
        yield from made(eq)
    for tensor in d.by_tensor:
        chain = matrix_chain(d, tensor)
        if chain is not None:
            yield d.adjoint(tensor), chain
        steps = inserted_steps(d, tensor)
        if steps is not None:
            yield from made(as_equation(steps.lines[-1]))


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: Path(s).stem)
def test_the_shapes_of_every_matrix_form_fit(spec: str) -> None:
    for network in load_all(spec):
        d = per_sample(network.derive())
        tensors = d.network.tensors
        turned = frozenset(t.name for t in tensors.values() if len(t.axes) in (1, 2))
        for name, form in forms(d):
            if form == ZERO:  # of any shape
                continue
            whole = Read(name)
            rows, columns = Shapes(d.network, None), Shapes(d.network, turned)
            assert rows.of(form) == rows.of(whole), name
            column = column_form(form, name, tensors, turned)
            assert columns.of(column) == columns.of(whole), name
