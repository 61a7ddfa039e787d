"""Small random networks as equations, for second derivatives: one per seed.

A chain of vectors h1[a], h2[b], …; each link is one of `LINKS`, the end one of `LOSSES`. Nothing in
them has a corner where random numbers fall.
"""

from __future__ import annotations

import random
from typing import Any

F = ("tanh", "sigmoid", "softplus", "sin", "exp", "gelu", "silu", "mish", "softsign")
# {h}: the vector before, over {i}; {o}: the new one, over {k}; {W}, {b}, {c}: weights, biases, one
# number; {f}: a function
LINKS = {
    "affine": "{o}[{k}] = {f}(sum[{i}]({h}[{i}]*{W}[{i},{k}]) + {b}[{k}])",
    "logsumexp": "{o}[{k}] = logsumexp[{i}]({h}[{i}]*{W}[{i},{k}]) - {b}[{k}]",
    "prod": "{o}[{k}] = prod[{i}](1 + {h}[{i}]*{W}[{i},{k}]/2) + {b}[{k}]",
    "max": "{o}[{k}] = max[{i}]({h}[{i}]*{W}[{i},{k}]**2) + {b}[{k}]",
    "min": "{o}[{k}] = {f}(min[{i}]({h}[{i}] + {W}[{i},{k}]))*{b}[{k}]",
    "mean": "{o}[{k}] = mean[{i}]({f}({h}[{i}]*{W}[{i},{k}])) + {b}[{k}]",
    "where": "{o}[{k}] = where({b}[{k}] > 0, {c}*sum[{i}]({h}[{i}]*{W}[{i},{k}])**2, "
    "sin(sum[{i}]({h}[{i}]*{W}[{i},{k}])))",
    "softmax": "s{o}[{k}] = sum[{i}]({h}[{i}]*{W}[{i},{k}])\n{o}[{k}] = softmax[{k}](s{o}[{k}])*{c}"
    " + {b}[{k}]",
    "norm": "m{o} = mean[{i}]({h}[{i}])\nr{o} = sqrt(mean[{i}](({h}[{i}] - m{o})**2) + 0.3)\n"
    "{o}[{k}] = {b}[{k}] + sum[{i}](({h}[{i}] - m{o})/r{o}*{W}[{i},{k}])*{c}",
    "batch": "m{o}[{i}] = mean[n]({h}[n,{i}])\n"
    "{o}[{k}] = {f}({b}[{k}] + {c}*sum[{i}](({h}[{i}] - m{o}[{i}])*{W}[{i},{k}]))",
    "condition": "{o}[{k}] = {b}[{k}] + {c}*logsumexp[{i} | {i} <= {k}]({h}[{i}]*{W}[{i},{k}])",
    "divide": "{o}[{k}] = {f}({b}[{k}])/(1 + sum[{i}](({h}[{i}] - {W}[{i},{k}])**2))*{c}",
    "soft_mean": "{o}[{k}] = log(sum[{i}](exp({h}[{i}]*{W}[{i},{k}]))) + {b}[{k}]*{c}",
    "recurrence": "u{o}[t,{k}] = tanh(sum[{i}]({h}[{i}]*{W}[{i},{k}])*{c}/(t + 1) + {b}[{k}]"
    "*u{o}[t-1,{k}])\n{o}[{k}] = sum[t](u{o}[t,{k}])",
}  # fmt: skip
LOSSES = {
    "squared": "L = sum[{k}](({h}[{k}] - y[{k}])**2)/2",
    "cross_entropy": "q[{k}] = log_softmax[{k}]({h}[{k}])\nL = -sum[{k}](y[{k}]*q[{k}])",
    "log_cosh": "L = sum[{k}](log_cosh({h}[{k}] - y[{k}]))",
    "logsumexp": "L = logsumexp[{k}]({h}[{k}]) - sum[{k}](y[{k}]*{h}[{k}])/size[{k}]",
    "logits": "L = sum[{k}](softplus({h}[{k}]) - y[{k}]*{h}[{k}])",
    "prod": "L = prod[{k}](1 + ({h}[{k}] - y[{k}])**2)",
}  # fmt: skip


def network(seed: int) -> dict[str, Any]:
    """The spec of a seed; the link number ``seed % len(LINKS)`` stands in it for certain."""
    rng = random.Random(seed)
    axes = {"a": rng.randint(2, 4), "t": 3}
    names = "abcdefg"
    count = rng.randint(1, 3)
    links = [rng.choice(list(LINKS)) for _ in range(count)]
    links[rng.randrange(count)] = list(LINKS)[seed % len(LINKS)]
    lines, parameters, h = [], {}, "x"
    for k, link in enumerate(links):
        i, o = names[k], names[k + 1]
        axes[o] = rng.randint(2, 3)
        given = {"h": h, "i": i, "o": f"h{k}", "k": o, "W": f"W{k}", "b": f"b{k}", "c": f"c{k}",
                 "f": rng.choice(F)}  # fmt: skip
        lines.append(LINKS[link].format(**given))
        parameters.update({f"W{k}": [i, o], f"b{k}": [o]})
        if "{c}" in LINKS[link]:
            parameters[f"c{k}"] = []
        h = f"h{k}"
    last = names[count]
    lines.append(rng.choice(list(LOSSES.values())).format(h=h, k=last))
    made = {
        "name": f"net{seed}", "axes": axes, "input": {"x": ["a"]}, "target": {"y": [last]},
        "parameters": parameters, "equations": "\n".join(lines), "loss": "L", "output": h,
    }  # fmt: skip
    if rng.random() < 0.3:
        made["penalty"] = [{"l2": {"rate": 0.1}}]
    return made
