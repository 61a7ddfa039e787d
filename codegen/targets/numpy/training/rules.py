"""The update of a training program as NumPy, printed from the equations of `derive.optimizers`.

    update_source(update_of(network), network)      texts of top-level code: constants, functions

Every equation becomes one line, by the same lowering that prints a network. No rule is known here:
one that is added to rules.yaml is printed, too.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from .....derive.language.expr import Add, Expr, Fn, Name, Read, fresh_index, transform, walk
from .....derive.language.parser import Parsed
from .....derive.network.network import Network
from .....derive.optimizers.options import glossary
from .....derive.optimizers.schedules import modifiers
from .....derive.optimizers.settings import Update
from ....lowering.arrays import Call, Item, Lit, Node, Val, Var
from ....lowering.lower import Lowering
from ..layout import WIDTH, assignment, bracketed, literal
from .curvature import step_source, tuple_of_names
from .marks import MARK

DECAYS = ("l2", "l1", "weight_decay")
CLIPS = ("clip_norm", "clip_value")
REAL = {"sign": "np.sign", "abs": "np.abs"}  # no complex step goes through an update


def update_source(update: Update, network: Network) -> list[str]:
    """The texts of ``rate_at``, ``first_state``, ``step`` and what they call, constants first.

    ``step(params, state, data, t, rate)`` returns (params, state, loss, norm of the gradient before
    clipping); t = 1, 2, … counts updates. It calls ``model.loss_and_grads(params, *data)``: the
    program imports NumPy as ``np`` and the network's module as ``model``.
    """
    texts = [settings(update, network), rate_at(update)]
    if update.rule.curvature:
        return [*texts, first_state(update), *step_source(update, network)]
    texts.append(first_state(update))
    if _shared(update):
        texts.append(_shared_text(update))
    if _clips(update):
        texts.append(_changed(
            "clipped", ["g", "norm"], _clips(update), "return g",
            "The gradient of one parameter, kept small; norm is that of all together.",
        ))  # fmt: skip
    if _decays(update):
        texts.append(_changed(
            "decayed", ["w", "g", "rate"], _decays(update), "return w, g",
            "A parameter and its gradient after the decay of the weights.",
        ))  # fmt: skip
    return [*texts, _updated(update), _norm(update), _step(update, network)]


# -- one equation, one line ------------------------------------------------------------------------


class _Entries(Lowering):
    """Lowers equations that hold for every entry; numbers stay Python's own, so that float32
    parameters stay float32."""

    def _fn(self, e: Fn) -> Val:
        if e.name in REAL:
            (v,) = (self.value(a) for a in e.args)
            made = Call(REAL[e.name], (v.node,))
            return Val(made, v.dims) if v.dims else Val(Call("float", (made,)), (), "scalar")
        return super()._fn(e)

    def _constant_call(self, e: Fn, vals: Sequence[Val]) -> Val:
        if e.name in ("min", "max"):
            return Val(Call(e.name, tuple(v.node for v in vals)), (), "scalar")
        return super()._constant_call(e, vals)


def _lines(
    equations: Iterable[Parsed], arrays: Mapping[str, Node], numbers: Mapping[str, Node],
    targets: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """The equations as assignments, in order.

    ``arrays`` and ``numbers`` are what the names stand for that are given; a name before the step
    ends in ``@before``. ``targets`` are other names of the tensors on the left.
    """
    axis = fresh_index("k", "k")
    local = {name: Val(node, (axis,)) for name, node in arrays.items()}
    local |= {name: Val(node, (), "scalar") for name, node in numbers.items()}
    lines: list[str] = []
    for eq in equations:
        low = _Entries({"k": 1}, {})
        low.local = local
        made = low.value(_named(eq.rhs))
        target = (targets or {}).get(eq.name, eq.name)
        lines += assignment(target, made.node).lines
        local[eq.name] = Val(Var(target), made.dims, "float" if made.dims else "scalar")
    return lines


def _named(e: Expr) -> Expr:
    """Reads as names: x[t-1] is ``x@before``, x[t] is ``x``."""

    def visit(x: Expr) -> Expr:
        if isinstance(x, Read) and x.indices:
            return Name(f"{x.tensor}@before" if isinstance(x.indices[0], Add) else x.tensor)
        return x

    return transform(e, visit)


def _read_names(equations: Iterable[Parsed]) -> set[str]:
    """What stands on the right sides: tensors, options, t."""
    return {e.name for eq in equations for e in walk(_named(eq.rhs)) if isinstance(e, Name)}


def _number(value: Decimal, option: str = "") -> str:
    """``0.9``; a whole number where the option is one."""
    known = glossary().get(option)
    return str(int(value)) if known and known.kind == "whole" else literal(value)


def _defaults(options: Mapping[str, Decimal], read: set[str]) -> list[str]:
    """``beta1=0.9``, … for the options that are read; the rate is an argument of its own."""
    return [f"{k}={_number(v, k)}" for k, v in options.items() if k in read and k != "rate"]


def _variables(names: Iterable[str]) -> dict[str, Node]:
    return {name: Var(name) for name in names}


def _doc(text: str, more: str = "") -> list[str]:
    """A docstring: its sentence, and below it a source."""
    if not more and len(text) + 10 <= WIDTH:
        return [f'    """{text}"""']
    lines = textwrap.wrap(f'"""{text}', WIDTH - 4)
    lines += ["", *textwrap.wrap(more, WIDTH - 4)] if more else []
    return [f"    {line}".rstrip() for line in [*lines, '"""']]


# -- rate, state -----------------------------------------------------------------------------------


def settings(update: Update, network: Network) -> str:
    """The constants: the rate, and the parameters that are frozen or decay."""
    lines = [f"RATE = {_number(update.options['rate'])}"]
    if update.rule.curvature:
        return lines[0]
    if update.freeze:
        lines += tuple_of_names("FREEZE", update.freeze)
    if _some_decay(update, network):
        lines += tuple_of_names("DECAY", update.decay)
    return "\n".join(lines)


def rate_at(update: Update) -> str:
    """``rate_at(t, epoch, rate=RATE)`` from the equations of the schedule and the warm-up."""
    plan, counted = update.schedule, "t" if update.schedule.per == "step" else "epoch"
    read = _read_names(plan.equations)
    head = ["t", "epoch", "rate=RATE", *_defaults(plan.options, read)]
    numbers = {**_variables(["rate", *plan.options]), "t": Var(counted)}
    lines = _lines(plan.equations, {}, numbers, {"eta": "rate"})
    lines = [line for line in lines if line != "    rate = rate"]  # a constant one
    if update.warmup:
        head.append(f"warmup={update.warmup}")
        numbers = {**_variables(["t", "warmup"]), "eta": Var("rate")}
        lines += _lines([modifiers()["warmup"].equation], {}, numbers, {"eta_warm": "rate"})
    counts = "update t" if counted == "t" else "an update in this epoch"
    says = f"The rate of {counts} (1, 2, …). {plan.summary}"
    *lines, last = lines or ["    rate = rate"]  # what is computed last is returned
    head_lines = bracketed("def rate_at(", head, "):", "")
    return "\n".join([*head_lines, *_doc(says), *lines, last.replace("rate =", "return", 1)])


def first_state(update: Update) -> str:
    """``first_state(params)``: what the rule remembers, before the first update."""
    shared = _shared(update)
    own = {k: v for k, v in update.rule.start.items() if k not in shared}
    parts = ", ".join(f'"{k}": {_start(v)}' for k, v in own.items())
    kept = {k: v for k, v in update.rule.start.items() if k in shared}
    numbers = ", ".join(f'"{k}": {_number(v)}' for k, v in kept.items())
    lines = [f'    state = {{"": {{{numbers}}}}}' if kept else "    state = {}"]
    pairs = "name, w in zip(params._fields, params, strict=True)"
    lines.append(f"    for {pairs if own else 'name in params._fields'}:")
    pad = "        "
    if update.freeze and not update.rule.curvature:  # (a matrix rule remembers nothing)
        lines.append(f"{pad}if name not in FREEZE:")
        pad += "    "
    lines += [f"{pad}state[name] = {{{parts}}}", "    return state"]
    return "\n".join([
        "def first_state(params):",
        *_doc("What the rule remembers of every parameter, before the first update."), *lines,
    ])  # fmt: skip


def _start(value: Decimal) -> str:
    return f"np.full_like(w, {_number(value)})" if value else "np.zeros_like(w)"


# -- the rule --------------------------------------------------------------------------------------


def _shared(update: Update) -> dict[str, Parsed]:
    """The equations that no gradient and no parameter enters: one number for all parameters."""
    found: dict[str, Parsed] = {}
    for eq in update.rule.equations:
        known = {"t", *update.rule.options, *found, *(f"{n}@before" for n in (*found, eq.name))}
        if _read_names([eq]) <= known:
            found[eq.name] = eq
    return found


def _shared_text(update: Update) -> str:
    equations = _shared(update)
    read = _read_names(equations.values())
    numbers = _variables(["t", "rate", *update.rule.options])
    numbers |= {f"{k}@before": _item(k) for k in equations}
    head = [*(["state"] if _remembered(update) else []), "t",
            *(["rate"] if "rate" in read else []), *_defaults(update.options, read)]  # fmt: skip
    made = ", ".join(f'"{k}": {k}' for k in equations)
    return "\n".join([
        *bracketed("def shared(", head, "):", ""),
        *_doc("The numbers of update t that are the same for every parameter."),
        *_lines(equations.values(), {}, numbers), f"    return {{{made}}}",
    ])  # fmt: skip


def _remembered(update: Update) -> list[str]:
    """What is shared and remembered, such as a product of all steps so far."""
    shared = _shared(update)
    return [k for k in update.rule.start if k in shared]


def _item(name: str) -> Node:
    return Item(Var("state"), (Lit(f'"{name}"'),))


def _updated(update: Update) -> str:
    """``updated(w, g, state, t, rate)``: the rule for the entries of one parameter."""
    rule, shared = update.rule, _shared(update)
    equations = [eq for eq in rule.equations if eq.name not in shared]
    read = _read_names(equations)
    passed = [k for k in shared if k in read]
    kept = [k for k in rule.start if k not in shared]
    arrays = {"w@before": Var("w"), "g": Var("g"), **{f"{k}@before": _item(k) for k in kept}}
    numbers = _variables(["t", "rate", *rule.options, *passed])
    head = ["w", "g", "state", "t", "rate", *passed, *_defaults(update.options, read)]
    state = ", ".join(f'"{k}": {k}' for k in kept)
    name = f"{rule.name} ({', '.join(rule.on)})" if rule.on else rule.name
    return "\n".join([
        *bracketed("def updated(", head, "):", ""),
        *_doc(f"{name}: {rule.summary}", f"{rule.source}."),
        *_lines(equations, arrays, numbers), f"    return w, {{{state}}}",
    ])  # fmt: skip


# -- before the rule -------------------------------------------------------------------------------


def _decays(update: Update) -> dict[str, Decimal]:
    """What is added to the gradient or taken off the weight, past the rule's own equations."""
    found = {k: getattr(update, k) for k in DECAYS if k not in update.rule.options}
    return {k: v for k, v in found.items() if v}


def _clips(update: Update) -> dict[str, Decimal]:
    found = {k: getattr(update, k) for k in CLIPS}
    return {k: v for k, v in found.items() if v is not None}


def _changed(
    name: str, args: list[str], options: Mapping[str, Decimal], result: str, says: str
) -> str:
    """The function of these modifiers."""
    head = bracketed(f"def {name}(", [*args, *_defaults(options, set(options))], "):", "")
    return "\n".join([*head, *_doc(says), *_before(options), f"    {result}"])


def _before(options: Mapping[str, Decimal]) -> list[str]:
    """The equations of these modifiers, in their order; each one gives g or w anew."""
    arrays = {"g": Var("g"), "w@before": Var("w")}
    numbers = _variables(["rate", "norm", *options])
    lines: list[str] = []
    for name, known in modifiers().items():
        if name in options:
            target = {"gradient": "g", "weight": "w"}[known.of]
            lines += _lines([known.equation], arrays, numbers, {known.equation.name: target})
    return lines


# -- one step of all parameters --------------------------------------------------------------------


def _norm(update: Update) -> str:
    lines = [
        "def gradient_norm(grads):",
        '    """The Euclidean norm of the gradient by all parameters that learn."""',
    ]
    if update.freeze:
        lines.append("    pairs = zip(grads._fields, grads, strict=True)")
        lines.append("    grads = [g for name, g in pairs if name not in FREEZE]")
    squares = "np.sum(np.square(g, dtype=np.float64)) for g in grads"
    lines.append(f"    return float(sum({squares})) ** 0.5")
    return "\n".join(lines)


def _step(update: Update, network: Network) -> str:
    """``step``: the loss and its gradients, then every parameter by itself."""
    rule, shared, some = update.rule, _shared(update), _some_decay(update, network)
    numbers, opened = _shared_lines(update)
    passed = [k for k in shared if k in _read_names(rule.equations)]
    given = ["w", "g", "state[name]", "t", "rate", *(f'numbers["{k}"]' for k in passed)]
    each = [f"{'    ' * some}    w, g = decayed(w, g, rate)"] if _decays(update) else []
    if each and some:
        each.insert(0, "    if name in DECAY:")
    if some and "weight_decay" in rule.options:
        each.append('    own = {} if name in DECAY else {"weight_decay": 0}')
        given.append("**own")
    first, *rest = bracketed("        new[name], after[name] = updated(", given, ")", "        ")
    lines = [
        f"    loss, grads = model.loss_and_grads(params, *data){MARK}",
        "    norm = gradient_norm(grads)",
        *numbers,
        f"    new, after = {{}}, {opened}",
        "    for name, w, g in zip(params._fields, params, grads, strict=True):",
        *(["        if name in FREEZE:", "            continue"] if update.freeze else []),
        *(["        g = clipped(g, norm)"] if _clips(update) else []),
        *(f"    {line}" for line in each),
        f"{first}{MARK}",
        *rest,
        f"    return params._replace(**new), after, float(loss), norm{MARK}",
    ]
    says = "(params, state, loss, norm) after update t; the norm is the gradient's, unclipped."
    return "\n".join(["def step(params, state, data, t, rate):", *_doc(says), *lines])


def _some_decay(update: Update, network: Network) -> bool:
    """Do some parameters decay and others not?"""
    own = "weight_decay" in update.rule.options and update.weight_decay
    learned = {t.name for t in network.parameters} - set(update.freeze)
    return bool(own or _decays(update)) and not learned <= set(update.decay)


def _shared_lines(update: Update) -> tuple[list[str], str]:
    """The call of ``shared``, and the new state it begins with."""
    shared = _shared(update)
    if not shared:
        return [], "{}"
    kept = ", ".join(f'"{k}": numbers["{k}"]' for k in _remembered(update))
    before = 'state[""], ' if kept else ""
    rate = ", rate" if "rate" in _read_names(shared.values()) else ""
    return [f"    numbers = shared({before}t{rate}){MARK}"], f'{{"": {{{kept}}}}}' if kept else "{}"
