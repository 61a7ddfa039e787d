"""What a check found: a row per gradient, a row per value of forward, a finding per demand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "failed", "skipped"]
Kind = Literal["parameter", "input"]
ForwardKind = Literal["loss", "output"]

COMPLEX = "complex step"
CENTRAL = "central differences"


def _finite(number: float) -> float | None:
    """JSON has neither NaN nor infinity."""
    return number if math.isfinite(number) else None


@dataclass(frozen=True)
class TensorReport:
    """The verdict on the gradient of one tensor.

    ``checked`` and ``skipped`` count comparisons (entries, and random directions of large
    networks), ``entries`` the entries that were looked at one by one; ``error`` is the worst
    relative to the tensor's gradient, infinite when there was nothing finite to compare;
    ``tolerance`` is what it was held to, for central
    differences with their own estimated error added; ``method`` is empty when nothing was measured.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    method: str
    entries: int
    skipped: int
    checked: int
    error: float
    tolerance: float
    status: Status
    message: str

    @property
    def size(self) -> int:
        """How many entries the tensor has."""
        return math.prod(self.shape)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "shape": list(self.shape),
            "method": self.method,
            "checked": self.checked,
            "entries": self.entries,
            "of": self.size,
            "skipped": self.skipped,
            "error": _finite(self.error),
            "tolerance": self.tolerance,
            "status": self.status,
            "message": self.message,
        }


@dataclass(frozen=True)
class ForwardReport:
    """The verdict on the loss or an output of forward: is it what the equations as written give?

    ``checked`` counts the numbers compared, over all data; ``note`` says at which sizes, where not
    at the network's own. Nothing was compared where the status is skipped; ``message`` says why.
    """

    name: str
    kind: ForwardKind
    shape: tuple[int, ...]
    checked: int
    error: float
    tolerance: float
    status: Status
    message: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "shape": list(self.shape), "error": _finite(self.error)}


@dataclass(frozen=True)
class Finding:
    """The verdict on one demand of the contract that is not about one tensor's numbers."""

    name: str
    status: Status
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**vars(self)}


@dataclass(frozen=True)
class Report:
    """A whole check. ``ok`` and ``failed`` are both False when every entry was skipped.

    ``forward`` is empty where the equations are not at hand (a module alone).
    """

    module: str
    loss: float
    tensors: tuple[TensorReport, ...]
    findings: tuple[Finding, ...]
    forward: tuple[ForwardReport, ...] = ()

    @property
    def failed(self) -> bool:
        rows: list[TensorReport | ForwardReport | Finding]
        rows = [*self.tensors, *self.forward, *self.findings]
        return any(row.status == "failed" for row in rows)

    @property
    def ok(self) -> bool:
        """Nothing failed, at least one gradient was really compared (or there is none), and every
        row of forward was."""
        gradients = not self.tensors or any(t.status == "ok" for t in self.tensors)
        values = all(row.status == "ok" for row in self.forward)
        return gradients and values and not self.failed

    @property
    def status(self) -> Status:
        return "failed" if self.failed else "ok" if self.ok else "skipped"

    @property
    def skipped(self) -> int:
        """How many entries were left out because they sit on, or cross, a kink."""
        return sum(tensor.skipped for tensor in self.tensors)

    def tensor(self, name: str, kind: Kind | None = None) -> TensorReport:
        """The row of one tensor; KeyError when there is none of that name (and kind)."""
        for row in self.tensors:
            if row.name == name and kind in (None, row.kind):
                return row
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        """The whole report as plain lists, dicts, numbers and text, in a fixed order."""
        return {
            "module": self.module,
            "status": self.status,
            "ok": self.ok,
            "loss": _finite(self.loss),
            "skipped": self.skipped,
            "tensors": [tensor.to_json() for tensor in self.tensors],
            "forward": [row.to_json() for row in self.forward],
            "checks": [finding.to_json() for finding in self.findings],
        }
