"""What a gradient check found: one row per tensor, one finding per structural demand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "failed", "skipped"]
Kind = Literal["parameter", "input"]

COMPLEX = "complex step"
CENTRAL = "central differences"


@dataclass(frozen=True)
class TensorReport:
    """The verdict on the gradient of one tensor.

    ``checked`` and ``skipped`` count comparisons (entries, and random directions of large
    networks); ``error`` is the worst of them relative to the tensor's gradient, infinite when
    there was nothing finite to compare; ``tolerance`` is what it was held to, for central
    differences with their own estimated error added; ``method`` is empty when nothing was measured.
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    method: str
    checked: int
    skipped: int
    error: float
    tolerance: float
    status: Status
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """A plain dict; an error that is not finite becomes None (JSON has no NaN)."""
        return {
            "name": self.name,
            "kind": self.kind,
            "shape": list(self.shape),
            "method": self.method,
            "checked": self.checked,
            "skipped": self.skipped,
            "error": self.error if math.isfinite(self.error) else None,
            "tolerance": self.tolerance,
            "status": self.status,
            "message": self.message,
        }


@dataclass(frozen=True)
class Finding:
    """The verdict on one demand of the contract that is not about one tensor's numbers."""

    name: str
    status: Status
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "status": self.status, "message": self.message}


@dataclass(frozen=True)
class Report:
    """A whole check. ``ok`` and ``failed`` are both False when every entry was skipped."""

    module: str
    loss: float
    tensors: tuple[TensorReport, ...]
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        verdicts = [t.status for t in self.tensors] + [f.status for f in self.findings]
        return "failed" in verdicts

    @property
    def ok(self) -> bool:
        """Nothing failed, and at least one tensor was really compared (or there is none)."""
        compared = not self.tensors or any(t.status == "ok" for t in self.tensors)
        return compared and not self.failed

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
            "loss": self.loss if math.isfinite(self.loss) else None,
            "skipped": self.skipped,
            "tensors": [tensor.to_json() for tensor in self.tensors],
            "checks": [finding.to_json() for finding in self.findings],
        }
