"""A network's module against the oracle: values, gradients, outputs, dtypes, warnings."""

from __future__ import annotations

import inspect
import traceback
import types
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad import ChalkgradError
from chalkgrad.codegen.lowering.passes.table import ALL, Pass
from chalkgrad.codegen.lowering.program import build
from chalkgrad.codegen.targets.numpy.module import render
from chalkgrad.derive.pipeline import load

from .draw import numbers
from .oracle import Oracle, Result

BATCHES, POINTS = (1, 2, 3, 5), (0, 1)
TOLERANCE, SINGLE = 1e-9, 2e-3
# from harmless to worst: of two faults of one network the later is told
KINDS = (
    "ok", "ill", "refused", "refused without place", "warns", "wrong float32", "wrong dtype",
    "wrong chain", "wrong path", "wrong Jacobian", "wrong adjoint",
    "wrong output", "wrong gradient", "wrong loss", "raises", "syntax", "traceback", "hangs",
)  # fmt: skip
FAULTS = frozenset(KINDS) - {"ok", "ill", "refused"}
_DECIDED = ("wrong output", "wrong gradient", "wrong loss")

Data = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Verdict:
    """``kind`` is one of KINDS; ``points`` and ``skipped`` count what could be compared."""

    kind: str
    detail: str = ""
    points: int = 0
    skipped: int = 0


class FaultError(Exception):
    """What ends a judgement."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind, self.detail = kind, detail
        super().__init__(f"{kind}: {detail}")


def judge(
    spec: Mapping[str, Any], kinds: Mapping[str, str], passes: frozenset[Pass] = ALL
) -> Verdict:
    """The verdict on one spec, lowered with some passes; ``kinds`` says how the numbers of its
    tensors are drawn."""
    try:
        subject = Subject(spec, passes)
        return subject.judged(kinds)
    except FaultError as fault:
        return Verdict(fault.kind, fault.detail)


class Subject:
    """A network, its module, its oracle."""

    def __init__(self, spec: Mapping[str, Any], passes: frozenset[Pass] = ALL) -> None:
        self.spec, self.passes = spec, passes
        self.oracle = Oracle(spec)
        self.module = self._module()
        self.samples = bool(spec.get("input") or spec.get("target"))
        given = spec.get("output", [])
        self.outputs = [given] if isinstance(given, str) else list(given)
        self.warned = ""

    def _module(self) -> types.ModuleType:
        try:
            source = render(build(load(dict(self.spec)).derive(), passes=self.passes))
        except ChalkgradError as err:
            named = "equation" in err.where or "." in err.where
            raise FaultError("refused" if named else "refused without place", str(err)) from None
        except Exception as err:
            raise FaultError("traceback", last(err)) from None
        module = types.ModuleType(str(self.spec["name"]))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                exec(compile(source, f"{self.spec['name']}.py", "exec"), module.__dict__)
        except (SyntaxError, SyntaxWarning) as err:
            raise FaultError("syntax", str(err)) from None
        except Exception as err:
            raise FaultError("raises", "import: " + last(err)) from None
        return module

    def judged(self, kinds: Mapping[str, str]) -> Verdict:
        points = skipped = 0
        for point in POINTS:
            for batch in BATCHES if self.samples else (1,):
                data = numbers(self.spec, kinds, self.oracle.sizes, batch, point)
                expected = self.oracle.run(data, batch, self.outputs)
                if not _finite(expected):
                    skipped += 1
                    continue
                try:
                    self.compare(data, expected, f"batch {batch}, point {point}")
                    points += 1
                except FaultError as fault:
                    if not (
                        fragile(expected) and fault.kind in _DECIDED and "nan" not in str(fault)
                    ):
                        raise
                    skipped += 1
                if batch == 3 or not self.samples:
                    self.single(data, expected)
        if self.warned:
            raise FaultError("warns", self.warned)
        return Verdict("ok" if points else "ill", points=points, skipped=skipped)

    # -- running the module -----------------------------------------------------------------------

    def run(self, data: Data) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        """(loss, gradients, outputs) of the module; what it warns of is kept."""
        for array in data.values():
            array.setflags(write=False)  # a module may not change what it is given
        try:
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                made = self._run(data)
        except Exception as err:
            raise FaultError("raises", last(err)) from None
        if heard and not self.warned:
            self.warned = f"{heard[0].message} (line {heard[0].lineno})"
        return made

    def _run(self, data: Data) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        module = self.module
        params = module.Params(*(data[name] for name in module.Params._fields))
        inputs = [data[name] for name in self.spec.get("input", {})]
        targets = [data[name] for name in self.spec.get("target", {})]
        loss, cache = module.forward(params, *inputs, *targets)
        dparams, dinputs = module.backward(params, cache)
        if hasattr(module, "kinks"):
            module.kinks(params, *inputs, *targets)
        asked = len(inspect.signature(module.predict).parameters) - 1  # targets count samples too
        shown: Any = module.predict(params, *[*inputs, *targets][:asked]) if self.outputs else ()
        if not isinstance(shown, tuple):
            shown = (shown,)
        named = dict(zip(self.outputs, shown, strict=True))
        return loss, {**dparams._asdict(), **dinputs._asdict()}, named

    # -- comparing ---------------------------------------------------------------------------------

    def compare(self, data: Data, expected: Result, at: str) -> None:
        loss, gradients, outputs = self.run(data)
        for what, value in (("loss", loss), *gradients.items()):
            if np.asarray(value).dtype != np.float64 and any(expected.gradients):
                raise FaultError("wrong dtype", f"{what} of float64 is {np.asarray(value).dtype}")
        if not close(np.asarray(loss), np.asarray(expected.loss), 1e-6):
            raise FaultError("wrong loss", f"{at}: {loss!r}, right is {expected.loss!r}")
        largest = max((np.abs(g).max(initial=0) for g in expected.gradients.values()), default=0)
        for name, right in expected.gradients.items():
            if name not in gradients:
                if name in self.module.Params._fields or name in self.spec.get("input", {}):
                    raise FaultError("wrong gradient", f"{at}: there is no gradient of {name}")
                continue
            got = np.asarray(gradients[name])
            if got.shape != right.shape:
                raise FaultError("wrong gradient", f"{at}: d{name} has the shape {got.shape}")
            if not close(got, right, 1e-6 * largest):
                raise FaultError("wrong gradient", f"{at}: d{name} {worst(got, right)}")
        for name, right in expected.outputs.items():
            if not close(np.asarray(outputs[name]), right, 1e-6):
                raise FaultError("wrong output", f"{at}: {name} {worst(outputs[name], right)}")

    def single(self, data: Data, expected: Result) -> None:
        """The same numbers in float32: every float result is float32, and near the right one."""
        given = (data[k] for k in data if k not in self.spec.get("constants", {}))
        if not any(v.dtype.kind == "f" for v in given):
            return  # no argument says which precision is wanted
        low = {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in data.items()}
        loss, gradients, outputs = self.run(low)
        for what, value in (("loss", loss), *((f"d{k}", v) for k, v in gradients.items()),
                            *outputs.items()):  # fmt: skip
            dtype = np.asarray(value).dtype
            if what in outputs and not self.predicts_floats():
                continue  # no argument of predict says it
            if dtype != np.float32 and not (dtype.kind in "iu" and self.winner(what)):
                raise FaultError("wrong dtype", f"{what} is {dtype}")
        if fragile(expected) or expected.margin < 1e-4:
            return  # on which side a corner is passed may change
        right = {**expected.gradients, "loss": np.asarray(expected.loss), **expected.outputs}
        got = {**gradients, "loss": loss, **outputs}
        largest = max([1.0, *(np.abs(v).max(initial=0) for v in expected.gradients.values())])
        wide = None
        for name in right.keys() & got.keys():
            gap = _gap(got[name], right[name])
            finite = np.abs(right[name][np.isfinite(right[name])])
            allowed = SINGLE * (finite.max(initial=0) + 1e-3 * largest)
            if not gap <= allowed:
                wide = wide if wide is not None else self.shaken(data)
                if not gap <= allowed + 100 * wide[name]:
                    raise FaultError("wrong float32", f"{name} {worst(got[name], right[name])}")

    def predicts_floats(self) -> bool:
        """Is an argument of predict, a parameter or an input, of floats?"""
        given = {**self.spec.get("parameters", {}), **self.spec.get("input", {})}
        return any(not (isinstance(s, Mapping) and "integer" in s) for s in given.values())

    def winner(self, name: str) -> bool:
        """Whether a tensor is an argmax or argmin, and so holds whole numbers."""
        eq = self.oracle.equations.get(name)
        return eq is not None and eq.rhs[0] == "reduce" and eq.rhs[1] in ("argmax", "argmin")

    def shaken(self, data: Data) -> dict[str, float]:
        """How far each result moves in float64 where the data move by float32's rounding."""
        made: dict[str, float] = {}
        base: dict[str, Any] = {}
        for seed in range(4):
            rng = np.random.default_rng(seed)
            moved = {
                k: v * (1 + 1e-7 * min(seed, 1) * rng.standard_normal(v.shape))
                if v.dtype.kind == "f" else v for k, v in data.items()
            }  # fmt: skip
            loss, gradients, outputs = self.run(moved)
            here = {**gradients, "loss": loss, **outputs}
            base = base or here
            for name, value in here.items():
                made[name] = max(made.get(name, 0.0), float(_gap(value, base[name])))
        return made


def _finite(r: Result) -> bool:
    finite = [np.isfinite(g).all() for g in r.gradients.values()]
    return bool(np.isfinite(r.loss) and all(finite))


def fragile(r: Result) -> bool:
    """Whether rounding may turn a decision round, so that another answer is right, too."""
    return r.fragile or r.margin < 1e-9


def _gap(got: Any, right: Any) -> float:
    got, right = np.asarray(got, dtype=float), np.asarray(right, dtype=float)
    if got.shape != right.shape:
        return np.inf
    with np.errstate(invalid="ignore"):
        return float(np.max(np.where(got == right, 0, np.abs(got - right)), initial=0))


def close(got: np.ndarray, right: np.ndarray, floor: float) -> bool:
    """NaN is close to nothing; an infinity only to itself."""
    if got.shape != right.shape:
        return False
    finite = np.abs(right[np.isfinite(right)])
    return _gap(got, right) <= TOLERANCE * (finite.max(initial=0) + floor + 1e-4)


def worst(got: Any, right: np.ndarray) -> str:
    got, right = np.asarray(got, dtype=float), np.asarray(right)
    if got.shape != right.shape:
        return f"has the shape {got.shape}, right is {right.shape}"
    gap = np.where(got == right, 0, np.abs(got - right))
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    shown = [int(k) for k in at]
    return f"at {shown}: {got[at]!r}, right is {right[at]!r}"


def last(err: Exception) -> str:
    """The exception and where it came from."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(err.__traceback__)
    here = frames[-1]
    place = f"{here.filename.rsplit('/', 1)[-1]}:{here.lineno}" if frames else ""
    return f"{type(err).__name__}: {str(err)[:200]} ({place})"
