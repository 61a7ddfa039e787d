"""Cases, comparisons, words between them, and indicators in print."""

from __future__ import annotations

from ...derive.forms.indicators import opposite
from ...derive.language.expr import Add, Cmp, Expr, Idx, Iverson, Logic, Mul, Where
from .latex_entries import EntryPrinter
from .latex_functions import ADD, AND, ATOM, CMP, LIMIT, OPEN, OR, Tex
from .tex_printer import kept
from .tree.nodes import BLANK, Row
from .tree.write import bold, cases, joined, lowered, number, row, sign, space, spaced, text

_REL = {"<": "<", "<=": "le", ">": ">", ">=": "ge", "==": "=", "!=": "ne"}


class ConditionPrinter(EntryPrinter):
    """What depends on conditions; sums and products are printed by the heir, `Printer`."""

    def _add(self, e: Add) -> Tex:
        raise NotImplementedError

    def _where(self, e: Where) -> Tex:
        rows: list[tuple[Tex, Row, float]] = []  # value, condition, how wide the condition is
        rest = e
        while True:
            value, cond = self._branch(rest.a), self.index(rest.cond)
            when = row(text(f"{self.word('if')} "), BLANK, cond)
            rows.append((value, when, len(kept(cond)) * 0.5))
            if not isinstance(rest.b, Where):
                break
            rest = rest.b
        rows.append((self._branch(rest.b), row(text(self.word("otherwise"))), 6.0))
        wide = max(v.wide for v, _, _ in rows) + max(w for _, _, w in rows) + 4
        if wide > LIMIT:  # [c] a + [not c] b says the same and can be broken
            no = Iverson(opposite(e.cond))
            sides = ((Iverson(e.cond), e.a), (no, e.b))
            return self._add(Add(tuple(self.product_of(side) for side in sides)))
        return Tex(cases((v.node, when) for v, when, _ in rows), OPEN, 3, wide)

    def _branch(self, e: Expr) -> Tex:
        self.narrow += 1
        made = self._tex(e)
        self.narrow -= 1
        return made

    def _cmp(self, e: Cmp) -> Tex:
        a, b = self._wrap(e.a, ADD), self._wrap(e.b, ADD)
        made = spaced(a.node, sign(_REL[e.op]), b.node)
        run, tall = max(a.run, b.run), max(a.tall, b.tall)
        return Tex(made, CMP, tall, a.wide + b.wide + 1.5, run + 1)

    def _logic(self, e: Logic) -> Tex:
        if e.op == "not":
            inner = e.args[0]
            if isinstance(inner, Cmp) and inner.op in ("==", "!="):
                return self._cmp(Cmp("!=" if inner.op == "==" else "==", inner.a, inner.b))
            part = self._wrap(inner, ATOM)
            return Tex(spaced(sign("lnot"), part.node), AND, part.tall, part.wide + 1)
        level = AND if e.op == "and" else OR
        parts = [self._wrap(a, level + 1) for a in e.args]
        word = text(f" {self.word(e.op)} ")
        made = joined((p.node for p in parts), BLANK, word, BLANK)
        return Tex(made, level, max(p.tall for p in parts), sum(p.wide + 4 for p in parts))

    def _iverson(self, e: Iverson) -> Tex:
        c = e.cond
        pair = isinstance(c, Cmp) and c.op == "==" and isinstance(c.a, Idx) and isinstance(c.b, Idx)
        if pair and self.style.derivative != "delta":  # there δ is a derivative
            assert isinstance(c, Cmp)
            below = row(self.index(c.a), space(","), self.index(c.b))
            return Tex(lowered(sign("δ"), below), ATOM, 0, 2)
        inner = self._tex(c)
        made = row(bold(number(1)), sign("["), inner.node, sign("]"))
        return Tex(made, ATOM, inner.tall, inner.wide + 2, inner.run + 2)

    def product_of(self, factors: tuple[Expr, ...]) -> Expr:
        """A product of two sides of cases: whole tensors multiply entry by entry."""
        return Mul(factors)

    _delta = _iverson
