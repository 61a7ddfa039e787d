"""Equations as plain Unicode lines for the terminal; names as in the code (W0, v0, ∂L/∂W0)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from ...derive.chainrule.derivation import Derivation
from ...derive.forms.chain import Local
from ...derive.forms.gathered import gathered
from ...derive.forms.indicators import indicators
from ...derive.forms.letters import letters
from ...derive.forms.matrix import matrix_form
from ...derive.forms.matrix_nodes import Hadamard, MatMul, Ones, Quotient, Transpose
from ...derive.forms.shrinkage import squares
from ...derive.language.equation import BATCH, Equation
from ...derive.language.expr import (
    Add,
    Div,
    Expr,
    Idx,
    Iverson,
    Mul,
    Name,
    Normal,
    Read,
    Size,
    num,
    replace,
    tensors,
    transform,
    walk,
)
from ...derive.language.formulas import normalised
from ...derive.language.text import text
from ...derive.steps.step_nodes import D
from ..notation.plain import RAISED

_SIGNS = (("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("==", "="), (" - ", " − "), ("sum[", "Σ["),
          ("prod[", "Π["))  # fmt: skip


class Lines:
    """Prints the lines of one derivation (`derive.chainrule.sample.per_sample` of it, as a
    rule)."""

    def __init__(self, d: Derivation) -> None:
        self.d, self.of = d, d.shown_loss
        self.adjoints = {s.equation.name: f"∂{self.of}/∂{s.of}" for s in d.steps if s.of}
        self.adjoints.setdefault(d.adjoint(d.of), f"∂{d.of}/∂{d.of}")

    def letters(self, of: Equation | Expr | Iterable[Idx | Expr]) -> dict[Idx, str]:
        """Letters of indices, none of them the name of a single number."""
        return letters(of, taken=self.d.network.scalars)

    def name(self, tensor: str) -> str:
        return self.adjoints.get(tensor, tensor)

    def equation(self, eq: Equation) -> str:
        """``v0[j] = Σ[i](x[i]·W0[i,j]) + b0[j]``."""
        left, found = Read(eq.name, eq.indices), self.letters(eq)
        return f"{self.expression(left, found)} = {self.expression(eq.rhs, found)}"

    def expression(self, e: Expr, found: Mapping[Idx, str]) -> str:
        named: dict[Expr, Expr] = {i: Idx(a, i.axis, i.uid) for i, a in found.items()}
        beside = {i.axis: a for i, a in found.items()}
        return dressed(text(self._renamed(replace(e, named), beside)))

    def _renamed(self, e: Expr, beside: Mapping[str, str]) -> Expr:
        def visit(x: Expr) -> Expr:
            if isinstance(x, Size):
                return self._size(x, beside)
            if isinstance(x, Normal):
                made = normalised(x, {*beside.values(), *tensors(x)})
                return transform(made, bracketed)
            if isinstance(x, D | Local):  # its entries have been renamed already
                above, below = map(text, x.children())
                return Name(f"∂{_direct(x)}{above}/∂{below}")
            if isinstance(x, Mul):
                return Mul(tuple(_quotient(a) for a in x.args))
            return Read(self.name(x.tensor), x.indices) if isinstance(x, Read) else bracketed(x)

        return transform(gathered(indicators(e)), visit)

    def _size(self, e: Size, beside: Mapping[str, str]) -> Expr:
        """N of the batch, size[k] beside an index k, else the number."""
        if e.axis == BATCH:
            return Name("N")
        if e.axis in beside:
            return Size(beside.get(e.axis, e.axis))
        known = self.d.network.size(e.axis)
        return num(known) if isinstance(known, int) else Name(known)

    def chain(self, left: Expr, right: Expr) -> str:
        """``∂L/∂W0 = ∂L/∂v0 × ∂v0/∂W0``."""
        return f"{_chain(left)} = {_chain(right)}"

    def _sized(self, e: Expr) -> Expr:
        return transform(e, lambda x: self._size(x, {}) if isinstance(x, Size) else x)

    def whole(self, eq: Equation) -> Expr | None:
        """The matrix form, None where there is none."""
        made = matrix_form(eq, self.d.network.tensors, self.d.network.sizes)
        if made is None or eq.loop is not None or squares(eq.rhs) is not None:
            return None
        tensors = self.d.network.tensors
        if not any(isinstance(e, Read) and tensors[e.tensor].axes for e in walk(made)):
            return None
        return made

    def matrix(self, name: str, form: Expr, leaf: Callable[[str], str] | None = None) -> str:
        """A tensor and its matrix form; ``leaf`` may put numbers for names."""
        return f"{self.name(name)} = {_matrix(self._sized(form), leaf or self.name)}"

    def indicator(self, e: Expr, found: Mapping[Idx, str]) -> str:
        """What the first 1[…] of an expression means; nothing where it has none."""
        first = next((x for x in walk(indicators(e)) if isinstance(x, Iverson)), None)
        if first is None:
            return ""
        sign, condition = (self.expression(x, found) for x in (first, first.cond))
        return f"{sign} is 1 for {condition}, else 0"


def bracketed(e: Expr) -> Expr:
    """1[j ≠ y] for a condition as a factor."""
    return Name(f"1[{text(e.cond)}]") if isinstance(e, Iverson) else e


def dressed(line: str) -> str:
    """Signs as on paper: · for the product, ² for a power of digits, ≤ for <=."""
    line = re.sub(r"\*\*(\d+)", lambda m: m[1].translate(RAISED), line)
    line = re.sub(r"(?<!\*)\*(?!\*)", "·", line)
    for plain, sign in _SIGNS:
        line = line.replace(plain, sign)
    return re.sub(r"(?<![\w\])])-", "−", line)


def _direct(e: Expr) -> str:
    return "⁺" if isinstance(e, Local) and e.direct else ""


def _quotient(e: Expr) -> Expr:
    """A quotient in a product: a / b·c would be read as a / (b·c)."""
    return Name(f"({text(e)})") if isinstance(e, Div) else e


def _chain(e: Expr) -> str:
    if isinstance(e, Local):
        return f"∂{_direct(e)}{dressed(text(e.of))}/∂{dressed(text(e.wrt))}"
    if isinstance(e, Mul):
        return " × ".join(f"({_chain(a)})" if isinstance(a, Add) else _chain(a) for a in e.args)
    if isinstance(e, Add):
        return " + ".join(_chain(a) for a in e.args)
    return dressed(text(e))


def _matrix(e: Expr, leaf: Callable[[str], str]) -> str:
    """Products get parentheses, then lose them where nothing is around them."""

    def inner(x: Expr) -> str:
        made = text(x)
        return made if isinstance(x, Name | Read) else f"({made})"

    def bare(x: Expr) -> Expr:
        if isinstance(x, Name) and x.name.startswith("(") and x.name.endswith(")"):
            return Name(x.name[1:-1])
        return x

    def visit(x: Expr) -> Expr:
        if isinstance(x, Read):
            return Name(leaf(x.tensor))
        if isinstance(x, Ones):
            return Name("𝟏")
        if isinstance(x, Transpose):
            made = inner(x.arg)  # (∂L/∂z)ᵀ: ∂L/∂zᵀ would be the derivative by zᵀ
            return Name(f"({made})ᵀ" if made.startswith("∂") else f"{made}ᵀ")
        if isinstance(x, MatMul):
            return Name(f"({' @ '.join(inner(a) for a in x.args)})")
        if isinstance(x, Hadamard):
            return Name(f"({' ⊙ '.join(inner(a) for a in x.args)})")
        if isinstance(x, Quotient):
            return Name(f"({inner(x.num)} ⊘ {inner(x.den)})")
        return Add(tuple(bare(a) for a in x.args)) if isinstance(x, Add) else bracketed(x)

    return dressed(text(bare(transform(gathered(indicators(e)), visit))))
