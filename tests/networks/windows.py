"""Affine reads: windows, strides, dilations, padding, transposed convolution, shifts, reversals."""

from __future__ import annotations

from . import trial

TRIALS = [
    trial(
        "dilated_strided",
        """
        a[o,i] = sum[c,p](x[c, 2*i + 3*p - 2]*K[o,c,p]) + b[o]
        g[o,u] = relu(a[o,u])*sum[p](a[o, u + p - 1]*G[p])
        L = sum[o,u](g[o,u]**2)
        """,
        axes={"c": 2, "i": 4, "o": 3, "p": 3},
        input={"x": ["c", 11]},
        parameters={"K": ["o", "c", "p"], "G": ["p"], "b": ["o"]},
        ones="c o",
    ),
    trial(
        "conv2d_padded_max",
        """
        a[o,i,j] = sum[c,p,q](x[c, 2*i + p - 1, j + 2*q - 2]*K[o,c,p,q])
        m[o,u,v] = max[p,q | 0 <= u + p - 1 < size[i] and 0 <= v + q - 1 < size[j]](
            a[o, u + p - 1, v + q - 1])
        L = sum[o,u,v](m[o,u,v]*tanh(a[o,u,v]))
        """,
        axes={"c": 2, "i": 3, "j": 4, "o": 2, "p": 3, "q": 3, "u": "i", "v": "j"},
        input={"x": ["c", 5, 4]},
        parameters={"K": ["o", "c", "p", "q"]},
        ones="c o",
    ),
    trial(
        "transposed_convolution",
        """
        h[c,i] = tanh(x[i]*F[c])
        v[o,u] = sum[c,i,p]((u == 2*i + p - 1)*h[c,i]*K[c,o,p]) + b[o]
        w[o,u] = sum[i]((u == 3*i)*x[i])*b[o]
        L = sum[o,u](y[u]*v[o,u]**2 + w[o,u]*v[o,u])
        """,
        axes={"c": 2, "i": 4, "o": 3, "p": 3, "u": 9},
        input={"x": ["i"]},
        target={"y": ["u"]},
        parameters={"F": ["c"], "K": ["c", "o", "p"], "b": ["o"]},
        output="v",
        ones="c o",
    ),
    trial(
        "concatenation_by_factors",
        """
        z[k] = sum[i]((k == i)*x[i]*x[i]) + sum[j]((k == j + 3)*sin(u[j])) + (k == 5)*w
        s[k] = sum[m](z[m]*W[m,k])
        first[i] = s[i + 0]*z[i + 2]
        L = sum[k](s[k]**2) + sum[i](first[i]) + z[5]*z[0]
        """,
        axes={"i": 3, "j": 2, "k": 6, "m": "k"},
        input={"x": ["i"], "u": ["j"]},
        parameters={"W": ["k", "k"], "w": []},
    ),
    trial(
        "reversed_and_toeplitz",
        """
        r[i] = x[size[i] - 1 - i]*w[i]
        T[i,j] = k[i - j + 3]
        y1[i] = sum[j](T[i,j]*x[j])
        f[i] = sum[p](x[i + p - 1]*g[size[p] - 1 - p])
        d2[i] = x[i] - x[i - 1]
        q[i] = x[i + 1]*x[2*i]*x[4 - 2*i]
        L = sum[i](r[i]*y1[i] + f[i]**2 + d2[i]**2 + q[i])
        """,
        axes={"i": 4, "j": "i", "p": 3},
        input={"x": ["i"]},
        parameters={"w": ["i"], "k": [7], "g": ["p"]},
    ),
    trial(
        "correlations",
        """
        r[k] = sum[t](x[t]*x[t + k])
        c[k] = sum[t](x[t]*u[t - k])
        b[a,e] = sum[t](x[t + a + e]*w[t]*w[a])
        d[i] = M[i, i + 1] + M[i + 1, i] + M[2, i]
        L = sum[k](r[k]**2 + c[k]) + sum[a,e](b[a,e]**2) + sum[i](d[i]**2)
        """,
        axes={"t": 5, "k": 5, "a": 5, "e": 2, "i": 3},
        input={"x": ["t"], "u": ["t"]},
        parameters={"w": ["t"], "M": ["i", "i"]},
    ),
    trial(
        "grouped_and_shuffled",
        """
        a[g,o,i] = sum[c,p](x[2*g + c, i + p]*K[g,o,c,p])
        f[s] = sum[g,o,i]((s == 6*g + 3*o + i)*a[g,o,i])
        up[u] = sum[s,p]((u == 2*s + p)*f[s]*w[p])
        sh[i,o] = up[6*o + i]*up[i + 6*o + 12]
        L = sum[u](up[u]**2) + sum[i,o](sh[i,o])
        """,
        axes={"g": 2, "o": 2, "c": 2, "p": 2, "i": 3, "s": 12, "u": 24},
        input={"x": [4, 4]},
        parameters={"K": ["g", "o", "c", "p"], "w": ["p"]},
    ),
    trial(
        "average_pool_and_total_variation",
        """
        m[u,v] = mean[p,q](x[2*u + p, 2*v + q])
        e[u] = mean[p | u + p - 1 >= 0 and u + p - 1 < size[a]](x[u + p - 1, 0])
        tv = sum[a,b | a > 0](abs(x[a,b] - x[a - 1,b])) + sum[a,b | b + 1 < size[b]](
            sqrt((x[a,b + 1] - x[a,b])**2 + 0.1))
        s[a,b] = w*x[a - 1, b + 1] - x[3, 0]
        L = sum[u,v](m[u,v]**2*K[u,v]) + tv + sum[a,b](s[a,b]**2) + sum[u](e[u]*K[u,0])
        """,
        axes={"a": 4, "b": 4, "u": 2, "v": 2, "p": 2, "q": 2},
        input={"x": ["a", "b"]},
        parameters={"K": ["u", "v"], "w": []},
    ),
]
