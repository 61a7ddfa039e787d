"""The chain rule of one gradient, ∂L/∂W0 = ∂L/∂y1 × ∂y1/∂v1 × …: one object for every printer.

Where a tensor is read several times its paths are added, a `Chain` has one product for each. A
tensor of a recurrence carries its step: ∂L/∂h_t = ∂L/∂h_{t+1} × ∂h_{t+1}/∂h_t + ….
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from ..chainrule.derivation import Contribution, Derivation
from ..language.equation import Equation
from ..language.errors import ChalkgradError
from ..language.expr import Add, Expr, Idx, Mul, Read, add, mul, node, num, replace, signed, tensors
from ..language.literal import whole


@node
class Local(Expr):
    """∂of/∂wrt as a symbol, of whole tensors or of entries. ``direct`` marks the derivative of
    an equation by what it reads itself, beside paths through other tensors (∂⁺L/∂x)."""

    of: Read
    wrt: Read
    direct: bool = False

    def children(self) -> tuple[Expr, ...]:
        return (self.of, self.wrt)

    def rebuild(self, children: tuple[Expr, ...]) -> Expr:
        of, wrt = children
        assert isinstance(of, Read)
        assert isinstance(wrt, Read)
        return Local(of, wrt, self.direct)


# Paths and factors that are spelled out; of more, each path stops at the first fan-out above.
WAYS, FACTORS = 4, 16

Way = tuple[Local, ...]
"""The factors of one path, the first at the loss."""


@dataclass(frozen=True)
class Chain:
    """∂L/∂T as a sum over the paths from the loss to T; none where the loss alone reads T, whose
    gradient is a formula. ``open`` are the tensors whose gradients the right side leaves to chains
    of their own: fan-outs of a deep network, recurrences."""

    left: Local
    ways: tuple[Way, ...]
    open: tuple[str, ...] = ()

    @property
    def right(self) -> Expr:
        """The sum of products as a tree."""
        return add(mul(way) for way in self.ways) if self.ways else self.left


def chain(
    d: Derivation, tensor: str, mode: str = "full", shown: Collection[str] | None = None
) -> Chain:
    """The chain rule of a gradient, path by path.

    ``full`` goes to the tensor, ``reuse`` starts at the nearest adjoint in ``shown`` (None: every
    one). The loss equations are one factor ∂L/∂ŷ, and an adjoint that occurs a second time stands
    as one factor. Raises ChalkgradError for an unknown tensor.
    """
    if mode not in ("reuse", "full"):
        raise ChalkgradError(f"a chain is 'reuse' or 'full', not '{mode}'", where="chain")
    d.step(tensor)
    made = _Chain(d, tensor, mode == "full", shown, split=True).made()
    several = len(made.ways) > 1 and sum(map(len, made.ways)) > FACTORS
    if several or len(made.ways) > WAYS:
        made = _Chain(d, tensor, mode == "full", shown, split=False).made()
    return made


def chain_form(
    d: Derivation, tensor: str, mode: str = "full", shown: Collection[str] | None = None
) -> tuple[Expr, Expr]:
    """Both sides of `chain` as trees."""
    made = chain(d, tensor, mode, shown)
    return made.left, made.right


def _ways(e: Expr) -> list[Way]:
    """A product of sums as the sum of its products."""
    if isinstance(e, Add):
        return [way for a in e.args for way in _ways(a)]
    if isinstance(e, Mul):
        return [tuple(f for part in parts for f in part) for parts in product(*map(_ways, e.args))]
    return [(e,)] if isinstance(e, Local) else [()]


@dataclass(frozen=True)
class _Reader:
    """An equation that reads a tensor; in a recurrence ``since`` steps after the chain's own."""

    name: str
    since: int | None = None


class _Chain:
    def __init__(
        self, d: Derivation, tensor: str, full: bool, shown: Collection[str] | None, *, split: bool
    ) -> None:
        self.d, self.tensor = d, tensor
        self.full, self.shown, self.split = full, shown, split
        self.loss = d.shown_loss
        self.equations = {e.name: e for e in d.forward}
        self.folded = _folded(d)
        self.step = _step(self.equations.get(tensor))
        self.seen = {tensor}
        self.open: list[str] = []

    def made(self) -> Chain:
        start = _Reader(self.tensor, None if self.step is None else 0)
        left = self.local(_Reader(self.loss), start)
        readers = [] if self.tensor in (self.loss, self.d.of) else self.readers(start)
        if all(self.is_loss(r) for r in readers):
            return Chain(left, ())
        right = add([self.path(r, start, alone=len(readers) == 1) for r in readers])
        opened = [n for n in dict.fromkeys(self.open) if n != self.tensor]
        return Chain(left, tuple(_ways(right)), tuple(opened))

    # -- readers -------------------------------------------------------------------------------

    def readers(self, below: _Reader) -> list[_Reader]:
        """Each once: one that reads other steps, too, or steps along several indices (attention
        of a recurrence to itself), is read as a whole."""
        step = self.d.by_tensor.get(below.name)
        found: dict[str, dict[tuple[Idx, int] | None, None]] = {}
        for c in step.contributions if step else ():
            found.setdefault(c.equation, {})[self.along(c, below)] = None
        made: list[_Reader] = []
        for name, ways in found.items():
            known = [way for way in ways if way is not None]
            if len(known) < len(ways) or len({index for index, _ in known}) > 1:
                made.append(_Reader(name))
            else:
                made += [_Reader(name, since) for _, since in known]
        return made

    def along(self, c: Contribution, below: _Reader) -> tuple[Idx, int] | None:
        """The index of an equation that steps with ``below``, and the step it reads it in; None
        where it has no steps."""
        if below.since is None or self.step is None:
            return None
        axis, own = self.step.axis, self.equations[c.equation].indices
        places = zip(c.partial.read.indices, c.place, strict=True)
        found = ((i, _delay(e, i)) for e, at in places if at.axis == axis for i in own)
        way = next(((i, k) for i, k in found if k is not None), None)
        return None if way is None else (way[0], below.since + way[1])

    def is_loss(self, reader: _Reader) -> bool:
        return reader.name in (self.loss, self.d.of)

    def is_recurrent(self, reader: _Reader) -> bool:
        """Is it read by its own recurrence, and by others?"""
        eq, readers = self.equations[reader.name], self.readers(reader)
        mine = [r for r in readers if eq.loop and self.equations[r.name].group == eq.group]
        return bool(mine) and len(readers) > 1

    # -- paths ---------------------------------------------------------------------------------

    def local(self, above: _Reader, below: _Reader, *, direct: bool = False) -> Local:
        over = Read(self.loss) if self.is_loss(above) else self.read(above)
        return Local(over, self.read(below), direct)

    def read(self, reader: _Reader) -> Read:
        """A whole tensor, or its step t, t + 1, …"""
        if self.step is None or reader.since is None:
            return Read(reader.name)
        return Read(reader.name, (add([self.step, signed(Fraction(reader.since))]),))

    def path(self, reader: _Reader, below: _Reader, *, alone: bool) -> Expr:
        """∂loss/∂reader × ∂reader/∂below, the first factor as far as it is to be shown.
        ``alone``: nothing else reads what is below."""
        last: list[Expr] = []
        while True:
            direct = self.is_loss(reader) and not alone
            last.insert(0, self.local(reader, below, direct=direct))
            if self.is_loss(reader):
                return mul(last)
            onward = self.readers(reader)
            if self.stops(reader, onward):
                return mul([self.local(_Reader(self.loss), reader), *last])
            self.seen.add(reader.name)
            if len(onward) > 1:
                paths = [self.path(r, reader, alone=False) for r in onward]
                return mul([add(paths), *last])
            reader, below, alone = onward[0], reader, True

    def stops(self, reader: _Reader, onward: list[_Reader]) -> bool:
        """Does ∂loss/∂reader stand as one factor here?"""
        if reader.name in self.seen:
            return True
        if not self.full and (self.shown is None or reader.name in self.shown):
            return True
        if reader.name not in self.folded and all(r.name in self.folded for r in onward):
            return True
        if self.is_recurrent(reader) or (len(onward) > 1 and not self.split):
            self.open.append(reader.name)
            return True
        return False


def _step(eq: Equation | None) -> Idx | None:
    """The index that counts the steps of a recurrence."""
    return None if eq is None else next((i for i in eq.indices if i.axis == eq.loop), None)


def _delay(read: Expr, own: Idx) -> int | None:
    """1 where step t of an equation reads step t − 1."""
    first, second = (whole(replace(read, {own: num(k)})) for k in (0, 1))
    return -first if first is not None and second == first + 1 else None


def _folded(d: Derivation) -> set[str]:
    """The loss equations: what is made from the output."""
    folded = {d.of, d.network.sample_loss}
    below = {d.network.output}
    for eq in d.forward:
        if any(name in below for name in tensors(eq.rhs)):
            below.add(eq.name)
    return folded | (below - {d.network.output})
