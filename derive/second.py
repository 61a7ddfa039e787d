"""Second derivatives: the same sweep, run over the first one's result.

Forward and adjoint equations together are a network again. Its sweep from ``s = Σ dW·D`` gives
the Hessian times a direction D; from ``dW[J]``, seeded with Π δ(J, index), rows of the Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as change

from .derivation import Derivation
from .equation import Equation, Tensor
from .errors import ChalkgradError, suggest
from .expr import Mul, Read, Reduce, add, fresh_index
from .network import Network
from .order import ordered
from .sweep import Seed, sweep

PREFIX = "e_"  # adjoints of the second sweep


@dataclass(frozen=True)
class Second:
    """A second sweep. ``results`` are, per parameter, the names of the tensors that hold it;
    ``directions`` the tensors that the caller supplies (for a Hessian-vector product)."""

    derivation: Derivation
    results: tuple[tuple[str, str], ...]
    directions: tuple[tuple[str, str], ...] = ()


def _first(d: Derivation) -> list[Equation]:
    return [*d.forward, *(s.equation for s in d.steps if not s.inlined)]


def _chosen(d: Derivation, wrt: Sequence[str] | None) -> list[str]:
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
    names = _chosen(d, wrt)
    tensors = dict(d.network.tensors)
    terms, directions = [], []
    for name in names:
        axes = tensors[name].axes
        direction = f"D_{name}"
        tensors[direction] = Tensor(direction, "direction", axes)
        directions.append((name, direction))
        idxs = tuple(fresh_index(a.split("@")[0].split(":")[0], a) for a in axes)
        body = Mul((Read(d.adjoint(name), idxs), Read(direction, idxs)))
        terms.append(Reduce("sum", idxs, body) if idxs else body)
    slope = "slope" if "slope" not in tensors else "slope_"
    tensors[slope] = Tensor(slope, "variable", ())
    equations = ordered([*_first(d), Equation(slope, (), add(terms), "direction")])
    made = sweep(change(d.network, tensors=tensors), equations, Seed(slope), names, PREFIX)
    return Second(made, tuple((n, made.adjoint(n)) for n in names), tuple(directions))


def hessian_rows(d: Derivation, of: str, wrt: Sequence[str] | None = None) -> Second:
    """∂²loss/∂of∂w for every parameter w: tensors ``e_w`` of shape (*of.shape, *w.shape)."""
    names = _chosen(d, wrt)
    (tensor,) = _chosen(d, [of])
    place = tuple(
        fresh_index(a.split("@")[0].split(":")[0], a) for a in d.network.tensors[tensor].axes
    )
    equations = ordered(_first(d))
    made = sweep(d.network, equations, Seed(d.adjoint(tensor), place), names, PREFIX)
    return Second(made, tuple((n, made.adjoint(n)) for n in names))


def as_network(second: Second) -> Network:
    """The network of a second derivation (its tensors include both sweeps' adjoints)."""
    return second.derivation.network
