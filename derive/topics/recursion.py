"""The recursion of the deltas in a stack of dense layers, for each layer and for a general layer l.

    δ^L = ∂L/∂y^L ⊙ g'(v^L)      δ^l = (δ^{l+1} (W^{l+1})ᵀ) ⊙ g'(v^l)      ∂L/∂W^l = (y^{l−1})ᵀ δ^l

Nothing is stored: the rules are the network's own adjoint equations with ∂L/∂y^l substituted, and
the general layer is there because all hidden layers are found equal up to the number of the layer.
A tensor of the general layer is named ``v@l``, ``W@l+1``, ``y@l-1``; of the last ``v@L``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..chainrule.derivation import Derivation
from ..chainrule.sample import per_sample
from ..chainrule.sweep import derive
from ..forms.matrix import matrix_form
from ..language.equation import Equation, Tensor
from ..language.errors import ChalkgradError
from ..language.expr import (
    Expr,
    Idx,
    Mul,
    Normal,
    Read,
    Reduce,
    Size,
    fresh_index,
    replace,
    tensors,
    transform,
    walk,
)
from ..language.text import text
from ..network.network import Network
from ..rewrite.simplify import product
from ..rewrite.tidy import alike
from ..steps.inserted import inserted_steps


@dataclass(frozen=True)
class Dense:
    """One layer of the stack: y = g(v), v = below·W + b (``bias`` empty without one)."""

    number: int
    below: str
    net: str
    output: str
    weight: str
    bias: str


@dataclass(frozen=True)
class Rule:
    """One rule: ``equation`` by indices, ``matrix`` over whole tensors (rows are vectors) or None.

    ``of`` is the tensor it is the gradient of: ``v@l`` for δ^l; the left side is its adjoint.
    """

    of: str
    equation: Equation
    matrix: Expr | None


@dataclass(frozen=True)
class Recursion:
    """The deltas of a stack of dense layers.

    Attributes
    ----------
    layers : the layers, first to last.
    deltas, weights, biases : the rules of every layer with the network's own names, last layer
        first; in ``deltas`` the adjoint of the output between two layers is substituted.
    output : δ^L over ``v@L``, ``y@L`` and the adjoint ``dy@L`` (or p − y where that is one rule).
    loss : ∂L/∂y^L, None where ``output`` does not read it.
    hidden : δ^l, None for a single layer.
    weight, bias : ∂L/∂W^l and ∂L/∂b^l (None without biases).
    tensors : the placeholders, for printers that ask for shapes.
    """

    layers: tuple[Dense, ...]
    deltas: tuple[Rule, ...]
    weights: tuple[Rule, ...]
    biases: tuple[Rule, ...]
    output: Rule
    loss: Rule | None
    hidden: Rule | None
    weight: Rule
    bias: Rule | None
    tensors: Mapping[str, Tensor]


def recursion(network: Network) -> Recursion:
    """The recursion for one sample.

    Raises
    ------
    ChalkgradError
        when the network is no stack of dense layers, or a hidden layer's rules differ from those
        of the others (another activation, bias or connection); it names the layer.
    """
    d = per_sample(derive(network))
    layers = stack(d)
    made = _Rules(d, layers)
    last = layers[-1]
    deltas = tuple(made.delta(x) for x in reversed(layers))
    weights = tuple(made.plain(x.weight) for x in reversed(layers))
    biases = tuple(made.plain(x.bias) for x in reversed(layers) if x.bias)
    general = _General(made)
    hidden = general.same(layers[:-1], made.delta, "delta") if len(layers) > 1 else None
    weight = general.same(layers, lambda x: made.plain(x.weight), "weights")
    bias = None
    if len({bool(x.bias) for x in layers}) > 1:
        odd = next(x for x in layers if not x.bias)
        raise ChalkgradError(f"layer {odd.number} has no bias, others have one", where="delta")
    if biases:
        bias = general.same(layers, lambda x: made.plain(x.bias), "bias")
    output = general.rename(made.plain(last.net), last, "L")
    loss = None
    if f"{d.prefix}y@L" in tensors(output.equation.rhs):
        loss = general.rename(made.plain(last.output), last, "L")
    return Recursion(layers, deltas, weights, biases, output, loss, hidden, weight, bias,
                     dict(general.tensors))  # fmt: skip


# -- reading the stack ----------------------------------------------------------------------------


def stack(d: Derivation) -> tuple[Dense, ...]:
    """The dense layers, each reading the one before. Raises ChalkgradError for anything else."""
    network = d.network
    kinds = {t.name: t.kind for t in network.tensors.values()}
    below = network.inputs[0].name if network.inputs else ""
    found: list[Dense] = []
    for t in network.parameters:
        if len(t.axes) != 2:
            continue
        users = [e for e in d.forward if t.name in tensors(e.rhs) and not _is_penalty(e, t.name)]
        if len(users) != 1 or not _is_dense(users[0], t.name, below):
            raise _no_stack(f"'{t.name}' is not the weight of a dense layer over '{below}'")
        eq = users[0]
        others = tensors(eq.rhs).keys() - {t.name, below}
        biases = [n for n in others if kinds[n] == "parameter"]
        if len(biases) != len(others) or len(biases) > 1:
            raise _no_stack(f"'{eq.name}' reads more than one layer and its bias")
        output = _activation(d, eq.name)
        found.append(Dense(len(found), below, eq.name, output, t.name, "".join(biases)))
        below = output
    if not found:
        raise _no_stack("it has no dense layer")
    return tuple(found)


def _no_stack(why: str) -> ChalkgradError:
    return ChalkgradError(f"the network is no stack of dense layers: {why}", where="delta",
                          hint="network: {units: [3, 3, 1], activation: sigmoid}")  # fmt: skip


def _is_penalty(eq: Equation, weight: str) -> bool:
    """A number that is made from the weight alone."""
    return not eq.indices and tensors(eq.rhs).keys() == {weight}


def _is_dense(eq: Equation, weight: str, below: str) -> bool:
    """v[j] = sum[i](below[i]*W[i,j]) (+ b)."""
    for e in walk(eq.rhs):
        if isinstance(e, Reduce) and e.op == "sum" and e.cond is None and len(e.idxs) == 1:
            (i,) = e.idxs
            want = {Read(below, (i,)), Read(weight, (i, *eq.indices))}
            return isinstance(e.body, Mul) and set(e.body.args) == want
    return False


def _activation(d: Derivation, net: str) -> str:
    """The tensor that is the activation of ``net``, or ``net`` itself (a linear layer)."""
    for e in d.forward:
        plain = [*tensors(e.rhs)] == [net] and d.network.tensors[e.name].axes
        if plain and not e.label.startswith("loss"):
            mixes = any(isinstance(x, Reduce | Normal) for x in walk(e.rhs))
            if not mixes or (isinstance(e.rhs, Normal) and e.rhs.op == "softmax"):
                return e.name
    return net


# -- the network's own rules ----------------------------------------------------------------------


class _Rules:
    def __init__(self, d: Derivation, layers: Sequence[Dense]) -> None:
        self.d, self.layers = d, layers
        self.tensors = dict(d.network.tensors)

    def rule(self, of: str, eq: Equation) -> Rule:
        return Rule(of, eq, matrix_form(eq, self.tensors))

    def equation(self, of: str) -> Equation:
        """The adjoint as the sweep has it, or p − y where inserting the loss makes it that."""
        eq = self.d.step(of).equation
        short = inserted_steps(self.d, of)
        if short is None:
            return eq
        assert isinstance(short.wrt, Read)
        at = dict(zip(short.wrt.indices, eq.indices, strict=True))
        return eq.with_rhs(replace(short.result, at))

    def plain(self, of: str) -> Rule:
        """The adjoint of a tensor as it stands."""
        return self.rule(of, self.equation(of))

    def delta(self, layer: Dense) -> Rule:
        """∂L/∂v with ∂L/∂y substituted, δ^l_i = Σ_j δ^{l+1}_j W_{ij}·g'(v_i)."""
        eq = self.equation(layer.net)
        if layer.output == layer.net or layer.output not in self.d.by_tensor:
            return self.rule(layer.net, eq)
        upper = self.equation(layer.output)

        def visit(e: Expr) -> Expr:
            if isinstance(e, Read) and e.tensor == upper.name:
                return upper.at(e.indices)
            return e

        made = _lettered(eq.with_rhs(product([transform(eq.rhs, visit)])))
        return self.rule(layer.net, made)


def _lettered(eq: Equation) -> Equation:
    """The layer's own unit is i, the unit above j."""
    if len(eq.indices) != 1:
        return eq
    table: dict[Expr, Expr] = {eq.indices[0]: fresh_index("i", eq.indices[0].axis)}
    for e in walk(eq.rhs):
        if isinstance(e, Reduce) and len(e.idxs) == 1 and isinstance(e.idxs[0], Idx):
            table.setdefault(e.idxs[0], fresh_index("j", e.idxs[0].axis))
    left = table[eq.indices[0]]
    assert isinstance(left, Idx)
    return Equation(eq.name, (left,), replace(eq.rhs, table), eq.label)


# -- the general layer ----------------------------------------------------------------------------


class _General:
    """Renames the rules of one layer to those of layer l, and compares layers."""

    def __init__(self, rules: _Rules) -> None:
        self.rules, self.layers = rules, rules.layers
        self.tensors: dict[str, Tensor] = {}

    def same(self, layers: Sequence[Dense], make: Callable[[Dense], Rule], what: str) -> Rule:
        """The rule of layer l; every layer must have it."""
        made = [self.rename(make(x), x, "l") for x in layers]
        for layer, rule in zip(layers, made, strict=True):
            first = made[0].equation
            if not alike(self._closed(rule.equation), self._closed(first)):
                raise ChalkgradError(
                    f"the {what} of layer {layer.number} follows another rule than layer "
                    f"{layers[0].number}: {text(rule.equation.rhs)}, not {text(first.rhs)}",
                    where="delta", hint="show the deltas of each layer instead",
                )  # fmt: skip
        return made[-1]

    def _closed(self, eq: Equation) -> Expr:
        """The rule without the identity of its own indices."""
        table: dict[Expr, Expr] = {i: Idx(f"at{k}", "", -1 - k) for k, i in enumerate(eq.indices)}
        return replace(eq.rhs, table)

    def rename(self, rule: Rule, layer: Dense, letter: str) -> Rule:
        names, axes = self._names(layer, letter)
        prefix = self.rules.d.prefix
        table = {**names, **{f"{prefix}{k}": f"{prefix}{v}" for k, v in names.items()}}
        index: dict[Expr, Expr] = {}
        for e in (*rule.equation.indices, *walk(rule.equation.rhs)):
            if isinstance(e, Idx):
                index.setdefault(e, fresh_index(e.name, axes.get(e.axis, e.axis)))

        def visit(e: Expr) -> Expr:
            if isinstance(e, Read):
                return Read(table.get(e.tensor, e.tensor), e.indices)
            return Size(axes.get(e.axis, e.axis)) if isinstance(e, Size) else e

        eq = rule.equation
        left = tuple(i for i in (index[i] for i in eq.indices) if isinstance(i, Idx))
        rhs = transform(replace(eq.rhs, index), visit)
        made = Equation(table.get(eq.name, eq.name), left, rhs, eq.label)
        for old, new in table.items():
            t = self.rules.tensors.get(old)
            if t is not None:
                named = tuple(axes.get(a, a) for a in t.axes)
                self.tensors[new] = Tensor(new, t.kind, named)
        known = {**self.rules.tensors, **self.tensors}
        return Rule(table.get(rule.of, rule.of), made, matrix_form(made, known))

    def _names(self, layer: Dense, letter: str) -> tuple[dict[str, str], dict[str, str]]:
        """The network's names -> placeholders, and the axes of the units."""
        names: dict[str, str] = {}
        axes: dict[str, str] = {}
        above = [x for x in self.layers if x.number == layer.number + 1]
        tensors = self.rules.tensors
        for x, place in ((layer, letter), *((a, f"{letter}+1") for a in above)):
            names |= {x.net: f"v@{place}", x.weight: f"W@{place}"}
            names.setdefault(x.output, f"y@{place}")
            if x.bias:
                names[x.bias] = f"b@{place}"
            for t in (x.net, x.output):
                axes |= {a: f"unit@{place}" for a in tensors[t].axes}
            axes |= dict(zip(tensors[x.weight].axes[1:], (f"unit@{place}",), strict=False))
        names.setdefault(layer.below, f"y@{letter}-1")
        axes |= {a: f"unit@{letter}-1" for a in tensors[layer.below].axes}
        axes |= {tensors[layer.weight].axes[0]: f"unit@{letter}-1"}
        for a in above:
            axes |= {tensors[a.weight].axes[0]: f"unit@{letter}"}
        return names, axes
