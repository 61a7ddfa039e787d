"""The rules of a general layer l in print: placeholders of `derive.topics.recursion` as symbols."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .....derive.forms.matrix_nodes import Hadamard, Transpose
from .....derive.language.errors import ChalkgradError
from .....derive.language.expr import Expr, Read, reads
from .....derive.network.build import build
from .....derive.network.network import Network
from .....derive.topics.recursion import Recursion, Rule
from ....deck.model import Row
from ....formula.ends import begins_with_fraction
from ....formula.latex_functions import ATOM, Tex
from ....formula.tree.nodes import Row as Tree
from ....formula.tree.nodes import Scripts, walk
from ....formula.tree.reader import formula
from ....formula.tree.write import lowered, number, row, sign
from ....notation.general import general
from ...board.board import Board
from ...board.formulas import FormPrinter
from .layer_claims import LayerClaims

ABOVE = "l+1"
ROLES = {"v": "pre", "y": "hidden", "W": "weight", "b": "bias"}


def abstract(board: Board) -> Network:
    """The same stack with an activation that is only a letter, so that g' stays in the rules; the
    network itself where it has no such form (a softmax, layers that differ, an activation that the
    loss cancels: behind an abstract one there is no p − y)."""
    network, spec = board.network, board.network.spec
    kinds = {layer.options.get("activation") for layer in spec.layers if layer.kind == "dense"}
    if len(kinds) != 1 or kinds & {None, "softmax", "log_softmax"} or board.short:
        return network
    layers = [
        replace(layer, options={**layer.options, "activation": activation(board)})
        if layer.kind == "dense" else layer
        for layer in spec.layers
    ]  # fmt: skip
    given: dict[str, Any] = {"layers": layers, "values": {}, "samples": {}, "update": None}
    if spec.network is not None:
        given["network"] = None
    try:
        return build(spec.model_copy(update=given))
    except ChalkgradError:
        return network


class LayerPrinter(FormPrinter):
    """Prints forms over ``v@l``, ``W@l+1``, ``y@L`` in the notation of a board."""

    def __init__(self, board: Board, found: Recursion, network: Network) -> None:
        super().__init__(board)
        self.prefix = board.d.prefix
        self.tensors = {**board.net.tensors, **found.tensors}
        self.turned = frozenset({*self.symbols.turned(), *self._turned(found)})
        self.claims = LayerClaims(network, found, self.turned, self.style.vectors == "column")

    def _counted(self, e: Expr) -> Expr:
        """The weights of layer l shrink as those of the network do."""
        made, known = super()._counted(e), self.symbols.shrinkage
        if known is None:
            return made
        weights = frozenset(name for name in self.tensors if name.startswith("W@"))
        return replace(known, weights=weights).written(made)

    def _turned(self, found: Recursion) -> Iterator[str]:
        """What a board of columns writes transposed: vectors, and weights (to, from)."""
        if self.style.vectors == "column":
            axes = (1, 2) if self.style.entry == "to_from" else (1,)
            yield from (name for name, t in found.tensors.items() if len(t.axes) in axes)

    # -- symbols -------------------------------------------------------------------------------

    def named(self, name: str) -> Tree:
        known = self._placeholder(name)
        return super().named(name) if known is None else self.symbol(*known)

    def symbol(self, stem: str, layer: str, gradient: bool = False) -> Tree:
        """``v``, ``y``, ``W`` or ``b`` of layer l, or the loss's derivative by it."""
        if stem == "v" and gradient:
            return general(self.symbols, "delta", layer)
        role = "output" if stem == "y" and layer == "L" else ROLES[stem]
        return general(self.symbols, role, layer, gradient=gradient)

    def _placeholder(self, name: str) -> tuple[str, str, bool] | None:
        stem, at, layer = name.partition("@")
        if not at:
            return None
        gradient = stem.startswith(self.prefix) and stem[len(self.prefix) :] in ROLES
        return (stem[len(self.prefix) :] if gradient else stem), layer, gradient

    def extent(self, axis: str | None) -> Tree:
        if axis is not None and axis.startswith("unit@"):
            layer = axis.partition("@")[2]
            letter = formula(self.style.general[0 if layer[0] == "l" else 1])
            shift = (sign(layer[1]), number(layer[2:])) if layer[1:] else ()
            return lowered(sign("n"), row(letter, *shift))
        return super().extent(axis)

    def _transpose(self, e: Transpose) -> Tex:
        if not isinstance(e.arg, Read) or self._placeholder(e.arg.tensor) is None:
            return super()._transpose(e)
        inner = self.named(e.arg.tensor)
        scripts = any(isinstance(n, Scripts) for n in walk(inner))
        return Tex(self.turned_over(inner, fence=scripts), ATOM, 1, 3.0)

    def _read(self, e: Read) -> Tex:
        if self._placeholder(e.tensor) is None or e.indices:
            return super()._read(e)
        inner = self.named(e.tensor)
        return Tex(inner, ATOM, 2 if begins_with_fraction(inner) else 1, 2.0)

    # -- rules ---------------------------------------------------------------------------------

    def row(self, rule: Rule, at: int, note: str) -> Row:
        """A rule over whole tensors, in the order of the notation."""
        assert rule.matrix is not None
        name = rule.equation.name
        form = self.oriented(rule.matrix, name)
        says = self.claims.whole(Read(name), form)
        return Row(self.named(name), self.expression(form), at=at, note=note, ref=name, claim=says)


def activation(board: Board) -> str:
    """The letter of an activation in general."""
    letter = board.symbols.style.activation
    return letter if len(letter) == 1 and letter.isalpha() else "g"


def slope_of(found: Recursion) -> Expr | None:
    """What stands for g'(v^l) in a rule without an abstract activation: y^l ⊙ (1 − y^l)."""
    form = found.hidden.matrix if found.hidden is not None else None
    if not isinstance(form, Hadamard):
        return None
    delta = f"@{ABOVE}"
    kept = tuple(a for a in form.args if not any(delta in r.tensor for r in reads(a)))
    if not kept or len(kept) == len(form.args):
        return None
    return kept[0] if len(kept) == 1 else Hadamard(kept)
