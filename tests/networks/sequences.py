"""Recurrences: one and several tensors, initial values, longer reads, both directions."""

from __future__ import annotations

from . import trial

TRIALS = [
    trial(
        "coupled_with_start",
        """
        c[t,j] = f[t,j]*c[t-1,j] + (1 - f[t,j])*tanh(
            sum[d](x[t,d]*U[d,j]) + sum[m](h[t-1,m]*V[m,j]))
        f[t,j] = sigmoid(sum[d](x[t,d]*F[d,j]) + sum[m](h[t-1,m]*G[m,j]) + b[j])
        h[t,j] = tanh(c[t,j])*f[t,j]
        z[t] = sum[j](h[t,j]*w[j]) + sum[j](c[t,j])
        L = sum[t]((z[t] - y[t])**2) + sum[j](h[4,j]**2)
        """,
        axes={"t": 5, "j": 3, "m": "j", "d": 2},
        input={"x": ["t", "d"]},
        target={"y": ["t"]},
        parameters={
            "U": ["d", "j"],
            "V": ["j", "j"],
            "F": ["d", "j"],
            "G": ["j", "j"],
            "b": ["j"],
            "w": ["j"],
            "h0": ["j"],
            "c0": ["j"],
        },
        initial={"h": "h0", "c": "c0"},
        output="z",
        ones="j d",
        large="U",
    ),
    trial(
        "two_steps_back",
        """
        h[t,j] = sin(sum[i](x[t,i]*W[i,j]) + a[j]*h[t-1,j] + sum[m](B[j,m]*h[t-2,m]))
        s[j] = sum[t](h[t,j]*k[t])
        g[t,j] = h[t,j]*h[t-1,j]
        L = sum[j]((s[j] - y[j])**2) + sum[t,j](g[t,j]*s[j])
        """,
        axes={"t": 6, "i": 2, "j": 3, "m": "j"},
        input={"x": ["t", "i"]},
        target={"y": ["j"]},
        parameters={"W": ["i", "j"], "a": ["j"], "B": ["j", "j"], "k": ["t"]},
        output="s",
        ones="i j t",
    ),
    trial(
        "backwards_with_start",
        """
        b[t,j] = tanh(x[t,j] + sum[m](b[t+1,m]*V[m,j]))
        r[j,t] = r[j,t-1]*a[j] + b[t,j]*x[t,j]
        L = sum[t,j](b[t,j]*r[j,t])
        """,
        axes={"t": 4, "j": 2, "m": "j"},
        input={"x": ["t", "j"]},
        parameters={"V": ["j", "j"], "a": ["j"], "e": ["j"]},
        initial={"b": "e"},
        ones="j",
    ),
    trial(
        "forward_algorithm",
        """
        u[t,s] = logsumexp[r](u[t-1,r] + A[r,s]) + sum[i](x[t,i]*W[i,s])
        m[t,s] = max[r](m[t-1,r] + A[r,s]) + sum[i](x[t,i]*W[i,s])
        p[t,s] = softmax[s](u[t,s])
        L = 2*logsumexp[s](u[3,s]) - max[s](m[3,s]) + sum[t,s](p[t,s]**2)
        """,
        axes={"t": 4, "s": 3, "r": "s", "i": 2},
        input={"x": ["t", "i"]},
        parameters={"A": ["s", "s"], "W": ["i", "s"]},
        ones="s i",
        large="A",
    ),
    trial(
        "normalised_state",
        """
        v[t,j] = sum[m](q[t-1,m]*W[m,j]) + x[t,j]
        q[t,j] = v[t,j]/sqrt(sum[m](v[t,m]**2) + 1/10)
        L = sum[t,j](q[t,j]*y[j])
        """,
        axes={"t": 4, "j": 3, "m": "j"},
        input={"x": ["t", "j"]},
        target={"y": ["j"]},
        parameters={"W": ["j", "j"], "q0": ["j"]},
        initial={"q": "q0"},
        output="q",
        ones="j t",
    ),
    trial(
        "running_extremes",
        """
        m[t] = max(m[t-1], x[t]*w)
        c[t] = c[t-1]*a + x[t]**2
        p[t] = p[t-1]*(1 + x[t]/4)
        s[t] = where(t > 1, s[t-1] + log(c[t]), c[t])
        L = sum[t](m[t]*k[t]) + c[4] + p[4]*p[2] + s[4]
        """,
        axes={"t": 5},
        input={"x": ["t"]},
        parameters={"w": [], "a": [], "k": ["t"]},
        constants={"one": {"shape": [], "value": 1}},
        initial={"p": "one"},
        positive="w a",
    ),
    trial(
        "diagonal_neighbours",
        """
        g[t,s] = tanh(A*g[t-1,s] + B*g[t-1,s-1] + C*g[t-1,s+1] + x[t,s])
        f[t] = f[t-1]*E[w[t],0] + E[w[t],1]*g[t,0]
        k[t,i] = k[t-1,0]*sum[p](x[t,i + p]*K[p]) + x[size[t] - 1 - t, i + 1]
        L = sum[t,s](g[t,s]**2) + sum[t](f[t]) + sum[t,i](k[t,i]**2)
        """,
        axes={"t": 4, "s": 3, "i": 2, "p": 2, "v": 5},
        input={"x": ["t", "s"], "w": {"shape": ["t"], "integer": "v"}},
        parameters={"A": [], "B": [], "C": [], "E": ["v", 2], "K": ["p"]},
    ),
    trial(
        "recurrence_without_batch",
        """
        h[t,j] = sin(h[t-1,j] + w[j]) + sum[m](M[j,m]*h[t-1,m])
        z[j] = sum[t](h[t,j])*x[j]
        L = sum[j](z[j]**2)
        """,
        axes={"t": 4, "j": 3, "m": "j"},
        input={"x": ["j"]},
        parameters={"w": ["j"], "M": ["j", "j"]},
        ones="j t",
    ),
    trial(
        "causal_shifts",
        """
        v[t,j] = sum[i](x[t,i]*A[i,j] + x[t-1,i]*B[i,j] + x[t-3,i]*C[i,j])
        c[t] = sum[s | s <= t](g**(t - s)*x[s,0])
        d[t] = sum[s | s < t](v[s,0])*v[t,1]
        L = sum[t](c[t]*d[t]) + sum[t,j](v[t,j]**2)
        """,
        axes={"t": 5, "s": "t", "i": 2, "j": 2},
        input={"x": ["t", "i"]},
        parameters={"A": ["i", "j"], "B": ["i", "j"], "C": ["i", "j"], "g": []},
        positive="g",
    ),
]
