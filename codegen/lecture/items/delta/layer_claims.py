"""What the rules of a general layer l say: they hold for every layer that l may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from .....derive.chainrule.derivation import Derivation
from .....derive.chainrule.sample import per_sample
from .....derive.forms.chain import Local
from .....derive.forms.matrix_nodes import Ones
from .....derive.language.expr import Expr, Read, Size, mul, transform
from .....derive.network.network import Network
from .....derive.pipeline import derive
from .....derive.relations.claim import Claim, Together
from .....derive.relations.relation import CHAIN, WHOLE, Relation
from .....derive.relations.truth import Truth
from .....derive.topics.recursion import Dense, Recursion

Names = Mapping[str, str]  # placeholder -> tensor, or axis -> axis


@dataclass(frozen=True)
class LayerClaims:
    """The layers of a network in the place of l, or of the last one, L."""

    network: Network
    found: Recursion
    turned: Collection[str]
    columns: bool

    @cached_property
    def d(self) -> Derivation:
        return per_sample(derive(self.network))

    @cached_property
    def truth(self) -> Truth:
        return Truth(self.network, self.d)

    def whole(self, left: Expr, right: Expr) -> Together:
        """A rule over whole tensors, of each layer that it may be about."""
        return self._of_each([left, right], WHOLE)

    def chain(self, loss: str, tensors: Sequence[str]) -> Together:
        """∂L/∂(the last) as the product of what lies between them, from the loss down."""
        made = []
        for names in self._instances(tensors):
            here = dict.fromkeys(names.get(t, t) for t in (loss, *tensors))  # y is v without a g
            factors = (Local(Read(a), Read(b)) for a, b in pairwise(here))
            whole = Local(Read(loss), Read(names[tensors[-1]]))
            made.append(self._claim((whole, mul(factors)), names, CHAIN))
        return Together(tuple(made))

    def _of_each(self, sides: Sequence[Expr], kind: str) -> Together:
        used = [x.tensor for side in sides for x in _leaves(side)]
        return Together(tuple(
            self._claim(tuple(_named(s, names) for s in sides), names, kind)
            for names in self._instances(used)
        ))  # fmt: skip

    def _claim(self, sides: Sequence[Expr], names: Names, kind: str) -> Claim:
        turned = frozenset(names.get(n, n) for n in self.turned)
        return Claim(self.truth, Relation(tuple(sides), kind, turned, self.columns))

    def _instances(self, used: Collection[str]) -> Iterator[Names]:
        """What the placeholders stand for, for every layer that has all of those ``used``."""
        last = any(name.endswith(("@L", "@L-1")) for name in used)
        for layer in self.found.layers[-1:] if last else self.found.layers:
            names = self._names(layer, "L" if last else "l")
            if all("@" not in name or name in names for name in used):
                yield names

    def _names(self, layer: Dense, letter: str) -> Names:
        made: dict[str, str] = {f"y@{letter}-1": layer.below}
        axis = {t.name: t.axes[-1] for t in self.d.network.tensors.values() if t.axes}
        made[f"unit@{letter}-1"] = axis[layer.below]
        for x in self.found.layers:
            place = {layer.number: letter, layer.number + 1: f"{letter}+1"}.get(x.number)
            if place is None:
                continue
            found = {"v": x.net, "y": x.output, "W": x.weight, "b": x.bias, "unit": axis[x.net]}
            made |= {f"{stem}@{place}": name for stem, name in found.items() if name}
        prefix = self.d.prefix
        return made | {f"{prefix}{k}": self.d.adjoint(v) for k, v in made.items()
                       if v in self.d.network.tensors}  # fmt: skip


def _leaves(e: Expr) -> Iterator[Read]:
    if isinstance(e, Read):
        yield e
    for k in e.children():
        yield from _leaves(k)


def _named(e: Expr, names: Names) -> Expr:
    """The expression over the tensors and axes of a layer."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Read):
            return Read(names.get(x.tensor, x.tensor), x.indices)
        if isinstance(x, Ones | Size):
            return type(x)(names.get(x.axis, x.axis))
        return x

    return transform(e, visit)
