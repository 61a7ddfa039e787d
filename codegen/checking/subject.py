"""The module under check, the point it is checked at, and one loss or gradient from it."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...derive.language.errors import ChalkgradError
from ..targets.loading import module_name
from .report import Kind

Array = NDArray[Any]


class ContractError(Exception):
    """The module answered in a form the contract does not allow, or raised; the text says how."""


@dataclass(frozen=True)
class Slot:
    """A tensor that has a gradient: a field of Params, or an argument after the parameters."""

    kind: Kind
    name: str
    position: int


@dataclass(frozen=True)
class Point:
    """Parameters (a NamedTuple) and the inputs and targets that follow them in ``forward``."""

    params: Any
    args: tuple[Any, ...]

    def value(self, slot: Slot) -> Array:
        source = self.params if slot.kind == "parameter" else self.args
        return np.asarray(source[slot.position])

    def replaced(self, slot: Slot, value: Array) -> Point:
        """The same point with another value in one slot."""
        if slot.kind == "parameter":
            return Point(self.params._replace(**{slot.name: value}), self.args)
        before, after = self.args[: slot.position], self.args[slot.position + 1 :]
        return Point(self.params, (*before, value, *after))

    def cast(self, dtype: Any, *, args: bool = True) -> Point:
        """Every floating tensor, or every floating parameter, in another dtype; integers stay."""
        params = [_cast(value, dtype) for value in self.params]
        new_args = tuple(_cast(value, dtype) if args else value for value in self.args)
        return Point(type(self.params)._make(params), new_args)


def is_floating(value: Any) -> bool:
    return np.issubdtype(np.asarray(value).dtype, np.floating)


def _cast(value: Any, dtype: Any) -> Any:
    array = np.asarray(value)
    return array.astype(dtype) if np.issubdtype(array.dtype, np.inexact) else value


@dataclass(frozen=True)
class Gradients:
    """What backward returned, as arrays by slot, and the loss it belongs to."""

    loss: float
    params: Any
    inputs: Any

    def get(self, slot: Slot) -> Array | None:
        """The gradient of one tensor, or None where backward returned no such field."""
        source = self.params if slot.kind == "parameter" else self.inputs
        found = getattr(source, slot.name, None)
        return None if found is None else np.asarray(found)


@contextlib.contextmanager
def numeric_quiet() -> Iterator[None]:
    """Overflow is judged by its result; a complex number made real is an error, not a warning."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def _told(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"


class Subject:
    """Calls the functions of one module and holds it to the form of the contract."""

    def __init__(self, module: Any) -> None:
        self.module, self.name = module, module_name(module)
        missing = [n for n in ("forward", "backward") if not callable(getattr(module, n, None))]
        if missing:
            raise ChalkgradError(
                f"the module has no function {' and no function '.join(missing)}",
                where=self.name,
                hint="the contract is forward(params, *inputs, *targets) -> (loss, Cache) and "
                "backward(params, cache) -> (Params, Inputs)",
            )
        self._unchecked = getattr(module, "forward_unchecked", module.forward)
        self.has_kinks = callable(getattr(module, "kinks", None))

    def loss(self, point: Point) -> Any:
        """The loss as a NumPy scalar, real or complex; whatever the module raises comes through."""
        answer = self._unchecked(point.params, *point.args)
        return np.asarray(answer[0])[()]

    def base_loss(self, point: Point) -> float:
        """The loss where nothing is perturbed; ContractError when the module raises there."""
        try:
            return float(self.loss(point))
        except Exception as fault:
            raise ContractError(f"the forward pass raised {_told(fault)}") from fault

    def sides(self, point: Point) -> tuple[Array, ...]:
        """The side taken at every kink, as the module itself reports it."""
        return tuple(map(np.asarray, self._answer("kinks", point.params, *point.args)))

    def forward(self, point: Point) -> tuple[Any, Any]:
        """``(loss, cache)`` from the checked forward; ContractError when it is anything else."""
        answer = self._pair("forward", "(loss, Cache)", point.params, *point.args)
        shape = np.shape(answer[0])
        if shape != ():
            raise ContractError(f"the loss must be one number; forward returned the shape {shape}")
        return answer

    def backward(self, params: Any, cache: Any) -> tuple[Any, Any]:
        """``(Params, Inputs)``; ContractError when backward returns anything else or raises."""
        answer = self._pair("backward", "(Params, Inputs)", params, cache)
        if not hasattr(answer[0], "_fields"):
            raise ContractError("the gradients of the parameters must be a NamedTuple like Params")
        return answer

    def _answer(self, function: str, *given: Any) -> Any:
        try:
            return getattr(self.module, function)(*given)
        except Exception as fault:
            raise ContractError(f"{function} raised {_told(fault)}") from fault

    def _pair(self, function: str, pair: str, *given: Any) -> tuple[Any, Any]:
        answer = self._answer(function, *given)
        if not isinstance(answer, tuple) or hasattr(answer, "_fields") or len(answer) != 2:
            raise ContractError(f"{function} must return the pair {pair}")
        return answer

    def gradients(self, point: Point) -> Gradients:
        loss, cache = self.forward(point)
        params, inputs = self.backward(point.params, cache)
        return Gradients(float(loss), params, inputs)

    def slots(self, point: Point, inputs: Any) -> tuple[Slot, ...]:
        """Every floating parameter, then every input that backward gives (or owes) a gradient."""
        found = [
            Slot("parameter", name, k)
            for k, name in enumerate(point.params._fields)
            if is_floating(point.params[k])
        ]
        declared = getattr(getattr(self.module, "Inputs", None), "_fields", None)
        names = declared if declared is not None else getattr(inputs, "_fields", ())
        return (*found, *self._input_slots(point, tuple(names)))

    @staticmethod
    def floating(point: Point) -> tuple[Slot, ...]:
        """Every floating tensor, targets among them."""
        params = [Slot("parameter", name, k) for k, name in enumerate(point.params._fields)]
        args = [Slot("input", f"argument {k + 1}", k) for k in range(len(point.args))]
        return tuple(slot for slot in (*params, *args) if is_floating(point.value(slot)))

    def _input_slots(self, point: Point, names: tuple[str, ...]) -> list[Slot]:
        """Fields of Inputs placed by the argument names of forward, else in floating order."""
        arguments = list(inspect.signature(self.module.forward).parameters)[1:]
        floating = [k for k, value in enumerate(point.args) if is_floating(value)]
        if not all(name in arguments for name in names):
            return [Slot("input", n, k) for n, k in zip(names, floating, strict=False)]
        places = [(name, arguments.index(name)) for name in names]
        return [Slot("input", name, k) for name, k in places if k in floating]
