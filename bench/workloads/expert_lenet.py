"""The expert's LeNet: samples last from end to end, so that every copy of im2col is long, the
pooling is four strided views, and bias and ReLU stand behind the maximum, which they commute with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads.workload import Step


class Conv:
    """conv k x k, max-pool 2 x 2, bias, ReLU; images are (C, H, W, N)."""

    def __init__(self, C: int, H: int, O: int, k: int, N: int, dtype: Any) -> None:
        self.k, self.out, self.size = k, H - k + 1, (C, H, H, N)
        S, P = self.out, self.out // 2
        self.cols, self.v = np.empty((C, k, k, S, S, N), dtype), np.empty((O, S, S, N), dtype)
        self.y, self.d = np.empty((O, P, P, N), dtype), np.empty((O, P, P, N), dtype)
        self.dv, self.other = np.empty_like(self.v), np.empty_like(self.y)
        self.mask, self.positive = np.empty(self.y.shape, bool), np.empty(self.y.shape, bool)
        self.dcols, self.dx = np.empty_like(self.cols), np.empty(self.size, dtype)

    def corners(self, image: Any) -> list[Any]:
        return [image[:, p::2, q::2] for p in (0, 1) for q in (0, 1)]

    def forward(self, x: Any, K: Any, b: Any) -> Any:
        k, S = self.k, self.out
        for p in range(k):
            for q in range(k):
                self.cols[:, p, q] = x[:, p : p + S, q : q + S]
        rows = K.reshape(len(K), -1)
        np.dot(rows, self.cols.reshape(rows.shape[1], -1), out=self.v.reshape(len(K), -1))
        a, c, d, e = self.corners(self.v)
        np.maximum(a, c, out=self.y)
        np.maximum(d, e, out=self.other)
        np.maximum(self.y, self.other, out=self.y)
        self.top = self.y.copy()
        self.y += b[:, None, None, None]
        np.maximum(self.y, 0, out=self.y)
        return self.y

    def backward(self, K: Any, below: bool) -> tuple[Any, Any]:
        """dK and db; ``d`` holds the gradient of y, ``dx`` is filled where ``below``."""
        np.greater(self.y, 0, out=self.positive)
        self.d *= self.positive
        for v, dv in zip(self.corners(self.v), self.corners(self.dv), strict=True):
            np.equal(v, self.top, out=self.mask)
            np.multiply(self.d, self.mask, out=dv)
        flat, rows = self.dv.reshape(len(K), -1), K.reshape(len(K), -1)
        cols = self.cols.reshape(rows.shape[1], -1)
        if below:
            np.dot(rows.T, flat, out=self.dcols.reshape(rows.shape[1], -1))
            k, S = self.k, self.out
            self.dx[...] = 0
            for p in range(k):
                for q in range(k):
                    self.dx[:, p : p + S, q : q + S] += self.dcols[:, p, q]
        return (flat @ cols.T).reshape(K.shape), self.d.reshape(len(K), -1).sum(axis=1)


def make(module: Any, params: Any, data: Any) -> Step:
    x, _ = data
    N, dtype = len(x), x.dtype
    image = np.zeros((1, 32, 32, N), dtype)
    first, second = Conv(1, 32, 6, 5, N, dtype), Conv(6, 14, 16, 5, N, dtype)

    def step(params: Any, x: Any, y: Any) -> Any:
        K0, b0, K1, b1, W2, b2, W3, b3, W4, b4 = params
        image[:, 2:-2, 2:-2] = x.transpose(1, 2, 3, 0)
        h1 = second.forward(first.forward(image, K0, b0), K1, b1).reshape(400, N)
        y2 = np.maximum(W2.T.dot(h1) + b2[:, None], 0)
        y3 = np.maximum(W3.T.dot(y2) + b3[:, None], 0)
        v4 = W4.T.dot(y3) + b4[:, None]
        v4 -= v4.max(axis=0)
        d4 = np.exp(v4)
        total = d4.sum(axis=0)
        loss = (np.log(total).sum() - (v4 * y.T).sum()) / N
        d4 /= total
        d4 -= y.T
        d4 /= N
        d3 = W4.dot(d4)
        d3 *= y3 > 0
        d2 = W3.dot(d3)
        d2 *= y2 > 0
        np.dot(W2, d2, out=second.d.reshape(400, N))
        dK1, db1 = second.backward(K1, below=True)
        first.d[...] = second.dx
        dK0, db0 = first.backward(K0, below=False)
        return loss, [dK0, db0, dK1, db1, h1.dot(d2.T), d2.sum(axis=1),
                      y2.dot(d3.T), d3.sum(axis=1), y3.dot(d4.T), d4.sum(axis=1)]  # fmt: skip

    return step
