"""Why the transpose? The local Jacobian with its deltas, and how the sum that is left is read.

    ∂L/∂y_i = Σ_j ∂L/∂v_j · ∂v_j/∂y_i      ∂v_j/∂y_i = Σ_m W_mj [m = i] = W_ij
    Σ_j δ_j W_ij: the sum runs over the columns of δ and the columns of W, so W is transposed.

The three states are those of `derive.forms.views` (chain, Jacobian, contracted); here the local
Jacobian stands alone, and each factor says over which of its axes the sum runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..chainrule.derivation import Contribution, Derivation
from ..chainrule.sample import per_sample
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.expr import Expr, Idx, Read, Reduce, indices, refresh, walk
from ..rewrite.contract import contracted, deltas
from ..rewrite.simplify import factors_of, summed
from ..rewrite.tidy import tidy
from .matrix import matrix_form
from .matrix_nodes import Transpose
from .views import view

__all__ = ["Factor", "Reading", "why_transpose"]


@dataclass(frozen=True)
class Factor:
    """One factor of the sum: ``summed`` and ``kept`` are the positions of the summed and of the
    remaining index in ``read`` (None where it has none); ``transposed`` as it stands in the matrix
    form, rows being vectors."""

    read: Read
    summed: int | None
    kept: int | None
    transposed: bool


@dataclass(frozen=True)
class Reading:
    """One gradient, read as matrices.

    ``chain`` and ``jacobian`` are the first two states, ``local`` the local Jacobian before
    (``local_deltas``) and after its deltas are contracted, ``contracted`` the last state. ``over``
    is the index of the sum, None for an outer product (nothing is summed: yᵀδ makes every pair).
    """

    chain: Equation
    jacobian: Equation
    local_deltas: Equation
    local: Equation
    contracted: Equation
    over: Idx | None
    factors: tuple[Factor, ...]
    matrix: Expr


def why_transpose(d: Derivation, tensor: str) -> Reading:
    """The reading of ∂L/∂tensor, for one sample.

    Raises
    ------
    ChalkgradError
        when the gradient has several paths, is no product of two tensors, or has no matrix form.
    """
    shown = view(per_sample(d), tensor)
    step = shown.step
    if len(step.contributions) != 1:
        raise ChalkgradError(f"'{tensor}' is read in {len(step.contributions)} places",
                             hint="ask for the output or the weight of a dense layer")  # fmt: skip
    eq = step.equation
    matrix = matrix_form(eq, shown.derivation.network.tensors)
    over, body = _sum(eq.rhs)
    parts = [f for f in factors_of(body) if isinstance(f, Read) and f.indices]
    if matrix is None or len(parts) != 2 or len(parts) != len(factors_of(body)):
        raise ChalkgradError(f"the gradient of '{tensor}' is no product of two tensors")
    turned = {
        e.arg.tensor for e in walk(matrix) if isinstance(e, Transpose) and isinstance(e.arg, Read)
    }
    factors = tuple(_factor(p, over, p.tensor in turned) for p in parts)
    deltas, local = _local(shown.derivation, step.contributions[0], tensor)
    return Reading(shown.chain_equation(), shown.jacobian_equation(), deltas, local, eq, over,
                   factors, matrix)  # fmt: skip


def _sum(e: Expr) -> tuple[Idx | None, Expr]:
    if isinstance(e, Reduce) and e.op == "sum" and len(e.idxs) == 1 and e.cond is None:
        (i,) = e.idxs
        assert isinstance(i, Idx)
        return i, e.body
    return None, e


def _factor(read: Read, over: Idx | None, transposed: bool) -> Factor:
    at = [k for k, i in enumerate(read.indices) if i == over]
    kept = [k for k, i in enumerate(read.indices) if i != over]
    return Factor(read, at[0] if at else None, kept[0] if kept else None, transposed)


def _local(d: Derivation, c: Contribution, tensor: str) -> tuple[Equation, Equation]:
    """∂v_j/∂y_i with its deltas, and without: the name is v's, the indices are v's and y's."""
    eq = next(e for e in d.forward if e.name == c.equation)
    p = c.partial
    names = {i.name for i in eq.indices}
    place = tuple(_other(i, names) for i in c.place)
    factors = [p.coefficient, *deltas(p.read.indices, place)]
    bound = [i for i in p.bound if i in _used(factors)]
    made = refresh(summed(bound, factors, p.cond))
    left = (*eq.indices, *place)
    before = Equation(eq.name, left, made, tensor)
    return before, before.with_rhs(tidy(contracted(made, in_place=True)))


def _other(i: Idx, names: set[str]) -> Idx:
    """The entry's index with a letter that the equation does not use."""
    if i.name not in names:
        return i
    letter = next(c for c in "ijklmpqrst" if c not in names)
    return Idx(letter, i.axis, i.uid)


def _used(exprs: list[Expr]) -> set[Idx]:
    return {i for e in exprs for i in indices(e)}
