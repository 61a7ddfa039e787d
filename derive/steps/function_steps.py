"""The derivative of a function of one number, line by line from its formula to the identity.

    sigmoid(v) = 1/(1 + exp(-v)),  d/dv = … = exp(-v)/(1 + exp(-v))**2 = … = y*(1 - y)

Nothing is stored per function. `derive.steps.stepper` differentiates the formula rule by rule,
`_Towards` walks from the proved identity (a row of `derive.language.functions`, or SymPy's
derivative where there is no row) back towards the formula, and the two walks are joined where they
meet.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping

import sympy

from ..chainrule.calculus import derivative as whole_derivative
from ..chainrule.calculus import rule, to_sympy
from ..chainrule.sympy_bridge import from_sympy
from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Name,
    Neg,
    Pow,
    Where,
    add,
    num,
    replace,
    transform,
    walk,
)
from ..language.formulas import opened
from ..language.functions import ALIASES, FUNCTIONS
from ..language.parser import expression
from ..rewrite.stable import Definitions, stabilise
from ..rewrite.tidy import powers_of_quotients, tidy, together
from .step_nodes import D, Limit, Line, Steps
from .stepper import Stepper


def function_steps(
    name: str = "",
    of: str = "v",
    *,
    formula: Expr | None = None,
    arg: str = "v",
    wrt: str | None = None,
    output: Expr | None = None,
) -> Steps:
    """The lines of a derivative, for a function of the table or for a formula.

    Parameters
    ----------
    name : a name of `derive.language.functions` (or the name to give to ``formula``).
    of : the name its first argument is shown with.
    formula : an expression over ``Name(arg)`` and other names (constants), instead of the table's.
    wrt : the argument to differentiate by, where a function has several (default: the first).
    output : what stands for the function's value where it is read, ``Name("y")`` for a formula.

    Raises
    ------
    ChalkgradError
        for an unknown function, or a formula that single steps do not cover (an argmax).
    """
    if formula is not None:
        given = replace(formula, {Name(arg): Name(of)})
        value = output or Name("y")
        return _lines(name, value, [given], Name(of), _through(given, value, of), ())
    known = FUNCTIONS.get(ALIASES.get(name, name))
    if known is None:
        raise ChalkgradError(f"there is no function '{name}'", hint=suggest(name, FUNCTIONS))
    chosen = known.args[0] if wrt is None else wrt
    if chosen not in known.args:
        what = f"'{name}' has no argument '{chosen}'"
        raise ChalkgradError(what, hint=suggest(chosen, known.args))
    names: dict[Expr, Expr] = {Name(a): Name(a) for a in known.args}
    names[Name(known.args[0])] = Name(of)
    args = tuple(names.values())
    own = Fn(known.name, args)
    position = known.args.index(chosen)
    table: dict[Expr, Expr] = {Name(f"a{k}"): a for k, a in enumerate(args)}
    target = replace(rule(known.name, position), {**table, Name("y"): own})
    body = opened(known.name, args) or elementary(own)
    kinks = tuple(replace(expression(k), names) for k in known.kinks)
    formulas = [] if body is None else [body]
    return _lines(known.name, own, formulas, args[position], target, kinks)


def limit_definition(name: str = "f", of: str = "v", step: str = "h") -> Line:
    """df/dv as the limit of the difference quotient, for any function (``f`` stands for one)."""
    v, h = Name(of), Name(step)
    there, here = Fn(name, (add([v, h]),)), Fn(name, (v,))
    quotient = Div(Add((there, Neg(here))), h)
    return Line(D(here, v), Limit(h, num(0), quotient), "limit")


def elementary(f: Fn) -> Expr | None:
    """A formula of a function that SymPy knows (tanh by exponentials), or None."""
    v = sympy.Symbol("v", real=True)
    own = getattr(sympy, f.name, None)
    if own is None:
        return None
    made = own(v)
    if made.is_Pow and made.exp.is_Rational and f.name != "exp":  # sqrt(v) = v**(1/2)
        return Pow(f.args[0], Div(num(int(made.exp.p)), num(int(made.exp.q))))
    for form in (sympy.exp, sympy.log, "sincos"):
        other = made.rewrite(form)
        if other != made and not other.has(sympy.I):
            body = transform(from_sympy(other.subs(v, sympy.Symbol("v"))), _plus_first)
            return replace(body, {Name("v"): f.args[0]})
    return None


def _plus_first(e: Expr) -> Expr:
    """exp(v) before exp(-v)."""
    if not isinstance(e, Add):
        return e
    signs = {a: sum(isinstance(x, Neg) for x in walk(a)) for a in e.args}
    return Add(tuple(sorted(e.args, key=lambda a: (isinstance(a, Neg), signs[a]))))


def _through(body: Expr, value: Expr, of: str) -> Expr | None:
    """SymPy's derivative of a formula where it reads better than the formula's own steps.

    That is where the formula is a known function (1/(1 + exp(-v)) is a sigmoid), or where its
    value can be read in the derivative; None otherwise.
    """
    known = stabilise(body, Definitions((), {}, {}))
    made = whole_derivative(known, of)
    if known != body and known.children():
        return replace(made, {known: value})
    tidied = _as_power_of(tidy(made), body)
    if not body.children() or body not in set(walk(tidied)):
        return None
    return replace(tidied, {body: value})


def _as_power_of(e: Expr, quotient: Expr) -> Expr:
    """n**k / m**k as (n/m)**k for the quotient n/m, wherever it stands."""
    if isinstance(e, Fn) or not isinstance(quotient, Div):
        return e
    kids = e.children()
    e = e.rebuild(tuple(_as_power_of(k, quotient) for k in kids)) if kids else e
    if isinstance(e, Div) and isinstance(e.num, Pow) and isinstance(e.den, Pow):
        whole = Div(e.num.base, e.den.base)
        if e.num.exp == e.den.exp and (whole == quotient or same(whole, quotient)):
            return Pow(quotient, e.num.exp)
    return e


# -- the two walks --------------------------------------------------------------------------------


def _lines(
    name: str,
    own: Expr,
    formulas: list[Expr],
    v: Expr,
    target: Expr | None,
    kinks: tuple[Expr, ...],
) -> Steps:
    left = D(own, v)
    if not formulas:
        assert target is not None
        return Steps(name, v, (), (Line(left, target, "known_derivative"),), kinks)
    formula = formulas[0]
    lines = [Line(left, D(formula, v), "derivative")]
    state: Expr = D(formula, v)
    for reason, state in Stepper(v).lines(formula):
        lines.append(Line(left, state, reason))
    if len(lines) == 1:  # a constant, or the variable itself
        state = Stepper(v).trivial(state)
        lines.append(Line(left, state, "known_derivative"))
    state = _gathered(lines, left, state)
    if target is not None:
        lines += [Line(left, after, why) for why, after in joined(state, target, own, formula)]
    return Steps(name, v, (Line(own, formula, "definition"),), tuple(lines), kinks)


def _gathered(lines: list[Line], left: Expr, state: Expr) -> Expr:
    """The tidied state; its brackets multiplied out where that leaves less to read."""
    made = tidy(state)
    if made != state:
        lines.append(Line(left, made, "simplify"))
    return made


def same(a: Expr, b: Expr) -> bool:
    """Equal but for the order of terms and factors (functions stay closed)."""
    return a == b or bool(to_sympy(a) == to_sympy(b))


def joined(state: Expr, target: Expr, own: Expr, formula: Expr) -> Iterator[tuple[str, Expr]]:
    """(reason, state) from the tidied derivative to the identity."""
    if same(state, target):
        return
    read = replace(state, {formula: own})
    if read != state and same(read, target):
        yield "substitute_output", target
        return
    back = list(_Towards(own, formula, state).walk(target))
    for meets in (operator.eq, same):
        for k in reversed(range(len(back))):
            if meets(back[k][1], state):
                yield from _reversed(back[: k + 1])
                return
    for k in reversed(range(len(back))):
        if has_common_factor(state, back[k][1]):
            yield "common_factor", back[k][1]
            yield from _reversed(back[: k + 1])
            return
    yield "identity", target


def _reversed(back: list[tuple[str, Expr]]) -> Iterator[tuple[str, Expr]]:
    """The walk from the identity, read the other way: its reasons belong to the next line."""
    for k in range(len(back) - 1, 0, -1):
        yield back[k][0], back[k - 1][1]


class _Towards:
    """From the identity back to the formula, each walk step one line of the board reversed."""

    def __init__(self, own: Expr, formula: Expr, state: Expr) -> None:
        self.own, self.formula = own, formula
        self.state = state

    def walk(self, target: Expr) -> Iterator[tuple[str, Expr]]:
        """("", target), then (why the line before it follows from it, expression) …"""
        yield "", target
        here = target
        moves: tuple[tuple[str, Callable[[Expr], Expr]], ...] = (
            ("substitute_output", self._formulas),
            ("power_of_quotient", powers_of_quotients),
            ("split", together),
            ("add_and_subtract", _tidied_parts),
            ("split", tidy),
        )
        for reason, move in moves:
            made = move(here)
            if made != here:
                here = made
                yield reason, here

    def _formulas(self, e: Expr) -> Expr:
        """The function's own value as its formula; else the other functions of the identity."""
        made = replace(e, {self.own: self.formula})
        if made != e:
            return made
        used = {x.name for x in walk(self.state) if isinstance(x, Fn)}
        table: dict[Expr, Expr] = {}
        for x in walk(e):
            if isinstance(x, Fn) and x.name not in used and x.name in FUNCTIONS:
                body = opened(x.name, x.args) or elementary(x)
                if body is not None:
                    table[x] = body
        return replace(e, table)


def _tidied_parts(e: Expr) -> Expr:
    """Numerators gathered, the fractions themselves left standing."""
    if isinstance(e, Div):
        return Div(tidy(e.num) if isinstance(e.num, Add) else _tidied_parts(e.num), e.den)
    if isinstance(e, Fn):
        return e
    kids = e.children()
    return e.rebuild(tuple(_tidied_parts(k) for k in kids)) if kids else e


def has_common_factor(a: Expr, b: Expr) -> bool:
    """Is a = (k·num b)/(k·den b) for one term k, exponentials being the only functions?"""
    if not (isinstance(a, Div) and isinstance(b, Div)):
        return False
    names = {x.name for e in (a, b) for x in walk(e) if isinstance(x, Fn)}
    if names - {"exp"} or any(isinstance(x, Where) for e in (a, b) for x in walk(e)):
        return False
    an, ad, bn, bd = (_exponential(e) for e in (a.num, a.den, b.num, b.den))
    k = sympy.powsimp(sympy.expand(an / bn))
    return not k.is_Add and sympy.expand(sympy.powsimp(sympy.expand(k * bd)) - ad) == 0


def _exponential(e: Expr) -> sympy.Expr:
    table: Mapping[str, sympy.Symbol] = {
        x.name: sympy.Symbol(x.name, real=True) for x in walk(e) if isinstance(x, Name)
    }
    made = to_sympy(e, dict(table))
    return made.replace(lambda f: getattr(type(f), "chalk", "") == "exp",
                        lambda f: sympy.exp(f.args[0]))  # fmt: skip
