"""Normalisations, softmaxes, batch statistics, maxima, masked means."""

from __future__ import annotations

from . import trial

TRIALS = [
    trial(
        "norm_over_outer_axes",
        """
        mu[h] = mean[c,w](x[c,h,w])
        s2[h] = mean[c,w]((x[c,h,w] - mu[h])**2)
        z[c,h,w] = (x[c,h,w] - mu[h])/sqrt(s2[h] + 1e-5)*g[c,w] + b[w]
        L = sum[c,h,w](y[h]*z[c,h,w]**3)/size[h]
        """,
        axes={"c": 2, "h": 3, "w": 4},
        input={"x": ["c", "h", "w"]},
        target={"y": ["h"]},
        parameters={"g": ["c", "w"], "b": ["w"]},
        output="z",
        ones="c h",
        large="x",
    ),
    trial(
        "batch_statistics",
        """
        v[n,d] = sum[i](x[n,i]*W[i,d])
        mu[d] = mean[n](v[n,d])
        va[d] = mean[n]((v[n,d] - mu[d])**2)
        z[n,d] = (v[n,d] - mu[d])/sqrt(va[d] + 1/100)*g[d]
        top[d] = max[n](v[n,d])
        L[n] = sum[d](z[n,d]**3*y[n,d] + top[d]*z[n,d])
        """,
        axes={"i": 3, "d": 2},
        input={"x": ["i"]},
        target={"y": ["d"]},
        parameters={"W": ["i", "d"], "g": ["d"]},
        output="z",
        ones="i d",
    ),
    trial(
        "softmax_over_two_axes",
        """
        a[h,w] = sum[c](x[c,h,w]*q[c])
        p[h,w] = softmax[h,w](a[h,w])
        r[h] = softmax[h](sum[w](p[h,w]*x[0,h,w]))
        v[c] = sum[h,w](p[h,w]*x[c,h,w])
        L = sum[c](v[c]**2) - log(r[0]) + logsumexp[h,w](a[h,w]*y)
        """,
        axes={"c": 2, "h": 3, "w": 4},
        input={"x": ["c", "h", "w"]},
        target={"y": []},
        parameters={"q": ["c"]},
        output="v",
        ones="c w",
        large="q",
    ),
    trial(
        "causal_attention",
        """
        k[s,e] = sum[d](x[s,d]*K[d,e])
        q[t,e] = sum[d](x[t,d]*Q[d,e])
        a[t,s] = sum[e](q[t,e]*k[s,e])/sqrt(size[e])
        p[t,s] = softmax[s | s <= t](a[t,s])
        o[t,d] = sum[s](p[t,s]*x[s,d])
        lp[t,s] = log_softmax[s | s <= t](a[t,s])
        L = sum[t,d](o[t,d]**2*y[t]) - mean[t](lp[t,0])
        """,
        axes={"t": 4, "s": "t", "d": 3, "e": 2},
        input={"x": ["t", "d"]},
        target={"y": ["t"]},
        parameters={"K": ["d", "e"], "Q": ["d", "e"]},
        output="o",
        ones="t d e",
        large="K",
    ),
    trial(
        "own_softmax_and_logs",
        """
        z[k] = sum[i](x[i]*W[i,k])
        p[k] = exp(z[k])/sum[q](exp(z[q]))
        s = log(sum[k](exp(z[k])))
        m[k] = log(1 + exp(z[k])) + log(1 + exp(-z[k]))
        f[k] = exp(z[k])/(1 + exp(z[k]))
        L = -sum[k](y[k]*log(p[k])) + s/10 + sum[k](m[k]*f[k])
        """,
        axes={"i": 3, "k": 4},
        input={"x": ["i"]},
        target={"y": {"shape": ["k"], "fact": "distribution"}},
        parameters={"W": ["i", "k"]},
        output="p",
        ones="i",
        large="W",
    ),
    trial(
        "masked_means",
        """
        m = mean[t | t <= last](x[t])
        v = mean[t | t <= last]((x[t] - m)**2)
        g = mean[t | x[t] > 0](x[t]*w[t])
        c = sum[t | x[t] > 0 and not (t == 1)](w[t])
        p[t] = softmax[t | t <= last](x[t]*w[t])
        L = m**2 + v + g + c*sum[t](p[t]*x[t]) + logsumexp[t | t <= last](w[t])
        """,
        axes={"t": 5},
        input={"x": ["t"], "last": {"shape": [], "integer": 5}},
        parameters={"w": ["t"]},
        given={
            "x": [
                [0.4, -1.0, 2.0, -0.3, 1.0],
                [-0.5, -1.0, 2.0, 0.7, 0.2],
                [1.5, 1.0, 0.6, -2.0, 0.1],
            ]
        },
    ),
    trial(
        "maxima",
        """
        a[i] = max[j](x[i,j]*W[j])
        b = min[i,j](x[i,j] + W[j])
        c[i,q] = max[p,r | 0 <= 2*q + r - 1 < size[j] and i + p < size[i]](x[i + p, 2*q + r - 1])
        d[i] = max(a[i], max[j | j <= i](x[i,j]))
        f = max[i](abs(a[i])) - min[i](d[i]**2)
        L = sum[i](a[i]*d[i]) + b**2*f + sum[i,q](c[i,q]*V[i,q])
        """,
        axes={"i": 3, "j": 5, "p": 2, "q": 3, "r": 3},
        input={"x": ["i", "j"]},
        parameters={"W": ["j"], "V": ["i", "q"]},
        large="W",
    ),
    trial(
        "argmax_as_index",
        """
        z[k] = sum[i](x[i]*W[i,k])
        b = argmax[k](z[k])
        w[i] = W[i,b]
        s = z[b] + sum[k]((k == b)*C[k])
        two[j] = argmin[i](x[i]*U[i,j])
        g[j] = x[two[j]]*U[two[j],j]
        L = (s - y)**2 + sum[i](w[i]**2) + sum[j](g[j]**3)
        """,
        axes={"i": 4, "k": 3, "j": 2},
        input={"x": ["i"]},
        target={"y": []},
        parameters={"W": ["i", "k"], "C": ["k"], "U": ["i", "j"]},
        ones="i k j",
    ),
    trial(
        "contrastive_twin",
        """
        z[d] = tanh(sum[i](x[i]*W[i,d]))
        r[n] = sqrt(sum[d](z[n,d]**2))
        S[n,m] = sum[d](z[n,d]*z[m,d])/(r[n]*r[m]*tau)
        L[n] = logsumexp[m | m != n](S[n,m]) - sum[m | m != n](S[n,m]*y[m]) + S[n,n]
        """,
        axes={"m": "n", "i": 3, "d": 4},
        input={"x": ["i"]},
        target={"y": []},
        parameters={"W": ["i", "d"], "tau": []},
        positive="tau",
        output="z",
        lonely=False,
    ),
    trial(
        "clip_loss_of_pairs",
        """
        a[e] = sum[i](x[i]*A[i,e])
        b[e] = sum[j](u[j]*B[j,e])
        S[n,m] = s*sum[e](a[n,e]*b[m,e])
        l[n] = -sum[m]((m == n)*log_softmax[m](S[n,m]))
        r[n] = -sum[m]((m == n)*log_softmax[m](S[m,n]))
        L = mean[n](l[n] + r[n])/2
        """,
        axes={"m": "n", "i": 3, "j": 2, "e": 4},
        input={"x": ["i"], "u": ["j"]},
        parameters={"A": ["i", "e"], "B": ["j", "e"], "s": []},
        output="a",
        large="s",
    ),
    trial(
        "weight_norm_and_cosine",
        """
        nw[k] = sqrt(sum[i](V[i,k]**2))
        W[i,k] = g[k]*V[i,k]/nw[k]
        h[k] = sum[i](x[i]*W[i,k])
        cs = sum[k](h[k]*c[k])/(sqrt(sum[k](h[k]**2))*sqrt(sum[k](c[k]**2)))
        L = 1 - cs + (sum[k](h[k])/sum[k](1 + h[k]**2))**2
        """,
        axes={"i": 4, "k": 3},
        input={"x": ["i"], "c": ["k"]},
        parameters={"V": ["i", "k"], "g": ["k"]},
        ones="i",
    ),
    trial(
        "summed_batch_with_penalty",
        """
        z[k] = sum[i](x[i]*W[i,k]) + b
        L = sum[k](huber[k])
        e[k] = z[k] - y[k]
        huber[k] = where(abs(e[k]) < 1, e[k]**2/2, abs(e[k]) - 1/2)
        """,
        axes={"i": 3, "k": 2},
        input={"x": ["i"]},
        target={"y": ["k"]},
        parameters={"W": ["i", "k"], "b": []},
        batch="sum",
        penalty=[{"l2": {"rate": 0.1}}],
        output="z",
        ones="i k",
        large="x",
    ),
]
