"""The functions of a network: formula and derivative, that of a softmax line by line."""

from __future__ import annotations

from collections.abc import Iterator

from ...derive.chainrule.calculus import rule
from ...derive.chainrule.derivation import Derivation
from ...derive.language.equation import Equation
from ...derive.language.expr import Expr, Fn, Idx, Name, Normal, Read, replace, walk
from ...derive.language.formulas import opened
from ...derive.language.functions import FUNCTIONS
from ...derive.relations.claims import Claims
from ...derive.steps.index_steps import jacobian_of
from ...derive.steps.step_nodes import D, Line, Steps
from ..formula.latex_printer import Printer
from ..formula.tree.nodes import BLANK
from ..formula.tree.write import EQUALS, fraction, lettered, row, sign, space, spaced, text
from ..lecture.words import Words
from .paper import Display

_ELEMENTARY = ("xlogy", "power", "square", "identity", "max", "min", "expm1", "log1p", "step")


def function_lines(printer: Printer, words: Words, d: Derivation, claims: Claims) -> list[Display]:
    """Every function met, by its formula, with the derivative that the gradients use."""
    names = dict.fromkeys(e.name for eq in d.forward for e in walk(eq.rhs) if isinstance(e, Fn))
    return [_line(printer, words, n, claims) for n in names if _worth_showing(n)]


def softmax_steps(d: Derivation) -> dict[str, Steps]:
    """The derivative of every kind of softmax that an equation is, in the letters of the first."""
    made: dict[str, Steps] = {}
    for eq, op in _softmaxes(d):
        if op not in made:
            made[op] = jacobian_of(d, eq.name).short()
    return made


def _softmaxes(d: Derivation) -> Iterator[tuple[Equation, str]]:
    for eq in d.forward:
        single = len(eq.indices) == len(d.network.tensors[eq.name].axes)
        match eq.rhs:
            case Normal(op=op, body=Read(), cond=None) if single:
                yield eq, op


def _line(printer: Printer, words: Words, name: str, claims: Claims) -> Display:
    known = FUNCTIONS[name]
    args = tuple(Idx(a, "", -k - 1) for k, a in enumerate(known.args))
    back: dict[Expr, Expr] = {Name(f"a{k}"): a for k, a in enumerate(args)}
    value = Idx("y", "", -len(args) - 1)
    back[Name("y")] = value
    slope = replace(rule(name, 0), back)
    call = printer.expression(Fn(name, args), {})
    read = any(e == value for e in walk(slope))
    equals = spaced(EQUALS, call)
    note = row(BLANK, space("quad"), text(words("article_with")), space(";"), BLANK, sign("y"))
    left, whole = row(), Fn(name, args)
    lines = [Line(D(whole, args[0]), replace(slope, {value: whole}), "known_derivative")]
    if (formula := opened(name, args)) is not None:
        lines.append(Line(whole, formula, "definition"))
        whole_line = spaced(call, EQUALS, printer.expression(formula, {}))
        left = row(whole_line, sign(","), BLANK, space("qquad"), BLANK)
    claims.steps(Steps(name, args[0], (), tuple(lines)))
    d = sign("∂")
    head = row(fraction(d, spaced(d, lettered(known.args[0]))), space(","), BLANK, call)
    right = spaced(head, EQUALS, printer.expression(slope, {}))
    return Display(row(left, right, *((note, BLANK, equals) if read else ())))


def _worth_showing(name: str) -> bool:
    """Elementary functions are known; activations and corners are shown."""
    known = FUNCTIONS.get(name)
    if known is None or name in _ELEMENTARY:
        return False
    return known.formula is not None or name == "tanh"
