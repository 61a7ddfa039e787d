"""What a workload is: a spec, a batch, and two hand-written steps beside the generated one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Step = Callable[..., tuple[Any, list[Any]]]  # (params, *data) -> loss, gradients by parameter


@dataclass(frozen=True)
class Workload:
    """``textbook`` and ``expert`` are given the generated module and an example of the data, and
    return the step to time (an expert allocates its workspace there). ``inputs``: the step forms
    the gradient of the input as well, and gives it behind those of the parameters."""

    name: str
    spec: dict[str, Any]
    batch: int
    textbook: Callable[..., Step]
    expert: Callable[..., Step]
    inputs: bool = False
