"""Dense networks, from two units to 1024 samples: activations and losses by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads.expert_dense import expert
from workloads.workload import Step, Workload


def sigmoid(v: Any) -> Any:
    return 1 / (1 + np.exp(-v))


def gelu_tanh(v: Any) -> Any:
    return v * (1 + np.tanh(np.sqrt(2 / np.pi).astype(v.dtype) * (v + 0.044715 * v * v * v))) / 2


def gelu_tanh_slope(v: Any, _: Any) -> Any:
    c = np.sqrt(2 / np.pi).astype(v.dtype)
    t = np.tanh(c * (v + 0.044715 * v * v * v))
    return (1 + t) / 2 + v * (1 - t * t) * c * (1 + 3 * 0.044715 * v * v) / 2


ACTIVATIONS: dict[str, Any] = {  # the function, and its slope from the argument and the value
    "identity": (lambda v: v, None),
    "sigmoid": (sigmoid, lambda v, y: y * (1 - y)),
    "tanh": (np.tanh, lambda v, y: 1 - y * y),
    "relu": (lambda v: np.maximum(v, 0), lambda v, y: v > 0),
    "gelu_tanh": (gelu_tanh, gelu_tanh_slope),
}


def gelu(erf: Any) -> Any:
    def slope(v: Any, _: Any) -> Any:
        return (1 + erf(v * 0.5**0.5)) / 2 + v * np.exp(-v * v / 2) * 0.3989422804014327

    return lambda v: v * (1 + erf(v * 0.5**0.5)) / 2, slope


def textbook(activation: str, loss: str) -> Any:
    """Layer by layer, everything kept, every line as in a course."""

    def make(module: Any, params: Any, data: Any) -> Step:
        f, slope = gelu(module.erf) if activation == "gelu" else ACTIVATIONS[activation]

        def step(params: Any, x: Any, y: Any) -> Any:
            Ws, bs = params[::2], params[1::2]
            hs, vs = [x], []
            for k, (W, b) in enumerate(zip(Ws, bs, strict=True)):
                vs.append(hs[-1] @ W + b)
                last = k == len(Ws) - 1
                hs.append(vs[-1] if last and loss == "cross_entropy_logits" else f(vs[-1]))
            out, N = hs[-1], len(x)
            if loss == "cross_entropy_logits":
                e = np.exp(out - out.max(axis=1, keepdims=True))
                p = e / e.sum(axis=1, keepdims=True)
                value = -(y * np.log(p)).sum() / N
                d = (p - y) / N
            else:
                value = np.mean((out - y) ** 2)
                d = 2 * (out - y) / y.size * slope(vs[-1], out)
            grads: list[Any] = []
            for k in reversed(range(len(Ws))):
                grads[:0] = [hs[k].T @ d, d.sum(axis=0)]
                if k:
                    d = (d @ Ws[k].T) * slope(vs[k - 1], hs[k])
            return value, grads

        return step

    return make


def network(units: list[int], activation: str, loss: str) -> dict[str, Any]:
    classify = loss == "cross_entropy_logits"
    layers: list[Any] = [{"dense": {"units": u, "activation": activation}} for u in units[1:]]
    if classify:
        layers[-1] = {"dense": {"units": units[-1]}}
    target = {"shape": [units[-1]], "fact": "distribution"} if classify else [units[-1]]
    return {
        "name": "bench", "input": {"x": [units[0]]}, "target": {"y": target}, "layers": layers,
        "loss": loss if classify else {"squared_error": {"factor": "1/outputs"}},
    }  # fmt: skip


def workload(name: str, units: list[int], batch: int, activation: str, loss: str) -> Workload:
    spec = network(units, activation, loss)
    return Workload(name, spec, batch, textbook(activation, loss), expert(activation, loss))


CLASSES, SQUARES = "cross_entropy_logits", "squared_error"
DENSE = (
    workload("2-3-2", [2, 3, 2], 1, "sigmoid", SQUARES),
    workload("XOR 3-4-1", [3, 4, 1], 4, "sigmoid", SQUARES),
    workload("MLP, 64", [784, 256, 128, 10], 64, "relu", CLASSES),
    workload("MLP, 1024", [784, 256, 128, 10], 1024, "relu", CLASSES),
    workload("64 layers x 64", [64] * 65, 32, "tanh", SQUARES),
    workload("GELU tanh", [256, 512, 512, 10], 128, "gelu_tanh", CLASSES),
    workload("GELU erf", [256, 512, 512, 10], 128, "gelu", CLASSES),
    workload("softmax regression", [784, 10], 256, "identity", CLASSES),
)
