"""Reading tensors and saying conditions: the lower half of an equation's writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .draw_net import Net, Tensor, Term

Scope = tuple[str, ...]
READS = ("affine", "strided", "reversed", "diagonal", "gathered", "outside", "computed_index")
SPECIAL = ("mask", "logarithms")  # no ordinary numbers
LOGIC = ("chained", "and", "or", "not")


class Reader:
    """One equation being written: what it may read, and with which indices.

    ``mixes``: the equation names n, so tensors with samples are read with one of ``samples``.
    """

    def __init__(self, net: Net, name: str, *, mixes: bool = False, loss: bool = False) -> None:
        self.net, self.name, self.mixes, self.loss = net, name, mixes, loss
        self.samples: list[str] = []
        self.batch = False  # has a tensor with samples been read?
        self.depth = 0

    # -- which tensor ---------------------------------------------------------------------------

    def can_read(self, t: Tensor) -> bool:
        if t.kind == "target" and not self.loss:
            return False
        return not (self.mixes and t.batch and not self.samples)

    def tensor(
        self, scope: Scope, fits: Callable[[Tensor], bool], make: Callable[[], Tensor] | None
    ) -> Tensor | None:
        """One that fits, an old one or a new one."""
        known = [t for t in self.net.tensors.values() if self.can_read(t) and fits(t)]
        if known and (make is None or self.net.chance(0.65)):
            fresh = [t for t in known if t.kind == "variable" and not self.net.readers.get(t.name)]
            return self.net.pick(fresh if fresh and self.net.chance(0.5) else known)  # type: ignore[no-any-return]
        return make() if make else None

    def given(self, axes: Sequence[str], data: str = "", below: str | int | None = None) -> Tensor:
        """A new given tensor over these axes."""
        net = self.net
        kinds = ["parameters"] * 4 + ["input"] * 3 + ["constants"]
        alone = (self.mixes and not self.samples) or not net.samples
        if alone:
            kinds = ["parameters", "constants"]
        kind = net.pick(kinds)
        if below is not None:
            kind = net.pick(["input", "constants"] if kind != "constants" else ["constants"])
            if alone:
                kind = "constants"
        if data in ("positive", "nonneg") and kind == "constants":
            kind = "parameters"
        data = data or net.pick(["normal", "normal", "grid"])
        return net.declare(kind, tuple(axes), "integer" if below is not None else data, below)

    def subset(self, scope: Scope, most: int = 2) -> tuple[str, ...]:
        own = [i for i in dict.fromkeys(scope) if i in self.net.sizes]
        count = min(len(own), self.net.rng.choice([0, 1, 1, 1, 2, 2][: 2 * most + 2]))
        return tuple(self.net.rng.sample(own, count))

    # -- a plain read -----------------------------------------------------------------------------

    def fits(self, t: Tensor, scope: Scope) -> bool:
        sizes = {self.net.sizes[i] for i in scope if i in self.net.sizes}
        return all(self.net.sizes[a] in sizes for a in t.axes)

    def read(self, t: Tensor, scope: Scope, places: Sequence[str] | None = None) -> Term:
        """``t`` with an index of the right size at every axis, or with the given index texts."""
        net = self.net
        if places is None:
            places = [self.index_for(a, scope) for a in t.axes]
        net.noted(t, self.name)
        self.batch = self.batch or t.batch
        if self.mixes and t.batch:
            places = [net.pick(self.samples), *places]
        return Term(f"{t.name}[{','.join(places)}]" if places else t.name, t.bound)

    def index_for(self, axis: str, scope: Scope) -> str:
        net = self.net
        if axis in scope and net.chance(0.85):
            return axis
        same = [i for i in scope if net.sizes.get(i) == net.sizes[axis]]
        return net.pick(same) if same else str(net.rng.randrange(net.sizes[axis]))  # type: ignore[no-any-return]

    def leaf(self, scope: Scope, data: Iterable[str] = ()) -> Term:
        """A read of a float tensor; ``data``: only those drawn in one of these ways."""
        only = tuple(data)

        def fits(t: Tensor) -> bool:
            return (
                t.below is None
                and self.fits(t, scope)
                and (t.data in only if only else t.data not in SPECIAL)
            )

        kind = only[0] if only else ""
        t = self.tensor(scope, fits, lambda: self.given(self.subset(scope), kind))
        assert t is not None
        return self.read(t, scope)

    # -- reads that are not plain ------------------------------------------------------------------

    def special(self, kind: str, scope: Scope) -> Term | None:
        """A read of one of the kinds of READS; None where the scope has no index for it."""
        own = [i for i in scope if i in self.net.sizes]
        if not own:
            return None
        made = getattr(self, kind)(self.net.pick(own), scope)
        return made  # type: ignore[no-any-return]

    def over(self, scope: Scope, least: int = 1) -> Tensor | None:
        """A float tensor with at least one axis (of any size: its index is reckoned)."""
        net = self.net

        def fits(t: Tensor) -> bool:
            return t.below is None and len(t.axes) >= least and t.data not in SPECIAL

        def make() -> Tensor:
            axes = net.rng.sample(list(net.sizes), min(len(net.sizes), least))
            return self.given(axes, net.pick(["normal", "grid"]))

        return self.tensor(scope, fits, make)

    def placed(
        self, scope: Scope, text: str, axis_text: Callable[[str], str] | None = None
    ) -> Term:
        """A read with this index at one axis, plain indices at the others."""
        net = self.net
        t = self.over(scope)
        assert t is not None
        at = net.rng.randrange(len(t.axes))
        places = [self.index_for(a, scope) for a in t.axes]
        places[at] = axis_text(t.axes[at]) if axis_text else text
        return self.read(t, scope, places)

    def affine(self, i: str, scope: Scope) -> Term:
        other = self.net.pick([j for j in scope if j != i and j in self.net.sizes] or ["1"])
        forms = (f"{i} + 1", f"{i} - 1", f"{i} + {other}", f"{i} + {other} - 1", f"{i} - {other}")
        return self.placed(scope, self.net.pick((*forms, f"{i} + {other} - 2", f"{i} + 2")))

    def strided(self, i: str, scope: Scope) -> Term:
        other = self.net.pick([j for j in scope if j != i and j in self.net.sizes] or ["1"])
        forms = (f"2*{i}", f"2*{i} + {other}", f"2*{i} + {other} - 1", f"3*{i} - 1", f"3*{i}",
                 f"2*{i} - {other}", f"{other} + 2*{i} - 2")  # fmt: skip
        return self.placed(scope, self.net.pick(forms))

    def reversed(self, i: str, scope: Scope) -> Term:
        def text(axis: str) -> str:
            ends = (f"size[{axis}] - 1 - {i}", f"{self.net.sizes[axis] - 1} - {i}")
            other = self.net.pick([j for j in scope if j in self.net.sizes])
            return self.net.pick((*ends, *ends, f"3 - 2*{i}", f"{other} - {i}", f"size[{i}] - {i}"))  # type: ignore[no-any-return]

        return self.placed(scope, "", text)

    def outside(self, i: str, scope: Scope) -> Term:
        forms = (f"{i} + 9", f"{i} - 7", f"2*{i} + 5", f"-{i} - 1", f"{i} + size[{i}] + 3")
        made = self.placed(scope, self.net.pick(forms))
        return Term(made.text, 0.1)

    def diagonal(self, i: str, scope: Scope) -> Term:
        net = self.net

        def fits(t: Tensor) -> bool:
            sizes = [net.sizes[a] for a in t.axes]
            return t.below is None and sizes.count(net.sizes[i]) > 1 and t.data not in SPECIAL

        t = self.tensor(scope, fits, lambda: self.given((i, i), net.pick(["normal", "grid"])))
        assert t is not None
        places = [i if net.sizes[a] == net.sizes[i] else self.index_for(a, scope) for a in t.axes]
        return self.read(t, scope, places)

    def whole(self, scope: Scope, computed: bool | None = None) -> Term | None:
        """A read of whole numbers, with the size they stay below in ``self.reach``."""
        net = self.net

        def fits(t: Tensor) -> bool:
            own = computed is None or computed == (t.kind == "variable")
            return t.below is not None and own and self.fits(t, scope)

        def make() -> Tensor:
            below = net.pick([*net.sizes, net.rng.randint(2, 4)])
            return self.given(self.subset(scope, 1), below=below)

        t = self.tensor(scope, fits, None if computed else make)
        if t is None or t.below is None:
            return None
        self.reach = t.below
        return self.read(t, scope)

    def gathered(self, i: str, scope: Scope) -> Term | None:
        return self.at_whole(i, scope, computed=False)

    def computed_index(self, i: str, scope: Scope) -> Term | None:
        return self.at_whole(i, scope, computed=True)

    def at_whole(self, i: str, scope: Scope, computed: bool) -> Term | None:
        net = self.net
        index = self.whole(scope, computed)
        if index is None:
            return None
        size, reach = net.size(self.reach), self.reach
        text = (
            index.text
            if net.chance(0.8)
            else net.pick((f"{index.text} - 1", f"{index.text} + {i}"))
        )

        def fits(t: Tensor) -> bool:
            return (
                t.below is None
                and any(net.sizes[a] == size for a in t.axes)
                and t.data not in SPECIAL
            )

        def make() -> Tensor | None:
            axis = (
                reach
                if isinstance(reach, str)
                else next((a for a, s in net.sizes.items() if s == size), None)
            )
            return self.given((axis, *self.subset(scope, 1))) if axis else None  # type: ignore[return-value]

        t = self.tensor(scope, fits, make)  # type: ignore[arg-type]
        if t is None:
            return self.placed(scope, text)
        at = net.pick([k for k, a in enumerate(t.axes) if net.sizes[a] == size] or [0])
        places = [self.index_for(a, scope) for a in t.axes]
        places[at] = text
        return self.read(t, scope, places)

    # -- conditions --------------------------------------------------------------------------------

    def condition(self, scope: Scope, data: bool = True) -> str:
        """A condition; the wanted ways to join conditions go into it."""
        net = self.net
        kind = next((k for k in LOGIC if net.take(k)), "")
        if not kind and net.chance(0.2):
            kind = net.pick(LOGIC)
        if kind == "chained":
            return self.chained(scope, data)
        first = self.compared(scope, data)
        if kind == "not":
            return f"not ({first})" if net.chance(0.7) else f"not {first}"
        if kind in ("and", "or"):
            more = (
                f"({self.condition(scope, data)})"
                if net.chance(0.4)
                else self.compared(scope, data)
            )
            return f"{first} {kind} {more}"
        return first

    def compared(self, scope: Scope, data: bool) -> str:
        net = self.net
        own = [i for i in scope if i in net.sizes]
        sign = net.pick(("<", "<=", ">", ">=", "==", "!="))
        if own and (not data or net.chance(0.5)):
            i = net.pick(own)
            rest = [j for j in own if j != i]
            right = net.pick([*rest, *rest, "0", "1", "2", f"size[{i}] - 1", f"{i}//2 + 1"])
            left = net.pick([i, i, i, f"2*{i} - 1", f"{i} + 1"])
            return f"{left} {sign} {right}"
        a = self.leaf(scope)
        if net.chance(0.25):
            return f"{a.text} {sign} {self.leaf(scope).text}"
        if net.chance(0.15) and (whole := self.whole(scope)) is not None:
            return f"{whole.text} {sign} {net.pick(('0', '1', '2'))}"
        return f"{a.text} {sign} {net.pick(('0', '0', '0.3', '-0.5', '1/2'))}"

    def chained(self, scope: Scope, data: bool) -> str:
        net = self.net
        own = [i for i in scope if i in net.sizes]
        if own and (not data or net.chance(0.6)):
            i, j = net.pick(own), net.pick(own)
            return net.pick((  # type: ignore[no-any-return]
                f"0 <= {i} + {j} - 1 < size[{i}]", f"0 < {i} <= {j} + 1", f"0 <= {i} < 2",
                f"{i} <= {j} < 3", f"{i} == {j} != 1",
            ))  # fmt: skip
        return f"-1/2 <= {self.leaf(scope).text} < {net.pick(('0.5', '1', self.leaf(scope).text))}"
