"""The check of a spec vouches for forward: what is wrong in it, or in how it was made, is found.

Faults are planted in the emitted forward, in the stable forms, in the guards and in the splitting.
The equations as they were written know nothing of all that, so every one of them must fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chalkgrad
import chalkgrad.codegen.checking.written as vouching
from chalkgrad.codegen.checking import check, check_module, load_module
from chalkgrad.codegen.checking.subject import ContractError, Point, Subject
from chalkgrad.codegen.checking.written import compared
from chalkgrad.codegen.lowering import prepare
from chalkgrad.codegen.lowering.arrays import Lit, Op, Val
from chalkgrad.codegen.lowering.context import Context
from chalkgrad.codegen.lowering.passes.split import Splitter
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.codegen.upkeep.generated import FOLDER
from chalkgrad.derive import examples
from chalkgrad.derive.language.equation import Equation
from chalkgrad.derive.language.expr import Add, Expr, Fn, Mul, Neg, Normal, Reduce, num, transform
from chalkgrad.derive.network.network import Network
from tests.checking.planted.faults import Fault
from tests.checking.planted.forward_faults import plant

SHIPPED = ("n232", "mazur", "xor", "circuit", "gates", "digits_conv", "autoencoder", "transformer")
SPECS = [*map(examples.path, SHIPPED), *sorted((FOLDER / "specs").glob("*.yaml"))]
NETWORKS = [network for spec in SPECS for network in chalkgrad.load_all(spec)]
# Where a pooling's winner stands is for backward, which reads it from the cache.
FOR_BACKWARD = {"y0b_at": 3, "y0_at": 3}


@pytest.fixture(autouse=True)
def _evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations have the same values beside every wrong copy of one module."""
    known: dict[Any, Any] = {}
    evaluate = vouching.evaluate_written

    def remembered(network: Network, values: dict[str, Any], dtype: Any) -> Any:
        data = [(name, np.asarray(value).tobytes()) for name, value in values.items()]
        key = (id(network), dtype, tuple(data))
        if key not in known:
            known[key] = evaluate(network, values, dtype)
        return known[key]

    monkeypatch.setattr(vouching, "evaluate_written", remembered)


# -- faults in the emitted forward -----------------------------------------------------------------


def subject(source: str, folder: Path, stem: str) -> Subject:
    path = folder / f"{stem}.py"
    path.write_text(source, encoding="utf-8")
    return Subject(load_module(path))


def points(module: Any) -> list[Point]:
    return [Point(*module.example(seed=1, batch=batch)) for batch in (3, 1)]


def caught(fault: Fault, network: Network, folder: Path, number: int) -> bool:
    wrong = subject(fault.source, folder, f"fault{number}")
    try:
        rows = compared(wrong, network, points(wrong.module), 0)
    except ContractError:
        return True
    return any(row.status == "failed" for row in rows)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: n.name)
def test_every_fault_in_forward_is_caught(network: Network, tmp_path: Path) -> None:
    source = numpy_module(network.derive())
    sound = subject(source, tmp_path, "sound")
    rows = compared(sound, network, points(sound.module), 0)
    assert {row.status for row in rows} == {"ok"}
    assert all(row.error < 1e-13 for row in rows)
    faults = list(plant(source))
    survived = [f for k, f in enumerate(faults) if not caught(f, network, tmp_path, k)]
    # a number has no axis to sum over
    left = [f for f in survived if not (f.kind == "summed" and _is_number(f, network))]
    names = Counter(f.statement.split()[0] for f in left)
    assert names == {name: count for name, count in FOR_BACKWARD.items() if name in names}
    assert len(faults) - len(survived) >= 11


def _is_number(fault: Fault, network: Network) -> bool:
    return not prepare.stable_network(network).tensors[fault.statement.split()[0]].axes


def test_every_kind_of_fault_is_planted() -> None:
    text = (FOLDER / "transformer.py").read_text(encoding="utf-8")
    assert {f.kind for f in plant(text)} == {"scaled", "dropped", "summed", "unguarded"}


def test_the_whole_check_fails_although_backward_agrees(tmp_path: Path) -> None:
    """The loss is that of another network, and so are the gradients: without the spec it is ok."""
    network = chalkgrad.load(examples.path("n232"))
    source = numpy_module(network.derive())
    right, wrong = "v0 = x @ W0 + b0", "v0 = x @ W0 + b0 + 1"
    assert source.count(right) == 2  # forward and predict
    path = tmp_path / "n232.py"
    path.write_text(source.replace(right, wrong), encoding="utf-8")
    assert check_module(path).ok
    report = check_module(path, network=network)
    assert report.failed
    assert [row.status for row in report.forward] == ["failed", "failed"]
    assert "the equations give" in report.forward[0].message


# -- faults in what makes the forward --------------------------------------------------------------


def spec(equations: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "net", "axes": {"i": 3, "k": 4}, "input": {"x": ["i"]}, "target": {"t": ["k"]},
        "parameters": {"W": ["i", "k"], "b": ["k"]}, "equations": equations, "loss": "L", **more,
    }  # fmt: skip


DENSE = "v[k] = sum[i](x[i]*W[i,k]) + b[k]\n"
STABLE = {
    "sigmoid": spec(DENSE + "y[k] = 1/(1 + exp(v[k]))\nL = sum[k]((y[k] - t[k])**2)"),
    "softplus": spec(DENSE + "y[k] = log(1 + exp(v[k]))\nL = sum[k]((y[k] - t[k])**2)"),
    "log_sigmoid": spec(DENSE + "y[k] = log(1 - sigmoid(v[k]))\nL = -sum[k](y[k]*t[k])"),
    "softmax": spec(DENSE + "y[k] = exp(v[k])/sum[k](exp(v[k]))\nL = sum[k]((y[k] - t[k])**2)"),
    "log_softmax": spec(DENSE + "p[k] = softmax[k](v[k])\nL = -sum[k](t[k]*log(p[k]))"),
    "logsumexp": spec(DENSE + "L = log(sum[k | k > 0](exp(v[k]))) + sum[k](t[k]*v[k])"),
}


def plant_wrong_row(name: str, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Every recognised form of that name is of something else; whether one was, each time."""
    stabilise, spoil, planted = prepare.stabilise, wrong_row(name), []

    def wrong(e: Expr, defined: Any) -> Expr:
        made = stabilise(e, defined)
        if made == e:
            return e
        planted.append(spoil(made) != made)
        return spoil(made)

    monkeypatch.setattr(prepare, "stabilise", wrong)
    return planted


def wrong_row(name: str) -> Callable[[Expr], Expr]:
    """The stable form of that name, of something else than the formula says."""

    def visit(e: Expr) -> Expr:
        if isinstance(e, Fn) and e.name == name:
            return Fn(name, (Neg(e.args[0]),))
        if isinstance(e, Normal) and e.op == name:
            return Normal(e.op, e.at, e.idxs, Mul((num(2), e.body)), e.cond)
        if isinstance(e, Reduce) and e.op == name:
            return Reduce(e.op, e.idxs, e.body, None)
        return e

    return lambda e: transform(e, visit)


@pytest.mark.parametrize("name", STABLE)
def test_a_wrong_row_among_the_stable_forms_is_caught(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = check(chalkgrad.load(STABLE[name]).derive())
    assert sound.ok
    assert {row.status for row in sound.forward} == {"ok"}
    planted = plant_wrong_row(name, monkeypatch)
    assert fails(STABLE[name])
    assert any(planted)


def fails(of: dict[str, Any]) -> bool:
    """Does the check of the spec fail, in its rows for forward?"""
    report = check(chalkgrad.load(of).derive())
    return report.failed and any(row.status == "failed" for row in report.forward)


GUARDED = {
    "bracket": spec(DENSE + "y[k] = (k >= 1)*exp(v[k])\nL = sum[k]((y[k] - t[k])**2)"),
    "where": spec(DENSE + "y[k] = where(v[k] > 0, sqrt(v[k]), b[k])\nL = sum[k]((y[k] - t[k])**2)"),
    "condition": spec(DENSE + "y[k] = v[k] - mean[i | x[i] > -9](1/(x[i]**2 + 1))\n"
                      "L = sum[k](y[k]*t[k])"),
}  # fmt: skip


def unguarded(self: Context, cond: Expr, body: Expr) -> Val:
    return self.as_float(self.value(body))


def an_axis_too_many(original: Callable[..., Val]) -> Callable[..., Val]:
    """What comes out where an axis of size 3 that is none of its own is summed, too."""

    def wrong(self: Context, *args: Any) -> Val:
        made = original(self, *args)
        return Val(Op("*", (Lit("3.0"), made.node)), made.dims, made.kind)

    return wrong


def other_branch(self: Context, mask: Val, a: Val, b: Val) -> Val:
    return Context_select(self, mask, b, a)


Context_select = Context.select


@pytest.mark.parametrize(
    ("of", "method", "wrong"),
    [
        ("bracket", "guarded", unguarded),
        ("bracket", "guarded", an_axis_too_many(Context.guarded)),
        ("where", "select", other_branch),
        ("where", "safe", an_axis_too_many(Context.safe)),
        ("condition", "safe", an_axis_too_many(Context.safe)),
    ],
)
def test_a_wrong_guard_is_caught(
    of: str, method: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check(chalkgrad.load(GUARDED[of]).derive()).ok
    monkeypatch.setattr(Context, method, wrong)
    assert fails(GUARDED[of])


SPLIT = spec(
    "y[k] = tanh(sum[i](x[i]*W[i,k]) + b[k])*exp(-sum[i](x[i]**2)) + max[i](x[i])*b[k]\n"
    "L = sum[k]((y[k] - t[k])**2)"
)


def lost_part(made: list[Equation]) -> list[Equation]:
    """The first part that was split off is 0."""
    return [made[0].with_rhs(num(0)), *made[1:]] if len(made) > 1 else made


def lost_term(made: list[Equation]) -> list[Equation]:
    rhs = made[-1].rhs
    if len(made) > 1 and isinstance(rhs, Add):
        return [*made[:-1], made[-1].with_rhs(rhs.args[0])]
    return made


@pytest.mark.parametrize("spoil", [lost_part, lost_term])
def test_a_wrong_split_is_caught(spoil: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(chalkgrad.load(SPLIT).derive()).ok
    split = Splitter.split
    planted = []

    def wrong(self: Splitter, eq: Equation) -> list[Equation]:
        made = split(self, eq)
        planted.append(spoil(made) != made)
        return spoil(made)

    monkeypatch.setattr(Splitter, "split", wrong)
    assert fails(SPLIT)
    assert any(planted)


# -- what passed as ok -----------------------------------------------------------------------------

X3 = {"x": [[0.1], [2.0], [-1.0]]}
WINDOW = {"x": [[0.3, -0.7, 1.1]]}
# spec, data, the loss by hand
ONCE_WRONG = {
    "erf of a number": (
        {"input": {"x": []}, "equations": "L = x*erf(1)"},
        {"x": [0.1, 2.0, -1.0]}, 0.3089902907482288,
    ),
    "erf of a size": (
        {"axes": {"i": 1}, "input": {"x": ["i"]}, "parameters": {"a": ["i"]},
         "equations": "L = sum[i](a[i]*x[i])*erf(size[i])"},
        {**X3, "a": [1.0]}, 0.3089902907482288,
    ),
    "bracket beside a condition": (
        {"axes": {"s": 2, "i": 3}, "input": {"x": ["i"]}, "parameters": {"V": ["s"]},
         "equations": "v[s] = V[s]*(s >= 1)*sum[i | i > 0](sqrt(x[i]**2 + 1))\nL = sum[s](v[s])"},
        {**WINDOW, "V": [-1.0, -2.0]}, -5.414524872610442,
    ),
    "where beside a condition": (
        {"axes": {"t": 3, "s": 3}, "input": {"x": ["s"]}, "parameters": {"V": ["t"]},
         "equations": "v[t] = where(V[t] > 0, 0, mean[s | s != 1](1/(x[s]**2 + 1)))\n"
         "L = sum[t](v[t])"},
        {**WINDOW, "V": [-1.0, -2.0, 1.0]}, 1 / (0.3**2 + 1) + 1 / (1.1**2 + 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE_WRONG)
def test_a_wrong_loss_is_never_called_ok(name: str, tmp_path: Path) -> None:
    """Backward agreed with these wrong forwards: all were called ok."""
    more, data, right = ONCE_WRONG[name]
    network = chalkgrad.load({"name": "net", "loss": "L", **more})
    made = subject(numpy_module(network.derive()), tmp_path, "net")
    params = made.module.Params(*(np.array(data[t.name]) for t in network.parameters))
    args = [np.array(data[t.name]) for t in network.inputs]
    is_right = abs(made.module.forward(params, *args)[0] - right) < 1e-12
    report = check_module(made.module, network=network)
    assert report.ok == is_right
    assert {row.status for row in report.forward} == {"ok" if is_right else "failed"}


# -- what cannot be compared -----------------------------------------------------------------------


def scalar(equations: str, **more: Any) -> Any:
    return check(chalkgrad.load({
        "name": "net", "input": {"x": []}, "parameters": {"w": []}, "loss": "L",
        "equations": equations, **more,
    }).derive())  # fmt: skip


def test_data_at_which_the_formula_overflows_is_made_milder() -> None:
    """exp(20000) is infinite even in 80 bits; the module computes softplus(20000)."""
    report = scalar("L = log(1 + exp(20000*(1 + w**2)*x**2))")
    assert report.ok
    assert {row.status for row in report.forward} == {"ok"}


def test_what_overflows_everywhere_is_not_called_ok() -> None:
    report = scalar("L = log(1 + exp(10**12*(1 + w**2)*(1 + x**2)))")
    assert not report.failed
    assert not report.ok
    assert report.status == "skipped"
    assert {row.message for row in report.forward} == {
        "not compared: the equations as written overflow"
    }
    assert {row.checked for row in report.forward} == {0}


def test_a_formula_that_cancels_is_excused_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    """log(1 - σ(v)) at v = 30 has seven digits in 80 bits, the module has all of them."""
    network = chalkgrad.load({
        "name": "net", "input": {"x": []}, "loss": "L", "equations": "L = log(1 - sigmoid(x))",
        "values": {"x": 30},
    })  # fmt: skip
    source = numpy_module(network.derive())
    for spoiled in (source, source.replace("loss = L.mean()", "loss = 1.001 * L.mean()")):
        made = subject(spoiled, tmp_path, "net")
        rows = compared(made, network, [Point(made.module.Params(), (np.array([30.0]),))], 0)
        assert [row.status for row in rows if row.kind == "loss"] == [
            "ok" if spoiled is source else "failed"
        ]


def test_a_tie_by_rounding_is_no_fault() -> None:
    """0.1 + 0.2 > 0.3 in float64, and not with more digits."""
    values = {"x": 0.2, "w": 0.1}
    report = scalar("L = step(w + x - 0.3) + w*x", values=values)
    assert {row.status for row in report.forward} == {"ok"}


def test_shapes_are_compared(tmp_path: Path) -> None:
    network = chalkgrad.load(examples.path("n232"))
    source = numpy_module(network.derive()).replace(
        "    return y1\n", "    return y1.sum(axis=0)\n"
    )
    made = subject(source, tmp_path, "net")
    row = compared(made, network, points(made.module), 0)[1]
    assert row.status == "failed"
    assert "y1 has the shape (2,), by the equations (3, 2)" in row.message


def test_a_predict_that_raises_is_a_finding(tmp_path: Path) -> None:
    network = chalkgrad.load(examples.path("n232"))
    source = numpy_module(network.derive()).replace("    return y1\n", "    return y7\n")
    made = subject(source, tmp_path, "net")
    report = check_module(made.module, network=network)
    assert report.failed
    assert [f.message for f in report.findings if f.name == "forward"] == [
        "predict raised NameError: name 'y7' is not defined"
    ]
