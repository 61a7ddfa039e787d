"""Faults that are planted in what makes the lines and numbers of a lecture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from chalkgrad.codegen.formula.latex_matrix import MatrixPrinter
from chalkgrad.codegen.formula.numerals import Numerals
from chalkgrad.codegen.lecture.board import board as boards
from chalkgrad.codegen.lecture.board import chains, matrices
from chalkgrad.codegen.lecture.items.delta.general_layer import LayerPrinter
from chalkgrad.codegen.lecture.items.functions import lines as function_lines
from chalkgrad.codegen.lecture.items.gates.parts import Gate
from chalkgrad.codegen.lecture.items.gradients import inserted
from chalkgrad.codegen.lecture.items.optimizers.rule_steps import Run
from chalkgrad.codegen.lecture.items.shared import update
from chalkgrad.derive.forms.chain import Local
from chalkgrad.derive.forms.matrix_nodes import MatMul, Transpose
from chalkgrad.derive.language.equation import Equation
from chalkgrad.derive.language.expr import Add, Expr, Mul, Neg, Read, num, transform
from chalkgrad.derive.language.expr import replace as put
from chalkgrad.derive.steps.step_nodes import Line
from chalkgrad.derive.topics import circuits
from chalkgrad.derive.topics.relu_sum import ReluSum
from chalkgrad.derive.values import entries

Patch = pytest.MonkeyPatch
N232 = {
    "network": {"units": [2, 3, 2], "activation": "sigmoid"},
    "loss": {"squared_error": {"factor": "1/outputs"}}, "update": {"sgd": {"rate": 0.5}},
    "values": {"x": [0.3, 0.7], "y": [1, 0], "W0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
               "b0": [0.2, 0.25, 0.3], "W1": [[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]],
               "b1": [0.3, 0.35]},
    "style": {"notation": "mari"},
}  # fmt: skip
SOFTMAX = {
    "network": {"units": [2, 3], "activation": "softmax"}, "loss": "cross_entropy",
    "style": {"notation": "mari"},
}  # fmt: skip
TWO_PATHS = {
    "input": {"x": []}, "target": {"y": []}, "parameters": {"w": [], "u": []},
    "equations": "h = tanh(w*x); z = u*h + w; L = (z - y)**2/2 + w**2", "loss": "L", "output": "z",
    "values": {"x": 0.7, "y": 0.2, "w": 0.5, "u": -1.5},
}  # fmt: skip
AND = {
    "network": {"units": [2, 1], "activation": "sigmoid"}, "loss": "squared_error",
    "samples": {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [0, 0, 0, 1]},
    "values": {"b0": -30, "W0": [20, 20]},
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """``plant`` spoils one thing; a lecture of ``item`` is then false on ``page``."""

    item: Any
    plant: Callable[[Patch], None]
    page: str
    spec: dict[str, Any] | None = None


def _spoilt(patch: Patch, where: Any, name: str, spoil: Callable[..., Any]) -> None:
    """What a function or method returns goes through ``spoil``, with the arguments after it."""
    old = getattr(where, name)
    patch.setattr(where, name, lambda *args, **more: spoil(old(*args, **more), *args))


def _chain(change: Callable[[Expr], Expr]) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        def spoil(made: Any, *args: Any) -> Any:
            return type("Spoilt", (), {"left": made.left, "ways": made.ways, "open": made.open,
                                       "right": change(made.right)})  # fmt: skip

        _spoilt(patch, chains, "chain", spoil)

    return plant


def _first_term(e: Expr) -> Expr:
    return e.args[0] if isinstance(e, Add) else e


def _swapped(e: Expr) -> Expr:
    return Mul(e.args[::-1]) if isinstance(e, Mul) else e


def _whole_for_direct(e: Expr) -> Expr:
    return transform(e, lambda x: replace(x, direct=False) if isinstance(x, Local) else x)


def _forms(change: Callable[[Expr], Expr]) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        _spoilt(patch, MatrixPrinter, "oriented", lambda made, *args: transform(made, change))

    return plant


def _untransposed(e: Expr) -> Expr:
    return e.arg if isinstance(e, Transpose) else e


def _other_order(e: Expr) -> Expr:
    return MatMul(e.args[::-1]) if isinstance(e, MatMul) else e


def _index_swapped(patch: Patch) -> None:
    def swapped(e: Expr) -> Expr:
        return Read("W1", e.indices[::-1]) if isinstance(e, Read) and e.tensor == "W1" else e

    def spoil(eq: Equation, *args: Any) -> Equation:
        return eq.with_rhs(transform(eq.rhs, swapped))

    _spoilt(patch, boards.Board, "equation", spoil)


def _sign_by_hand(patch: Patch) -> None:
    def spoil(made: Expr, board: Any, name: str, at: Any) -> Expr:
        return Neg(made) if name == "v0" else made

    _spoilt(patch, boards.Board, "written", spoil)


def _uphill(patch: Patch) -> None:
    def uphill(exact: Any, rate: Any, frozen: Any = ()) -> Any:
        return entries.after_step(exact, -rate, frozen)

    patch.setattr(update, "after_step", uphill)


def _rounded_twice(patch: Patch) -> None:
    def twice(self: Numerals, value: Any) -> Decimal:
        return old(self, old(replace(self, count=self.count + 1), value))

    old = Numerals.rounded
    patch.setattr(Numerals, "rounded", twice)


def _turned(patch: Patch) -> None:
    patch.setattr(matrices.Grid, "at", lambda self, i, j: (j, i)[2 - self.axes :])


def _line_without_a_factor(patch: Patch) -> None:
    def spoil(steps: Any, *args: Any) -> Any:
        if steps is None:
            return None
        *before, last = steps.lines
        return replace(steps, lines=(*before, replace(last, right=Mul((num(2), last.right)))))

    _spoilt(patch, inserted, "inserted_steps", spoil)


def _wrong_step(patch: Patch) -> None:
    def spoil(made: list[Line], *args: Any) -> list[Line]:
        return [*made[:-1], replace(made[-1], right=Neg(made[-1].right))]

    old = function_lines.Lines.lines.func  # type: ignore[attr-defined]
    patch.setattr(function_lines.Lines, "lines", property(lambda self: spoil(old(self))))


def _gate_without_a_sign(patch: Patch) -> None:
    _spoilt(patch, circuits, "derivative", lambda made, *args: Neg(made))


def _stale_state(patch: Patch) -> None:
    def spoil(e: Expr, *args: Any) -> Expr:
        return put(e, {Read("G", (num(2),)): Read("G", (num(1),))})

    _spoilt(patch, Run, "equation", spoil)


def _bias_lost(patch: Patch) -> None:
    _spoilt(patch, Gate, "terms", lambda made, *args: [t for t in made if t.source is not None])


def _slope_for_change(patch: Patch) -> None:
    patch.setattr(ReluSum, "changes", property(lambda self: self.slopes))


def _layer_untransposed(patch: Patch) -> None:
    _spoilt(patch, LayerPrinter, "oriented", lambda made, *args: transform(made, _untransposed))


FAULTS = {
    "a path is dropped": Fault(
        {"gradients": {"wrt": ["w"]}}, _chain(_first_term), "gradients-w", TWO_PATHS),
    "a part of a gradient counts as the whole": Fault(
        {"gradients": {"wrt": ["w"]}}, _chain(_whole_for_direct), "gradients-w", TWO_PATHS),
    "the sign of a chain is lost": Fault(
        {"gradients": {"wrt": ["W0"]}}, _chain(Neg), "gradients-W0"),
    "the factors of a chain stand in the other order": Fault(
        {"gradients": {"wrt": ["W0"]}}, _chain(_swapped), "gradients-W0"),
    "a transpose is lost": Fault("gradients", _forms(_untransposed), "gradients-"),
    "the factors of a matrix product stand in the other order": Fault(
        "forward", _forms(_other_order), "forward"),
    "two indices are swapped": Fault("forward", _index_swapped, "forward"),
    "the sign of an entry worked by hand is lost": Fault(
        "example", _sign_by_hand, "example-forward"),
    "the update goes uphill": Fault("example", _uphill, "example-update"),
    "numbers are rounded twice": Fault("example", _rounded_twice, "example-"),
    "the matrices of a page are transposed": Fault("architecture", _turned, "architecture"),
    "a line of p - y has a factor too much": Fault(
        "gradients", _line_without_a_factor, "gradients-", SOFTMAX),
    "the last line of a derivative has the wrong sign": Fault(
        {"functions": {"names": ["sigmoid"]}}, _wrong_step, "functions-sigmoid"),
    "the gates of a circuit have lost their sign": Fault(
        "circuit", _gate_without_a_sign, "circuit", TWO_PATHS),
    "Adagrad steps with the state of the step before": Fault(
        {"optimizers": {"names": ["adagrad"]}}, _stale_state, "optimizers-adagrad"),
    "the bias of a gate is lost": Fault("gates", _bias_lost, "gates", AND),
    "a ReLU has a slope for a change of slope": Fault(
        {"relu_sum": {"f": "sin(x)", "on": [0, 3], "terms": 4}}, _slope_for_change, "relu-sum"),
    "the rule of layer l has lost a transpose": Fault(
        {"delta": {"layers": "general"}}, _layer_untransposed, "delta-general"),
}  # fmt: skip
