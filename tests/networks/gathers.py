"""Gathered reads, and conditions with dangerous dead branches."""

from __future__ import annotations

from . import trial

TRIALS = [
    trial(
        "embedding_and_class",
        """
        e[m,d] = E[t[m],d] + P[m,d]
        z[k] = sum[m,d](e[m,d]*W[m,d,k])
        o[m] = E[t[m],0]*sum[d](E[t[0],d])
        L = -log_softmax_[c] + sum[m](o[m]**2)
        log_softmax_[k] = log_softmax[k](z[k])
        """,
        axes={"m": 3, "d": 2, "v": 5, "k": 4},
        input={"t": {"shape": ["m"], "integer": "v"}},
        target={"c": {"shape": [], "integer": "k"}},
        parameters={"E": ["v", "d"], "P": ["m", "d"], "W": ["m", "d", "k"]},
        output="z",
        ones="m d v",
    ),
    trial(
        "gather_with_offset",
        """
        a[m,p] = x[t[m] + p - 1]*K[p]
        b[m] = M[t[m], s[m]] + M[s[m], 2*t[m]]
        c[m] = u[t[m],m] + table[s[m]]*x[table[t[m]]]
        h[v] = sum[m]((v == t[m])*c[m]) + sum[m | v == s[m] + 1](b[m])
        L = sum[m,p](a[m,p]**2) + sum[m](b[m]*c[m]) + sum[v](h[v]**2)
        """,
        axes={"m": 4, "p": 3, "v": 5},
        input={
            "t": {"shape": ["m"], "integer": "v"},
            "s": {"shape": ["m"], "integer": "v"},
            "x": ["v"],
            "u": ["v", "m"],
        },
        parameters={"K": ["p"], "M": ["v", "v"]},
        constants={"table": {"shape": ["v"], "integer": "v", "value": [4, 2, 0, 1, 1]}},
    ),
    trial(
        "graph_messages",
        """
        w[e] = sigmoid(sum[d](h[src[e],d]*h[dst[e],d]))
        g[v,d] = sum[e]((v == dst[e])*w[e]*h[src[e],d])
        h[v,d] = tanh(sum[f](x[v,f]*U[f,d]))
        o[v] = sum[d](g[v,d]*h[v,d]) + deg[v]
        deg[v] = sum[e]((v == src[e])*1)
        L = sum[v](o[v]**2)
        """,
        axes={"e": 5, "v": 4, "d": 3, "f": 2},
        input={"x": ["v", "f"]},
        parameters={"U": ["f", "d"]},
        constants={
            "src": {"shape": ["e"], "integer": "v", "value": [0, 1, 2, 3, 0]},
            "dst": {"shape": ["e"], "integer": "v", "value": [1, 2, 2, 0, 3]},
        },
        ones="d f",
    ),
    trial(
        "dangerous_branches",
        """
        a[i] = where(x[i] > 0, log(x[i]), x[i]) + where(x[i] > 0, sqrt(x[i]), 0)
        b[i] = where(abs(x[i]) > 0.1, 1/x[i], 0) + (x[i] > 0)*log(x[i])
        c[i] = where(x[i] > 0, x[i]**1.5 + x[i]**w[i], -x[i]) + where(
            abs(x[i]) < 3.5, acos(x[i]/4), 0)
        d = sum[i | x[i] > 0](log(x[i])*w[i]) + sum[i]((x[i] > 0)*w[i]/x[i])
        e[i] = where(x[i] > 0, log(x[i]*sum[j](w[j]**2)), 1) + where(x[i] < 10, exp(x[i]), 0)
        f[i] = xlogy(max(x[i], 0), max(x[i], 0)) + where(
            x[i] > 0, where(x[i] < 1, log(x[i]), 1/x[i]), 0)
        L = sum[i](a[i]*w[i] + b[i] + c[i] + e[i]**2/100 + f[i]) + d
        """,
        axes={"i": 5, "j": "i"},
        input={"x": ["i"]},
        parameters={"w": ["i"]},
        positive="w",
        given={"x": [[-0.2, -2.0, 0.7, 1000.0, -1000.0], [0.3, -0.05, 3.0, -0.4, 2.0]]},
    ),
    trial(
        "masked_attention_by_data",
        """
        a[t,s] = sum[d](x[t,d]*A[d,s]) + 0.5
        p[t,s] = softmax[s | mask[s] > 0](a[t,s])
        g[t] = logsumexp[s | mask[s] > 0](a[t,s])
        top[t] = max[s | mask[s] > 0](a[t,s])
        r[t] = where(mask[t] > 0, log(g[t]**2 + 1), 0)
        L = sum[t,s](p[t,s]*A[0,s]*r[t]) + sum[t](g[t]*top[t])
        """,
        axes={"t": 4, "s": "t", "d": 3},
        input={"x": ["t", "d"]},
        parameters={"A": ["d", "t"]},
        constants={"mask": {"shape": ["t"], "value": [1, 0, 1, 1]}},
        large="A",
        ones="d",
    ),
    trial(
        "triangular_and_signed_masks",
        """
        S[i,j] = (i >= j)*T[i,j] + (i == j)*exp(l[i])
        v[i] = sum[j | j < i](T[i,j]*x[j]) + sum[j]((j != i)*x[j]*S[j,i])
        g[i] = (not (i == 1) or x[i] > 0)*x[i]**2 - (0 < i <= 2)*w[i]
        k[i] = where(i < 2 and x[i] < 0.5, v[i], 2*v[i]) + (i + 1)*l[i]*i
        L = sum[i](v[i]**2 + g[i]*k[i]) + sum[i,j](S[i,j]**2) + sum[i,j | i == j](T[i,j])*log(2)
        """,
        axes={"i": 4, "j": "i"},
        input={"x": ["i"]},
        parameters={"T": ["i", "i"], "l": ["i"], "w": ["i"]},
    ),
]
