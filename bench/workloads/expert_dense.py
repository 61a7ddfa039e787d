"""The expert's dense network: a workspace, products with ``out``, slopes from saved values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads.workload import Step

Slope = Callable[[Any, Any], None]  # d, scratch: multiplies d by the slope


def sigmoid(v: Any, one: Any, t: Any) -> Any:
    """In place: v becomes the value."""
    np.negative(v, v)
    np.exp(v, v)
    np.add(v, one, v)
    np.reciprocal(v, v)


class Layer:
    """The buffers of one layer; ``forward`` fills ``y``, ``backward`` turns dy into dv."""

    def __init__(self, batch: int, units: int, dtype: Any, activation: str, erf: Any) -> None:
        self.v, self.t, self.s = (np.empty((batch, units), dtype) for _ in range(3))
        own = activation in ("gelu", "gelu_tanh")  # else the value takes the argument's place
        self.y = np.empty((batch, units), dtype) if own else self.v
        self.one, self.half = np.array(1, dtype), np.array(0.5, dtype)
        self.mask = np.empty((batch, units), bool)
        self.c, self.a = np.array(2 * (2 / np.pi) ** 0.5, dtype), np.array(0.044715, dtype)
        self.a3, self.density = np.array(3 * 0.044715, dtype), np.array(0.3989422804014327, dtype)
        self.erf, self.root = erf, np.array(0.5**0.5, dtype)
        self.activation = getattr(self, activation)
        self.slope = getattr(self, f"{activation}_slope")

    def identity(self) -> None: ...

    def identity_slope(self, d: Any) -> None: ...

    def sigmoid(self) -> None:
        sigmoid(self.v, self.one, self.t)

    def sigmoid_slope(self, d: Any) -> None:
        np.subtract(self.one, self.y, self.t)
        np.multiply(self.t, self.y, self.t)
        np.multiply(d, self.t, d)

    def tanh(self) -> None:
        np.tanh(self.v, self.v)

    def tanh_slope(self, d: Any) -> None:
        np.multiply(self.y, self.y, self.t)
        np.subtract(self.one, self.t, self.t)
        np.multiply(d, self.t, d)

    def relu(self) -> None:
        np.maximum(self.v, 0, out=self.v)

    def relu_slope(self, d: Any) -> None:
        np.greater(self.y, 0, out=self.mask)
        np.multiply(d, self.mask, d)

    def gelu_tanh(self) -> None:
        """v times sigmoid(2u); s keeps the sigmoid, t is v*v."""
        v, t, s = self.v, self.t, self.s
        np.multiply(v, v, t)
        np.multiply(t, self.a, s)
        s += self.one
        s *= v
        s *= self.c
        sigmoid(s, self.one, t)
        np.multiply(v, s, self.y)

    def gelu_tanh_slope(self, d: Any) -> None:
        """s + y (1 - s) c (1 + 3 a v²), with t still v*v"""
        t, s = self.t, self.s
        t *= self.a3
        t += self.one
        t *= self.c
        t *= self.y
        np.subtract(self.one, s, self.v)
        t *= self.v
        t += s
        d *= t

    def gelu(self) -> None:
        np.multiply(self.v, self.root, self.t)
        np.add(self.erf(self.t), self.one, self.s)
        self.s *= self.half
        np.multiply(self.v, self.s, self.y)

    def gelu_slope(self, d: Any) -> None:
        v, t = self.v, self.t
        t *= t
        np.negative(t, t)
        np.exp(t, t)
        t *= self.density
        t *= v
        t += self.s
        d *= t


def expert(activation: str, loss: str) -> Any:
    classify = loss == "cross_entropy_logits"

    def make(module: Any, params: Any, data: Any) -> Step:
        x, y = data
        N, dtype, count = len(x), x.dtype, len(params) // 2
        erf = getattr(module, "erf", None)
        layers = [
            Layer(N, params[2 * k].shape[1], dtype,
                  "identity" if classify and k == count - 1 else activation, erf)
            for k in range(count)
        ]  # fmt: skip
        ds = [np.empty_like(layer.v) for layer in layers]
        grads = [np.empty_like(w) for w in params]
        share = np.array(1 / N if classify else 2 / y.size, dtype)
        top, rows = np.empty((N, 1), dtype), np.empty((N, 1), dtype)
        ones = np.ones(N, dtype)

        def step(params: Any, x: Any, y: Any) -> Any:
            h = x
            for k, layer in enumerate(layers):
                h.dot(params[2 * k], layer.v)
                np.add(layer.v, params[2 * k + 1], layer.v)
                layer.activation()
                h = layer.y
            d = ds[-1]
            if classify:
                np.max(h, axis=1, keepdims=True, out=top)
                np.subtract(h, top, h)
                np.exp(h, d)
                np.sum(d, axis=1, keepdims=True, out=rows)
                value = (np.log(rows).sum() - h.ravel().dot(y.ravel())) / N
                np.divide(d, rows, d)
                np.subtract(d, y, d)
                np.multiply(d, share, d)
            else:
                np.subtract(h, y, d)
                flat = d.ravel()
                value = flat.dot(flat) / y.size
                np.multiply(d, share, d)
                layers[-1].slope(d)
            for k in range(count - 1, -1, -1):
                below = layers[k - 1].y if k else x
                below.T.dot(ds[k], grads[2 * k])
                ones.dot(ds[k], grads[2 * k + 1])
                if k:
                    ds[k].dot(params[2 * k].T, ds[k - 1])
                    layers[k - 1].slope(ds[k - 1])
            return value, grads

        return step

    return make
