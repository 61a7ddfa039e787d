"""What every pass gains: a step without it, against a step with all of them.

Run by `make bench`; `python bench/passes.py LSTM conv` takes the workloads whose names hold these
words. CPU time, one thread, in turns, medians; only modules that the pass changes are timed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import sys
from typing import Any

import numpy as np
from steps import Run, measured
from workloads import WORKLOADS
from workloads.workload import Workload

from chalkgrad import load
from chalkgrad.codegen.lowering.passes.table import ALL, Pass
from chalkgrad.codegen.lowering.program import build
from chalkgrad.codegen.targets.loading import module_from
from chalkgrad.codegen.targets.numpy.module import render


def steps(w: Workload, dtype: Any) -> dict[str, Run]:
    """``generated``: with all passes; and by the name of a pass the step without it."""
    derivation = load(w.spec).derive()
    texts = {p.name: render(build(derivation, passes=ALL - {p})) for p in Pass}
    whole = render(build(derivation))
    chosen = {"generated": whole, **{name: text for name, text in texts.items() if text != whole}}

    def bound(text: str) -> Run:
        module: Any = module_from(text, "bench")
        params, data = module.example(0, dtype, w.batch)
        return lambda: module.loss_and_grads(params, *data)

    return {name: bound(text) for name, text in chosen.items()}


def main(words: list[str]) -> None:
    for w in WORKLOADS:
        if words and not any(word.lower() in w.name.lower() for word in words):
            continue
        for dtype in (np.float64, np.float32):
            times = measured(steps(w, dtype))
            own = statistics.median(times.pop("generated"))
            gains = {name: statistics.median(t) / own for name, t in times.items()}
            told = ", ".join(f"{n} {g:.2f}" for n, g in sorted(gains.items(), key=lambda g: -g[1]))
            print(f"{w.name}, f{np.dtype(dtype).itemsize * 8}: {told}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
