"""Gauss-Newton: the curvature of the loss in front of it, carried back to the parameters.

Cut the network at tensors z: the head computes z from the parameters, the tail the loss from z.
With J = ∂z/∂w and B = ∂²loss/∂z² the Gauss-Newton matrix is G = Jᵀ B J, the Hessian without the
terms in which the head itself is curved. Where the tail is convex, G is positive semidefinite.

Everything is swept: J·D is the derivative of ⟨Jᵀu, D⟩ by u, B a second sweep over the tail, and Jᵀ
the first sweep of the head. Source: Schraudolph, Fast curvature matrix-vector products (2002).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace as change

from ..language.equation import Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import ZERO, Expr, Read, tensors, transform
from ..network.network import Network
from ..network.order import ordered
from .derivation import Derivation
from .second import DIRECTION, Second, chosen, directed, free, paired
from .sweep import Seed, sweep


def gauss_newton_vector(
    d: Derivation,
    split: str | Sequence[str] | None = None,
    wrt: Sequence[str] | None = None,
) -> Second:
    """The Gauss-Newton matrix times a direction, one tensor per parameter.

    The direction of W0 is a tensor named ``D_W0`` of its shape; the product is ``G_W0``. ``J_z``
    and ``B_z`` in between have the shape of z, the batch included.

    Parameters
    ----------
    split : the tensors z. By default the loss is opened as long as it is linear in what it is
        opened into, so z are the last tensors in which it is curved: the logits under softmax or
        sigmoid with cross-entropy, the output under a squared error. Parameters that reach the
        loss past z (a penalty) are cut there, with their own curvature.

    Raises
    ------
    ChalkgradError
        for an unknown parameter or split, and where the loss is nowhere curved in front of the
        network (an absolute error), so that G would be zero.
    """
    names = chosen(d, wrt)
    network = d.network
    cut = _given(network, split) if split else _curved(network)
    tail = _behind(network, cut)
    inner = [c for c in cut if network.tensors[c].kind != "parameter"]
    past = dict.fromkeys(
        t for eq in tail for t in tensors(eq.rhs) if network.tensors[t].kind == "parameter"
    )
    places = list(dict.fromkeys([*inner, *past]))

    known = dict(network.tensors)
    head = _needed(network, inner)
    ahead = free(DIRECTION, known)
    directions = {name: directed(name, ahead, known) for name in names}
    forwards, tangents = _tangents(network, head, places, directions, known)
    curvature, curved = _curvature(network, tail, places, tangents, known)
    if not set(curved) & set(inner or places):
        raise _flat(inner)
    made, results = _transposed(network, head, places, curved, names, known)
    equations = ordered([*network.equations, *forwards, *curvature, *made])
    derivation = Derivation(
        change(network, tensors=known), tuple(equations), (), "", tuple(names), network.loss
    )
    return Second(
        derivation, tuple(results.items()), tuple(directions.items()), tuple(inner)
    )  # fmt: skip


# -- where the network is cut --------------------------------------------------------------------


def _given(network: Network, split: str | Sequence[str]) -> list[str]:
    """The split that was asked for, checked."""
    names = [split] if isinstance(split, str) else list(split)
    defined = {eq.name for eq in network.equations}
    reached = _learnt(network) & {eq.name for eq in _needed(network, [network.loss])}
    known = [name for name in defined if name in reached and name != network.loss]
    for name in names:
        if name not in known:
            what = f"'{name}' is no tensor between the parameters and the loss"
            raise ChalkgradError(what, where="split", hint=suggest(name, known))
    return names


def _curved(network: Network) -> list[str]:
    """The loss opened until what comes behind is linear in none of the tensors any more."""
    learnt = _learnt(network)
    defined = {eq.name: eq for eq in network.equations}
    cut = [network.loss]
    while True:
        straight = [c for c in _straight(network, cut) if c in defined and not defined[c].loop]
        if not straight:
            return cut
        opened: dict[str, None] = {}
        for name in cut:
            inside = tensors(defined[name].rhs) if name in straight else [name]
            opened.update((t, None) for t in inside if t in learnt)
        cut = list(opened)


def _straight(network: Network, cut: Sequence[str]) -> list[str]:
    """Tensors of the cut by which the derivative of the loss depends on nothing in the cut.

    The winner of a maximum is taken as given: behind it the loss is linear, piece by piece.
    """
    if list(cut) == [network.loss]:
        return [network.loss]
    tail = _behind(network, cut)
    made = sweep(network, tail, Seed(network.loss), cut)
    equations = {eq.name: eq for eq in [*tail, *_steps(made)]}
    return [c for c in cut if not set(cut) & _closure([made.adjoint(c)], equations)]


def _learnt(network: Network) -> set[str]:
    """The parameters, and every tensor of numbers that depends on one."""
    found = {t.name for t in network.parameters}
    before = -1
    while before != len(found):
        before = len(found)
        for eq in network.equations:
            if network.tensors[eq.name].integer is None and found & set(tensors(eq.rhs)):
                found.add(eq.name)
    return found


def _behind(network: Network, cut: Iterable[str]) -> list[Equation]:
    """The equations of the tail: what the loss needs, as far as the cut."""
    return _needed(network, [network.loss], cut)


def _needed(
    network: Network, roots: Iterable[str], stop: Iterable[str] = ()
) -> list[Equation]:  # fmt: skip
    ends = set(stop)
    equations = {eq.name: eq for eq in network.equations if eq.name not in ends}
    found = _closure(roots, equations)
    return [eq for name, eq in equations.items() if name in found]


def _closure(roots: Iterable[str], equations: Mapping[str, Equation]) -> set[str]:
    """The roots and every tensor they need."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += tensors(equations[name].rhs) if name in equations else ()
    return found


def _flat(cut: Sequence[str]) -> ChalkgradError:
    at = ", ".join(cut) or "the parameters"
    return ChalkgradError(
        f"the loss has no second derivative by {at}, so the Gauss-Newton matrix is zero",
        where="gauss_newton",
        hint="it is for losses that are curved: squared_error, cross_entropy; or name a split",
    )


# -- the three products --------------------------------------------------------------------------


def _tangents(
    network: Network, head: Sequence[Equation], places: Sequence[str],
    directions: Mapping[str, str], known: dict[str, Tensor],
) -> tuple[list[Equation], dict[str, str]]:  # fmt: skip
    """J·D: equations, and by tensor of the cut its change along the direction.

    Two reverse sweeps make a forward one: ū = Jᵀu is linear in u, and ∂⟨ū, D⟩/∂u = J·D.
    """
    found = {p: directions[p] for p in places if p in directions}
    inner = [p for p in places if network.tensors[p].kind != "parameter"]
    if not inner:
        return [], found
    seeds = {z: directed(z, free("U_", known), known) for z in inner}
    names = list(directions)
    there = paired(seeds, "slope", known)
    first = _swept(network, [*head, there], there.name, names, free("u_", known), known)
    back = paired({first.adjoint(n): by for n, by in directions.items()}, "slope", known)
    equations = ordered([*head, there, *_steps(first), back])
    second = _swept(network, equations, back.name, list(seeds.values()), free("j_", known), known)
    shown = free("J_", known)
    new = {second.adjoint(first.adjoint(eq.name)): shown + eq.name for eq in head}
    for z, seed in seeds.items():
        found[z] = new[second.adjoint(first.adjoint(z))]
        new[second.adjoint(seed)] = f"{found[z]}_"  # u_z = U_z + …: the same by both
    parts = _read_by(_steps(second), _steps(first))
    new.update({eq.name: shown + eq.name.removeprefix(first.prefix) for eq in parts})
    made = [_renamed(eq, new) for eq in [*parts, *_steps(second)]]
    for old, name in new.items():
        if old in known:
            known[name] = change(known[old], name=name)
    return [eq for eq in made if eq.name not in {f"{found[z]}_" for z in inner}], found


def _read_by(equations: Sequence[Equation], before: Sequence[Equation]) -> list[Equation]:
    """Those of ``before`` that the equations need: the parts into which a sweep split its results.

    J·D does not depend on u, but the softmax in the derivative of a logsumexp is such a part.
    """
    needed = _closure([eq.name for eq in equations], {eq.name: eq for eq in [*before, *equations]})
    return [eq for eq in before if eq.name in needed]


def _curvature(
    network: Network, tail: Sequence[Equation], places: Sequence[str],
    tangents: Mapping[str, str], known: dict[str, Tensor],
) -> tuple[list[Equation], dict[str, str]]:  # fmt: skip
    """B·(J·D): equations, and by tensor of the cut where it stands, if it is not zero."""
    first = sweep(change(network, tensors=known), tail, Seed(network.loss), places)
    known |= first.network.tensors
    pairs = {first.adjoint(c): by for c, by in tangents.items()}
    slope = paired(pairs, "slope", known)
    equations = ordered([*tail, *_steps(first), slope])
    second = _swept(network, equations, slope.name, places, free("B_", known), known)
    zero = {eq.name for eq in _steps(second) if eq.rhs == ZERO}
    found = {c: second.adjoint(c) for c in places if second.adjoint(c) not in zero}
    return [*_steps(first), *_steps(second)], found


def _transposed(
    network: Network, head: Sequence[Equation], places: Sequence[str],
    curved: Mapping[str, str], names: Sequence[str], known: dict[str, Tensor],
) -> tuple[list[Equation], dict[str, str]]:  # fmt: skip
    """Jᵀ·(B·J·D): equations, and by parameter where it stands."""
    slope = paired({c: curved[c] for c in places if c in curved}, "slope", known)
    made = _swept(network, [*head, slope], slope.name, names, free("G_", known), known)
    return list(_steps(made)), {name: made.adjoint(name) for name in names}


def _swept(
    network: Network, equations: Sequence[Equation], slope: str, wanted: Sequence[str],
    prefix: str, known: dict[str, Tensor],
) -> Derivation:  # fmt: skip
    """A sweep from a scalar; ``known`` grows by the tensors it makes."""
    made = sweep(change(network, tensors=known), equations, Seed(slope), wanted, prefix)
    known |= made.network.tensors
    return made


def _steps(d: Derivation) -> list[Equation]:
    return [s.equation for s in d.steps if not s.inlined]


def _renamed(eq: Equation, names: Mapping[str, str]) -> Equation:
    """An equation in which tensors have other names."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Read) and e.tensor in names:
            return Read(names[e.tensor], e.indices)
        return e

    return change(eq, name=names.get(eq.name, eq.name), rhs=transform(eq.rhs, visit))
