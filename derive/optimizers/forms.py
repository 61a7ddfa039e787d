"""What the equations of a rule may be: a step from t-1 to t of one entry of a parameter."""

from __future__ import annotations

from ..language.errors import ChalkgradError, suggest
from ..language.expr import Add, Expr, Fn, Name, Neg, Num, Read, Reduce, Size, walk
from ..language.parser import Parsed
from ..language.text import text
from .rules import Optimizer

# what every program has: no helper of a module is called
FUNCTIONS = ("abs", "cos", "exp", "log", "max", "min", "sign", "sin", "sqrt", "square", "tanh")
NEAR = "a step reads t (now) and t-1 (before)"


def check_equations(rule: Optimizer, where: str) -> None:
    """Raises ChalkgradError, with ``where`` and a hint, for equations that are no step."""
    made: list[str] = []
    for eq in rule.equations:
        place = f"{where}.equations: {eq.name}"
        if text_of(eq) != "t":
            raise ChalkgradError("an equation defines a tensor of step t", where=place,
                                 hint=f"{eq.name}[t] = …")  # fmt: skip
        if eq.name in made or eq.name in ("g", *rule.options):
            what = f"'{eq.name}' is already " + ("defined" if eq.name in made else "given")
            raise ChalkgradError(what, where=place, hint="another name")
        for e in walk(eq.rhs):
            _check_node(rule, e, made, place)
        made.append(eq.name)
    if made[-1:] != ["w"]:
        raise ChalkgradError("the last equation of a rule is that of w", where=f"{where}.equations",
                             hint="w[t] = w[t-1] - rate*g[t]")  # fmt: skip
    for name in rule.start:
        if name not in made or name == "w":
            raise ChalkgradError(f"'{name}' has a start, but no equation",
                                 where=f"{where}.start.{name}",
                                 hint=suggest(name, [n for n in made if n != "w"]))  # fmt: skip


def text_of(eq: Parsed) -> str:
    return ",".join(text(i) for i in eq.indices)
