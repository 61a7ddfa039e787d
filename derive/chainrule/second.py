"""Second derivatives: the same sweep, run over the first one's result.

Forward and adjoint equations together are a network again. Its sweep from ``s = Σ dW·D`` gives
the Hessian times a direction D; from ``dW[J]``, seeded with Π δ(J, index), rows of the Hessian.
`derive.chainrule.gauss_newton` builds its product from the same parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as change

from ..language.equation import Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Expr, Idx, Mul, Read, Reduce, add, fresh_index
from ..network.order import ordered
from .derivation import Derivation
from .sweep import Seed, sweep

PREFIX = "e_"  # adjoints of the second sweep
DIRECTION = "D_"  # what the product is taken with


@dataclass(frozen=True)
class Second:
    """A second sweep. ``results`` are, per parameter, the names of the tensors that hold it;
    ``directions`` the tensors that the caller supplies (for a product with a direction);
    ``split`` the tensors between the two Jacobians of a Gauss-Newton product."""

    derivation: Derivation
    results: tuple[tuple[str, str], ...]
    directions: tuple[tuple[str, str], ...] = ()
    split: tuple[str, ...] = ()


def _first(d: Derivation) -> list[Equation]:
    return [*d.forward, *(s.equation for s in d.steps if not s.inlined)]


def chosen(d: Derivation, wrt: Sequence[str] | None) -> list[str]:
    """The parameters asked for, all by default. Raises ChalkgradError for an unknown one."""
    known = [t.name for t in d.network.parameters]
    for name in wrt or ():
        if name not in known:
            raise ChalkgradError(f"there is no parameter '{name}'", hint=suggest(name, known))
    return list(wrt) if wrt else known


def hessian_vector(d: Derivation, wrt: Sequence[str] | None = None) -> Second:
    """Hessian times a direction, one tensor per parameter.

    The direction of W0 is a tensor named ``D_W0`` of its shape; the product is ``e_W0``.
    Cost: a small multiple of one gradient, whatever the number of parameters.
    Source: Pearlmutter, Fast exact multiplication by the Hessian (1994), in reverse mode.
    """
    names = chosen(d, wrt)
    tensors = dict(d.network.tensors)
    ahead = free(DIRECTION, tensors)
    directions = {name: directed(name, ahead, tensors) for name in names}
    slope = paired({d.adjoint(name): by for name, by in directions.items()}, "slope", tensors)
    equations = ordered([*_first(d), slope])
    network = change(d.network, tensors=tensors)
    made = sweep(network, equations, Seed(slope.name), names, free(PREFIX, tensors))
    return Second(made, tuple((n, made.adjoint(n)) for n in names), tuple(directions.items()))


def hessian_rows(d: Derivation, of: str, wrt: Sequence[str] | None = None) -> Second:
    """∂²loss/∂of∂w for every parameter w: tensors ``e_w`` of shape (*of.shape, *w.shape)."""
    names = chosen(d, wrt)
    (tensor,) = chosen(d, [of])
    tensors = d.network.tensors
    place = _indices(tensors[tensor].axes)
    seed = Seed(d.adjoint(tensor), place)
    made = sweep(d.network, ordered(_first(d)), seed, names, free(PREFIX, tensors))
    return Second(made, tuple((n, made.adjoint(n)) for n in names))


# -- parts of such a derivation ------------------------------------------------------------------


def free(prefix: str, tensors: Iterable[str]) -> str:
    """The prefix, longer by as many ``_`` as it takes until no tensor's name begins with it."""
    known = list(tensors)
    while any(name.startswith(prefix) for name in known):
        prefix += "_"
    return prefix


def directed(of: str, prefix: str, tensors: dict[str, Tensor]) -> str:
    """Add a tensor ``prefix + of`` of the same shape, which the caller supplies; its name."""
    shape = tensors[of]
    name = prefix + of
    tensors[name] = Tensor(name, "direction", shape.axes, shape.batch)
    return name


def paired(pairs: Mapping[str, str], name: str, tensors: dict[str, Tensor]) -> Equation:
    """The scalar ``name = Σ a·b`` over all entries of all pairs (a, b) of tensors."""
    while name in tensors:
        name += "_"
    terms: list[Expr] = []
    for a, b in pairs.items():
        at = _indices(tensors[a].axes)
        body = Mul((Read(a, at), Read(b, at)))
        terms.append(Reduce("sum", at, body) if at else body)
    tensors[name] = Tensor(name, "variable", ())
    return Equation(name, (), add(terms), "direction")


def _indices(axes: Sequence[str]) -> tuple[Idx, ...]:
    """A fresh index for each axis, named after it."""
    return tuple(fresh_index(a.split("@")[0].split(":")[0], a) for a in axes)
