"""Tensor products, bilinear forms, gates, distances, powers, circuits."""

from __future__ import annotations

from . import trial

_HUNDREDS = 400

TRIALS = [
    trial(
        "three_way",
        """
        z[k] = sum[i,j](x[i]*u[j]*T[i,j,k]) + sum[i](x[i]*T[i,0,k])
        L = sum[k]((z[k] - y[k])**2)/2
        """,
        axes={"i": 3, "j": 4, "k": 2},
        input={"x": ["i"], "u": ["j"]},
        target={"y": ["k"]},
        parameters={"T": ["i", "j", "k"]},
        ones="i j k",
    ),
    trial(
        "bilinear_scores",
        """
        s = sum[i,j](x[i]*A[i,j]*u[j]) + c
        p = 1/(1 + exp(-s))
        L = -y*log(p) - (1 - y)*log(1 - p)
        """,
        axes={"i": 3, "j": 4},
        input={"x": ["i"], "u": ["j"]},
        target={"y": []},
        parameters={"A": ["i", "j"], "c": []},
        output="p",
        ones="i j",
        large="c",
    ),
    trial(
        "five_factors",
        """
        v[r] = sum[i,j,k](x[i]*A[i,r]*B[j,r]*u[j]*C[k,r]*g[k])
        w[r,q] = sum[i,j](x[i]*A[i,r]*B[j,q]*u[j])
        L = sum[r](tanh(v[r])) + sum[r,q](w[r,q]*w[q,r])
        """,
        axes={"i": 3, "j": 4, "k": 2, "r": 3},
        input={"x": ["i"], "u": ["j"]},
        parameters={"A": ["i", "r"], "B": ["j", "r"], "C": ["k", "r"], "g": ["k"]},
        ones="i j k r",
    ),
    trial(
        "highway_gate",
        """
        g[j] = sigmoid(sum[i](x[i]*G[i,j]) + bg[j])
        h[j] = g[j]*tanh(sum[i](x[i]*W[i,j])) + (1 - g[j])*x[j]
        q[j] = h[j]*sum[i](g[i]*R[i,j])/(1 + h[j]**2)
        L = sum[j]((q[j] - y[j])**2)
        """,
        axes={"i": 4},
        input={"x": ["i"]},
        target={"y": ["i"]},
        parameters={"G": ["i", "i"], "W": ["i", "i"], "R": ["i", "i"], "bg": ["i"]},
        ones="i",
        large="bg",
    ),
    trial(
        "rbf_and_distances",
        """
        phi[j] = exp(-gamma[j]*sum[i]((x[i] - C[i,j])**2))
        D[j] = sqrt(sum[i]((x[i] - C[i,j])**2) + 1/100)
        z[k] = sum[j]((phi[j] + 1/D[j])*W[j,k])
        L = sum[k]((z[k] - y[k])**2)/2 + sum[j,q]((C[0,j] - C[0,q])**2*gamma[j])
        """,
        axes={"i": 3, "j": 5, "k": 2},
        input={"x": ["i"]},
        target={"y": ["k"]},
        parameters={"C": ["i", "j"], "gamma": ["j"], "W": ["j", "k"]},
        positive="gamma",
        ones="i j k",
        large="C",
    ),
    trial(
        "tied_and_diagonal",
        """
        h[j] = tanh(sum[i](x[i,i]*W[i,j]) + sum[i](x[i,j]*W[j,i]))
        r[i] = sum[j](h[j]*W[i,j])
        tr = sum[i](W[i,i]*W[i,i])
        a[i,j] = W[i,j] - W[j,i]
        L = sum[i]((r[i] - x[i,i])**2) + tr*sum[i,j](a[i,j]**2*x[j,i])
        """,
        axes={"i": 3, "j": "i"},
        input={"x": ["i", "i"]},
        parameters={"W": ["i", "i"]},
        ones="i",
    ),
    trial(
        "outer_flattened",
        """
        o[a,b,c] = x[a]*u[b]*K[c]
        f[p] = sum[a,b,c]((p == size[b]*size[c]*a + size[c]*b + c)*o[a,b,c])
        z[k] = sum[p](f[p]*W[p,k])
        back[a,b] = f[size[b]*size[c]*a + size[c]*b + 1]
        L = sum[k](log_cosh(z[k])) + sum[a,b](back[a,b]**3)
        """,
        axes={"a": 2, "b": 3, "c": 2, "p": 12, "k": 2},
        input={"x": ["a"], "u": ["b"]},
        parameters={"K": ["c"], "W": ["p", "k"]},
    ),
    trial(
        "four_hundred_terms",
        "\n".join(f"v{k} = w[{k}]*x[{k % 7}]" for k in range(8))
        + "\ns = "
        + " + ".join(f"w[{k}]*x[{k % 7}]" for k in range(_HUNDREDS))
        + "\nL = tanh(s)**2 + sin(v0*v7) + "
        + " + ".join(f"v{k}" for k in range(8)),
        input={"x": [7]},
        parameters={"w": [_HUNDREDS]},
    ),
    trial(
        "circuit",
        """
        q = x + w*z
        f = q*z - 1/q**2 + exp(-q)
        g = f*sin(w) + max(q, 2*z)*atan(f)
        L = (g - t)**2 + abs(q)*c
        """,
        input={"x": [], "z": []},
        target={"t": []},
        parameters={"w": []},
        constants={"c": {"shape": [], "value": 0.25}},
        positive="x z w",
    ),
    trial(
        "no_batch_at_all",
        """
        v[i] = a[i]**2 - 2*a[i]*c[i]
        L = 100*(b - a[0]**2)**2 + (1 - a[0])**2 + sum[i](v[i]*cos(v[i])) + prod[i](1 + v[i])
        """,
        axes={"i": 3},
        parameters={"a": ["i"], "b": []},
        constants={"c": {"shape": ["i"], "value": [0.5, -1, 2]}},
    ),
    trial(
        "powers",
        """
        p[j] = x[j]**e[j] + 2**x[j] + x[j]**3/7 + x[j]**(-2) + x[j]**0.5 + x[j]**(e[j]/2)
        q[j] = z[j]**2*z[j]**3 + (1 + z[j]**2)**1.5 + z[j]**4/(1 + z[j]**2)**2
        r[j] = (sum[i](x[i]*x[i]))**e[j] + e[j]**x[j] + exp(1)*z[j]
        L = sum[j](p[j]*q[j] - r[j])/size[j]
        """,
        axes={"j": 3},
        input={"x": ["j"], "z": ["j"]},
        parameters={"e": ["j"]},
        positive="x e",
        ones="j",
    ),
    trial(
        "function_zoo",
        """
        a[j] = clip(3*x[j], -1, 1/2) + abs(x[j]) + max(x[j], u[j]) - min(u[j], x[j]**2)
        b[j] = asin(u[j]/3) + acos(u[j]/4) + atan(x[j]) + asinh(x[j]) + atanh(u[j]/5)
        c[j] = acosh(2 + u[j]**2) + sinh(x[j]) + cosh(x[j]/2) + tan(x[j]/4) + sign(x[j])*x[j]
        d[j] = erf(x[j]) + softplus(x[j]) + log1p(u[j]**2) + expm1(x[j]) + xlogy(u[j]**2, 2 + x[j])
        e[j] = gelu(x[j]) + mish(u[j]) + elu(x[j]) + selu(u[j]) + silu(x[j]) + step(x[j])*u[j]
        f[j] = hard_swish(x[j]) + relu(u[j]) + swish(x[j], B) + celu(u[j], 2) + leaky_relu(x[j])
        L = mean[j]((a[j] + b[j]*c[j] - d[j] + e[j]*f[j])**2) + erf(B)*pi
        """,
        axes={"j": 5},
        input={"x": ["j"], "u": ["j"]},
        parameters={"B": []},
        ones="j",
    ),
    trial(
        "products_with_zeros",
        """
        a = prod[i](x[i])
        b[j] = prod[i | i != j](x[i] + W[i,j])
        c = prod[i,j](1 + x[i]*W[i,j]/4)
        d[j] = prod[i | i <= j](W[i,j])
        L = a + sum[j](b[j]*d[j]) + c**2
        """,
        axes={"i": 4, "j": "i"},
        input={"x": ["i"]},
        parameters={"W": ["i", "i"]},
        given={"x": [[0.0, 2.0, -1.0, 3.0], [0.0, 0.0, 1.5, -1.0], [0.5, 1.0, 2.0, -0.3]]},
        ones="i",
    ),
    trial(
        "several_heads",
        """
        h[j] = sin(sum[i](x[i]*W[i,j])) + g*sum[m](u[m]*V[m,j])
        z[k] = sum[j](h[j]*A[j,k])
        v = sum[j](h[j]*B[j])
        e[k] = p[k] - z[k]
        L = sum[k](e[k]**2)/(2*s**2) + log(s) + huge*abs(v - r) + sum[j](h[j])*0
        """,
        axes={"i": 3, "j": 4, "k": 2, "m": 2},
        input={"x": ["i"], "u": ["m"]},
        target={"p": ["k"], "r": []},
        parameters={
            "W": ["i", "j"],
            "V": ["m", "j"],
            "A": ["j", "k"],
            "B": ["j"],
            "g": [],
            "s": [],
            "huge": [],
        },
        positive="s",
        output="z",
        ones="i j k m",
    ),
]
