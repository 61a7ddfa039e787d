"""The expert's LSTM: time first, one product for all inputs, one product a step; the gates' slots
are i, f, o, g, so that one sigmoid serves three; weight gradients in one product after the loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from workloads.workload import Step


def make(module: Any, params: Any, data: Any) -> Step:
    x, _ = data
    N, T, D = x.shape
    J, dtype = len(params[-1]), x.dtype
    W, V, b = np.empty((D, 4, J), dtype), np.empty((J, 4, J), dtype), np.empty((4, J), dtype)
    xs, a, da = (np.empty((T, N, k), dtype) for k in (D, 4 * J, 4 * J))
    h, c = np.zeros((T + 1, N, J), dtype), np.zeros((T + 1, N, J), dtype)
    th, dout = np.empty((T, N, J), dtype), np.empty((T, N, J), dtype)
    slots, t1, t2 = (0, 1, 3, 2), np.empty((N, J), dtype), np.empty((N, J), dtype)
    dh, dc, part = np.empty((N, J), dtype), np.empty((N, J), dtype), np.empty((N, 4 * J), dtype)
    one, VT = np.array(1, dtype), np.empty((4 * J, J), dtype)

    def step(p: Any, x: Any, y: Any) -> Any:
        for k, slot in enumerate(slots):
            W[:, slot], V[:, slot], b[slot] = p[k], p[4 + k], p[8 + k]
        V2 = V.reshape(J, -1)
        xs[...] = x.transpose(1, 0, 2)
        np.dot(xs.reshape(T * N, D), W.reshape(D, -1), out=a.reshape(T * N, -1))
        a.reshape(T * N, -1).__iadd__(b.ravel())
        for t in range(T):
            at = a[t]
            if t:
                np.dot(h[t], V2, out=part)
                np.add(at, part, at)
            s = at[:, : 3 * J]
            np.negative(s, s)
            np.exp(s, s)
            np.add(s, one, s)
            np.reciprocal(s, s)
            g = at[:, 3 * J :]
            np.tanh(g, g)
            np.multiply(at[:, J : 2 * J], c[t], c[t + 1])
            np.multiply(at[:, :J], g, t1)
            np.add(c[t + 1], t1, c[t + 1])
            np.tanh(c[t + 1], th[t])
            np.multiply(at[:, 2 * J : 3 * J], th[t], h[t + 1])
        np.subtract(h[1:], y.transpose(1, 0, 2), dout)
        flat = dout.ravel()
        loss = flat.dot(flat) / 2 / N
        dout.__imul__(np.array(1 / N, dtype))
        VT[...] = V2.T
        dc[...] = 0
        for t in range(T - 1, -1, -1):
            i, f, o, g = (a[t][:, k * J : (k + 1) * J] for k in range(4))
            d = da[t]
            dt = dout[t]
            if t < T - 1:
                np.dot(da[t + 1], VT, out=dh)
                np.add(dt, dh, dt)
            np.multiply(dt, o, t1)
            np.multiply(th[t], th[t], t2)
            np.subtract(one, t2, t2)
            np.multiply(t1, t2, t1)
            np.add(dc, t1, dc)
            s = a[t][:, : 3 * J]
            np.subtract(one, s, d[:, : 3 * J])
            np.multiply(d[:, : 3 * J], s, d[:, : 3 * J])
            np.multiply(dc, g, t1)
            d[:, :J] *= t1
            np.multiply(dc, c[t], t1)
            d[:, J : 2 * J] *= t1
            np.multiply(dt, th[t], t1)
            d[:, 2 * J : 3 * J] *= t1
            np.multiply(g, g, t1)
            np.subtract(one, t1, t1)
            np.multiply(t1, i, t1)
            np.multiply(t1, dc, d[:, 3 * J :])
            np.multiply(dc, f, dc)
        all_da = da.reshape(T * N, -1)
        dW = xs.reshape(T * N, D).T.dot(all_da).reshape(D, 4, J)
        dV = h[:-1].reshape(T * N, J).T.dot(all_da).reshape(J, 4, J)
        db = all_da.sum(axis=0).reshape(4, J)
        return loss, [*(dW[:, k] for k in slots), *(dV[:, k] for k in slots),
                      *(db[k] for k in slots)]  # fmt: skip

    return step
