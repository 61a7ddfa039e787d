"""Every catalogue entry as small networks: options, shapes, and the data that an entry asks for.

A layer or activation stands between the inputs and the loss Σ r·output with a random target r; a
loss compares its inputs with its own target; a penalty weighs the matrix of a dense layer.
`network`, `data` and `sizes` make what a test needs; nothing here knows a derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np

from chalkgrad.codegen.checking import load_module
from chalkgrad.codegen.targets.numpy.module import numpy_module
from chalkgrad.derive import catalogue
from chalkgrad.derive.language.equation import Tensor
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.pipeline import network_of
from chalkgrad.derive.spec.spec import load_specs

Array = np.ndarray
Shape = tuple[int, ...]

WEIGHED = {
    "kind": "loss",
    "input": {"p": ["..."]},
    "target": {"r": ["..."]},
    "equations": "L = sum[...](r[...]*p[...])",
    "output": "L",
}


@dataclass(frozen=True)
class Case:
    """One entry with its options; shapes are those of one sample.

    ``compared`` is the shape of the output (layers, activations) or of the target (losses);
    ``integer`` gives the range of integer tensors, ``special`` the kind of data of a tensor.
    """

    entry: str
    inputs: Mapping[str, Shape]
    compared: Shape
    options: Mapping[str, Any] = field(default_factory=dict)
    integer: Mapping[str, int] = field(default_factory=dict)
    special: Mapping[str, str] = field(default_factory=dict)
    infinite: bool = False  # the value or a gradient is not finite at |x| = 1000
    batch: int = 3

    @property
    def kind(self) -> str:
        return catalogue.definition(self.entry).kind

    @property
    def title(self) -> str:
        given = ",".join(f"{k}={_word(v)}" for k, v in self.options.items())
        shapes = "-".join("x".join(map(str, s)) or "number" for s in self.inputs.values())
        special = "".join(f"-{kind}" for kind in self.special.values())
        return f"{self.entry}{f'({given})' if given else ''}[{shapes}]{special}"

    def read_options(self) -> dict[str, Any]:
        """Every option with its value, as the definition reads them."""
        return read_options(self.entry, self.options)


def read_options(entry: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All options of an entry; decimals are exact, as the spec's loader makes them."""
    exact = {k: Decimal(str(v)) if isinstance(v, float) else v for k, v in given.items()}
    return catalogue.definition(entry).read_options(exact)


def _word(value: Any) -> str:
    return "+".join(value) if isinstance(value, dict) else str(value)


# -- the table ------------------------------------------------------------------------------------


def _activations() -> list[Case]:
    plain = [
        *("identity", "sigmoid", "tanh", "relu", "leaky_relu", "leaky_mix", "prelu", "softplus"),
        *("elu", "selu", "celu", "gelu", "gelu_tanh", "silu", "swish", "mish", "softsign"),
        *("hard_sigmoid", "hard_swish", "hard_tanh", "threshold", "square", "exp"),
    ]
    options: dict[str, dict[str, float]] = {
        "leaky_relu": {"eps": 0.2}, "leaky_mix": {"eps": 0.3}, "elu": {"alpha": 1.7},
        "celu": {"alpha": 0.6}, "swish": {"beta": 1.5}, "threshold": {"at": 0.3, "value": -2.5},
    }  # fmt: skip
    made = [Case(n, {"v": (2, 3)}, (2, 3), infinite=n == "exp") for n in plain]
    made += [Case(n, {"v": (4,)}, (4,), o) for n, o in options.items()]
    made += [Case(n, {"v": (1,)}, (1,), infinite=n == "exp") for n in plain]
    made += [Case(n, {"v": s}, s) for n in ("softmax", "log_softmax") for s in ((4,), (2, 3), (1,))]
    return [*made, Case("tanh", {"v": ()}, ())]


def _losses() -> list[Case]:
    made = []
    for entry in ("squared_error", "absolute_error", "huber", "smooth_l1", "log_cosh", "hinge"):
        made += [Case(entry, {"p": (2, 3)}, (2, 3)), Case(entry, {"p": (1,)}, (1,))]
        made += [Case(entry, {"p": (4,)}, (4,), {"factor": "1/outputs"})]
    yes_no, counts = {"p": "unit", "t": "binary"}, {"p": "positive", "t": "count"}
    counted, spread, two = {"t": "count"}, {"v": "positive"}, {"eps": 0.3, "factor": 2}
    made += [
        Case("squared_error", {"p": ()}, (), {"factor": "1/2"}),
        Case("huber", {"p": (5,)}, (5,), {"delta": 0.4}),
        Case("smooth_l1", {"p": (5,)}, (5,), {"beta": 0.4}),
        Case("binary_cross_entropy", {"p": (2, 3)}, (2, 3), special={"p": "unit", "t": "unit"}),
        Case("binary_cross_entropy", {"p": (4,)}, (4,), {"factor": "1/outputs"}, special=yes_no),
        Case("binary_cross_entropy", {"p": (1,)}, (1,), special=yes_no),
        Case("binary_cross_entropy_logits", {"z": (2, 3)}, (2, 3), special={"t": "unit"}),
        Case("binary_cross_entropy_logits", {"z": (1,)}, (1,), {"factor": 0.5}),
        Case("poisson", {"p": (2, 3)}, (2, 3), special=counts),
        Case("poisson", {"p": (1,)}, (1,), {"factor": 3}, special=counts),
        Case("poisson_log", {"z": (4,)}, (4,), special=counted, infinite=True),
        Case("poisson_log", {"z": (1,)}, (1,), {"factor": 0.5}, special=counted, infinite=True),
        Case("gaussian_nll", {"m": (2, 2), "v": (2, 2)}, (2, 2), special=spread),
        Case("gaussian_nll", {"m": (1,), "v": (1,)}, (1,), two, special=spread),
    ]  # fmt: skip
    for shape in ((4,), (2, 3), (1,)):
        k, lead = shape[-1], shape[:-1]
        for entry in ("cross_entropy", "kl_divergence"):
            made += [Case(entry, {"p": shape}, shape, special={"p": "simplex", "t": "simplex"})]
        made += [Case("cross_entropy_logits", {"z": shape}, shape, special={"t": "simplex"})]
        of = {"integer": {"t": k}}
        made += [
            Case("cross_entropy_integer", {"p": shape}, lead, special={"p": "simplex"}, **of),
            Case("cross_entropy_logits_integer", {"z": shape}, lead, **of),
            Case("nll", {"q": shape}, lead, **of),
        ]
    one_hot, half = {"t": "one_hot"}, {"factor": "1/2"}
    probable, four = {"p": "simplex"}, {"t": 4}
    made += [
        Case("cross_entropy", {"p": (4,)}, (4,), half, special={"p": "simplex", "t": "simplex"}),
        Case("kl_divergence", {"p": (4,)}, (4,), half, special={"p": "simplex", "t": "simplex"}),
        Case("cross_entropy_integer", {"p": (4,)}, (), half, integer=four, special=probable),
        Case("cross_entropy_logits_integer", {"z": (4,)}, (), half, integer=four),
        Case("nll", {"q": (4,)}, (), half, integer=four),
    ]
    return [
        *made,
        Case("cross_entropy_logits", {"z": (4,)}, (4,), {"factor": 2}, special=one_hot),
        Case("cross_entropy", {"p": (4,)}, (4,), special={"p": "simplex", **one_hot}),
        Case("kl_divergence", {"p": (4,)}, (4,), special={"p": "simplex", **one_hot}),
    ]


def _penalties() -> list[Case]:
    return [
        Case(n, {"x": (s,)}, (u,), {"rate": 0.3}) for n in ("l1", "l2") for s, u in ((3, 2), (1, 1))
    ]


def _convolutions() -> list[Case]:
    strided = {"k": 2, "stride": 2, "pad": 1}
    spread = {"k": 3, "stride": 3, "pad": 2, "dilation": 2, "bias": False}
    leaky, pair, extra = {"leaky_relu": {"eps": 0.2}}, {"per_group": 2}, {"extra": 1}
    painted = {**strided, **extra, "activation": leaky}
    made = [
        Case("conv1d", {"x": (2, 9)}, (3, 7), {"out": 3}),
        Case("conv1d", {"x": (2, 9)}, (3, 5), {"out": 3, **strided, "activation": "tanh"}),
        Case("conv1d", {"x": (2, 9)}, (1, 3), {"out": 1, **spread}),
        Case("conv1d", {"x": (1, 1)}, (1, 1), {"out": 1, "k": 1}),
        Case("conv1d", {"x": (1, 2)}, (2, 4), {"out": 2, "k": 5, "pad": 3, "activation": leaky}),
        Case("conv2d", {"x": (2, 5, 4)}, (2, 3, 2), {"out": 2}),
        Case("conv2d", {"x": (1, 5, 4)}, (2, 3, 3), {"out": 2, **strided, "activation": "prelu"}),
        Case("conv2d", {"x": (2, 6, 5)}, (1, 2, 2), {"out": 1, **spread}),
        Case("conv2d", {"x": (1, 1, 1)}, (1, 1, 1), {"out": 1, "k": 1}),
        Case("grouped_conv1d", {"x": (4, 6)}, (6, 4), {"groups": 2, "per_group": 3}),
        Case("grouped_conv1d", {"x": (3, 5)}, (3, 3), {"groups": 3, **strided}),
        Case("grouped_conv1d", {"x": (4, 9)}, (2, 3), {"groups": 2, **spread}),
        Case("grouped_conv1d", {"x": (1, 1)}, (1, 1), {"groups": 1, "k": 1, "activation": "silu"}),
        Case("grouped_conv2d", {"x": (4, 4, 3)}, (2, 2, 1), {"groups": 2, "activation": "gelu"}),
        Case("grouped_conv2d", {"x": (2, 3, 4)}, (4, 2, 3), {"groups": 2, **pair, **strided}),
        Case("grouped_conv2d", {"x": (1, 1, 1)}, (1, 1, 1), {"groups": 1, "k": 1}),
        Case("grouped_conv2d", {"x": (2, 6, 5)}, (2, 2, 2), {"groups": 1, **pair, **spread}),
        Case("transposed_conv1d", {"x": (2, 4)}, (3, 6), {"out": 3}),
        Case("transposed_conv1d", {"x": (2, 4)}, (3, 7), {"out": 3, **strided, **extra}),
        Case("transposed_conv1d", {"x": (2, 3)}, (1, 8), {"out": 1, **spread, **extra}),
        Case("transposed_conv1d", {"x": (1, 1)}, (1, 1), {"out": 1, "k": 1, "activation": "elu"}),
        Case("transposed_conv2d", {"x": (2, 2, 3)}, (2, 4, 5), {"out": 2}),
        Case("transposed_conv2d", {"x": (1, 3, 2)}, (2, 5, 3), {"out": 2, **painted}),
        Case("transposed_conv2d", {"x": (2, 2, 2)}, (1, 5, 5), {"out": 1, **spread, **extra}),
        Case("transposed_conv2d", {"x": (1, 1, 1)}, (1, 1, 1), {"out": 1, "k": 1}),
    ]  # fmt: skip
    return made


def _pools() -> list[Case]:
    made = []
    overlap, thin = {"k": 3, "stride": 2, "pad": 1}, {"k": 2, "stride": 3}
    for entry in ("max_pool1d", "average_pool1d"):
        made += [
            Case(entry, {"x": (2, 6)}, (2, 3)),
            Case(entry, {"x": (8,)}, (4,), overlap),
            Case(entry, {"x": (2, 8)}, (2, 3), thin),
            Case(entry, {"x": (5,)}, (3,), {"k": 3, "stride": 1}),
            Case(entry, {"x": (1,)}, (1,), {"k": 1}),
        ]
    for entry in ("max_pool2d", "average_pool2d"):
        made += [
            Case(entry, {"x": (2, 4, 5)}, (2, 2, 2)),
            Case(entry, {"x": (5, 6)}, (3, 3), overlap),
            Case(entry, {"x": (1, 5, 5)}, (1, 2, 2), thin),
            Case(entry, {"x": (1, 1)}, (1, 1), {"k": 1}),
        ]
    inside = {"count_pad": False}
    made += [
        Case("average_pool1d", {"x": (2, 8)}, (2, 4), {**overlap, **inside}),
        Case("average_pool2d", {"x": (4, 5)}, (2, 3), {**overlap, **inside}),
    ]
    for entry in ("global_average_pool", "global_max_pool"):
        made += [Case(f"{entry}1d", {"x": (2, 4)}, (2,)), Case(f"{entry}1d", {"x": (1,)}, ())]
        made += [Case(f"{entry}2d", {"x": (2, 3, 2)}, (2,)), Case(f"{entry}2d", {"x": (1, 1)}, ())]
    return made


def _normalisations() -> list[Case]:
    made = []
    bare = {"affine": False, "eps": 0.01}
    for entry, shape in (
        ("layer_norm", (2, 4)), ("rms_norm", (2, 4)), ("batch_norm", (3,)),
        ("batch_norm1d", (2, 3)), ("batch_norm2d", (2, 2, 3)), ("instance_norm", (2, 2, 3)),
    ):  # fmt: skip
        ones = (1,) * len(shape)
        made += [
            Case(entry, {"x": shape}, shape),
            Case(entry, {"x": shape}, shape, bare),
            Case(entry, {"x": ones}, ones),
        ]
    for groups, shape in ((2, (4, 2, 2)), (1, (3, 1, 2)), (3, (3, 2, 2)), (1, (1, 1, 1))):
        made += [Case("group_norm", {"x": shape}, shape, {"groups": groups})]
    return [*made, Case("group_norm", {"x": (4, 2, 1)}, (4, 2, 1), {"groups": 2, **bare})]


def _sequences() -> list[Case]:
    made = []
    for causal in (False, True):
        o = {"causal": causal}
        made += [
            Case("attention", {"q": (4, 3), "k": (4, 3), "v": (4, 2)}, (4, 2), o),
            Case("attention", {"q": (2, 1), "k": (3, 1), "v": (3, 2)}, (2, 2), o),
            Case("attention", {"q": (1, 1), "k": (1, 1), "v": (1, 1)}, (1, 1), o),
            Case("multi_head_attention", {"x": (3, 4)}, (3, 4), {"heads": 2, **o}),
        ]
    made += [
        Case("multi_head_attention", {"x": (3, 4)}, (3, 4), {"heads": 1, "bias": False}),
        Case("multi_head_attention", {"x": (1, 1)}, (1, 1), {"heads": 1}),
    ]
    for entry in ("rnn", "lstm", "gru"):
        made += [
            Case(entry, {"x": (4, 2)}, (4, 3), {"units": 3}),
            Case(entry, {"x": (3, 2)}, (3, 2), {"units": 2, "bias": False}),
            Case(entry, {"x": (1, 1)}, (1, 1), {"units": 1}),
        ]
    return made


def _structure() -> list[Case]:
    dense = [
        Case("dense", {"x": (4,)}, (3,), {"units": 3}),
        Case("dense", {"x": (2, 4)}, (2, 3), {"units": 3, "bias": "shared", "activation": "tanh"}),
        Case("dense", {"x": (3,)}, (2,), {"units": 2, "bias": "none", "activation": "softmax"}),
        Case("dense", {"x": (3,)}, (2,), {"units": 2, "activation": {"leaky_relu": {"eps": 0.2}}}),
        Case("dense", {"x": (1,)}, (1,), {"units": 1}),
    ]
    table = {"vocab": 6, "units": 3}
    return [
        *dense,
        Case("embedding", {"t": (4,)}, (4, 3), table, integer={"t": 6}),
        Case("embedding", {"t": (2, 2)}, (2, 2, 1), {"vocab": 1, "units": 1}, integer={"t": 1}),
        Case("embedding", {"t": ()}, (3,), table, integer={"t": 6}),
        Case("dropout", {"x": (2, 3), "mask": (2, 3)}, (2, 3), special={"mask": "binary"}),
        Case("dropout", {"x": (4,), "mask": (4,)}, (4,), {"rate": 0.2}, special={"mask": "binary"}),
        Case("dropout", {"x": (1,), "mask": (1,)}, (1,), special={"mask": "binary"}),
        Case("add", {"a": (2, 3), "b": (2, 3)}, (2, 3)),
        Case("add", {"a": (), "b": ()}, ()),
        Case("multiply", {"a": (2, 3), "b": (2, 3)}, (2, 3)),
        Case("multiply", {"a": (1,), "b": (1,)}, (1,)),
        Case("concatenate", {"a": (2, 3), "b": (2, 2)}, (2, 5)),
        Case("concatenate", {"a": (1,), "b": (1,)}, (2,)),
        Case("glu", {"x": (2, 6)}, (2, 3)),
        Case("glu", {"x": (2,)}, (1,)),
        Case("flatten", {"x": (2, 3, 2)}, (12,)),
        Case("flatten", {"x": (1, 1, 1)}, (1,)),
        Case("flatten1d", {"x": (2, 3)}, (6,)),
        Case("flatten1d", {"x": (1, 1)}, (1,)),
        Case("unflatten", {"x": (12,)}, (2, 3, 2), {"channels": 2, "height": 3, "width": 2}),
        Case("unflatten", {"x": (1,)}, (1, 1, 1), {"height": 1, "width": 1}),
        Case("reshape", {"x": (6, 2)}, (4, 3), {"rows": 4}),
        Case("reshape", {"x": (1, 1)}, (1, 1), {"rows": 1}),
    ]


CASES: tuple[Case, ...] = (
    *_activations(), *_losses(), *_penalties(), *_convolutions(), *_pools(), *_normalisations(),
    *_sequences(), *_structure(),
)  # fmt: skip


# -- networks, modules, data ----------------------------------------------------------------------


def specification(case: Case) -> dict[str, Any]:
    """The spec of a case, as a mapping."""
    definition = catalogue.definition(case.entry)
    spec: dict[str, Any] = {
        "name": "net",
        "input": {n: _declared(case, n, s) for n, s in case.inputs.items()},
        "target": {"r": list(case.compared)},
        "define": {"weighed": WEIGHED},
        "loss": "weighed",
    }
    names = list(case.inputs)
    if definition.kind in ("layer", "activation"):
        spec["layers"] = [{case.entry: {"as": "a", "from": names, **case.options}}]
    elif definition.kind == "penalty":
        spec["layers"] = [{"dense": {"units": case.compared[0]}}]
        spec["penalty"] = {case.entry: dict(case.options)}
    else:
        spec["target"] = {"t": _declared(case, "t", case.compared)}
        spec["layers"] = [{"identity": {"as": "a", "from": names[0]}}]
        reads = {"from": ["a", *names[1:]]} if len(names) > 1 else {}
        spec["loss"] = {case.entry: {**reads, **case.options}}
    return spec


def _declared(case: Case, name: str, shape: Shape) -> Any:
    upper = case.integer.get(name)
    return list(shape) if upper is None else {"shape": list(shape), "integer": upper}


def network(case: Case) -> Network:
    return network_of(load_specs(specification(case))[0])


def write_module(made: Network, path: Any) -> ModuleType:
    """Derives and generates, writes the module, and imports it from its file."""
    path.write_text(numpy_module(made.derive()), encoding="utf-8")
    return load_module(path)


def sizes(made: Network, batch: int) -> dict[str, int]:
    return {axis: batch if size == "N" else int(size) for axis, size in made.sizes.items()}


def data(case: Case, made: Network, batch: int, seed: int = 0) -> dict[str, Array]:
    """Random admissible numbers for every tensor that is given, float64 or integer."""
    rng = np.random.default_rng([seed, batch])
    known = sizes(made, batch)
    found: dict[str, Array] = {}
    for t in (*made.parameters, *made.inputs, *made.targets):
        shape = tuple(known[a] for a in t.axes)
        if t.integer is not None:
            found[t.name] = rng.integers(0, known[t.integer], shape)
        else:
            found[t.name] = _random(case.special.get(t.name, "normal"), shape, rng, t)
    return found


def _random(kind: str, shape: Shape, rng: np.random.Generator, t: Tensor) -> Array:
    makers: dict[str, Callable[[], Any]] = {
        "normal": lambda: (t.init == "ones") + 0.8 * rng.standard_normal(shape),
        "positive": lambda: rng.uniform(0.2, 2, shape),
        "unit": lambda: rng.uniform(0.1, 0.9, shape),
        "binary": lambda: rng.integers(0, 2, shape).astype(float),
        "count": lambda: rng.integers(0, 4, shape).astype(float),
        "simplex": lambda: rng.dirichlet(np.full(shape[-1], 3.0), shape[:-1]),
        "one_hot": lambda: np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])],
    }
    return np.asarray(makers[kind]())


def entries(shape: Shape) -> int:
    return math.prod(shape)


def arguments(module: ModuleType, made: Network, given: Mapping[str, Array], dtype: Any) -> Any:
    """(params, inputs and targets) of a module's functions, floats in ``dtype``."""

    def cast(t: Tensor) -> Array:
        return given[t.name] if t.integer is not None else given[t.name].astype(dtype)

    params = module.Params(*(cast(t) for t in made.parameters))
    return params, [cast(t) for t in (*made.inputs, *made.targets)]


def run(module: ModuleType, made: Network, given: Mapping[str, Array], dtype: Any = np.float64):
    """(loss, {tensor: gradient}) of parameters and float inputs, through the public functions."""
    params, args = arguments(module, made, given, dtype)
    loss, kept = module.forward(params, *args)
    grads, inputs = module.backward(params, kept)
    return loss, {**grads._asdict(), **inputs._asdict()}
