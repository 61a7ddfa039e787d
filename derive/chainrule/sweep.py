"""The reverse sweep: from the loss back, one adjoint equation per tensor, in three states each.

For an equation ``T[J] = f`` and a read ``U[e]`` in it the chain rule gives

    dU[P] += Σ_J Σ_bound dT[J] · ∂f/∂U[e] · δ(P, e)

`calculus.partials` supplies the local derivative, `derive.rewrite.contract` eliminates the deltas:
a plain index is substituted, every other one (affine, gathered) stays as a 0/1 factor that
lowering scatters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as change

from ..language.equation import Equation, Tensor
from ..language.expr import (
    ONE,
    ZERO,
    Expr,
    Fn,
    Idx,
    Normal,
    Read,
    Reduce,
    add,
    fresh_index,
    indices,
    refresh,
    replace,
    tensors,
    transform,
    walk,
)
from ..network.network import Network
from ..network.order import ordered
from ..rewrite.contract import contract, contracted, deltas
from ..rewrite.domains import endless_tensors
from ..rewrite.simplify import canonical, factors_of, facts, product, summed, total
from .calculus import Partial, partials
from .derivation import Contribution, Derivation, Step
from .kept import softmax_beside, winner_name
from .strong_zeros import gates

InPlace = Callable[[Equation, Equation], bool]


@dataclass(frozen=True)
class Seed:
    """What is differentiated: a scalar (``indices`` empty), or a tensor with free indices whose
    adjoint starts as Π δ(J, index), as for a Hessian."""

    tensor: str
    indices: tuple[Idx, ...] = ()


def derive(network: Network) -> Derivation:
    """First derivatives of the loss with respect to every parameter and float input."""
    wanted = [t.name for t in (*network.parameters, *network.inputs) if t.integer is None]
    return sweep(network, network.equations, Seed(network.loss), wanted)


def sweep(
    network: Network,
    equations: Sequence[Equation],
    seed: Seed,
    wanted: Iterable[str],
    prefix: str = "d",
    in_place: InPlace = lambda equation, adjoint: False,
    known: Derivation | None = None,
) -> Derivation:
    """Adjoint equations of ``equations`` from ``seed`` to ``wanted``, numbered after them.

    ``in_place`` says of an equation and its adjoint whether the adjoint is written where it is
    used instead of being an equation of its own. ``known`` is the derivation of a network that
    shares equations with this one; what it says of them is taken over.
    """
    return _Sweep(network, equations, seed, list(wanted), prefix, in_place, known).derivation()


class _Known:
    """What a derivation says of equations that stand in another network too."""

    def __init__(
        self, d: Derivation, equations: Mapping[str, Equation], tensors: Mapping[str, Tensor]
    ) -> None:
        self.d = d
        self.same = {
            eq.name
            for eq in d.forward
            if equations.get(eq.name) == eq
            and winner_name(eq.name) not in tensors
            and not (isinstance(eq.rhs, Normal) and eq.rhs.op == "log_softmax")
        }
        self.inlined = {s.equation.name: s.equation for s in d.steps if s.inlined}
        self.partials: dict[str, dict[str, list[Partial]]] = {}
        for s in d.steps:
            for c in s.contributions:
                by_tensor = self.partials.setdefault(c.equation, {})
                by_tensor.setdefault(s.of, []).append(c.partial)

    def step(
        self,
        tensor: str,
        found: Sequence[tuple[Equation, Partial]],
        inlined: Mapping[str, Equation],
    ) -> Step | None:
        """The step of a tensor, if the same equations read it and what they carry is the same."""
        step = self.d.by_tensor.get(tensor)
        readers = {eq.name for eq, _ in found}
        if step is None or readers != {c.equation for c in step.contributions}:
            return None
        above = [self.d.adjoint(name) for name in readers]
        same = all(inlined.get(name) == self.inlined.get(name) for name in above)
        return step if same and readers <= self.same else None


class _Sweep:
    def __init__(
        self,
        network: Network,
        equations: Sequence[Equation],
        seed: Seed,
        wanted: list[str],
        prefix: str,
        in_place: InPlace,
        known: Derivation | None,
    ) -> None:
        self.network, self.equations, self.seed = network, list(equations), seed
        self.prefix, self.in_place = prefix, in_place
        self.tensors: dict[str, Tensor] = dict(network.tensors)
        self.consumers: dict[str, list[Equation]] = {}
        for eq in equations:
            for name in tensors(eq.rhs):
                self.consumers.setdefault(name, []).append(eq)
        self.defined = {eq.name: eq for eq in self.equations}
        self.known = _Known(known, self.defined, network.tensors) if known is not None else None
        self.endless = endless_tensors(self.equations)
        self.wanted = list(wanted)
        self.partials: dict[str, dict[str, list[Partial]]] = {}
        self.needed = self._towards(set(wanted))
        self.inlined: dict[str, Equation] = {}
        self.contributions: dict[str, list[Contribution]] = {}

    def _towards(self, wanted: set[str]) -> set[str]:
        """Tensors through which a wanted one reaches the seed: only these get adjoints."""
        below = {self.seed.tensor}
        before = 0
        while len(below) != before:  # a loop reads tensors defined after it in the list
            before = len(below)
            for eq in reversed(self.equations):
                if eq.name in below:  # what only a test or a step reads has no part in the slope
                    below |= self.local(eq).keys()
        above = set(wanted)
        changed = True
        while changed:
            before = len(above)
            for eq in self.equations:
                floats = self.tensors[eq.name].integer is None
                if floats and eq.name not in above and above & set(tensors(eq.rhs)):
                    above.add(eq.name)
            changed = len(above) != before
        return below & above

    # -- one equation ------------------------------------------------------------------------

    def adjoint_name(self, tensor: str) -> str:
        return f"{self.prefix}{tensor}"

    def local(self, eq: Equation) -> dict[str, list[Partial]]:
        """The partials of an equation by tensor; where its own value occurs it is read."""
        if self.known is not None and eq.name in self.known.same:
            return self.known.partials.get(eq.name, {})
        if eq.name not in self.partials:
            kept = winner_name(eq.name)
            winner = Read(kept, eq.indices) if kept in self.network.tensors else None
            by_tensor: dict[str, list[Partial]] = {}
            for p in partials(eq.rhs, winner, self.endless, whole=True):
                p = change(p, coefficient=self._through_output(p.coefficient, eq))
                by_tensor.setdefault(p.read.tensor, []).append(p)
            self.partials[eq.name] = by_tensor
        return self.partials[eq.name]

    def _through_output(self, coefficient: Expr, eq: Equation) -> Expr:
        """y(1 − y): a derivative that repeats the equation's own right side reads the result;
        exp(log-softmax) reads the softmax where one of the same argument is there."""
        value = Read(eq.name, eq.indices)
        at = eq.rhs.at if isinstance(eq.rhs, Normal) else ()
        known = (p for other in self.equations if (p := softmax_beside(eq, other)) is not None)
        softmax = next(known, None)
        whole, kind = canonical(eq.rhs), type(eq.rhs)

        def visit(e: Expr) -> Expr:
            if isinstance(e, Fn) and e.name == "__output__":
                return replace(value, dict(zip(at, e.args, strict=True)))
            if softmax is not None and isinstance(e, Fn) and e.name == "exp":
                (log,) = e.args
                if isinstance(log, Read) and log.tensor == eq.name:
                    return replace(softmax, dict(zip(eq.indices, log.indices, strict=True)))
            same = type(e) is kind and kind is not Read and canonical(e) == whole
            return value if same else e

        return transform(coefficient, visit)

    def contribution(self, eq: Equation, p: Partial, place: tuple[Idx, ...]) -> Contribution:
        """Chain rule, Jacobian with its deltas, contracted: the three states of one path."""
        return Contribution(eq.name, p, place, self._carried(eq, self.upstream(eq), p, place))

    def _carried(
        self, eq: Equation, upstream: Expr, p: Partial, place: tuple[Idx, ...]
    ) -> Expr:  # fmt: skip
        """Σ upstream · ∂eq/∂(the read), over the equation's own indices, contracted."""
        loop = eq.loop if self._same_loop(eq, p.read.tensor) else None
        terms = [upstream, *deltas(place, p.read.indices), p.coefficient]
        bound, factors, cond = contract((*eq.indices, *p.bound), terms, p.cond, loop)
        if p.read.tensor in self.tensors and self.tensors[p.read.tensor].kind == "parameter":
            factors.reverse()  # x δ, as in xᵀδ
        value = summed(bound, gates([x for f in factors for x in factors_of(f)]), cond)
        return contracted(refresh(value))

    def _share(self, eq: Equation, parts: Sequence[Contribution]) -> Expr:
        """What an equation adds to an adjoint; behind a softmax as p ⊙ (dp − Σ dp p) times what
        its argument adds, not as two sums of it."""
        normal = eq.rhs
        if not isinstance(normal, Normal) or isinstance(normal.body, Read) or eq.loop:
            return total(c.value for c in parts)
        inner = tuple(indices(Reduce("sum", (), normal.body)))
        at = tuple(fresh_index(i.name, i.axis) for i in inner)
        outer = change(normal, body=Read("", inner))
        ahead = [change(p, coefficient=self._through_output(p.coefficient, eq))
                 for p in partials(outer, None, self.endless, whole=True)]  # fmt: skip
        upstream = total(self._carried(eq, self.upstream(eq), p, at) for p in ahead)
        argument = Equation("", at, replace(normal.body, dict(zip(inner, at, strict=True))))
        read = parts[0].partial.read.tensor
        return total(
            self._carried(argument, refresh(upstream), p, parts[0].place)
            for p in partials(argument.rhs, None, self.endless)
            if p.read.tensor == read
        )

    def _same_loop(self, eq: Equation, tensor: str) -> bool:
        other = self.defined.get(tensor)
        return other is not None and bool(other.loop) and other.group == eq.group

    def upstream(self, eq: Equation) -> Expr:
        """The adjoint of an equation's left side, or its expression where that is a constant."""
        read = Read(self.adjoint_name(eq.name), (*self.seed.indices, *eq.indices))
        inlined = self.inlined.get(read.tensor)
        if inlined is None:
            return read
        return inlined.at(read.indices)

    # -- the whole sweep ---------------------------------------------------------------------

    def derivation(self) -> Derivation:
        adjoints: list[Equation] = []
        self._seed(adjoints)
        # a wanted tensor (a weight) follows as soon as the adjoints of all its readers are there
        leaves = [w for w in self.wanted if w not in self.defined]
        readers = {w: {e.name for e in self.consumers.get(w, ())} for w in leaves}
        leaf_of: dict[str, list[str]] = {}
        for w in leaves:
            for name in readers[w]:
                leaf_of.setdefault(name, []).append(w)
        done: set[str] = set()
        for group in self._groups():
            made = [self._adjoint(name) for name in group]
            for name in group:
                for w in leaf_of.get(name, ()):
                    readers[w].discard(name)
            ready = [w for name in group for w in leaf_of.get(name, ()) if not readers[w]]
            ready = [w for w in leaves if w in set(ready)] if len(ready) > 1 else ready
            made += [self._adjoint(w) for w in dict.fromkeys(ready) if w not in done]
            done.update(ready)
            adjoints.extend(eq for eq in made if eq is not None)
        for name in leaves:
            if name not in done and (eq := self._adjoint(name)) is not None:
                adjoints.append(eq)
        return self._finish(adjoints)

    def _groups(self) -> list[list[str]]:
        """Defined tensors, last first; the equations of a loop together."""
        groups: list[list[str]] = []
        last = ""
        for eq in reversed(self.equations):
            if eq.loop and eq.group == last:
                groups[-1].append(eq.name)
            else:
                groups.append([eq.name])
            last = eq.group if eq.loop else ""
        return groups

    def _seed(self, adjoints: list[Equation]) -> None:
        name = self.adjoint_name(self.seed.tensor)
        place = self._place(self.seed.tensor, ())
        rhs: Expr = ONE
        if self.seed.indices:
            rhs = product(deltas(self.seed.indices, place))
        self._register(name, self.seed.tensor)
        eq = Equation(name, (*self.seed.indices, *place), rhs)
        adjoints.append(eq)
        if not self.seed.indices:
            self.inlined[name] = eq

    def _register(self, name: str, tensor: str) -> None:
        t = self.tensors[tensor]
        axes = (*(i.axis for i in self.seed.indices), *t.axes)
        self.tensors[name] = Tensor(name, "variable", axes, t.batch and not self.seed.indices)

    def _place(self, tensor: str, uses: Sequence[Partial]) -> tuple[Idx, ...]:
        """Fresh indices for a tensor's axes, named as its readers (or definition) name them."""
        axes = self.tensors[tensor].axes
        names = [i.name for i in self.defined[tensor].indices] if tensor in self.defined else []
        if not names and uses:
            names = [i.name if isinstance(i, Idx) else "" for i in uses[0].read.indices]
        made: list[Idx] = []
        for k, axis in enumerate(axes):
            name = names[k] if k < len(names) and names[k] else axis.split("@")[0].split(":")[0]
            made.append(fresh_index(name, axis))
        return tuple(made)

    def _adjoint(self, tensor: str) -> Equation | None:
        if tensor == self.seed.tensor or tensor not in self.needed:
            if tensor in self.wanted and tensor not in self.needed:
                return self._zero(tensor)
            return None
        found = [
            (eq, p)
            for eq in self.consumers.get(tensor, ())
            if eq.name in self.needed or eq.name == self.seed.tensor
            for p in self.local(eq).get(tensor, ())
        ]
        step = self.known.step(tensor, found, self.inlined) if self.known is not None else None
        if step is None:
            eq, parts = self._derived(tensor, found)
        else:
            eq, parts = step.equation, list(step.contributions)
            eq = change(eq, loop=None, reverse=False, group="")
        self._register(eq.name, tensor)
        self.contributions[eq.name] = parts
        if self._constant(eq) or self._in_place(tensor, eq):
            self.inlined[eq.name] = eq
        return eq

    def _derived(
        self, tensor: str, found: Sequence[tuple[Equation, Partial]]
    ) -> tuple[Equation, list[Contribution]]:
        """The adjoint of a tensor: its readers' contributions, added and tidied."""
        place = self._place(tensor, [p for _, p in found])
        parts = [self.contribution(eq, p, place) for eq, p in found]
        grouped: dict[str, list[Contribution]] = {}
        for part in parts:
            grouped.setdefault(part.equation, []).append(part)
        rhs = add([self._share(self.defined[name], some) for name, some in grouped.items()])
        rhs = facts(rhs, self.tensors)
        rhs = product([rhs]) if rhs != ZERO else ZERO
        left = (*self.seed.indices, *place)
        return Equation(self.adjoint_name(tensor), left, rhs, self._label(tensor)), parts

    def _zero(self, tensor: str) -> Equation:
        name = self.adjoint_name(tensor)
        self._register(name, tensor)
        self.contributions[name] = []
        return Equation(name, (*self.seed.indices, *self._place(tensor, ())), ZERO)

    def _label(self, tensor: str) -> str:
        return self.defined[tensor].label if tensor in self.defined else ""

    def _constant(self, eq: Equation) -> bool:
        """An adjoint without reads or indices (1/N) is written where it is used."""
        name = eq.name[len(self.prefix) :]
        looped = name in self.defined and self.defined[name].loop  # others of its loop read it
        if name in self.wanted or self.seed.indices or looped:
            return False
        return not any(isinstance(e, Read | Idx | Reduce) for e in walk(eq.rhs))

    def _in_place(self, tensor: str, adjoint: Equation) -> bool:
        free = not self.seed.indices and tensor not in self.wanted and tensor in self.defined
        return free and self.in_place(self.defined[tensor], adjoint)

    def _finish(self, adjoints: list[Equation]) -> Derivation:
        count = len(self.equations)
        steps = tuple(
            Step(count + k, eq, self._source(eq), tuple(self.contributions.get(eq.name, ())),
                 eq.name in self.inlined)
            for k, eq in enumerate(ordered(adjoints), start=1)
        )  # fmt: skip
        return Derivation(
            change(self.network, tensors=self.tensors), tuple(self.equations), steps,
            self.prefix, tuple(self.wanted), self.seed.tensor,
        )  # fmt: skip

    def _source(self, adjoint: Equation) -> str:
        """The tensor whose adjoint it is; the seed has none."""
        return adjoint.name[len(self.prefix) :] if adjoint.name in self.contributions else ""
