"""How deriving and emitting scale: depth, width, chains and wide sums, against `import sympy`.

Run by `make bench`. Every figure is a ratio to the time of `python -c "import sympy"`, measured in
the same run; each case runs in a fresh process, with the import of the engine taken off.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import Any

REPEATS = 3


def mlp(widths: list[int]) -> dict[str, Any]:
    """A plain sigmoid network; ``widths`` from the input to the output."""
    layers = [{"dense": {"units": w, "activation": "sigmoid"}} for w in widths[1:]]
    return {
        "name": "deep", "input": {"x": [widths[0]]}, "target": {"y": [widths[-1]]},
        "layers": layers, "loss": {"squared_error": {"factor": "1/2"}},
    }  # fmt: skip


def chain(length: int) -> dict[str, Any]:
    lines = ["h0[i] = sin(x[i])"]
    lines += [f"h{k}[i] = sin(h{k - 1}[i])" for k in range(1, length - 1)]
    lines.append(f"L = sum[i](h{length - 2}[i]*w[i])")
    return {
        "name": "chain", "axes": {"i": 3}, "input": {"x": ["i"]}, "parameters": {"w": ["i"]},
        "equations": "\n".join(lines), "loss": "L",
    }  # fmt: skip


def wide_sum(count: int) -> dict[str, Any]:
    terms = " + ".join(f"a{k}[i]" for k in range(count))
    return {
        "name": "wide", "axes": {"i": 3}, "input": {"x": ["i"]},
        "parameters": {f"a{k}": ["i"] for k in range(count)},
        "equations": f"s[i] = {terms} + x[i]\nL = sum[i](s[i]**2)", "loss": "L",
    }  # fmt: skip


CASES: dict[str, Any] = {
    "MLP, 100 layers of 10": lambda: mlp([10] * 101),
    "MLP, 200 layers of 10": lambda: mlp([10] * 201),
    "MLP, 100 layers of 10,000": lambda: mlp([10_000] * 101),
    "MLP, 100 layers of 100 widths": lambda: mlp([10 + k for k in range(101)]),
    "chain of 2,000 equations": lambda: chain(2000),
    "one equation adding 400 tensors": lambda: wide_sum(400),
}


def run_case(name: str) -> None:
    """In a fresh process: print the seconds of load, derive and emit."""
    import sympy  # noqa: F401

    import chalkgrad.codegen.targets.numpy.module as module
    import chalkgrad.derive.pipeline as load

    spec = CASES[name]()
    start = time.perf_counter()
    network = load.load(spec)
    loaded = time.perf_counter()
    derivation = network.derive()
    derived = time.perf_counter()
    text = module.numpy_module(derivation)
    stop = time.perf_counter()
    lines = text.count("\n")
    print(json.dumps([loaded - start, derived - loaded, stop - derived, lines]))


def import_time() -> float:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import sympy"], check=True)
        return time.perf_counter() - start

    return statistics.median(once() for _ in range(REPEATS))


def main() -> None:
    unit = import_time()
    print(f"python -c 'import sympy': {unit:.2f} s; all figures in this unit")
    print(f"{'case':36}{'load':>7}{'derive':>8}{'emit':>7}{'derive+emit':>13}{'lines':>8}")
    for name in CASES:
        runs = []
        for _ in range(REPEATS):
            out = subprocess.run(
                [sys.executable, __file__, name], check=True, capture_output=True, text=True
            )
            runs.append(json.loads(out.stdout))
        load, derive, emit, lines = (statistics.median(r[k] for r in runs) for k in range(4))
        print(
            f"{name:36}{load / unit:7.2f}{derive / unit:8.2f}{emit / unit:7.2f}"
            f"{(derive + emit) / unit:13.2f}{lines:8.0f}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_case(sys.argv[1])
    else:
        main()
