"""The steps of anything that has a name: a function, an activation, a softmax, a loss.

A name is looked up among the user's own definitions, then in the catalogue. An activation is turned
into its formula, a loss into the smallest network that has it; the lines come from
`derive.steps.function_steps` and `derive.steps.index_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import catalogue
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Expr, Fn, Name, Normal, Read, Reduce, replace, tensors, transform, walk
from ..language.formulas import opened
from ..language.functions import ALIASES, FUNCTIONS, NORMALISERS
from ..language.parser import equations, expression
from ..network.build import build
from ..spec.definition import Definition
from ..spec.spec import load_specs
from .function_steps import function_steps, limit_definition
from .index_steps import jacobian_steps, loss_steps
from .step_nodes import Steps

# which activation a lecture puts before a loss of probabilities
_BEFORE = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}


def named_steps(
    name: str,
    of: str = "v",
    *,
    define: Mapping[str, Definition] | None = None,
    options: Mapping[str, Any] | None = None,
    after: str | None = None,
) -> Steps:
    """The steps of ``derivative`` (the limit), a function, an activation, a softmax or a loss.

    Parameters
    ----------
    name : of `derive.language.functions`, of the catalogue, or of ``define`` (a spec's own
    definitions). of : the letter of the argument. options : the options of the activation or loss,
    such as ``{"factor": "1/outputs"}``. after : the activation before a loss; cross-entropies have
    theirs, "" means none.

    Raises
    ------
    ChalkgradError
        for an unknown name, or one whose definition is no function of one input.
    """
    own = dict(define or {})
    if name == "derivative":
        line = limit_definition(of=of)
        return Steps(name, Name(of), (), (line,))
    if name in NORMALISERS and name not in own:
        return _softmax(name)
    found = own.get(name)
    if found is None and name in catalogue.names():
        found = catalogue.definition(name)
    plain = ALIASES.get(name, name) in FUNCTIONS and name not in own
    if plain and (found is None or found.kind == "activation") and not options:
        return function_steps(name, of)
    known = [*own, *FUNCTIONS, *catalogue.names()]
    if found is None:
        raise ChalkgradError(f"there is no function '{name}'", hint=suggest(name, known))
    if found.kind == "loss":
        before = _BEFORE.get(name, "") if after is None else after
        return _loss(name, found, own, dict(options or {}), before)
    if found.kind != "activation":
        raise ChalkgradError(f"'{name}' is a {found.kind} and has no derivative of one variable")
    formula = activation_formula(name, found, options, of)
    return function_steps(name, of, formula=formula, arg=of)


def activation_formula(
    name: str, found: Definition, options: Mapping[str, Any] | None = None, of: str = "v"
) -> Expr:
    """An activation's definition as one expression over ``Name(of)``.

    Several equations are substituted into each other; given options are their values, the others
    and the parameters stay names. Raises ChalkgradError when it is no function of one number.
    """
    parsed = equations(found.equations)
    output = found.output or parsed[-1].name
    given = dict(options or {})
    checked = found.read_options(given)
    table: dict[Expr, Expr] = {Name(o): expression(str(checked[o])) for o in given}
    inputs = list(found.input)
    bodies = {eq.name: replace(eq.rhs, table) for eq in parsed}

    def visit(e: Expr) -> Expr:
        if isinstance(e, Read):
            if e.tensor in inputs:
                return Name(of)
            return transform(bodies[e.tensor], visit) if e.tensor in bodies else Name(e.tensor)
        return e

    if len(inputs) != 1 or output not in bodies:
        raise ChalkgradError(f"'{name}' is no function of one input")
    made = transform(bodies[output], visit)
    if isinstance(made, Fn) and made.name == name:
        made = opened(name, made.args) or made  # its formula, options put in
    if tensors(made) or not _elementwise(made):
        raise ChalkgradError(
            f"'{name}' mixes entries, it is no function of one number", hint="give it an equation"
        )
    return made


def _elementwise(e: Expr) -> bool:
    return not any(isinstance(x, Reduce | Normal) for x in walk(e))


def _softmax(op: str) -> Steps:
    spec = {"name": "steps", "axes": {"k": "K"}, "input": {"z": ["k"]},
            "equations": f"p[k] = {op}[k](z[k])\nL = sum[k](p[k]**2)", "loss": "L"}  # fmt: skip
    return jacobian_steps(build(load_specs(spec)[0]), "p")


def _loss(
    name: str, found: Definition, own: dict[str, Definition], options: dict[str, Any], before: str
) -> Steps:
    """The loss on a vector of outputs, with the activation before it."""
    first = next(iter(found.input))
    source = "z" if first != "z" else "x"
    call = f"{before}[k]({source}[k])" if before in NORMALISERS else f"{before}({source}[k])"
    target: dict[str, Any] = {}
    for t, decl in found.target.items():
        several = "k" in decl.shape or decl.integer is None
        target[t] = {"shape": ["k"] if several else []}
        target[t] |= {"fact": decl.fact} if decl.fact else {}
        target[t] |= {"integer": "k"} if decl.integer is not None else {}
    others = list(found.input)[1:]
    spec: dict[str, Any] = {
        "name": "steps", "axes": {"k": "K"}, "target": target,
        "input": {source: ["k"], **{f"{o}_in": ["k"] for o in others}},
        "equations": "\n".join([
            f"{first}[k] = {call if before else f'{source}[k]'}",
            *(f"{o}[k] = {o}_in[k]" for o in others),
        ]),
        "output": first, "loss": {name: {**options, "from": [first, *others]}},
    }  # fmt: skip
    made = load_specs(spec)[0]
    network = build(made.model_copy(update={"define": own}))
    return loss_steps(network, source if before else first)
