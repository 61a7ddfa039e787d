"""Places where an engine slips: index values as numbers, colliding names, reads outside."""

from __future__ import annotations

from . import trial

TRIALS = [
    trial(
        "index_values",
        """
        P[t,d] = sin((t + 1)/100**(2*d/size[d])) + cos(pi*t*(d + 1/2)/size[t])
        g[t] = exp(-t/size[t])*x[t] + (-1)**t*2**t/8 + t**2/10 + (t + 1)**0.5
        h[t] = (x[t] > t/4)*x[t] + k[t]*x[t] + where(k[t] == 2, x[t]**2, k[t]/3)
        s[t] = mean[d](P[t,d]*w[d]) + last*x[t]/(size[t] - 1) + sqrt(t + 1)*log(2 + k[t])
        L = sum[t]((g[t] + h[t])*s[t]) + sum[t](t)*w[0] + max[t](t*x[t]) + sum[d](w[d])*last
        """,
        axes={"t": 4, "d": 3},
        input={
            "x": ["t"],
            "k": {"shape": ["t"], "integer": 5},
            "last": {"shape": [], "integer": 3},
        },
        parameters={"w": ["d"]},
    ),
    trial(
        "colliding_names",
        """
        v_in[j] = sum[i](x[i]*W[i,j])
        v[j] = tanh(sum[i](x_pad[i]*W[i,j]) + v_in[j])
        x_win[i] = x[i - 1] + x[i + 1]
        t[t] = t[t-1]*a + tanh(sum[i](x[i]*x_win[i]) + t_in[t])
        L = sum[j](v[j]**2) + sum[i](x_win[i]*x_pad[i]) + sum[t](t[t]) + v_max*max[j](v[j])
        """,
        axes={"i": 3, "j": 2, "t": 4},
        input={"x": ["i"], "x_pad": ["i"]},
        parameters={"W": ["i", "j"], "a": [], "t_in": ["t"], "v_max": []},
        ones="i j t",
    ),
    trial(
        "reads_outside",
        """
        e[i] = exp(x[i])
        s[i] = 1/(1 + e[i - 1]) + log(1 + e[i + 1]) + x[i - 9] + cos(x[i + 3])
        g[i,p] = x[i + 2*p - 4]*K[p]
        q[i] = sum[j]((j == 2*i - 1)*x[j]) + x[7 - 3*i]
        L = sum[i](s[i]**2) + sum[i,p](g[i,p]**2) + sum[i](q[i]*x[i])
        """,
        axes={"i": 4, "j": "i", "p": 5},
        input={"x": ["i"]},
        parameters={"K": ["p"]},
    ),
    trial(
        "class_of_a_softmax",
        """
        z[k] = sum[i](x[i]*W[i,k])
        p[k] = softmax[k](z[k])
        r[k] = exp(z[k])/sum[q](exp(z[q]))
        s = sigmoid(z[0])
        L = -log(p[c]) - log(r[1]) - log(s) - log(1 - s) - y[2]*log(r[2])
        """,
        axes={"i": 3, "k": 4},
        input={"x": ["i"]},
        target={"c": {"shape": [], "integer": "k"}, "y": ["k"]},
        parameters={"W": ["i", "k"]},
        output="p",
        ones="i",
        large="W",
    ),
    trial(
        "across_the_batch",
        """
        s[n] = sum[i](x[n,i]*w[i])
        p[n] = softmax[n](s[n])
        lo[i] = min[n](x[n,i])
        c = logsumexp[n](s[n]) - log(size[n])
        q = prod[n](1 + s[n]/4)
        G[i,j] = mean[n](x[n,i]*x[n,j])
        r = sum[i,j](G[i,j]*G[j,i])
        f = argmax[n](s[n])
        L[n] = p[n]*s[n] + c*y[n] + q*sum[i](lo[i]*x[n,i]) + r/size[n] + sum[n](x[n,0]**2)*s[n]
        """,
        axes={"i": 3, "j": "i"},
        input={"x": ["i"]},
        target={"y": []},
        parameters={"w": ["i"]},
        output="p",
        ones="i",
    ),
    trial(
        "loss_without_samples",
        """
        z[n,d] = sum[i](x[n,i]*W[i,d])
        m[d] = mean[n](z[n,d])
        C[d,e] = mean[n]((z[n,d] - m[d])*(z[n,e] - m[e]))
        L = sum[d,e]((C[d,e] - (d == e))**2) + sum[d](m[d]**2)/2 + b**2
        """,
        axes={"i": 3, "d": 2, "e": "d"},
        input={"x": ["i"]},
        parameters={"W": ["i", "d"], "b": []},
        output="z",
        ones="i d",
    ),
    trial(
        "nested_reductions",
        """
        a = sum[i](max[j](sum[k](A[i,k]*B[j,k])*x[i]))
        b[i] = softmax[i](logsumexp[j](A[i,j]*x[j]) - mean[j](A[j,i]))
        c = exp(mean[i](log(1 + prod[j](1 + tanh(A[i,j])/2)*x[i]**2)))
        d = sum[i](x[i]*sum[j](A[i,j]*sum[k](B[j,k]*x[k])))/sqrt(1 + sum[i,j](A[i,j]**2))
        e = sum[i](mean[j](c*x[i])) + max[i](c) + sum[i](2) + mean[i,j](x[j])
        L = a + sum[i](b[i]*x[i]) + c*d + e + (sum[i](x[i]))**0 + (a - d)**2/(1 + sum[i](x[i]**2))
        """,
        axes={"i": 3, "j": "i", "k": "i"},
        input={"x": ["i"]},
        parameters={"A": ["i", "i"], "B": ["i", "i"]},
        ones="i",
    ),
    trial(
        "greedy_loop",
        """
        z[t,k] = sum[d](E[b[t-1],d]*W[d,k]) + x[t,k] + where(x[t,k] > 0, log(x[t,k]), 0)
        b[t] = argmax[k](z[t,k])
        m[t] = mean[k](z[t,k]**2) + m[t-1]/(1 + m[t-2]**2)
        L = sum[t](m[t]) + sum[t](E[b[t],0])
        """,
        axes={"t": 3, "k": 4, "d": 2},
        input={"x": ["t", "k"]},
        parameters={"E": ["k", "d"], "W": ["d", "k"]},
    ),
    trial(
        "dead_sums",
        """
        a[i] = where(x[i] > 0, exp(sum[j](w[j]*log(x[i]))), 0)
        b[i] = (x[i] > 0)*sqrt(sum[j](w[j]/x[i]))
        c = sum[i | x[i] > 0](tanh(sum[j](w[j]*x[i]**(-0.5))))
        d[i] = where(x[i] > 0, max[j](w[j]*log(x[i])), -1) + where(x[i] != 0, w[i]/x[i], 0)
        L = sum[i](a[i] + b[i] + d[i]) + c
        """,
        axes={"i": 4, "j": "i"},
        input={"x": ["i"]},
        parameters={"w": ["i"]},
        positive="w",
        given={"x": [[0.5, -1.0, 2.0, -0.2], [1.5, 0.7, -3.0, 0.1]]},
    ),
    trial(
        "many_readers",
        """
        h[i] = tanh(x[i]*w[i])
        a = sum[i](h[i]*h[size[i] - 1 - i]) + h[0]*h[1] - h[2]**2
        b[i] = h[i] + h[i + 1] + h[i - 1] - 2*h[i]
        c[u] = sum[i]((u == i + 1)*h[i]) - sum[i]((u == 2*i)*h[i])
        d = sum[i,j](h[i]*(i < j)*h[j]) + sum[i](h[t[i]]) + h[t[0]]*h[k]
        L = a**2 + sum[i](b[i]**2) + sum[u](c[u]**2)/2 + d + mean[i](h[i])**2 + max[i](h[i])
        """,
        axes={"i": 4, "j": "i", "u": 8},
        input={
            "x": ["i"],
            "t": {"shape": ["i"], "integer": "i"},
            "k": {"shape": [], "integer": "i"},
        },
        parameters={"w": ["i"]},
    ),
]
