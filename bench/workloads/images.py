"""Convolutional networks: a LeNet, and one 3x3 layer with 64 channels in and out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from workloads import expert_conv, expert_lenet
from workloads.workload import Step, Workload


def conv(x: Any, K: Any, b: Any) -> tuple[Any, Any]:
    """The layer by im2col, and its columns (N, C*k*k, H*W)."""
    O, C, k, _ = K.shape
    windows = sliding_window_view(x, (k, k), (2, 3))
    N, _, H, W = windows.shape[:4]
    cols = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * k * k, H * W)
    return (K.reshape(O, -1) @ cols + b[:, None]).reshape(N, O, H, W), cols


def conv_slopes(dv: Any, cols: Any, K: Any, x: Any) -> tuple[Any, Any, Any]:
    """dK, db and dx."""
    O, C, k, _ = K.shape
    N, _, H, W = dv.shape
    flat = dv.reshape(N, O, -1)
    dK = (flat @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(K.shape)
    dcols = (K.reshape(O, -1).T @ flat).reshape(N, C, k, k, H, W)
    dx = np.zeros_like(x)
    for p in range(k):
        for q in range(k):
            dx[:, :, p : p + H, q : q + W] += dcols[:, :, p, q]
    return dK, dv.sum(axis=(0, 2, 3)), dx


def padded(x: Any, k: int) -> Any:
    return np.pad(x, ((0, 0), (0, 0), (k, k), (k, k)))


def conv_textbook(module: Any, params: Any, data: Any) -> Step:
    def step(params: Any, x: Any, y: Any) -> Any:
        K, b = params
        x_pad = padded(x, 1)
        v, cols = conv(x_pad, K, b)
        loss = ((v - y) ** 2).sum() / 2 / len(x)
        dv = (v - y) / len(x)
        dK, db, dx = conv_slopes(dv, cols, K, x_pad)
        return loss, [dK, db, dx[:, :, 1:-1, 1:-1]]

    return step


def pool(v: Any) -> tuple[Any, Any]:
    N, C, H, W = v.shape
    cells = v.reshape(N, C, H // 2, 2, W // 2, 2)
    top = cells.max(axis=(3, 5))
    return top, cells == top[:, :, :, None, :, None]


def lenet_textbook(module: Any, params: Any, data: Any) -> Step:
    def step(params: Any, x: Any, y: Any) -> Any:
        K0, b0, K1, b1, W2, b2, W3, b3, W4, b4 = params
        N = len(x)
        x_pad = padded(x, 2)
        v0, cols0 = conv(x_pad, K0, b0)
        y0, win0 = pool(np.maximum(v0, 0))
        v1, cols1 = conv(y0, K1, b1)
        y1, win1 = pool(np.maximum(v1, 0))
        h1 = y1.reshape(N, -1)
        v2 = h1 @ W2 + b2
        y2 = np.maximum(v2, 0)
        v3 = y2 @ W3 + b3
        y3 = np.maximum(v3, 0)
        v4 = y3 @ W4 + b4
        e = np.exp(v4 - v4.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -(y * np.log(p)).sum() / N
        d4 = (p - y) / N
        d3 = d4 @ W4.T * (v3 > 0)
        d2 = d3 @ W3.T * (v2 > 0)
        dy1 = (d2 @ W2.T).reshape(y1.shape)
        dv1 = (dy1[:, :, :, None, :, None] * win1).reshape(v1.shape) * (v1 > 0)
        dK1, db1, dy0 = conv_slopes(dv1, cols1, K1, y0)
        dv0 = (dy0[:, :, :, None, :, None] * win0).reshape(v0.shape) * (v0 > 0)
        flat = dv0.reshape(N, len(K0), -1)
        dK0 = (flat @ cols0.transpose(0, 2, 1)).sum(axis=0).reshape(K0.shape)
        grads = [dK0, dv0.sum(axis=(0, 2, 3)), dK1, db1, h1.T @ d2, d2.sum(axis=0),
                 y2.T @ d3, d3.sum(axis=0), y3.T @ d4, d4.sum(axis=0)]  # fmt: skip
        return loss, grads

    return step


LENET = {
    "name": "lenet", "input": {"x": [1, 28, 28]},
    "target": {"y": {"shape": [10], "fact": "distribution"}},
    "layers": [
        {"conv2d": {"out": 6, "k": 5, "pad": 2, "activation": "relu"}}, {"max_pool2d": {"k": 2}},
        {"conv2d": {"out": 16, "k": 5, "activation": "relu"}}, {"max_pool2d": {"k": 2}},
        {"flatten": {}}, {"dense": {"units": 120, "activation": "relu"}},
        {"dense": {"units": 84, "activation": "relu"}}, {"dense": {"units": 10}},
    ],
    "loss": "cross_entropy_logits",
}  # fmt: skip
CONV = {
    "name": "conv", "input": {"x": [64, 32, 32]}, "target": {"y": [64, 32, 32]},
    "layers": [{"conv2d": {"out": 64, "k": 3, "pad": 1}}],
    "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip
IMAGES = (
    Workload("LeNet, 32", LENET, 32, lenet_textbook, expert_lenet.make),
    Workload("conv 3x3 64-64", CONV, 8, conv_textbook, expert_conv.make, inputs=True),
)
