"""The derivative of a loss, or of a softmax, by one entry: line by line, with its sums and deltas.

    L = -sum[k](t[k]*log(p[k])):  ∂L/∂z[i] = … = p[i]*sum[k](t[k]) - t[i] = p[i] - t[i]

The equations are a network's own (as written, not their stable forms); the rules are those of
`derive.steps.stepper`; the row of softmax is read off `derive.chainrule.calculus.partials`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..chainrule.calculus import partials, rule
from ..chainrule.derivation import Derivation
from ..chainrule.sample import per_sample
from ..chainrule.sweep import derive
from ..language.equation import Equation, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import (
    ONE,
    Cmp,
    Expr,
    Fn,
    Idx,
    Iverson,
    Mul,
    Name,
    Neg,
    Normal,
    Read,
    Reduce,
    fresh_index,
    mul,
    num,
    refresh,
    replace,
    tensors,
    transform,
    walk,
)
from ..language.formulas import normalised
from ..language.functions import FUNCTIONS
from ..network.network import Network
from ..rewrite.contract import contracted, deltas
from ..rewrite.simplify import facts, summed, total
from ..rewrite.tidy import alike, distributed, expanded, size, split_sums, tidy, together
from .function_steps import function_steps
from .step_nodes import D, Line, Steps
from .stepper import Lemma, Stepper

_ROUNDS = 12


def loss_steps(network: Network, wrt: str | None = None) -> Steps:
    """∂L/∂(one entry of ``wrt``), for one sample; ``wrt`` is the network's output by default.

    Equations between the two are substituted into the loss; an activation (softmax, sigmoid) stays
    a name, its derivative is a lemma with its own lines. A line that uses a declared fact of the
    data (Σ t = 1) says so by its reason.

    Raises
    ------
    ChalkgradError
        when the loss does not depend on ``wrt``, or a reduction in it has no single steps.
    """
    d = per_sample(derive(network))
    name = wrt or network.output
    boards = {e.name: _written(e) for e in d.forward}
    loss = d.shown_loss
    between = _between(boards, name)
    if loss not in between:
        hint = suggest(name, d.network.tensors)
        raise ChalkgradError(f"the loss {loss} does not depend on '{name}'", hint=hint)
    kept = {t for t in between if _is_activation(boards[t].rhs, name)}
    inline = {t: boards[t] for t in between - kept - {loss}}
    body = _inlined(boards[loss].rhs, inline)
    used = [t for t in boards if t in kept and t in tensors(body)]
    place = _entry(d.network, name, body, [boards[t] for t in used])
    lemmas: dict[str, Lemma] = {}
    shown: list[Steps] = []
    for t in used:
        lemmas[t], steps = _lemma(boards[t], place)
        shown.append(steps)
    left = D(Read(loss), place)
    lines = [Line(left, D(body, place), "derivative")]
    for reason, state in Stepper(place, lemmas).lines(body):
        lines.append(Line(left, state, reason))
    lines += finished(left, lines[-1].right, d.network.tensors)
    definitions = [
        *(Line(Read(t, boards[t].indices), boards[t].rhs, "definition") for t in used),
        Line(Read(loss), body, "definition"),
    ]
    return Steps(loss, place, tuple(definitions), tuple(lines), (), tuple(shown))


def jacobian_steps(network: Network, tensor: str, wrt: str | None = None) -> Steps:
    """∂(one entry of a softmax's output)/∂(one entry of its input): p_k([k = i] − p_i).

    Raises ChalkgradError when the tensor's equation is no softmax.
    """
    return jacobian_of(per_sample(derive(network)), tensor, wrt)


def jacobian_of(d: Derivation, tensor: str, wrt: str | None = None) -> Steps:
    """`jacobian_steps` in a network that is derived already, for one sample."""
    eq = next((e for e in d.forward if e.name == tensor), None)
    if eq is None or not isinstance(eq.rhs, Normal):
        raise ChalkgradError(f"'{tensor}' is no softmax")
    place = _entry(d.network, wrt or next(iter(tensors(eq.rhs))), eq.rhs, [eq])
    return _normal(eq, place)[1]


# -- reading the network --------------------------------------------------------------------------


def _written(eq: Equation) -> Equation:
    """The equation as a board has it: no stable forms, t log p for xlogy, no factor 1 or −1."""
    return eq.with_rhs(transform(eq.rhs, _plain))


def _plain(e: Expr) -> Expr:
    if isinstance(e, Fn) and e.name == "xlogy":
        return mul([e.args[0], Fn("log", (e.args[1],))])
    if isinstance(e, Mul) and e.args[0] in (num(1), num(-1), Neg(num(1))):
        rest = mul(e.args[1:])
        return rest if e.args[0] == num(1) else Neg(rest)
    return e


def _between(boards: Mapping[str, Equation], wrt: str) -> set[str]:
    """The tensors computed from ``wrt``."""
    found = {wrt}
    for name, eq in boards.items():
        if found & set(tensors(eq.rhs)):
            found.add(name)
    return found - {wrt}


def _is_activation(e: Expr, wrt: str) -> bool:
    """One function of one entry of ``wrt``, or a softmax over it."""
    if isinstance(e, Normal):
        return isinstance(e.body, Read) and e.body.tensor == wrt
    found = [a for a in e.args if wrt in tensors(a)] if isinstance(e, Fn) else []
    return len(found) == 1 and isinstance(found[0], Read)


def _inlined(e: Expr, defined: Mapping[str, Equation]) -> Expr:
    def visit(x: Expr) -> Expr:
        if not (isinstance(x, Read) and x.tensor in defined):
            return x
        eq = defined[x.tensor]
        return _inlined(
            refresh(replace(eq.rhs, dict(zip(eq.indices, x.indices, strict=True)))), defined
        )

    return transform(e, visit)


def _entry(network: Network, wrt: str, body: Expr, equations: list[Equation]) -> Read:
    """One entry of ``wrt`` with index letters that the equations do not use."""
    taken = {x.name for x in walk(body) if isinstance(x, Idx)}
    taken |= {i.name for e in equations for i in e.indices}
    letters = (c for c in "ijklmpqrst" if c not in taken)
    axes = network.tensors[wrt].axes
    return Read(wrt, tuple(fresh_index(next(letters), a) for a in axes))


# -- lemmas ---------------------------------------------------------------------------------------


def _lemma(eq: Equation, place: Read) -> tuple[Lemma, Steps]:
    """∂(activation)/∂(entry), and the lines that show it."""
    at = tuple(i for i in place.indices if isinstance(i, Idx))
    if isinstance(eq.rhs, Normal):
        value, steps = _normal(eq, place)
        return Lemma(eq.indices, at, value), steps
    assert isinstance(eq.rhs, Fn)
    k = next(k for k, a in enumerate(eq.rhs.args) if place.tensor in tensors(a))
    read = eq.rhs.args[k]
    assert isinstance(read, Read)
    table: dict[Expr, Expr] = {Name(f"a{j}"): a for j, a in enumerate(eq.rhs.args)}
    slope = replace(rule(eq.rhs.name, k), {**table, Name("y"): Read(eq.name, eq.indices)})
    wrt = FUNCTIONS[eq.rhs.name].args[k]
    return Lemma(eq.indices, at, mul([slope, *deltas(read.indices, at)])), function_steps(
        eq.rhs.name, wrt=wrt
    )


def _normal(eq: Equation, place: Read) -> tuple[Expr, Steps]:
    """∂(softmax or log-softmax)/∂(entry)."""
    normal = eq.rhs
    assert isinstance(normal, Normal)
    taken = [i.name for i in place.indices if isinstance(i, Idx)]
    own, formula = Read(eq.name, eq.indices), normalised(normal, taken)
    left = D(own, place)
    lines = [Line(left, D(formula, place), "derivative")]
    for reason, state in Stepper(place).lines(formula):
        lines.append(Line(left, state, reason))
    lines += finished(left, lines[-1].right, {})
    target = _row(eq, place)
    back = _walk_back(target, eq, formula)
    meets = [k for k, (_, e) in enumerate(back) if alike(e, lines[-1].right)]
    if meets:
        lines += [Line(left, back[k - 1][1], back[k][0]) for k in range(meets[-1], 0, -1)]
    elif not alike(target, lines[-1].right):
        lines.append(Line(left, target, "identity"))
    definition = Line(own, formula, "definition")
    return target, Steps(normal.op, place, (definition,), tuple(lines))


def _row(eq: Equation, place: Read) -> Expr:
    """What `derive.chainrule.calculus` knows of ∂(softmax)/∂(entry), its deltas contracted."""
    terms = []
    outer = eq.rhs.at if isinstance(eq.rhs, Normal) else ()

    def output(e: Expr) -> Expr:
        if isinstance(e, Fn) and e.name == "__output__":
            here = dict(zip(outer, e.args, strict=True))
            return Read(eq.name, tuple(here.get(i, i) for i in eq.indices))
        return e

    for p in partials(eq.rhs, whole=True):
        factors = [transform(p.coefficient, output), *deltas(p.read.indices, place.indices)]
        terms.append(contracted(summed(p.bound, factors, p.cond), in_place=True))
    return total(tidy(t) for t in terms)


def _walk_back(target: Expr, eq: Equation, formula: Expr) -> list[tuple[str, Expr]]:
    """From p_k([k = i] − p_i) to the fraction it came from."""

    def opened(e: Expr) -> Expr:
        if isinstance(e, Read) and e.tensor == eq.name:
            return refresh(replace(formula, dict(zip(eq.indices, e.indices, strict=True))))
        return e

    found: list[tuple[str, Expr]] = [("", target)]
    moves = (
        ("substitute_output", lambda e: _one_sum(transform(e, opened))),
        ("split", together),
        ("split", tidy),
        ("factor", lambda e: tidy(expanded(e))),
    )
    for reason, move in moves:
        made = move(found[-1][1])
        if made != found[-1][1]:
            found.append((reason, made))
    return found


def _one_sum(e: Expr) -> Expr:
    """Equal sums with the same bound index, so that they gather."""
    seen: list[Expr] = []

    def visit(x: Expr) -> Expr:
        if not isinstance(x, Reduce):
            return x
        for other in seen:
            if alike(other, x):
                return other
        seen.append(x)
        return x

    return transform(e, visit)


# -- after the rules ------------------------------------------------------------------------------


def finished(left: Expr, state: Expr, known: Mapping[str, Tensor]) -> Iterator[Line]:
    """The lines from ``left = state`` on: contract, gather, use the facts of ``known`` tensors."""
    for reason, made in _moves(state, known):
        fact = _used(state, known) if reason == "fact_sum_one" else None
        yield Line(left, made, reason, fact)
        state = made


def _used(e: Expr, known: Mapping[str, Tensor]) -> Expr | None:
    """The first declared fact that an expression can use, as a statement: Σ_k y[k] = 1."""
    sums = (x for x in walk(e) if isinstance(x, Reduce) and facts(x, known) == ONE)
    return next((Cmp("==", x, ONE) for x in sums), None)


def _moves(state: Expr, known: Mapping[str, Tensor]) -> Iterator[tuple[str, Expr]]:
    """Contract the deltas, gather, use the facts: one move each, until nothing changes."""
    for _ in range(_ROUNDS):
        for reason, move in (
            ("contract", lambda e: contracted(e, in_place=True)),
            ("simplify", tidy),
            ("expand", distributed),
            ("expand", _opened),
            ("fact_sum_one", lambda e: facts(e, known)),
        ):
            made = _in_order(move(state))
            if made != state and not alike(made, state):
                state = made
                yield reason, state
                break
            state = made
        else:
            break
    opened = expanded(state)
    less = tidy(opened)
    if size(less) < size(state):
        yield "expand", opened
        yield "simplify", less


def _in_order(e: Expr) -> Expr:
    """Terms with a plus first, where tidying does nothing else."""
    return made if alike(made := tidy(e), e) else e


def _opened(e: Expr) -> Expr:
    """Sums over brackets with a delta in them, taken apart."""

    def visit(x: Expr) -> Expr:
        inside = isinstance(x, Reduce) and any(isinstance(y, Iverson) for y in walk(x.body))
        return split_sums(x) if inside else x

    return transform(e, visit)
