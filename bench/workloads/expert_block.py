"""The expert's transformer block: one product for q, k and v, a workspace for the large arrays, one
exponential for the GELU and its slope, row sums as dot products."""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads.expert_dense import Layer
from workloads.workload import Step


class Norm:
    """Layer norm over rows, in place."""

    def __init__(self, rows: int, D: int, dtype: Any) -> None:
        self.z, self.y, self.t = (np.empty((rows, D), dtype) for _ in range(3))
        self.ones, self.D = np.ones(D, dtype), D

    def forward(self, x: Any, gamma: Any, beta: Any) -> Any:
        z, D = self.z, self.D
        np.subtract(x, (x.dot(self.ones) / D)[:, None], z)
        self.r = 1 / np.sqrt(np.vecdot(z, z) / D + 1e-5).astype(x.dtype)
        z *= self.r[:, None]
        np.multiply(z, gamma, self.y)
        self.y += beta
        return self.y

    def backward(self, dy: Any, gamma: Any) -> tuple[Any, Any]:
        """dgamma and dbeta; dy becomes dx"""
        z, t, D = self.z, self.t, self.D
        np.multiply(dy, z, t)
        dgamma, dbeta = t.sum(axis=0), dy.sum(axis=0)
        dy *= gamma
        np.multiply(z, (np.vecdot(dy, z) / D)[:, None], t)
        dy -= (dy.dot(self.ones) / D)[:, None]
        dy -= t
        dy *= self.r[:, None]
        return dgamma, dbeta


def make(module: Any, params: Any, data: Any) -> Step:
    x, _ = data
    N, T, D = x.shape
    M, dtype = N * T, x.dtype
    _, H, E = params.Wq_a.shape
    F = params.W_up.shape[1]
    W, b = np.empty((D, 3, D), dtype), np.empty((3, D), dtype)
    qkv, dqkv = np.empty((M, 3 * D), dtype), np.empty((M, 3 * D), dtype)
    w, dw = np.empty((N, H, T, T), dtype), np.empty((N, H, T, T), dtype)
    top = np.empty((N, H, T, 1), dtype)
    z, res, dz = (np.empty((M, D), dtype) for _ in range(3))
    n1, n2, up = Norm(M, D, dtype), Norm(M, D, dtype), Layer(M, F, dtype, "gelu_tanh", None)
    d2, dup = np.empty((M, D), dtype), np.empty((M, F), dtype)
    root = np.array(E**0.5, dtype)

    def heads(t: Any) -> Any:
        return t.reshape(N, T, H, E).transpose(0, 2, 1, 3)

    def third(t: Any, k: int) -> Any:
        return heads(t.reshape(M, 3, D)[:, k])

    def step(p: Any, x: Any, y: Any) -> Any:
        flat = x.reshape(M, D)
        for k in range(3):
            W[:, k], b[k] = p[k].reshape(D, D), p[4 + k].ravel()
        np.dot(flat, W.reshape(D, -1), out=qkv)
        np.add(qkv, b.ravel(), qkv)
        q, k, v = (third(qkv, j) for j in range(3))
        np.matmul(q, k.transpose(0, 1, 3, 2), out=w)
        np.divide(w, root, w)
        np.max(w, axis=-1, keepdims=True, out=top)
        np.subtract(w, top, w)
        np.exp(w, w)
        np.sum(w, axis=-1, keepdims=True, out=top)
        np.divide(w, top, w)
        np.matmul(w, v, out=heads(z))
        Wo = p.Wo_a.reshape(D, D)
        np.dot(z, Wo, out=res)
        np.add(res, flat, res)
        np.add(res, p.bo_a, res)
        y1 = n1.forward(res, p.gamma_n1, p.beta_n1)
        np.dot(y1, p.W_up, out=up.v)
        np.add(up.v, p.b_up, up.v)
        up.gelu_tanh()
        np.dot(up.y, p.W_down, out=res)
        np.add(res, y1, res)
        np.add(res, p.b_down, res)
        y2 = n2.forward(res, p.gamma_n2, p.beta_n2)
        np.subtract(y2, y.reshape(M, D), d2)
        loss = d2.ravel().dot(d2.ravel()) / y.size
        np.multiply(d2, np.array(2 / y.size, dtype), d2)
        dgamma2, dbeta2 = n2.backward(d2, p.gamma_n2)
        dW_down, db_down = up.y.T.dot(d2), d2.sum(axis=0)
        np.dot(d2, p.W_down.T, out=dup)
        up.gelu_tanh_slope(dup)
        dW_up, db_up = y1.T.dot(dup), dup.sum(axis=0)
        np.dot(dup, p.W_up.T, out=res)
        np.add(res, d2, res)
        dgamma1, dbeta1 = n1.backward(res, p.gamma_n1)
        dWo, dbo = z.T.dot(res).reshape(H, E, D), res.sum(axis=0)
        np.dot(res, Wo.T, out=dz)
        out = heads(dz)
        np.matmul(out, v.transpose(0, 1, 3, 2), out=dw)
        np.vecdot(out, heads(z), out=top[..., 0])  # the row sums of w*dw
        np.subtract(dw, top, dw)
        np.multiply(dw, w, dw)
        np.divide(dw, root, dw)
        np.matmul(w.transpose(0, 1, 3, 2), out, out=third(dqkv, 2))
        np.matmul(dw, k, out=third(dqkv, 0))
        np.matmul(dw.transpose(0, 1, 3, 2), q, out=third(dqkv, 1))
        dW, db = flat.T.dot(dqkv).reshape(D, 3, H, E), dqkv.sum(axis=0).reshape(3, H, E)
        return loss, [*(dW[:, j] for j in range(3)), dWo, *db, dbo, dgamma1, dbeta1, dW_up, db_up,
                      dW_down, db_down, dgamma2, dbeta2]  # fmt: skip

    return step
