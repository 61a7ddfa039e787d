"""Options of each catalogue entry at the shape of its input, drawn within what is legal.

A row of `DRAWN` returns (options, shape of the output), or None where the entry does not fit.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import prod
from typing import Any

from chalkgrad.derive import catalogue

ENTRIES = catalogue.names()

Shape = tuple[int, ...]
Options = dict[str, Any]
Made = tuple[Options, Shape] | None

BOUNDED = ("sigmoid", "tanh", "softsign", "hard_tanh", "hard_sigmoid", "softmax")
PLAIN = (
    *("identity", "relu", "prelu", "softplus", "selu", "gelu", "gelu_tanh", "silu", "mish"),
    *("hard_swish", *BOUNDED[:-1]),
)
GROWING = ("square", "exp", "multiply")


def _activation(rng: random.Random, name: str) -> Options:
    numbers = {
        "leaky_relu": ("eps", (0.2, 0.01, 0)), "leaky_mix": ("eps", (0.3, 1, 0)),
        "elu": ("alpha", (1, 1.7)), "celu": ("alpha", (1, 0.6)), "swish": ("beta", (1, 1.5, 0)),
        "threshold": ("at", (0, 0.5, -1)),
    }  # fmt: skip
    if name not in numbers or rng.random() < 0.3:
        return {}
    option, values = numbers[name]
    more = {"value": rng.choice((0, -2.5))} if name == "threshold" else {}
    return {option: rng.choice(values), **more}


def carried(rng: random.Random) -> Options:
    """The ``activation`` of a layer, or none."""
    if rng.random() < 0.4:
        return {}
    name = rng.choice((*PLAIN, "leaky_relu", "leaky_mix", "elu", "celu", "swish", "threshold"))
    given = _activation(rng, name)
    return {"activation": {name: given} if given else name}


def _windows(rng: random.Random, space: Shape, *, dilated: bool) -> tuple[Options, Shape] | None:
    k, stride, pad = rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 2)
    dilation = rng.randint(1, 2) if dilated else 1
    pad = pad if dilated else min(pad, k // 2)
    out = tuple((h + 2 * pad - dilation * (k - 1) - 1) // stride + 1 for h in space)
    if min(out) < 1 or min(h + 2 * pad - dilation * (k - 1) for h in space) < 1:
        return None
    made = {"k": k, "stride": stride, "pad": pad} | ({"dilation": dilation} if dilated else {})
    return {name: v for name, v in made.items() if rng.random() < 0.9 or name in ("k", "pad")}, out


def _conv(space: int, grouped: bool = False) -> Callable[..., Made]:
    def draw(rng: random.Random, shape: Shape) -> Made:
        if len(shape) != space + 1:
            return None
        found = _windows(rng, shape[1:], dilated=True)
        if found is None:
            return None
        options = found[0]
        groups = rng.choice([g for g in range(1, shape[0] + 1) if shape[0] % g == 0])
        per, width = rng.randint(1, 2), rng.randint(1, 4)
        own = {"groups": groups, "per_group": per} if grouped else {"out": width}
        strided = {"stride": 1, "dilation": 1, **options}
        reach = strided["dilation"] * (options["k"] - 1)
        out = tuple(
            (h + 2 * options["pad"] - reach - 1) // strided["stride"] + 1 for h in shape[1:]
        )
        bias = {} if rng.random() < 0.6 else {"bias": rng.random() < 0.5}
        channels = groups * per if grouped else width
        if min(out) < 1:
            return None
        return {**own, **options, **bias, **carried(rng)}, (channels, *out)

    return draw


def _transposed(space: int) -> Callable[..., Made]:
    def draw(rng: random.Random, shape: Shape) -> Made:
        if len(shape) != space + 1:
            return None
        k, stride, pad, dilation = (rng.randint(a, b) for a, b in ((1, 3), (1, 3), (0, 1), (1, 2)))
        extra = rng.randint(0, max(stride, dilation) - 1)
        out = tuple((h - 1) * stride - 2 * pad + dilation * (k - 1) + 1 + extra for h in shape[1:])
        if min(out) < 1:
            return None
        o = rng.randint(1, 3)
        options = {"k": k, "stride": stride, "pad": pad, "extra": extra, "dilation": dilation}
        return {"out": o, **options, **carried(rng)}, (o, *out)

    return draw


def _pool(space: int, average: bool = False) -> Callable[..., Made]:
    def draw(rng: random.Random, shape: Shape) -> Made:
        lead, inner = shape[: len(shape) - space], shape[len(shape) - space :]
        if len(inner) < space or len(shape) < space:
            return None
        found = _windows(rng, inner, dilated=False)
        if found is None:
            return None
        options, _ = found
        stride = options.get("stride", options["k"])
        out = tuple((h + 2 * options["pad"] - options["k"]) // stride + 1 for h in inner)
        if average and rng.random() < 0.5:
            options["count_pad"] = rng.random() < 0.5
        return options, (*lead, *out)

    return draw


def _last(least: int, options: Callable[[random.Random], Options]) -> Callable[..., Made]:
    """Entries that keep the shape and need so many axes."""
    return lambda rng, shape: (options(rng), shape) if len(shape) >= least else None


def _exactly(rank: int, options: Callable[[random.Random], Options]) -> Callable[..., Made]:
    return lambda rng, shape: (options(rng), shape) if len(shape) == rank else None


def norm(rng: random.Random) -> Options:
    made: Options = {} if rng.random() < 0.6 else {"affine": rng.random() < 0.5}
    return made | ({"eps": rng.choice((0.01, 0.1))} if rng.random() < 0.4 else {})


def _dense(rng: random.Random, shape: Shape) -> Made:
    if not shape:
        return None
    units = rng.randint(1, 5)
    bias = rng.choice(({}, {}, {"bias": "shared"}, {"bias": "none"}))
    return {"units": units, **bias, **carried(rng)}, (*shape[:-1], units)


def _group_norm(rng: random.Random, shape: Shape) -> Made:
    if len(shape) != 3:
        return None
    groups = rng.choice([g for g in range(1, shape[0] + 1) if shape[0] % g == 0])
    return {"groups": groups, **norm(rng)}, shape


def _recurrent(rng: random.Random, shape: Shape) -> Made:
    units = rng.randint(1, 3)
    bias = {} if rng.random() < 0.6 else {"bias": rng.random() < 0.5}
    return ({"units": units, **bias}, (shape[0], units)) if len(shape) == 2 else None


def _heads(rng: random.Random, shape: Shape) -> Made:
    if len(shape) != 2:
        return None
    heads = rng.choice([g for g in range(1, shape[1] + 1) if shape[1] % g == 0])
    causal = {} if rng.random() < 0.5 else {"causal": rng.random() < 0.6}
    return {"heads": heads, **causal, **({} if rng.random() < 0.6 else {"bias": False})}, shape


def _unflatten(rng: random.Random, shape: Shape) -> Made:
    if len(shape) != 1:
        return None
    n = shape[0]
    c = rng.choice([d for d in range(1, n + 1) if n % d == 0])
    h = rng.choice([d for d in range(1, n // c + 1) if n // c % d == 0])
    options = {"channels": c, "height": h, "width": n // c // h}
    return {k: v for k, v in options.items() if (k, v) != ("channels", 1)}, (c, h, n // c // h)


def _reshape(rng: random.Random, shape: Shape) -> Made:
    if len(shape) != 2:
        return None
    n = prod(shape)
    rows = rng.choice([d for d in range(1, n + 1) if n % d == 0])
    return {"rows": rows}, (rows, n // rows)


def _none(rng: random.Random) -> Options:
    return {}


DRAWN: dict[str, Callable[..., Made]] = {
    **{n: _last(0, lambda rng, n=n: _activation(rng, n)) for n in ENTRIES  # type: ignore[misc]
       if catalogue.definition(n).kind == "activation"},
    "softmax": _last(1, _none), "log_softmax": _last(1, _none),
    "dense": _dense, "conv1d": _conv(1), "conv2d": _conv(2),
    "grouped_conv1d": _conv(1, True), "grouped_conv2d": _conv(2, True),
    "transposed_conv1d": _transposed(1), "transposed_conv2d": _transposed(2),
    "max_pool1d": _pool(1), "max_pool2d": _pool(2),
    "average_pool1d": _pool(1, True), "average_pool2d": _pool(2, True),
    **{f"global_{kind}_pool{d}d": (lambda rng, shape, d=d:  # type: ignore[misc]
       ({}, shape[: len(shape) - d]) if len(shape) >= d else None)
       for kind in ("average", "max") for d in (1, 2)},
    "layer_norm": _last(1, norm),
    "rms_norm": _last(1, norm), "batch_norm": _exactly(1, norm),
    "batch_norm1d": _exactly(2, norm), "batch_norm2d": _exactly(3, norm),
    "instance_norm": _exactly(3, norm), "group_norm": _group_norm,
    "rnn": _recurrent, "lstm": _recurrent, "gru": _recurrent, "multi_head_attention": _heads,
    "glu": lambda rng, s: ({}, (*s[:-1], s[-1] // 2)) if s and s[-1] % 2 == 0 else None,
    "flatten": lambda rng, s: ({}, (prod(s),)) if len(s) == 3 else None,
    "flatten1d": lambda rng, s: ({}, (prod(s),)) if len(s) == 2 else None,
    "unflatten": _unflatten, "reshape": _reshape,
}  # fmt: skip
JOINED = ("add", "multiply", "concatenate", "attention", "dropout")  # several tensors
