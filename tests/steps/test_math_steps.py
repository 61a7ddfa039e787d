"""Every line of a derivation by hand equals the next: by SymPy, and at points with mpmath."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.derive.chainrule.calculus import formula_rule
from chalkgrad.derive.language.errors import ChalkgradError
from chalkgrad.derive.language.expr import (
    Add,
    Div,
    Expr,
    Fn,
    Idx,
    Mul,
    Name,
    Neg,
    Num,
    Pow,
    Read,
    Reduce,
    Where,
    replace,
    walk,
)
from chalkgrad.derive.language.functions import FUNCTIONS
from chalkgrad.derive.language.parser import expression
from chalkgrad.derive.pipeline import load_all
from chalkgrad.derive.steps.function_steps import function_steps, limit_definition
from chalkgrad.derive.steps.named_steps import named_steps
from chalkgrad.derive.steps.step_nodes import REASONS, D, Limit, Steps
from chalkgrad.derive.steps.stepper import Stepper
from tests.forms.line_board import MP, Board

SLOTS = [(f.name, a) for f in FUNCTIONS.values() for a in f.args]
DOMAIN = {
    "log": (0.1, 3), "sqrt": (0.1, 3), "asin": (-0.9, 0.9), "acos": (-0.9, 0.9),
    "atanh": (-0.9, 0.9), "acosh": (1.1, 3), "power": (0.2, 2), "xlogy": (0.2, 2),
    "log1p": (-0.5, 2), "celu": (0.3, 2),
}  # fmt: skip


def close(a: Any, b: Any) -> bool:
    return abs(a - b) <= 1e-12 * (1 + abs(a))


def points(name: str, arity: int) -> list[list[float]]:
    rng = random.Random(name)
    low, high = DOMAIN.get(name, (-4, 4))
    return [[rng.uniform(low, high) for _ in range(arity)] for _ in range(8)]


@pytest.mark.parametrize(("name", "arg"), SLOTS)
def test_every_line_equals_the_first_at_random_points(name, arg):
    known = FUNCTIONS[name]
    steps = function_steps(name, "v", wrt=arg)
    names = ["v", *known.args[1:]]
    cases = points(name, len(names))
    if len(names) == 1 and known.kinks:  # both sides of every kink, close to it
        cases += [[k + s * 0.01] for k in (-3, 0, 6, 3) for s in (-1, 1)]
    for case in cases:
        board = Board({n: MP.mpf(x) for n, x in zip(names, case, strict=True)})
        if name in ("clip", "hard_tanh"):
            board.names |= {"lo": MP.mpf("-0.7"), "hi": MP.mpf("0.8")}
        values = [board.value(line.right) for line in steps]
        assert all(close(values[0], v) for v in values), (name, case, values)
        for line in steps.definitions:
            assert close(board.value(line.left), board.value(line.right))


def to_plain(e: Expr) -> Any:
    """SymPy's own functions over one real v; ``D`` is SymPy's derivative."""
    v = sympy.Symbol("v", real=True)
    match e:
        case Num():
            return sympy.Rational(e.value.numerator, e.value.denominator)
        case Name():
            return v
        case Add():
            return sum(map(to_plain, e.args))
        case Mul():
            return sympy.prod(map(to_plain, e.args))
        case Neg():
            return -to_plain(e.arg)
        case Div():
            return to_plain(e.num) / to_plain(e.den)
        case Pow():
            return to_plain(e.base) ** to_plain(e.exp)
        case D():
            return sympy.diff(to_plain(e.arg), v)
        case Fn():
            formula = FUNCTIONS[e.name].formula
            if formula is None:
                return getattr(sympy, e.name)(*map(to_plain, e.args))
            (arg,) = e.args
            return to_plain(replace(expression(formula), {Name("v"): arg}))
    raise TypeError(type(e))


SMOOTH = ["sigmoid", "tanh", "softplus", "log_sigmoid", "sinh", "cosh", "tan", "square", "silu",
          "log_cosh", "sqrt", "atanh", "expm1", "log1p"]  # fmt: skip


@pytest.mark.parametrize("name", SMOOTH)
def test_neighbouring_lines_are_equal_by_sympy(name):
    sides = [to_plain(line.right) for line in function_steps(name)]
    for before, after in itertools.pairwise(sides):
        difference = (before - after).rewrite(sympy.exp)
        assert sympy.simplify(sympy.expand(sympy.simplify(difference))) == 0


def reasons(steps: Steps) -> list[str]:
    return [line.reason for line in steps]


def test_the_sigmoid_is_derived_as_on_the_slide():
    steps = function_steps("sigmoid")
    assert reasons(steps) == [
        "derivative", "reciprocal_rule", "sum_rule", "chain_rule", "simplify", "split",
        "add_and_subtract", "split", "substitute_output",
    ]  # fmt: skip
    rights = [line.right for line in steps]
    assert rights[4] == expression("exp(-v) / (1 + exp(-v))**2")
    assert rights[5] == expression("(1 / (1 + exp(-v))) * (exp(-v) / (1 + exp(-v)))")
    assert rights[-1] == expression("sigmoid(v)*(1 - sigmoid(v))")
    assert steps.definitions[0].right == expression("1 / (1 + exp(-v))")


def test_the_quotient_rule_of_tanh_has_a_minus():
    steps = function_steps("tanh")
    line = next(x for x in steps if x.reason == "quotient_rule").right
    assert isinstance(line, Div)
    assert isinstance(line.num, Add)
    assert [isinstance(t, Neg) for t in line.num.args] == [False, True]
    assert steps.result == expression("1 - tanh(v)**2")
    assert reasons(steps)[-4:] == ["simplify", "split", "power_of_quotient", "substitute_output"]


def test_softplus_becomes_a_sigmoid_by_a_common_factor():
    steps = function_steps("softplus")
    assert reasons(steps)[-3:] == ["simplify", "common_factor", "substitute_output"]
    assert steps[-2].right == expression("1 / (1 + exp(-v))")


def test_the_relu_goes_by_cases_and_the_corner_is_zero():
    steps = function_steps("relu")
    assert "cases" in reasons(steps)
    assert Board({"v": MP.mpf(0)}).value(steps.result) == 0
    assert steps.kinks == (Name("v"),)


def test_every_reason_has_a_key_that_printers_know():
    for name in FUNCTIONS:
        steps = function_steps(name)
        assert set(reasons(steps)) <= set(REASONS)
        assert steps[0].left == D(Fn(name, tuple(map(Name, FUNCTIONS[name].args))),
                                  Name(FUNCTIONS[name].args[0])) or name in ("max", "min", "xlogy",
                                                                              "power")  # fmt: skip


def test_the_rows_of_the_table_are_reached():
    """The last line is the proved identity where the table has one."""
    for name, known in FUNCTIONS.items():
        row = known.derivative.get(known.args[0])
        if row is not None and len(known.args) == 1:
            want = replace(expression(row), {Name("y"): Fn(name, (Name("v"),))})
            assert function_steps(name).result == want, name


def test_short_drops_minor_lines_only():
    steps = function_steps("sigmoid")
    assert reasons(steps.short()) == [r for r in reasons(steps) if r != "sum_rule"]
    assert steps.short().result == steps.result


def test_the_limit_definition():
    line = limit_definition("sigmoid")
    assert isinstance(line.right, Limit)
    h = sympy.Symbol("h")
    v = sympy.Symbol("v", real=True)
    sig = 1 / (1 + sympy.exp(-v))
    quotient = (sig.subs(v, v + h) - sig) / h
    assert sympy.simplify(sympy.limit(quotient, h, 0) - sympy.diff(sig, v)) == 0
    board = Board({"v": MP.mpf("0.3"), "h": MP.mpf("1e-12")})
    assert abs(board.value(line.right.body) - board.value(line.left)) < 1e-11


# -- a user's own formula --------------------------------------------------------------------------

ATOMS = st.sampled_from(["v", "v", "v", "2", "3", "a", "0.5"])


def wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} - {})".format, inner, inner),
        st.builds("({}*{})".format, inner, inner),
        st.builds("({} / (1 + ({})**2))".format, inner, inner),
        st.builds("(-{})".format, inner),
        st.builds("({})**{}".format, inner, st.sampled_from(["2", "3"])),
        st.builds("{}({})".format, st.sampled_from(
            ["exp", "sin", "tanh", "sigmoid", "softplus", "relu", "abs", "atan"]), inner),
        st.builds("where({} > 0.1, {}, {})".format, inner, inner, inner),
        st.builds("(1 + {}**2)**a".format, inner),
        st.builds("2**sin({})".format, inner),
    )  # fmt: skip


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.recursive(ATOMS, wider, max_leaves=5), st.integers(-15, 15))
def test_a_formula_of_ones_own_line_by_line(text, tenth):
    formula = expression(text)
    steps = function_steps("own", formula=formula)
    here = MP.mpf(tenth) / 10 + MP.mpf("0.0137")
    board = Board({"v": here, "a": MP.mpf("0.7")})
    board.names["y"] = board.value(formula)
    tests = [c.cond for x in steps for c in walk(x.right) if isinstance(c, Where)]
    near = [abs(board.value(c.a) - board.value(c.b)) < 1e-6 for c in tests if hasattr(c, "a")]
    inner = [abs(board.value(f.args[0])) < 1e-6 for f in walk(formula)
             if isinstance(f, Fn) and f.name in ("relu", "abs")]  # fmt: skip
    if any(near) or any(inner):
        return  # a derivative by differences does not exist at a corner
    first = board.value(steps[0].right)
    for line in steps:
        assert abs(board.value(line.right) - first) <= 1e-10 * (1 + abs(first)), line


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 / (1 + exp(-v))", "y*(1 - y)"),
        ("(exp(v) - exp(-v)) / (exp(v) + exp(-v))", "1 - y**2"),
        ("log(1 + exp(v))", "sigmoid(v)"),
        ("v*v", "2*v"),
        ("3", "0"),
    ],
)
def test_ones_own_formula_ends_where_the_table_would(text, result):
    assert function_steps("own", formula=expression(text)).result == expression(result)


def test_a_definition_of_a_spec_gets_its_steps():
    spec = {
        "name": "own", "define": {"bent": {
            "kind": "activation", "options": {"c": {"type": "number", "default": 2}},
            "input": {"v": ["..."]}, "output": "y",
            "equations": "u[...] = 1 + v[...]**2\ny[...] = c*sqrt(u[...]) - 1"}},
        "network": {"units": [1, 1], "activation": "bent"},
    }  # fmt: skip
    define = load_all(spec)[0].spec.define
    steps = named_steps("bent", "z", define=define)
    assert steps.definitions[0].right == expression("c*sqrt(1 + z**2) - 1")
    board = Board({"z": MP.mpf("0.4"), "c": MP.mpf(2)})
    want = 2 * MP.mpf("0.4") / MP.sqrt(1 + MP.mpf("0.16"))
    assert all(close(want, board.value(line.right)) for line in steps)
    with pytest.raises(ChalkgradError, match="did you mean 'bent'"):
        named_steps("bend", define=define)


def test_an_unknown_name_and_a_reduction_are_refused():
    with pytest.raises(ChalkgradError, match="did you mean 'sigmoid'"):
        function_steps("sigmoide")
    with pytest.raises(ChalkgradError, match="no argument"):
        function_steps("sigmoid", wrt="q")
    with pytest.raises(ChalkgradError, match="single steps"):
        list(Stepper(Name("v")).lines(expression("max[k](v)")))


def test_formula_rules_agree_with_the_steps():
    """The stepper and SymPy differentiate independently: same value of the formula's slope."""
    for name in ("sigmoid", "softsign", "mish", "gelu"):
        board = Board({"v": MP.mpf("0.37"), "a0": MP.mpf("0.37")})
        assert close(board.value(formula_rule(name, 0)), board.value(function_steps(name).result))


# -- losses and softmax ----------------------------------------------------------------------------

LOSSES = [
    ("squared_error", {"factor": "1/outputs"}, None), ("squared_error", {"factor": "1/2"}, None),
    ("squared_error", {}, "sigmoid"), ("squared_error", {"factor": "1/2"}, "softmax"),
    ("absolute_error", {}, None), ("log_cosh", {}, None), ("huber", {}, None),
    ("cross_entropy", {}, None), ("cross_entropy", {}, ""), ("binary_cross_entropy", {}, None),
    ("binary_cross_entropy", {}, ""), ("cross_entropy_logits", {}, None),
    ("binary_cross_entropy_logits", {}, None), ("kl_divergence", {}, "softmax"),
    ("poisson", {}, ""), ("hinge", {}, ""),
]  # fmt: skip
Z = [MP.mpf("0.3"), MP.mpf("-0.8"), MP.mpf("1.1")]
T = [MP.mpf("0.2"), MP.mpf("0.5"), MP.mpf("0.3")]
P = [MP.mpf("0.25"), MP.mpf("0.35"), MP.mpf("0.4")]


def check_lines(steps: Steps, tensors: dict[str, Any], defined: list[Any]) -> None:
    board = Board({}, tensors)
    for line in defined:
        if isinstance(line.left, Read) and line.left.indices:
            board.defined[line.left.tensor] = (line.left.indices, line.right)
    free = {i for x in steps for i in walk(x.left) if isinstance(i, Idx)}
    for k in range(3):
        at = {i: k if i in steps.wrt.indices else 1 for i in free}
        first = board.value(steps[0].right, at)
        for line in steps:
            assert close(first, board.value(line.right, at)), (steps.name, line.reason, k)


@pytest.mark.parametrize(("name", "options", "after"), LOSSES)
def test_losses_line_by_line(name, options, after):
    steps = named_steps(name, options=options, after=after)
    tensors = {"z": Z, "t": T, "p": P}
    check_lines(steps, tensors, list(steps.definitions))
    for lemma in steps.lemmas:
        if isinstance(lemma.wrt, Read):
            check_lines(lemma, tensors, list(lemma.definitions))


def entry_names(steps: Steps) -> str:
    from chalkgrad.derive.language.text import text

    return text(steps.result)


@pytest.mark.parametrize(
    ("name", "options", "result"),
    [
        ("squared_error", {"factor": "1/outputs"}, "-2*(t[i] - p[i]) / size[k]"),
        ("squared_error", {"factor": "1/2"}, "p[i] - t[i]"),
        ("cross_entropy", {}, "p[i] - t[i]"),
        ("binary_cross_entropy", {}, "p[i] - t[i]"),
        ("softmax", None, "p[k]*((k == i) - p[i])"),
    ],
)
def test_the_identities_of_the_lectures(name, options, result):
    assert entry_names(named_steps(name, options=options)) == result


def test_cross_entropy_says_which_fact_it_uses():
    steps = named_steps("cross_entropy")
    assert reasons(steps)[-1] == "fact_sum_one"
    assert entry_names(Steps("", steps.wrt, (), steps.lines[:-1])) == "p[i]*sum[k](t[k]) - t[i]"


def test_the_squared_error_keeps_its_sum_and_is_by_the_prediction():
    steps = named_steps("squared_error", options={"factor": "1/outputs"})
    assert isinstance(steps.definitions[-1].right, Reduce)
    assert isinstance(steps.wrt, Read)
    assert steps.wrt.tensor == "p"
