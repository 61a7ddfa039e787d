"""Text to tree: the tokenizer and the recursive-descent parser of the equation language.

The text never reaches Python's own parser or SymPy's (Unicode folding, memory and recursion
failures, floats for decimals). Every refusal shows the line with a caret and a likely fix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from .errors import suggest
from .expr import (
    Add,
    Cmp,
    Const,
    Div,
    Expr,
    Fn,
    Iverson,
    Logic,
    Mul,
    Name,
    Neg,
    Normal,
    Num,
    Pow,
    Read,
    Reduce,
    Size,
    Where,
    conjunction,
    operations,
)
from .functions import ALIASES, FUNCTIONS, NORMALISERS, REDUCTIONS
from .literal import literal
from .names import tensor_fault
from .tokens import (
    MAX_CHAIN,
    MAX_EQUATIONS,
    MAX_FACTORS,
    MAX_INDICES,
    MAX_NUMBER_DIGITS,
    MAX_OPERATIONS,
    MAX_POWER,
    MAX_TERMS,
    Reader,
    Token,
)

_SHORTER = "give some of them an equation of their own, or an axis: sum[i](…)"
DERIVATIVES = ("d", "diff", "grad", "gradient", "derivative", "jacobian", "hessian", "laplacian")


@dataclass(frozen=True)
class Parsed:
    """One equation as written: ``name[indices] = rhs`` with its place in the text."""

    name: str
    indices: tuple[Expr, ...]
    rhs: Expr
    text: str
    line: int


class _Parser(Reader):
    abstract: frozenset[str] = frozenset()  # functions without a formula that may be called

    # -- statements -------------------------------------------------------------------------

    def equations(self) -> list[Parsed]:
        found: list[Parsed] = []
        while self.here.kind != "end":
            if self.here.kind == "newline":
                self.pos += 1
                continue
            if len(found) >= MAX_EQUATIONS:
                raise self.error(f"there are over {MAX_EQUATIONS} equations", self.here.at)
            found.append(self.equation())
            if self.here.kind not in ("newline", "end"):
                hint = ""
                if self.here.text == "=":
                    hint = "use == to compare"
                raise self.error(f"'{self.here.text}' is left over", self.here.at, hint)
        return found

    def equation(self) -> Parsed:
        start = self.here
        if start.kind != "name":
            raise self.error(
                f"an equation starts with the tensor it defines, not '{start.text}'",
                start.at,
                "write name[i,j] = ...",
            )
        if start.text != "loss" and (wrong := tensor_fault(start.text)):
            raise self.error(wrong, start.at, "give the tensor another name")
        self.pos += 1
        first = self.pos
        idxs: tuple[Expr, ...] = ()
        if self.take("["):
            idxs = self.index_list()
        self.need("=", "after the tensor on the left")
        rhs = self.value(self.condition(), start.at)
        numbers = [t.text for t in self.tokens[first : self.pos] if t.kind == "number"]
        if sum(map(len, numbers)) > MAX_NUMBER_DIGITS:
            raise self.error(f"the numbers have over {MAX_NUMBER_DIGITS} digits together", start.at)
        if operations(rhs) > MAX_OPERATIONS:
            raise self.error(f"over {MAX_OPERATIONS} operations wait for each other", start.at,
                             "take the brackets apart into equations of their own")  # fmt: skip
        text = self.text[start.at : self.here.at].strip()
        return Parsed(start.text, idxs, rhs, text, self.text.count("\n", 0, start.at) + 1)

    def index_list(self) -> tuple[Expr, ...]:
        items: list[Expr] = []
        while not self.take("]"):
            if items:
                self.need(",", "between indices")
            if len(items) >= MAX_INDICES:
                raise self.error(f"a tensor has at most {MAX_INDICES} indices", self.here.at)
            if self.take("..."):
                items.append(Name("..."))
            else:
                items.append(self.value(self.sum(), self.here.at))
        return tuple(items)

    # -- expressions ------------------------------------------------------------------------

    def condition(self) -> Expr:
        return self._logic("or", lambda: self._logic("and", self.negation))

    def _logic(self, word: str, part) -> Expr:  # type: ignore[no-untyped-def]
        at = self.here.at
        first = part()
        if self.here.text != word:
            return first
        args = [self.truth(first, at)]
        while self.take(word):
            at = self.here.at
            args.append(self.truth(part(), at))
        return Logic(word, tuple(args))

    def negation(self) -> Expr:
        if self.here.text == "not":
            self.enter()
            self.pos += 1
            at = self.here.at
            arg = self.truth(self.negation(), at)
            self.depth -= 1
            return Logic("not", (arg,))
        return self.comparison()

    def comparison(self) -> Expr:
        at = self.here.at
        left = self.sum()
        parts: list[Expr] = []
        while self.here.text in ("<", "<=", ">", ">=", "==", "!="):
            op = self.here.text
            if len(parts) >= MAX_CHAIN:
                raise self.error(f"over {MAX_CHAIN} comparisons in a row", self.here.at)
            self.pos += 1
            left, at_right = self.value(left, at), self.here.at
            right = self.value(self.sum(), at_right)
            parts.append(Cmp(op, left, right))
            left = right
        cond = conjunction(parts)
        return left if cond is None else cond

    def sum(self) -> Expr:
        at = self.here.at
        first = self.term()
        if self.here.text not in ("+", "-"):
            return first
        terms = [self.value(first, at)]
        while self.here.text in ("+", "-"):
            minus = self.here.text == "-"
            self.pos += 1
            at = self.here.at
            t = self.value(self.term(), at)
            if len(terms) >= MAX_TERMS:
                raise self.error(f"a sum has over {MAX_TERMS} terms", at, _SHORTER)
            terms.append(Neg(t) if minus else t)
        return Add(tuple(terms))

    def term(self) -> Expr:
        at = self.here.at
        left = self.unary()
        divisions = 0
        while self.here.text in ("*", "/", "//"):
            left = self.value(left, at)
            if self.here.text == "*":
                factors = [*left.args] if isinstance(left, Mul) else [left]
                while self.take("*"):
                    at_right = self.here.at
                    if len(factors) >= MAX_FACTORS:
                        what = f"a product has over {MAX_FACTORS} factors"
                        raise self.error(what, at_right, "prod[i](…) multiplies along an axis")
                    factors.append(self.value(self.unary(), at_right))
                left = Mul(tuple(factors))
                continue
            op, at_op = self.here.text, self.here.at
            self.pos += 1
            divisions += 1
            if divisions > MAX_CHAIN:
                raise self.error(f"over {MAX_CHAIN} divisions in a row", at_op)
            at_right = self.here.at
            right = self.value(self.unary(), at_right)
            if literal(right) == 0:
                raise self.error("this divides by zero", at_right)
            left = Div(left, right) if op == "/" else Fn("floor_div", (left, right))
        return left

    def unary(self) -> Expr:
        if self.here.text in ("-", "+") and self.here.kind == "op":
            minus = self.here.text == "-"
            self.enter()
            self.pos += 1
            at = self.here.at
            arg = self.value(self.unary(), at)
            self.depth -= 1
            return Neg(arg) if minus else arg
        return self.power()

    def power(self) -> Expr:
        at = self.here.at
        base = self.atom()
        if self.here.text == "**":
            self.enter()
            self.pos += 1
            at_exp = self.here.at
            exp = self.value(self.unary(), at_exp)
            self.depth -= 1
            made = Pow(self.value(base, at), exp)
            self._check_power(made, at)
            return made
        return base

    def _check_power(self, made: Pow, at: int) -> None:
        base, exp = literal(made.base), literal(made.exp)
        if exp is not None and abs(exp) > 10**6:
            raise self.error("an exponent is beyond a million", at)
        if base == 0 and exp is not None and exp < 0:
            raise self.error("this divides by zero", at)
        if base is None or exp is None or base == 0:
            return
        size = abs(math.log10(abs(base.numerator)) - math.log10(base.denominator))
        if size * abs(exp) > MAX_POWER:
            raise self.error(f"a power of numbers is beyond 10**{MAX_POWER}", at)

    def atom(self) -> Expr:
        token = self.here
        if token.kind == "number":
            self.pos += 1
            return Num(Fraction(token.text), token.text)
        if self.take("("):
            self.enter()
            inner = self.condition()
            self.need(")", "to close the bracket")
            self.depth -= 1
            return Iverson(inner) if isinstance(inner, Cmp | Logic) else inner
        if token.kind == "name" and token.text not in ("and", "or", "not"):
            self.pos += 1
            return self.named(token)
        found = token.text.strip() or "the end of the line"
        raise self.error(f"expected a value, found '{found}'", token.at)

    def named(self, token: Token) -> Expr:
        name = token.text
        if name == "size" and self.take("["):
            axis = self.here
            if axis.kind != "name":
                raise self.error("size[…] takes the name of an axis", axis.at)
            self.pos += 1
            self.need("]", "after the axis")
            return Size(axis.text)
        if name in ("pi", "inf") and self.here.text not in ("[", "("):
            return Const(name)
        if self.here.text == "[":
            return self.bracketed(token)
        if self.here.text == "(":
            return self.call(token)
        if name in FUNCTIONS or name in ALIASES or name in REDUCTIONS or name in NORMALISERS:
            raise self.error(f"'{name}' is a function and needs its argument", token.at)
        return Name(name)

    def bracketed(self, token: Token) -> Expr:
        name = token.text
        self.enter()
        self.pos += 1
        if name not in REDUCTIONS and name not in NORMALISERS:
            idxs = self.index_list()
            self.depth -= 1
            if self.here.text == "(":
                raise self.error(
                    f"'{name}' is no reduction", token.at, suggest(name, REDUCTIONS + NORMALISERS)
                )
            return Read(name, idxs)
        bound: list[Expr] = []
        while self.here.text not in ("|", "]"):
            if bound:
                self.need(",", f"between the indices of {name}")
            if len(bound) >= MAX_INDICES:
                raise self.error(f"a reduction runs over at most {MAX_INDICES} indices", token.at)
            index = self.here
            if index.kind != "name" and index.text != "...":
                raise self.error(f"{name}[…] binds index names", index.at)
            bound.append(Name(index.text))
            self.pos += 1
        if not bound:
            raise self.error(f"{name}[…] needs an index to run over", token.at)
        cond: Expr | None = None
        if self.take("|"):
            at = self.here.at
            cond = self.truth(self.condition(), at)
        self.need("]", f"after the indices of {name}")
        self.need("(", f"after {name}[…]")
        at = self.here.at
        body = self.value(self.condition(), at)
        self.need(")", f"to close {name}")
        self.depth -= 1
        if name in NORMALISERS:
            return Normal(name, tuple(bound), tuple(bound), body, cond)
        return Reduce(name, tuple(bound), body, cond)

    def call(self, token: Token) -> Expr:
        self.enter()
        self.pos += 1
        args: list[Expr] = []
        while not self.take(")"):
            if args:
                self.need(",", f"between the arguments of {token.text}")
            at = self.here.at
            arg = self.condition()
            first_of_where = token.text == "where" and not args
            args.append(self.truth(arg, at) if first_of_where else self.value(arg, at))
        self.depth -= 1
        if token.text == "where":
            if len(args) != 3:
                raise self.error("where(condition, a, b) takes three arguments", token.at)
            return Where(*args)
        name = ALIASES.get(token.text, token.text)
        known = FUNCTIONS.get(name)
        if name in self.abstract and len(args) == 1:
            return Fn(name, tuple(args))
        if known is None:
            if name in REDUCTIONS + NORMALISERS:
                raise self.error(
                    f"'{name}' needs the indices it runs over", token.at, f"write {name}[i](…)"
                )
            raise self.error(f"there is no function '{token.text}'", token.at, _meant(token.text))
        if not known.least <= len(args) <= len(known.args):
            raise self.error(f"{name}({', '.join(known.args)}) got {len(args)} arguments", token.at)
        missing = len(known.args) - len(args)
        defaults = known.defaults[len(known.defaults) - missing :] if missing else ()
        return Fn(name, (*args, *(expression(d) for d in defaults)))

    # -- kinds ------------------------------------------------------------------------------

    def value(self, expr: Expr, at: int) -> Expr:
        if isinstance(expr, Cmp | Logic):
            raise self.error(
                "a condition stands where a value is needed", at, "put it in brackets: (k == i)"
            )
        return expr

    def truth(self, expr: Expr, at: int) -> Expr:
        if isinstance(expr, Iverson):
            return expr.cond
        if not isinstance(expr, Cmp | Logic):
            raise self.error("a condition is needed here", at, "compare: a > 0, i == j, s <= t")
        return expr


def _meant(name: str) -> str:
    """The function that was meant, or what there is instead of it."""
    known = [*FUNCTIONS, *ALIASES, "where"]
    if name.lower() not in DERIVATIVES:
        return suggest(name, known)
    return (
        "derivatives are taken of the loss only; write the formula of this one, such as "
        f"1 - tanh(v)**2 for tanh; known: {', '.join(sorted(known))}"
    )


def equations(
    text: str, where: str = "equations", abstract: frozenset[str] = frozenset()
) -> list[Parsed]:
    """Parse newline- or ``;``-separated equations; ``abstract`` functions have no formula.

    Raises
    ------
    ChalkgradError
        with the line, a caret under the place and a likely fix.
    """
    parser = _Parser(text, where)
    parser.abstract = abstract
    return parser.equations()


def expression(text: str, where: str = "expression") -> Expr:
    """Parse a single value."""
    parser = _Parser(text, where)
    made = parser.value(parser.condition(), 0)
    if parser.here.kind != "end":
        raise parser.error(f"'{parser.here.text}' is left over", parser.here.at)
    return made


def condition(text: str, where: str = "condition") -> Expr:
    """Parse a condition such as a stopping rule."""
    parser = _Parser(text, where)
    made = parser.truth(parser.condition(), 0)
    if parser.here.kind != "end":
        raise parser.error(f"'{parser.here.text}' is left over", parser.here.at)
    return made
