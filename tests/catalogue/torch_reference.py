"""PyTorch's value of every catalogue entry, from the same tensors (development only).

Each function takes the tensors by the names of the definition (inputs and targets batch first,
parameters without) and the options, and returns the output: batch first for layers and
activations, shape (N,) for losses (their ``factor`` as a number), a scalar for penalties.
Absent parameters are missing from the mapping. Gradients come from autograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Tensors = Mapping[str, Tensor]
Options = Mapping[str, Any]
Reference = Callable[[Tensors, Options], Tensor]

# -- activations ----------------------------------------------------------------------------------

_ACTIVATIONS: dict[str, Reference] = {
    "identity": lambda p, o: p["v"],
    "sigmoid": lambda p, o: torch.sigmoid(p["v"]),
    "tanh": lambda p, o: torch.tanh(p["v"]),
    "relu": lambda p, o: F.relu(p["v"]),
    "leaky_relu": lambda p, o: F.leaky_relu(p["v"], o["eps"]),
    "leaky_mix": lambda p, o: F.leaky_relu(p["v"], o["eps"]),
    "prelu": lambda p, o: F.prelu(p["v"], p["a"].reshape(1)),
    "softplus": lambda p, o: F.softplus(p["v"]),
    "elu": lambda p, o: F.elu(p["v"], o["alpha"]),
    "selu": lambda p, o: F.selu(p["v"]),
    # F.celu has a float32 1/alpha in its backward
    "celu": lambda p, o: o["alpha"] * F.elu(p["v"] / o["alpha"]),
    "gelu": lambda p, o: F.gelu(p["v"]),
    "gelu_tanh": lambda p, o: F.gelu(p["v"], approximate="tanh"),
    "silu": lambda p, o: F.silu(p["v"]),
    "swish": lambda p, o: p["v"] * torch.sigmoid(o["beta"] * p["v"]),
    "mish": lambda p, o: F.mish(p["v"]),
    "softsign": lambda p, o: F.softsign(p["v"]),
    # F.hardsigmoid has a float32 1/6 in its backward
    "hard_sigmoid": lambda p, o: F.relu6(p["v"] + 3) / 6,
    "hard_swish": lambda p, o: F.hardswish(p["v"]),
    "hard_tanh": lambda p, o: F.hardtanh(p["v"]),
    "threshold": lambda p, o: F.threshold(p["v"], o["at"], o["value"]),
    "exp": lambda p, o: torch.exp(p["v"]),
    "square": lambda p, o: torch.square(p["v"]),
    "softmax": lambda p, o: torch.softmax(p["v"], -1),
    "log_softmax": lambda p, o: torch.log_softmax(p["v"], -1),
}

# -- losses ---------------------------------------------------------------------------------------


def _per_sample(each: Tensor, o: Options) -> Tensor:
    """Sum over everything but the batch, times the factor."""
    factor: float = o.get("factor", 1)
    return each.reshape(len(each), -1).sum(1) * factor


def _elementwise(loss: Callable[[Tensors, Options], Tensor]) -> Reference:
    return lambda p, o: _per_sample(loss(p, o), o)


def _classes(scores: Tensor) -> Tensor:
    """(N, ..., K) -> (N, K, ...), where PyTorch wants the classes."""
    return scores.movedim(-1, 1)


def _cross_entropy_logits(p: Tensors, o: Options) -> Tensor:
    return F.cross_entropy(_classes(p["z"]), _classes(p["t"]), reduction="none")


_LOSSES: dict[str, Reference] = {
    "squared_error": _elementwise(lambda p, o: F.mse_loss(p["p"], p["t"], reduction="none")),
    "absolute_error": _elementwise(lambda p, o: F.l1_loss(p["p"], p["t"], reduction="none")),
    "huber": _elementwise(
        lambda p, o: F.huber_loss(p["p"], p["t"], reduction="none", delta=o["delta"])
    ),
    "smooth_l1": _elementwise(
        lambda p, o: F.smooth_l1_loss(p["p"], p["t"], reduction="none", beta=o["beta"])
    ),
    # PyTorch has none: log((exp(e) + exp(-e))/2)
    "log_cosh": _elementwise(
        lambda p, o: torch.logaddexp(p["p"] - p["t"], p["t"] - p["p"]) - math.log(2)
    ),
    "binary_cross_entropy": _elementwise(
        lambda p, o: F.binary_cross_entropy(p["p"], p["t"], reduction="none")
    ),
    "binary_cross_entropy_logits": _elementwise(
        lambda p, o: F.binary_cross_entropy_with_logits(p["z"], p["t"], reduction="none")
    ),
    "cross_entropy": _elementwise(lambda p, o: -torch.xlogy(p["t"], p["p"]).sum(-1)),
    "cross_entropy_logits": _elementwise(_cross_entropy_logits),
    "cross_entropy_integer": _elementwise(
        lambda p, o: F.nll_loss(_classes(p["p"].log()), p["t"], reduction="none")
    ),
    "cross_entropy_logits_integer": _elementwise(
        lambda p, o: F.cross_entropy(_classes(p["z"]), p["t"], reduction="none")
    ),
    "nll": _elementwise(lambda p, o: F.nll_loss(_classes(p["q"]), p["t"], reduction="none")),
    "kl_divergence": _elementwise(lambda p, o: F.kl_div(p["p"].log(), p["t"], reduction="none")),
    "hinge": _elementwise(lambda p, o: F.relu(1 - p["t"] * p["p"])),
    "poisson": _elementwise(
        lambda p, o: F.poisson_nll_loss(p["p"], p["t"], log_input=False, eps=0.0, reduction="none")
    ),
    "poisson_log": _elementwise(lambda p, o: F.poisson_nll_loss(p["z"], p["t"], reduction="none")),
    "gaussian_nll": _elementwise(
        lambda p, o: F.gaussian_nll_loss(p["m"], p["t"], p["v"], eps=o["eps"], reduction="none")
    ),
}

_PENALTIES: dict[str, Reference] = {
    "l1": lambda p, o: o["rate"] * p["W"].abs().sum(),
    "l2": lambda p, o: o["rate"] * p["W"].square().sum(),
}

# -- convolution and pooling ----------------------------------------------------------------------


def _dense(p: Tensors, o: Options) -> Tensor:
    v = p["x"] @ p["W"]
    return v + p["b"] if "b" in p else v


def _slides(o: Options) -> dict[str, int]:
    return {"stride": o["stride"], "padding": o["pad"], "dilation": o["dilation"]}


def _grouped(p: Tensors) -> Tensor:
    """Kernels (g, m, r, ...) as PyTorch has them, (g*m, r, ...)."""
    return p["K"].flatten(0, 1)


def _pool(pool: Callable[..., Tensor], space: int, **more: str) -> Reference:
    """A pooling over the last ``space`` axes, whatever the leading ones."""

    def reference(p: Tensors, o: Options) -> Tensor:
        x = p["x"]
        lead, rest = x.shape[: x.dim() - space], x.shape[x.dim() - space :]
        extra = {theirs: o[ours] for ours, theirs in more.items()}
        y = pool(x.reshape(-1, 1, *rest), o["k"], o["stride"], o["pad"], **extra)
        return y.reshape(*lead, *y.shape[2:])

    return reference


_WINDOWS: dict[str, Reference] = {
    "dense": _dense,
    "conv1d": lambda p, o: F.conv1d(p["x"], p["K"], p.get("b"), **_slides(o)),
    "conv2d": lambda p, o: F.conv2d(p["x"], p["K"], p.get("b"), **_slides(o)),
    "grouped_conv1d": lambda p, o: F.conv1d(
        p["x"], _grouped(p), p.get("b"), groups=o["groups"], **_slides(o)
    ),
    "grouped_conv2d": lambda p, o: F.conv2d(
        p["x"], _grouped(p), p.get("b"), groups=o["groups"], **_slides(o)
    ),
    "transposed_conv1d": lambda p, o: F.conv_transpose1d(
        p["x"], p["K"], p.get("b"), output_padding=o["extra"], **_slides(o)
    ),
    "transposed_conv2d": lambda p, o: F.conv_transpose2d(
        p["x"], p["K"], p.get("b"), output_padding=o["extra"], **_slides(o)
    ),
    "max_pool1d": _pool(F.max_pool1d, 1),
    "max_pool2d": _pool(F.max_pool2d, 2),
    "average_pool1d": _pool(F.avg_pool1d, 1, count_pad="count_include_pad"),
    "average_pool2d": _pool(F.avg_pool2d, 2, count_pad="count_include_pad"),
    "global_average_pool1d": lambda p, o: p["x"].mean(-1),
    "global_average_pool2d": lambda p, o: p["x"].mean((-2, -1)),
    "global_max_pool1d": lambda p, o: p["x"].amax(-1),
    "global_max_pool2d": lambda p, o: p["x"].amax((-2, -1)),
}

# -- normalisation --------------------------------------------------------------------------------


def _batch_norm(p: Tensors, o: Options) -> Tensor:
    """The training form; PyTorch refuses one value per channel."""
    return F.batch_norm(p["x"], None, None, p.get("gamma"), p.get("beta"), True, 0.0, o["eps"])


_NORMALISATIONS: dict[str, Reference] = {
    "layer_norm": lambda p, o: F.layer_norm(
        p["x"], p["x"].shape[-1:], p.get("gamma"), p.get("beta"), o["eps"]
    ),
    "rms_norm": lambda p, o: F.rms_norm(p["x"], p["x"].shape[-1:], p.get("gamma"), o["eps"]),
    "batch_norm": _batch_norm,
    "batch_norm1d": _batch_norm,
    "batch_norm2d": _batch_norm,
    "group_norm": lambda p, o: F.group_norm(
        p["x"], o["groups"], p.get("gamma"), p.get("beta"), o["eps"]
    ),
    "instance_norm": lambda p, o: F.instance_norm(
        p["x"], weight=p.get("gamma"), bias=p.get("beta"), eps=o["eps"]
    ),
}

# -- attention and recurrence ---------------------------------------------------------------------


def _multi_head_attention(p: Tensors, o: Options) -> Tensor:
    """PyTorch's own self-attention; d has to be a multiple of the heads there."""
    x = p["x"].transpose(0, 1)  # (T, N, D)
    d = x.shape[-1]
    queries, keys, values = (p[w].reshape(d, -1).T for w in ("Wq", "Wk", "Wv"))
    bias = torch.cat([p[b].reshape(-1) for b in ("bq", "bk", "bv")]) if "bq" in p else None
    later = torch.ones(len(x), len(x), dtype=torch.bool).triu(1)
    y, _ = F.multi_head_attention_forward(
        x, x, x, d, o["heads"], None, bias, None, None, False, 0.0,
        p["Wo"].reshape(-1, p["Wo"].shape[-1]).T, p.get("bo"), training=False, need_weights=False,
        attn_mask=later if o["causal"] else None, use_separate_proj_weight=True,
        q_proj_weight=queries, k_proj_weight=keys, v_proj_weight=values,
    )  # fmt: skip
    return y.transpose(0, 1)


def _weights(p: Tensors, inputs: list[str], states: list[str]) -> tuple[Tensor, Tensor]:
    """Input and recurrent weights, gates stacked, as (gates*J, D) and (gates*J, J)."""
    return torch.cat([p[w].T for w in inputs]), torch.cat([p[w].T for w in states])


def _biases(p: Tensors, names: list[str], like: Tensor) -> Tensor:
    zero = like.new_zeros(like.shape[1])
    return torch.cat([p.get(name, zero) for name in names])


def _rnn(p: Tensors, o: Options) -> Tensor:
    w, v = _weights(p, ["W"], ["V"])
    b = [_biases(p, ["b"], v), _biases(p, ["absent"], v)]
    start = p["x"].new_zeros(1, len(p["x"]), v.shape[1])
    return torch.rnn_tanh(p["x"], start, [w, v, *b], True, 1, 0.0, False, False, True)[0]


def _lstm(p: Tensors, o: Options) -> Tensor:
    w, v = _weights(p, ["Wi", "Wf", "Wg", "Wo"], ["Vi", "Vf", "Vg", "Vo"])
    b = [_biases(p, ["bi", "bf", "bg", "bo"], v), _biases(p, ["absent"] * 4, v)]
    start = p["x"].new_zeros(1, len(p["x"]), v.shape[1])
    return torch.lstm(p["x"], (start, start), [w, v, *b], True, 1, 0.0, False, False, True)[0]


def _gru(p: Tensors, o: Options) -> Tensor:
    w, v = _weights(p, ["Wr", "Wz", "Wg"], ["Vr", "Vz", "Vg"])
    b = [_biases(p, ["br", "bz", "bg"], v), _biases(p, ["absent", "absent", "bh"], v)]
    start = p["x"].new_zeros(1, len(p["x"]), v.shape[1])
    return torch.gru(p["x"], start, [w, v, *b], True, 1, 0.0, False, False, True)[0]


_SEQUENCES: dict[str, Reference] = {
    "attention": lambda p, o: F.scaled_dot_product_attention(
        p["q"], p["k"], p["v"], is_causal=o["causal"]
    ),
    "multi_head_attention": _multi_head_attention,
    "rnn": _rnn,
    "lstm": _lstm,
    "gru": _gru,
}

# -- structure ------------------------------------------------------------------------------------

_STRUCTURE: dict[str, Reference] = {
    "embedding": lambda p, o: F.embedding(p["t"], p["E"]),
    "dropout": lambda p, o: p["x"] * p["mask"] / (1 - o["rate"]),
    "add": lambda p, o: p["a"] + p["b"],
    "multiply": lambda p, o: p["a"] * p["b"],
    "concatenate": lambda p, o: torch.cat([p["a"], p["b"]], -1),
    "glu": lambda p, o: F.glu(p["x"], -1),
    "flatten": lambda p, o: p["x"].flatten(1),
    "flatten1d": lambda p, o: p["x"].flatten(1),
    "unflatten": lambda p, o: p["x"].reshape(-1, o["channels"], o["height"], o["width"]),
    "reshape": lambda p, o: p["x"].reshape(len(p["x"]), o["rows"], -1),
}

REFERENCES: dict[str, Reference] = {
    **_ACTIVATIONS,
    **_LOSSES,
    **_PENALTIES,
    **_WINDOWS,
    **_NORMALISATIONS,
    **_SEQUENCES,
    **_STRUCTURE,
}
