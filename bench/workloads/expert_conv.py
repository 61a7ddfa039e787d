"""The expert's 3x3 convolution: channels last, rows of three pixels side by side, so that each of
the three rows of the kernel is one product; dx is such a convolution, too, with the kernel turned.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads.workload import Step


class Rows:
    """(N, H + 2, W, 3*C): at every pixel its left, own and right neighbour, zeros around."""

    def __init__(self, N: int, C: int, H: int, W: int, dtype: Any) -> None:
        self.rows = np.zeros((N, H + 2, W, 3, C), dtype)
        self.N, self.H, self.W = N, H, W

    def fill(self, x: Any) -> None:
        """From x (N, H, W, C)"""
        inner = self.rows[:, 1:-1]
        inner[:, :, 1:, 0] = x[:, :, :-1]
        inner[:, :, :, 1] = x
        inner[:, :, :-1, 2] = x[:, :, 1:]

    def of(self, p: int) -> Any:
        """What row p of the kernel meets, (N, H*W, 3*C)"""
        return self.rows[:, p : p + self.H].reshape(self.N, self.H * self.W, -1)


def make(module: Any, params: Any, data: Any) -> Step:
    x, _ = data
    N, C, H, W = x.shape
    O, dtype = len(params[0]), x.dtype
    below, above = Rows(N, C, H, W, dtype), Rows(N, O, H, W, dtype)
    v, part = np.empty((N, H * W, O), dtype), np.empty((N, H * W, O), dtype)
    dx, dpart = np.empty((N, H * W, C), dtype), np.empty((N, H * W, C), dtype)
    dK = np.empty((3, 3 * C, O), dtype)
    each = np.empty((N, 3 * C, O), dtype)

    def product(rows: Rows, kernels: Any, out: Any, part: Any) -> None:
        np.matmul(rows.of(0), kernels[0], out=out)
        for p in (1, 2):
            np.matmul(rows.of(p), kernels[p], out=part)
            np.add(out, part, out)

    def step(params: Any, x: Any, y: Any) -> Any:
        K, b = params
        below.fill(x.transpose(0, 2, 3, 1))
        product(below, K.transpose(2, 3, 1, 0).reshape(3, 3 * C, O), v, part)
        np.add(v, b, v)
        np.subtract(v.reshape(N, H, W, O), y.transpose(0, 2, 3, 1), v.reshape(N, H, W, O))
        flat = v.ravel()
        loss = flat.dot(flat) / 2 / N
        np.multiply(v, np.array(1 / N, dtype), v)
        for p in range(3):
            np.matmul(below.of(p).transpose(0, 2, 1), v, out=each)
            np.sum(each, axis=0, out=dK[p])
        above.fill(v.reshape(N, H, W, O))
        turned = K[:, :, ::-1, ::-1].transpose(2, 3, 0, 1).reshape(3, 3 * O, C)
        product(above, turned, dx, dpart)
        grad = dK.reshape(3, 3, C, O).transpose(3, 2, 0, 1)
        return loss, [grad, v.sum(axis=(0, 1)), dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)]

    return step
