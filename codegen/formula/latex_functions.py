"""What the LaTeX printer is built on: printed pieces with their widths, and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...derive.language.expr import Cmp, Div, Expr, Fn, Iverson, Mul, Pow, num
from ...derive.language.functions import is_abstract
from ..notation.model import Notation
from ..notation.names import letter_tex
from .ends import (
    begins_with_digit,
    begins_with_numeral,
    ends_with_digit,
    ends_with_numeral,
)
from .tex_printer import kept
from .tree.nodes import BLANK, Group, Node, Row
from .tree.reader import formula
from .tree.write import (
    between,
    fenced,
    joined,
    lettered,
    lowered,
    operator,
    primed,
    raised,
    root,
    row,
    sign,
    space,
)

# functions with a sign of their own, by its name in symbols.yaml; the others print their names
SIGNS = {
    **{name: name for name in ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "log": "ln", "sqrt": "surd", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "sigmoid": "sigma",
}  # fmt: skip
_NAMES = {"asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh"}
OPEN, OR, AND, CMP, ADD, SUM, MUL, POW, ATOM = range(9)
LIMIT = 46.0  # what cannot be broken and is wider than this is written in another way


@dataclass(frozen=True)
class Tex:
    """A printed piece: how tightly it binds, how tall it is (0 to 3), how wide (in letters), and
    the width of its widest part that cannot be broken over lines (0: all of it)."""

    node: Node
    level: int = ATOM
    tall: int = 0
    wide: float = 1.0
    hard: float = 0.0

    @property
    def run(self) -> float:
        return self.hard or self.wide

    @cached_property
    def text(self) -> str:
        """The piece as TeX."""
        return kept(self.node)


def product(node: Node, level: int, parts: Sequence[Tex], signs: float = 0.0) -> Tex:
    """A product of parts, which no line end parts; only the sum in a factor may be broken.
    ``signs`` is how wide what stands between the factors is."""
    wide = sum(p.wide for p in parts) + signs
    rest = max((p.wide - p.run for p in parts), default=0.0)
    return Tex(node, level, max(p.tall for p in parts), wide, wide - rest)


def beside(before: Tex, after: Tex) -> Row:
    """What stands between two factors side by side: a dot in front of a numeral, else a space."""
    if begins_with_digit(after.node) or numerals_meet(before, after):
        return row(BLANK, sign("cdot"), BLANK)
    return row(BLANK) if ends_with_digit(before.node) else row(space(","), BLANK)


def numerals_meet(before: Tex, after: Tex) -> bool:
    """2 ½ and 2 1[…] are no products until a sign stands between."""
    return ends_with_numeral(before.node) and begins_with_numeral(after.node)


class FunctionPrinter:
    """Function calls; the nodes below them are printed by the heir, `Printer`."""

    style: Notation
    words: Mapping[str, str]  # the reader's, for if, otherwise, and, or and functions
    narrow = 0  # inside a fraction or an index nothing can break

    def _tex(self, e: Expr) -> Tex:
        raise NotImplementedError

    def _wrap(self, e: Expr, level: int) -> Tex:
        made = self._tex(e)
        return self.fenced(made) if made.level < level else made

    def _pow(self, e: Pow) -> Tex:
        raise NotImplementedError

    def _mul(self, e: Mul) -> Tex:
        raise NotImplementedError

    def word(self, key: str) -> str:
        """A word between formulas, in the reader's language."""
        return self.words.get(key, key)

    @staticmethod
    def fenced(made: Tex) -> Tex:
        """Parentheses of the height of what they hold; of fixed size, so that lines may break."""
        return Tex(fenced(made.node, made.tall), ATOM, made.tall, made.wide + 1, made.run + 1)

    def _fn(self, e: Fn) -> Tex:
        special = getattr(self, f"_fn_{e.name}", None)
        if special is not None:
            return special(e.args)
        args = [self._tex(a) for a in e.args]
        inside = Tex(_listed(args), OPEN, max(a.tall for a in args),
                     sum(a.wide + 1 for a in args), max(a.run for a in args))  # fmt: skip
        return self._call(self.called(e.name), inside)

    def _call(self, name: Node, inside: Tex) -> Tex:
        made, more = self.fenced(inside), 4.0
        return Tex(row(name, made.node), ATOM, made.tall, made.wide + more, made.run + more)

    def called(self, name: str) -> Row:
        """A function's name, ``g'`` for the derivative of an abstract one."""
        if name in self.words:
            return row(operator(formula(self.words[name])))
        if name in SIGNS and name not in self.style.functions:
            return row(sign(SIGNS[name]))
        if is_abstract(name):
            base = name.rstrip("'")
            return primed(formula(letter_tex(base)[0]), len(name) - len(base))
        if len(name) == 1 and name.isalpha():
            return row(sign(name))
        own = self.style.functions.get(name) or _NAMES.get(name, name)
        shown, _, low = own.partition("<")
        if len(shown) == 1 and shown.isalpha() and not low:
            return row(sign(shown))  # a letter: g for the one activation of a lecture
        made = row(operator(joined(map(lettered, shown.split("-")), Group((sign("-"),)))))
        return lowered(made, lettered(low.rstrip(">"))) if low else made

    def _fn_exp(self, args: tuple[Expr, ...]) -> Tex:
        self.narrow += 1
        inside = self._tex(args[0])
        self.narrow -= 1
        if inside.tall == 0 and inside.wide <= 7:
            return Tex(raised(sign("e"), inside.node), POW, 1, 1 + 0.7 * inside.wide)
        return self._call(sign("exp"), self._tex(args[0]))

    def _fn_sqrt(self, args: tuple[Expr, ...]) -> Tex:
        self.narrow += 1
        inside = self._tex(args[0])
        self.narrow -= 1
        if inside.wide > LIMIT:
            return self._pow(Pow(args[0], Div(num(1), num(2))))
        return Tex(root(inside.node), ATOM, max(1, inside.tall), inside.wide + 1)

    def _fn_abs(self, args: tuple[Expr, ...]) -> Tex:
        inside = self._tex(args[0])
        made = between("lvert", inside.node, "rvert")
        return Tex(made, ATOM, inside.tall, inside.wide + 1, inside.run)

    def _fn_max(self, args: tuple[Expr, ...]) -> Tex:
        return self._plain_call(sign("max"), args)

    def _fn_min(self, args: tuple[Expr, ...]) -> Tex:
        return self._plain_call(sign("min"), args)

    def _plain_call(self, name: Node, args: Sequence[Expr]) -> Tex:
        inside = [self._tex(a) for a in args]
        made = Tex(_listed(inside), OPEN, max(a.tall for a in inside),
                   sum(a.wide for a in inside) + 1, max(a.run for a in inside))  # fmt: skip
        return self._call(name, made)

    def _fn_step(self, args: tuple[Expr, ...]) -> Tex:
        return self._tex(Iverson(Cmp(">", args[0], num(0))))

    def _fn_square(self, args: tuple[Expr, ...]) -> Tex:
        return self._pow(Pow(args[0], num(2)))

    def _fn_identity(self, args: tuple[Expr, ...]) -> Tex:
        return self._tex(args[0])

    def _fn_xlogy(self, args: tuple[Expr, ...]) -> Tex:
        return self._mul(Mul((args[0], Fn("log", (args[1],)))))

    def _fn_power(self, args: tuple[Expr, ...]) -> Tex:
        return self._pow(Pow(*args))


def _listed(args: Sequence[Tex]) -> Row:
    return joined((a.node for a in args), sign(","), BLANK)
