"""Where an engine slips: guards, 0**b, ties, corners hit exactly, empty sums, masks, -inf."""

from __future__ import annotations

from .draw_functions import CORNERED, pieces
from .draw_net import Term, call, plus, times
from .draw_reads import Reader, Scope

# what only a guard lets stand: {x} is positive there, {e} anything, {a} an index of its own
_UNSAFE = ("log({x})", "sqrt({x})", "1/{x}", "{x}**(-0.5)", "log({x})*{e}", "{e}/{x}",
           "{x}**0.5*{e}", "power({x}, {e})", *("celu({e}, {x})",) * 4)  # fmt: skip
_KINKS = ("relu(log({x}) + 1)*{e}", "max(1/{x}, {e})", "abs(log({x}))")
_SUMS = ("sum[{a}](1/{x})*{e}", "tanh(sum[{a}]({e}/{x}))", "sqrt(sum[{a}](1/{x}))*{e}",
         "exp(-logsumexp[{a}](log({x}) + {e}))", "sum[{a}](({x} > 0.1*({a} + 1))*{e}/{x})",
         "sum[{a} | {x} > 0.1*({a} + 1)]({e}*log({x}))")  # fmt: skip


class Corners(Reader):
    """The constructs at the edge of what is defined."""

    def term(self, scope: Scope) -> Term:
        raise NotImplementedError

    def squashed(self, e: Term) -> Term:
        raise NotImplementedError

    def tamed(self, e: Term, most: float) -> Term:
        raise NotImplementedError

    def guard(self, kind: str, scope: Scope) -> Term:
        """What would be NaN or infinite, behind a condition."""
        net = self.net
        x = self.leaf(scope, ("normal", "grid", "nonneg", "computed"))
        e = self.term(scope)
        free = [a for a in net.sizes if a not in scope]
        inside = net.pick((*_UNSAFE, *_KINKS, *(_SUMS if free else ())))
        text = inside.format(x=x.text, e=e.text, a=net.pick(free or net.sizes))
        sign = "> 0.1"
        own = [i for i in scope if i in net.sizes]
        if own and net.chance(0.3):  # a neighbour that may be outside
            i = net.pick(own)
            kind = net.rng.randrange(6)
            if kind < 2:
                return self.placed_sum(i, x)
            if kind == 2:
                return self.squashed(Term(f"(({i} > 0)*{e.text}/{i})", e.bound))
            if kind == 3:  # one number, and a test with more axes than it has
                z = self.read(self.given((), "nonneg"), scope).text
                pole = net.pick(("log({z})", "1/{z}")).format(z=z)
                return Term(f"(({z} > 0.1 and {i} > 0)*{pole})", 2.5)
            p = self.given((i,), "positive")
            before = self.read(p, scope, [f"{i} - 1"])
            text = f"({i} > 0)*{net.pick(('sqrt', 'log'))}({before.text})"
            return Term(f"({text})", 1.6)
        if net.chance(0.15):  # a test that is dangerous itself
            z = self.leaf(scope).text
            inner = f"where(log({x.text}) > -0.5, sqrt(log({x.text}) + 0.5)*{z}, {z})"
            return self.squashed(plus(Term(f"where({x.text} > 0.1, {inner}, 0)", 2), e))
        form = net.pick(("where({x} {s}, {t}, 0)", "({x} {s})*({t})", "where({x} <= 0.1, {e}, {t})",
                         "where(not ({x} {s}), 0.5, {t})", "(({x} {s})*({t}))**2",
                         "({x} {s})*({t}) + ({x} > 0.3)*({t})*{e}"))  # fmt: skip
        made = form.format(x=x.text, s=sign, t=text, e=e.text)
        return self.squashed(Term(f"({made})", 6 * max(1.0, e.bound)))

    def placed_sum(self, i: str, x: Term) -> Term:
        """What is added up at another place, under a test of the place."""
        net = self.net
        a = net.pick([b for b in net.sizes if b != i])
        y = self.read(self.given((a,), "nonneg"), (a,), [a]).text
        inner = net.pick(("log({y} + 0.5)", "1/({y} + 0.5)", "sqrt({y} + 0.5)")).format(y=y)
        place = net.pick((f"{i} == {a} + 1", f"{i} == 2*{a}", f"{a} + 1 == {i}"))
        test = net.pick((f"{x.text} > 0.1", f"{i} > 0"))
        return Term(f"(({test})*sum[{a}](({place})*{inner}))", 2.1)

    def zero_power(self, kind: str, scope: Scope) -> Term:
        """0**b: a base that is 0 somewhere, an exponent that is not."""
        base, b = self.leaf(scope, ("nonneg",)), self.leaf(scope, ("positive",))
        form = self.net.pick(("{a}**({b} + 1)", "power({a}, {b} + 1)", "{a}**(1 + {b}**2)"))
        return Term("(" + form.format(a=base.text, b=b.text) + ")", 5)

    def xlogy(self, kind: str, scope: Scope) -> Term:
        a, b = self.leaf(scope, ("nonneg",)), self.leaf(scope, ("positive",))
        e = self.term(scope)
        second = self.net.pick((b.text, f"({b.text} + {e.text}**2)"))
        unused = [] if e.text in second else [e]
        return plus(call("xlogy", a, second, bound=4), *unused)

    def tie(self, kind: str, scope: Scope) -> Term:
        """An extremum of values that are often equal."""
        net = self.net
        axis = net.pick(net.sizes)
        grid = self.leaf((*scope, axis), ("grid",))
        op = net.pick(("max", "min", "argmax", "argmin"))
        if net.chance(0.3):
            other = self.leaf(scope, ("grid",))
            mine = self.leaf(scope, ("grid",))
            return call(net.pick(("max", "min")), mine, other, bound=1)
        factor = self.leaf((*scope, axis), ("grid",)).text if net.chance(0.3) else "1"
        body = grid.text if factor == "1" else f"{grid.text}*{factor}"
        return Term(f"{op}[{axis}]({body})", 3.0 if op[:3] == "arg" else 1.0)

    def leaky_corner(self, kind: str, scope: Scope) -> Term:
        """A function with a corner, at data that is often exactly there."""
        x = self.leaf(scope, ("grid",))
        inner = self.net.pick((x.text, x.text, f"({x.text} - 0.5)", f"2*{x.text}", f"(-{x.text})"))
        made = pieces(self, self.net.pick(CORNERED), scope, Term(inner, 2))
        return self.squashed(times(made, self.term(scope)))

    def prod_zero(self, kind: str, scope: Scope) -> Term:
        axis = self.net.pick(self.net.sizes)
        x = self.leaf((*scope, axis), ("grid",))
        return Term(f"prod[{axis}]({x.text})", 1.0)

    def empty_sum(self, kind: str, scope: Scope) -> Term:
        axis = self.net.pick(self.net.sizes)
        x = self.leaf((*scope, axis))
        op, e = self.net.pick(("sum", "sum", "prod")), self.tamed(self.term((*scope, axis)), 1.5)
        return Term(f"{op}[{axis} | {x.text} > {self.net.pick(('0', '9'))}]({e.text})", 4 * e.bound)

    def mask(self, kind: str, scope: Scope) -> Term | None:
        """A constant of zeros and ones: as a factor, or what it forbids is -inf."""
        net = self.net
        axis = net.pick(net.sizes)
        m = net.declare("constants", (axis,), "mask")
        shown = self.read(m, (*scope, axis), [axis]).text
        e = self.term((*scope, axis))
        if net.chance(0.4):
            return Term(f"sum[{axis}]({shown}*{e.text})", e.bound * net.sizes[axis])
        return self.forbidden(axis, f"{shown} > 0", e)

    def forbidden(self, axis: str, open_: str, e: Term) -> Term:
        net = self.net
        op = net.pick(("max", "logsumexp", "logsumexp", "sum"))
        inner = f"where({open_}, {e.text}, -inf)"
        if op == "sum":
            body = f"softmax[{axis}]({inner})"
            return Term(f"sum[{axis}]({body}*{e.text})", e.bound)
        return Term(f"{op}[{axis}]({inner})", e.bound + 2)

    def minus_inf(self, kind: str, scope: Scope) -> Term:
        net = self.net
        axis = net.pick(net.sizes)
        inside = (*scope, axis)
        e = self.term(inside)
        if net.chance(0.35):  # everything is forbidden, or nearly
            x = self.leaf(inside)
            never = f"where({x.text} > {net.pick(('9', '0.4'))}, {e.text}, -inf)"
            form = net.pick(("exp(logsumexp[{a}]({n}))", "sigmoid(logsumexp[{a}]({n}))"))
            return self.squashed(Term(form.format(a=axis, n=never), 4 * 2.7 ** min(e.bound, 3)))
        return self.forbidden(axis, f"{self.condition(inside)} or {axis} == 0", e)
