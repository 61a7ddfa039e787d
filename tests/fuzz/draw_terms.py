"""The constructs of a right side: reductions, choices, functions, powers, guards, kinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from .draw_corners import Corners
from .draw_functions import CORNERED, PLAIN, pieces
from .draw_net import LIMIT, Term, call, plus, times
from .draw_reads import READS, Scope

NEED_ONE = ("mean", "max", "min", "argmax", "argmin", "logsumexp", "softmax", "log_softmax")
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "argmax", "argmin", "logsumexp")
NORMALISERS = ("softmax", "log_softmax")


class Writer(Corners):
    """Writes one right side out of the constructs that are still wanted."""

    def term(self, scope: Scope) -> Term:
        """A wanted construct, or a plain read."""
        self.depth += 1
        made = None
        if self.depth < 6 and self.net.wanted and self.net.chance(0.75):
            made = self.construct(scope)
        if made is None:
            made = self.leaf(scope)
            if self.depth < 5 and self.net.chance(0.2):
                made = self.function(scope, made)
        self.depth -= 1
        return self.squashed(made)

    def squashed(self, e: Term) -> Term:
        if e.bound <= LIMIT:
            return e
        kind = self.net.rng.randrange(4)
        if kind == 0:
            return Term(f"({e.text}/{round(e.bound)})", 1.1)
        return call(("tanh", "sin", "atan", "tanh")[kind], e, bound=1.6)

    def construct(self, scope: Scope) -> Term | None:
        """One wanted construct that can stand here; an index is bound for it where it needs one."""
        net = self.net
        for _ in range(4):
            kinds = [k for k in net.wanted if k in self.ways]
            if not kinds:
                return None
            kind = net.pick(kinds)
            net.wanted.remove(kind)
            made = self.ways[kind](self, kind, scope)
            if made is None and not any(i in net.sizes for i in scope):
                net.wanted.append(kind)
                return self.bound_to(scope)
            if made is not None:
                return made
            net.wanted.append(kind)
        return None

    def bound_to(self, scope: Scope) -> Term:
        axis = self.net.pick(self.net.sizes)
        inner = self.term((*scope, axis))
        return self.reduction_of("sum", (axis,), None, inner)

    # -- reductions -------------------------------------------------------------------------------

    def reduction(self, kind: str, scope: Scope) -> Term | None:
        op, conditioned = kind.removesuffix("|"), kind.endswith("|")
        net = self.net
        free = [a for a in net.sizes if a not in scope] or list(net.sizes)
        count = 2 if len(free) > 1 and net.chance(0.25) else 1
        bound = tuple(net.rng.sample(free, count))
        if scope and net.chance(0.08) and (own := [i for i in scope if i in net.sizes]):
            bound = (net.pick(own),)  # the innermost binding wins
        inside = tuple(i for i in scope if i not in bound) + bound
        cond = self.one_of(bound, inside, op) if conditioned else None
        whole = net.chance(0.08)
        body = self.whole_term(inside) if whole else self.term(inside)
        if net.chance(0.25):
            body = self.squashed(
                plus(body, self.whole_term(inside) if whole else self.term(inside))
            )
        made = self.reduction_of(op, bound, cond, body)
        return self.function(scope, made) if whole and net.chance(0.6) else made

    def whole_term(self, scope: Scope) -> Term:
        """Nothing but numbers: of an index, of Python, of a tensor of whole numbers."""
        i = self.net.pick([i for i in scope if i in self.net.sizes])
        options = [Term(i, 3), Term(f"(2*{i} - 1)", 5), Term("2", 2), Term("(1/3)", 1)]
        whole = self.whole(scope)
        return self.net.pick([*options, *([whole] if whole else [])])  # type: ignore[no-any-return]

    def one_of(self, bound: tuple[str, ...], scope: Scope, op: str) -> str:
        """A condition for a reduction; one that always lets an entry through where it must."""
        net = self.net
        sure = op in NEED_ONE
        i = bound[0]
        others = [j for j in scope if j not in bound and j in net.sizes]
        if sure and net.chance(0.5):
            forms = [f"{i} <= {j}" for j in others]
            forms += [f"{i} >= {j}" for j in others if net.sizes[i] >= net.sizes[j]]
            if net.sizes[i] > 1:
                forms += [f"{i} > 0", f"{i} != 0", f"{i} < size[{i}] - 1", f"not ({i} == 1)"]
            if forms:
                return net.pick(forms)  # type: ignore[no-any-return]
        cond = self.condition(scope)
        if not sure:
            return cond
        first = " and ".join(f"{b} == 0" for b in bound)
        return f"({cond}) or {first if len(bound) == 1 else f'({first})'}"

    def reduction_of(self, op: str, bound: tuple[str, ...], cond: str | None, body: Term) -> Term:
        net = self.net
        count = 1
        for b in bound:
            count *= net.sizes[b]
        if op == "prod":
            body = self.tamed(body, 1.6 if count < 5 else 1.2)
        sizes = {"sum": body.bound * count, "prod": body.bound**count, "argmax": count - 1.0,
                 "argmin": count - 1.0, "logsumexp": body.bound + 2.8}  # fmt: skip
        shown = ",".join(bound) + (f" | {cond}" if cond else "")
        return Term(f"{op}[{shown}]({body.text})", max(0.1, sizes.get(op, body.bound)))

    def tamed(self, e: Term, most: float) -> Term:
        if e.bound <= most:
            return e
        return call(self.net.pick(("tanh", "sin", "cos")), e, bound=1.0)

    def normaliser(self, kind: str, scope: Scope) -> Term | None:
        op, conditioned = kind.removesuffix("|"), kind.endswith("|")
        own = [i for i in dict.fromkeys(scope) if i in self.net.sizes]
        if not own:
            return None
        bound = tuple(self.net.rng.sample(own, 2 if len(own) > 1 and self.net.chance(0.2) else 1))
        body = self.term(scope)
        shown = ",".join(bound)
        if not conditioned:
            return Term(f"{op}[{shown}]({body.text})", 1 if op == "softmax" else 2 * body.bound + 3)
        cond = self.one_of(bound, scope, op)
        made = f"{op}[{shown} | {cond}]({body.text})"
        if op == "log_softmax":  # it is -inf where the condition fails
            return Term(f"exp({made})", 1.0)
        return Term(made, 1.0)

    # -- choices ----------------------------------------------------------------------------------

    def where(self, kind: str, scope: Scope) -> Term:
        a, b = self.term(scope), self.term(scope)
        if kind == "nested_where":
            inner = self.where("where", scope)
            a, b = (inner, b) if self.net.chance(0.5) else (a, inner)
        return call("where", self.condition(scope), a, b, bound=max(a.bound, b.bound))

    def bracket(self, kind: str, scope: Scope) -> Term:
        c, e = self.condition(scope), self.term(scope)
        own = [i for i in dict.fromkeys(scope) if i in self.net.sizes]
        if len(own) > 1 and self.net.chance(0.15):  # as upsampling reads
            i, j = self.net.rng.sample(own, 2)
            return Term(f"(({i} == {j}//2)*{e.text})", max(1.0, e.bound))
        if self.net.chance(0.1):  # longer than a line
            tests = " and ".join(self.compared(scope, True) for _ in range(5))
            return Term(f"((not ({tests})) + {e.text})", 1 + e.bound)
        forms = (
            f"({c})*{e.text}",
            f"{e.text}*({c})",
            f"-({c})*{e.text}",
            f"({c})/({e.text}**2 + 1)",
        )
        return Term(f"({self.net.pick((*forms, forms[0]))})", max(1.0, e.bound))

    def logic(self, kind: str, scope: Scope) -> Term:
        """A condition joined in the wanted way, in a choice or as a factor."""
        self.net.wanted.append(kind)
        made = self.where("where", scope) if self.net.chance(0.5) else self.bracket("", scope)
        self.net.take(kind)
        return made

    # -- values -----------------------------------------------------------------------------------

    def special_read(self, kind: str, scope: Scope) -> Term | None:
        return self.special(kind, scope)

    def function(self, scope: Scope, e: Term | None = None, kind: str = "") -> Term:
        name = self.net.pick(CORNERED if kind == "kink" else (*PLAIN, *CORNERED))
        return pieces(self, name, scope, e or self.term(scope))

    def named_function(self, kind: str, scope: Scope) -> Term:
        made = self.function(scope, None, kind)
        return made

    def constant_function(self, kind: str, scope: Scope) -> Term:
        """A function of a number, an index or a size."""
        net = self.net
        own = [i for i in scope if i in net.sizes]
        arguments = [("1", 1.0), ("-2", 2.0), ("0.5", 0.5), ("pi/4", 0.8), ("0", 0.1)]
        for i in own:
            arguments += [(i, 3.0), (f"size[{i}]", 4.0), (f"{i} - 1", 2.0), (f"{i}/size[{i}]", 1.0)]
        text, bound = net.pick(arguments)
        if net.chance(0.15):  # of a number and a tensor, or of a whole number
            p, size = self.leaf(scope, ("positive",)).text, f"size[{net.pick(net.sizes)}]"
            form = net.pick(("elu(1, {p})", "elu(-0.5, {p})", "clip(0.5, {p}, {p} + 1)",
                             "erf(1)*{p}", "erf({s})*{p}", "erf(1 - {s})*{p}"))  # fmt: skip
            made = Term("(" + form.format(p=p, s=size) + ")", 2.5)
        else:
            name = net.pick((*PLAIN, *CORNERED))
            made = pieces(self, name, scope, Term(f"({text})", bound))
        e = self.term(scope)
        return self.squashed(times(made, e) if net.chance(0.6) else plus(made, e))

    def index_value(self, kind: str, scope: Scope) -> Term | None:
        own = [i for i in scope if i in self.net.sizes]
        if not own:
            return None
        i, e = self.net.pick(own), self.term(scope)
        forms = (f"{i}*{e.text}", f"({i} + {e.text})", f"{e.text}/({i} + 1)", f"{e.text}**{i}",
                 f"{i}**2/9*{e.text}", f"(-1)**{i}*{e.text}", f"2**{i}/4*{e.text}",
                 f"({i} - 1/2)*{e.text}", f"({i}//2)*{e.text}", f"{e.text}*cos({i})")  # fmt: skip
        form = self.net.pick(forms)
        bound = 3.0 * e.bound if "**" + i not in form else max(1, e.bound) ** 3
        return self.squashed(Term(f"({form})", bound + 3))

    def size_value(self, kind: str, scope: Scope) -> Term:
        count = self.net.chance(0.15 if self.net.samples else 0.6)  # without samples: refused
        axis = "n" if count else self.net.pick(self.net.sizes)
        e = self.term(scope)
        size, x = f"size[{axis}]", e.text
        forms = (f"{x}/{size}", f"({x} + 1/{size})", f"{size}*{x}/4", f"{x}/sqrt({size})",
                 f"({size} - 1)*{x}/4")  # fmt: skip
        return Term(f"({self.net.pick(forms)})", e.bound + 1)

    def whole_number(self, kind: str, scope: Scope) -> Term:
        e = self.term(scope)
        x = e.text
        forms = (f"2*{x}", f"({x} + 1)", f"(1 - {x})", f"{x}/2", f"(3 - 2)*{x}", f"({x} - 1)/3",
                 f"2**2*{x}/4", f"(1/2 + {x})")  # fmt: skip
        return Term(f"({self.net.pick(forms)})", 2 * e.bound + 1)

    def integer_value(self, kind: str, scope: Scope) -> Term | None:
        whole = self.whole(scope, kind == "computed_value")
        if whole is None:
            return None
        e = self.term(scope)
        k, x = whole.text, e.text
        forms = (f"{k}*{x}", f"({k} + {x})", f"{x}/({k} + 1)", f"sqrt({k} + 1)*{x}",
                 f"({k}/2 - {x})", f"{x}**{k}")  # fmt: skip
        form = self.net.pick(forms)
        return self.squashed(Term(f"({form})", 6 if "**" in form else 3 * e.bound + 3))

    def power(self, kind: str, scope: Scope) -> Term:
        e = self.term(scope)
        base = f"({e.text}**2 + {self.net.pick(('1', '0.5', '1/3'))})"
        forms = [(f"{e.text}**2", e.bound**2), (f"{e.text}**3", e.bound**3), (f"{e.text}**4/9", 20),
                 (f"{base}**(-1)", 3), (f"{base}**0.5", e.bound + 1), (f"{base}**(-1/2)", 2),
                 (f"{e.text}**1", e.bound), (f"{e.text}**0", 1), (f"1/{base}", 3)]  # fmt: skip
        p = self.leaf(scope, ("positive",))
        b = self.tamed(self.term(scope), 2)
        forms += [(f"{p.text}**{b.text}", 5), (f"power({p.text}, {b.text})", 5),
                  (f"{p.text}**2.5", 3), (f"{p.text}**(-2)", 5)]  # fmt: skip
        text, bound = self.net.pick(forms)
        used = {p.text: p, b.text: b}
        rest = [t for t in used.values() if t.text not in text]
        made = Term(f"({text})", bound)
        return self.squashed(plus(made, *rest) if rest else made)

    def divide(self, kind: str, scope: Scope) -> Term:
        e, p = self.term(scope), self.leaf(scope, ("positive",))
        return self.squashed(Term(f"({e.text}/{p.text})", 2 * e.bound))

    ways: ClassVar[dict[str, Callable[[Writer, str, Scope], Term | None]]] = {}


Writer.ways = {
    **{op + c: Writer.reduction for op in REDUCTIONS for c in ("", "|")},
    **{op + c: Writer.normaliser for op in NORMALISERS for c in ("", "|")},
    **{kind: Writer.special_read for kind in READS},
    **{kind: Writer.logic for kind in ("chained", "and", "or", "not")},
    "where": Writer.where, "nested_where": Writer.where, "bracket": Writer.bracket,
    "guard": Writer.guard, "function": Writer.named_function, "kink": Writer.named_function,
    "constant_function": Writer.constant_function, "index_value": Writer.index_value,
    "size_value": Writer.size_value, "whole_number": Writer.whole_number,
    "integer_value": Writer.integer_value, "computed_value": Writer.integer_value,
    "power": Writer.power, "zero_power": Writer.zero_power, "divide": Writer.divide,
    "xlogy": Writer.xlogy, "tie": Writer.tie, "leaky_corner": Writer.leaky_corner,
    "prod_zero": Writer.prod_zero, "empty_sum": Writer.empty_sum, "mask": Writer.mask,
    "minus_inf": Writer.minus_inf,
}  # fmt: skip
