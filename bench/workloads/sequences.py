"""A transformer block and an LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads import expert_block, expert_lstm
from workloads.dense import gelu_tanh, gelu_tanh_slope, sigmoid
from workloads.workload import Step, Workload


def norm(x: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
    spread = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    z = (x - x.mean(axis=-1, keepdims=True)) / spread
    return z * gamma + beta, z, spread


def norm_slopes(dy: Any, z: Any, spread: Any, gamma: Any) -> tuple[Any, Any, Any]:
    """dx, dgamma, dbeta"""
    dz = dy * gamma
    dx = dz - dz.mean(axis=-1, keepdims=True) - z * (dz * z).mean(axis=-1, keepdims=True)
    return dx / spread, (dy * z).sum(axis=(0, 1)), dy.sum(axis=(0, 1))


def block_textbook(module: Any, params: Any, data: Any) -> Step:
    def step(p: Any, x: Any, y: Any) -> Any:
        N, T, D = x.shape
        _, H, E = p.Wq_a.shape
        root = E**0.5

        def heads(W: Any, b: Any) -> Any:
            return (x @ W.reshape(D, D) + b.ravel()).reshape(N, T, H, E).transpose(0, 2, 1, 3)

        q, k, v = heads(p.Wq_a, p.bq_a), heads(p.Wk_a, p.bk_a), heads(p.Wv_a, p.bv_a)
        a = q @ k.transpose(0, 1, 3, 2) / root
        e = np.exp(a - a.max(axis=-1, keepdims=True))
        w = e / e.sum(axis=-1, keepdims=True)
        z = (w @ v).transpose(0, 2, 1, 3).reshape(N, T, D)
        res1 = x + z @ p.Wo_a.reshape(D, D) + p.bo_a
        y1, z1, s1 = norm(res1, p.gamma_n1, p.beta_n1)
        up = y1 @ p.W_up + p.b_up
        h = gelu_tanh(up)
        y2, z2, s2 = norm(y1 + h @ p.W_down + p.b_down, p.gamma_n2, p.beta_n2)
        loss = np.mean((y2 - y) ** 2)

        def flat(t: Any) -> Any:
            return t.reshape(N * T, -1)

        d2, dgamma2, dbeta2 = norm_slopes(2 * (y2 - y) / y.size, z2, s2, p.gamma_n2)
        dup = d2 @ p.W_down.T * gelu_tanh_slope(up, h)
        dW_down, dW_up = flat(h).T @ flat(d2), flat(y1).T @ flat(dup)
        d1, dgamma1, dbeta1 = norm_slopes(d2 + dup @ p.W_up.T, z1, s1, p.gamma_n1)
        dWo = (flat(z).T @ flat(d1)).reshape(p.Wo_a.shape)
        dz = (d1 @ p.Wo_a.reshape(D, D).T).reshape(N, T, H, E).transpose(0, 2, 1, 3)
        dw = dz @ v.transpose(0, 1, 3, 2)
        da = w * (dw - (dw * w).sum(axis=-1, keepdims=True)) / root
        dq, dk, dv = da @ k, da.transpose(0, 1, 3, 2) @ q, w.transpose(0, 1, 3, 2) @ dz
        made = []
        for d in (dq, dk, dv):
            d = d.transpose(0, 2, 1, 3)
            made.append(((flat(x).T @ flat(d)).reshape(p.Wq_a.shape), d.sum(axis=(0, 1))))
        (dWq, dbq), (dWk, dbk), (dWv, dbv) = made
        return loss, [dWq, dWk, dWv, dWo, dbq, dbk, dbv, d1.sum(axis=(0, 1)), dgamma1, dbeta1,
                      dW_up, dup.sum(axis=(0, 1)), dW_down, d2.sum(axis=(0, 1)),
                      dgamma2, dbeta2]  # fmt: skip

    return step


def lstm_textbook(module: Any, params: Any, data: Any) -> Step:
    def step(p: Any, x: Any, y: Any) -> Any:
        N, T, _ = x.shape
        J = len(p.bi_l)
        W = np.concatenate(p[:4], axis=1)  # gates i, f, g, o side by side
        V = np.concatenate(p[4:8], axis=1)
        b = np.concatenate(p[8:])
        h, c = np.zeros((N, J), x.dtype), np.zeros((N, J), x.dtype)
        kept = []
        out = np.empty((N, T, J), x.dtype)
        for t in range(T):
            a = x[:, t] @ W + h @ V + b
            i, f, o = sigmoid(a[:, :J]), sigmoid(a[:, J : 2 * J]), sigmoid(a[:, 3 * J :])
            g = np.tanh(a[:, 2 * J : 3 * J])
            before = h, c
            c = f * c + i * g
            th = np.tanh(c)
            h = o * th
            out[:, t] = h
            kept.append((*before, i, f, g, o, th))
        loss = ((out - y) ** 2).sum() / 2 / N
        dout = (out - y) / N
        dW, dV, db = np.zeros_like(W), np.zeros_like(V), np.zeros_like(b)
        dh, dc = np.zeros_like(h), np.zeros_like(c)
        for t in reversed(range(T)):
            h, c, i, f, g, o, th = kept[t]
            dh = dh + dout[:, t]
            dc = dc + dh * o * (1 - th * th)
            da = np.concatenate(
                [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g),
                 dh * th * o * (1 - o)], axis=1)  # fmt: skip
            dW += x[:, t].T @ da
            dV += h.T @ da
            db += da.sum(axis=0)
            dh, dc = da @ V.T, dc * f
        return loss, [*np.split(dW, 4, axis=1), *np.split(dV, 4, axis=1), *np.split(db, 4)]

    return step


BLOCK = {
    "name": "block", "input": {"x": [64, 128]}, "target": {"y": [64, 128]},
    "layers": [
        {"multi_head_attention": {"as": "a", "heads": 4}},
        {"add": {"as": "r1", "from": ["x", "a"]}},
        {"layer_norm": {"as": "n1"}},
        {"dense": {"as": "up", "units": 512, "activation": "gelu_tanh"}},
        {"dense": {"as": "down", "units": 128}}, {"add": {"as": "r2", "from": ["n1", "down"]}},
        {"layer_norm": {"as": "n2"}},
    ],
    "loss": {"squared_error": {"factor": "1/outputs"}},
}  # fmt: skip
LSTM = {
    "name": "memory", "input": {"x": [32, 128]}, "target": {"y": [32, 128]},
    "layers": [{"lstm": {"as": "l", "units": 128}}], "loss": {"squared_error": {"factor": "1/2"}},
}  # fmt: skip
SEQUENCES = (
    Workload("transformer block", BLOCK, 8, block_textbook, expert_block.make),
    Workload("LSTM, 32 steps", LSTM, 32, lstm_textbook, expert_lstm.make),
)
