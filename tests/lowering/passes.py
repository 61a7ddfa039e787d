"""Modules with some of the passes left out, and small networks on which each pass has work."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from chalkgrad.codegen.lowering.passes.table import ALL, Pass
from chalkgrad.codegen.lowering.program import build
from chalkgrad.codegen.targets.numpy.module import render
from chalkgrad.derive.pipeline import load

SQUARES = {"squared_error": {"factor": "1/outputs"}}
NETWORKS: dict[str, dict[str, Any]] = {
    "convolution": {
        "input": {"x": [2, 6, 5]}, "target": {"y": [3, 4, 3]},
        "layers": [
            {"conv2d": {"out": 4, "k": 3, "pad": 1, "activation": "gelu_tanh"}},
            {"conv2d": {"out": 3, "k": 3, "activation": "tanh"}},
        ],
        "loss": SQUARES,
    },
    "pooling": {
        "input": {"x": [1, 6, 6]}, "target": {"y": {"shape": [3], "fact": "distribution"}},
        "layers": [
            {"conv2d": {"out": 2, "k": 3, "pad": 1, "activation": "relu"}},
            {"max_pool2d": {"k": 2}}, {"flatten": {}}, {"dense": {"units": 3}},
        ],
        "loss": "cross_entropy_logits",
    },
    "block": {
        "input": {"x": [3, 4]}, "target": {"y": [3, 4]},
        "layers": [
            {"multi_head_attention": {"as": "att", "heads": 2, "causal": True}},
            {"add": {"as": "res", "from": ["x", "att"]}}, {"layer_norm": {}},
            {"dense": {"units": 5, "activation": "gelu"}}, {"dense": {"units": 4}},
        ],
        "loss": SQUARES,
    },
    "memory": {
        "input": {"x": [4, 2]}, "target": {"y": [4, 3]},
        "layers": [{"lstm": {"units": 3}}], "loss": SQUARES,
    },
    "dense": {
        "input": {"x": [3]}, "target": {"y": [2]},
        "layers": [
            {"dense": {"units": 4, "activation": "silu"}},
            {"dense": {"units": 2, "activation": "sigmoid"}},
        ],
        "loss": SQUARES,
    },
    "history": {
        "axes": {"t": 4}, "input": {"x": ["t"]}, "target": {"y": []},
        "parameters": {"u": [], "v": []},
        "equations": "a[t] = u*x[t] + v*h[t-1]; g[t] = tanh(a[t])*h[t-1]; h[t] = a[t] + g[t]"
        "; z = sum[t](g[t]**2); L = (z + h[3] - y)**2",
        "loss": "L",
    },
    "logarithm": {
        "axes": {"i": 2}, "input": {"x": ["i"]}, "target": {"y": []}, "parameters": {"w": ["i"]},
        "equations": "u = 2 + sum[i]((x[i] - w[i])**2); L = y + log(u)", "loss": "L",
    },
}  # fmt: skip


def text(name: str, passes: frozenset[Pass] = ALL) -> str:
    """The module of a network, lowered with these passes."""
    derivation = load({"name": name, **NETWORKS[name]}).derive()
    return render(build(derivation, passes=passes))


def part(source: str, function: str) -> str:
    """The text of one function of a module."""
    start = source.index(f"\ndef {function}(")
    return source[start : source.index("\n\n\n", start)]


def module(source: str) -> Any:
    made = ModuleType("net")
    exec(compile(source, "net", "exec"), made.__dict__)
    return made


def gradients(source: str, dtype: Any = np.float64) -> dict[str, Any]:
    """Every gradient on the module's own example; the same numbers in either precision."""
    net = module(source)
    params, data = net.example(0)
    params = net.Params(*(w.astype(dtype) for w in params))
    _, cache = net.forward(params, *(a.astype(dtype) for a in data))
    return {k: v for group in net.backward(params, cache) for k, v in group._asdict().items()}
