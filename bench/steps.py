"""A step of every workload: the generated module beside textbook and expert NumPy, in one run.

Run by `make bench`; `python bench/steps.py LSTM conv` takes those whose names hold these words.
CPU time, one thread, the contenders in turns; medians of the ratios, and the middle half of them.
Before anything is timed, all three must give the same gradients.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from workloads import WORKLOADS
from workloads.workload import Workload

from chalkgrad import load, numpy_module
from chalkgrad.codegen.targets.loading import module_from

ROUNDS = 15
SLICE = 0.02  # seconds that a contender computes before the next one's turn
Run = Callable[[], Any]


def contenders(w: Workload, dtype: Any) -> dict[str, Run]:
    """The three steps, bound to one example of the data."""
    module: Any = module_from(numpy_module(load(w.spec).derive()), "bench")
    params, data = module.example(0, dtype, w.batch)
    textbook, expert = (make(module, params, data) for make in (w.textbook, w.expert))

    def generated() -> Any:
        if not w.inputs:
            loss, grads = module.loss_and_grads(params, *data)
            return loss, grads
        loss, cache = module.forward(params, *data)
        grads, inputs = module.backward(params, cache)
        return loss, [*grads, *inputs]

    def bound(step: Any) -> Run:
        return lambda: step(params, *data)

    return {"generated": generated, "textbook": bound(textbook), "expert": bound(expert)}


def check(name: str, runs: dict[str, Run], dtype: Any) -> None:
    """Raises AssertionError where a contender computes something else."""
    near = 1e-9 if dtype is np.float64 else 2e-3
    loss, grads = runs["generated"]()
    most = max(np.abs(g).max() for g in grads)  # a gradient may vanish: a key bias under softmax
    for other in ("textbook", "expert"):
        value, found = runs[other]()
        assert abs(value - loss) <= near * abs(loss), (name, other)
        for k, (a, b) in enumerate(zip(grads, found, strict=True)):
            assert a.dtype == b.dtype == dtype, (name, other, k)
            assert np.abs(a - b).max() <= near * most, (name, other, k)


def measured(runs: dict[str, Run]) -> dict[str, list[float]]:
    """CPU seconds of one step, round by round."""
    counts = {}
    for name, run in runs.items():
        begun = time.process_time()
        run()
        counts[name] = max(1, int(SLICE / max(time.process_time() - begun, 1e-6)))
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            begun = time.process_time()
            for _ in range(counts[name]):
                run()
            times[name].append((time.process_time() - begun) / counts[name])
    return times


def ratio(times: dict[str, list[float]], to: str) -> str:
    """The median of generated / ``to`` over the rounds, and its quartiles."""
    each = [a / b for a, b in zip(times["generated"], times[to], strict=True)]
    low, middle, high = statistics.quantiles(each, n=4)
    return f"{middle:6.2f} ({low:.2f}-{high:.2f})"


def main(words: list[str]) -> None:
    print(f"{'a step':22}{'generated':>13}   ÷ textbook           ÷ expert")
    for w in WORKLOADS:
        if words and not any(word.lower() in w.name.lower() for word in words):
            continue
        for dtype in (np.float64, np.float32):
            runs = contenders(w, dtype)
            with np.errstate(over="ignore"):  # exp(-v) of a plain sigmoid
                check(w.name, runs, dtype)
                times = measured(runs)
            own = statistics.median(times["generated"]) * 1e3
            label = f"{w.name}, f{np.dtype(dtype).itemsize * 8}"
            print(f"{label:26}{own:9.3f} ms {ratio(times, 'textbook'):20} {ratio(times, 'expert')}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
