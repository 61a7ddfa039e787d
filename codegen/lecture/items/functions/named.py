"""A named function, loss or softmax with its lines and what a plot of it needs."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as change
from fractions import Fraction
from functools import cached_property
from typing import Any

from .....derive import catalogue
from .....derive.language.expr import (
    Expr,
    Fn,
    Idx,
    Name,
    Read,
    Reduce,
    Size,
    num,
    reads,
    replace,
    transform,
    walk,
)
from .....derive.language.functions import ALIASES, FUNCTIONS, NORMALISERS
from .....derive.spec.definition import Definition
from .....derive.steps.named_steps import named_steps
from .....derive.steps.step_nodes import D, Line, Steps
from ...board.context import Context
from .steps import variable

VISIBLE = Fraction(1, 10)  # a slope ε that can be seen in a plot


@dataclass(frozen=True)
class Named:
    """A function with its lines. ``kind``: function, softmax, loss or limit; ``constants`` are the
    numbers of its options in a plot; ``output``, ``target``, ``source``: tensors of a loss."""

    name: str
    kind: str
    letter: str
    steps: Steps
    constants: dict[str, Any]
    output: str = ""
    target: str = ""
    source: str = ""

    @property
    def call_name(self) -> str:
        return ALIASES.get(self.name, self.name)

    @cached_property
    def formula(self) -> Expr:
        return self.steps.definitions[-1].right if self.steps.definitions else self.own

    @property
    def slope(self) -> Expr:
        """The derivative, its own value written out."""
        return replace(self.steps.result, {self.own: self.formula})

    @property
    def own(self) -> Expr:
        left = self.steps.lines[0].left
        assert isinstance(left, D)
        return left.arg

    @property
    def ends(self) -> tuple[float, float]:
        """The predictions of a plot: probabilities where the loss has logarithms."""
        logs = any(isinstance(e, Fn) and e.name == "log" for e in walk(self.formula))
        return (0.02, 0.999) if logs else (-1.0, 3.0)

    def one_output(self) -> Expr | None:
        """The loss of one output over its prediction ``x``, where the desired value is 1."""

        def visit(e: Expr) -> Expr:
            if isinstance(e, Read) and e.tensor == self.output:
                return Name("x")
            if isinstance(e, Read) and e.tensor == self.target:
                return num(1)
            if isinstance(e, Reduce):
                return transform(e.body, visit)
            if isinstance(e, Size):
                return num(1)
            return e

        table: dict[Expr, Expr] = {Name(k): num(v) for k, v in self.constants.items()}
        made = replace(transform(self.formula, visit), table)
        return None if list(reads(made)) or any(isinstance(e, Idx) for e in walk(made)) else made


def named(context: Context, name: str) -> Named:
    """Raises ChalkgradError for an unknown name."""
    board = context.board()
    letter = variable(board.symbols)
    own: dict[str, Definition] = dict(context.spec.define)
    if name == "derivative":
        return Named(name, "limit", letter, named_steps(name, letter), {})
    if name in NORMALISERS and name not in own:
        return Named(name, "softmax", letter, named_steps(name), {}, "p", "", "z")
    found = own.get(name)
    if found is None and name in catalogue.names():
        found = catalogue.definition(name)
    if found is not None and found.kind == "loss":
        options = _loss_options(context, name)
        steps = named_steps(name, letter, define=own, options=options)
        first = next(iter(found.input))
        source = "z" if first != "z" else "x"
        target = next(iter(found.target), "")
        plain = {k: v for k, v in options.items() if isinstance(v, int | float | Fraction)}
        constants = _constants(found) | plain
        return Named(name, "loss", letter, steps, constants, first, target, source)
    steps = named_steps(name, letter, define=own)
    known = FUNCTIONS.get(ALIASES.get(name, name)) if name not in own else None
    constants = dict(zip(known.args[::-1], known.defaults[::-1], strict=False)) if known else {}
    constants = {k: Fraction(v) for k, v in constants.items()}
    if found is not None:
        constants |= {k: v for k, v in _constants(found).items() if k not in constants}
    for e in (steps.result, *(d.right for d in steps.definitions)):
        for x in walk(e):
            if isinstance(x, Name) and x.name not in (letter, "y"):
                constants.setdefault(x.name, Fraction(1))
    if "eps" in constants:
        constants["eps"] = max(constants["eps"], VISIBLE)
    if isinstance(steps.lines[0].left, D) and steps.lines[0].left.arg == Name("y"):
        steps = _called(steps, Fn(name, (Name(letter),)))
    return Named(name, "function", letter, steps, constants)


def _constants(found: Definition) -> dict[str, Any]:
    """Numbers of options and of learned parameters (their start)."""
    made: dict[str, Any] = {}
    for name, option in found.options.items():
        try:
            made[name] = Fraction(str(option.default))
        except (ValueError, ZeroDivisionError):
            continue
    for name, decl in found.parameters.items():
        try:
            made[name] = Fraction(str(decl.init))
        except (ValueError, ZeroDivisionError):
            made[name] = Fraction(1)
    return made


def _loss_options(context: Context, name: str) -> dict[str, Any]:
    """Those of the spec, where the network has this loss."""
    for network in context.networks.values():
        loss = network.spec.loss
        if loss is not None and loss.kind == name:
            return {k: v for k, v in loss.options.items() if k != "from"}
    return {}


def _called(steps: Steps, own: Fn) -> Steps:
    """An own function by its name instead of ``y``."""
    table: dict[Expr, Expr] = {Name("y"): own}

    def line(x: Line) -> Line:
        return Line(replace(x.left, table), replace(x.right, table), x.reason)

    return change(steps, definitions=tuple(map(line, steps.definitions)),
                  lines=tuple(map(line, steps.lines)))  # fmt: skip
