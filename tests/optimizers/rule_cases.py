"""Updates that other libraries have as well, and the generated update run over given gradients.

A case is an update as a spec has it, and the same in PyTorch or ONNX as data, so that this file
needs neither. The gradients are 20 steps of numbers for a matrix, a vector and one number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from chalkgrad.codegen.targets.numpy.training.rules import update_source
from chalkgrad.derive.network.network import Network
from chalkgrad.derive.optimizers.settings import Update, update_of
from chalkgrad.derive.pipeline import load
from chalkgrad.derive.spec.strict_yaml import load_text

STEPS = 20
KEPT = (1, 2, 5, 20)  # the steps that the recorded file holds
PER_EPOCH = 4  # updates, where a schedule counts epochs
SPEC = {
    "name": "given",
    "input": {"x": [3]},
    "target": {"y": [2]},
    "parameters": {"W": [3, 2], "b": [2], "s": []},
    "equations": "v[j] = sum[i](x[i]*W[i,j]) + b[j] + s\nL = sum[j]((v[j] - y[j])**2)",
}
SHAPES = {"W": (3, 2), "b": (2,), "s": ()}


class Params(NamedTuple):
    W: Any
    b: Any
    s: Any


def network(update: str) -> Network:
    return load({**SPEC, "update": load_text(update, "update")})


def wave(k: int, at: float) -> Params:
    """Numbers of three decimals, some 0, the same on every machine."""
    made = []
    for number, shape in enumerate(SHAPES.values()):
        count = math.prod(shape)
        flat = [round(math.sin(at * (k + 1) + 2.3 * j + number), 3) for j in range(count)]
        made.append(np.reshape(np.array(flat), shape))
    return Params(*made)


def start() -> Params:
    return wave(0, 1.0)


def gradients(steps: int = STEPS) -> list[Params]:
    """Of every size from 1e-3 to 10; the entries of step 7 are 0."""
    size = [1, 0.1, 3, 0.01, 10, 0.001, 0]
    return [Params(*(size[t % 7] * g for g in wave(t, 0.7))) for t in range(steps)]


# -- the generated update --------------------------------------------------------------------------


def program(update: Update, net: Network) -> ModuleType:
    """The generated functions; ``model.loss_and_grads`` returns the gradients it is given."""
    made: Any = ModuleType("update")
    made.np = np
    made.model = ModuleType("model")
    made.model.loss_and_grads = lambda params, loss, grads: (loss, grads)
    text = "from __future__ import annotations\n" + "\n\n\n".join(update_source(update, net))
    exec(compile(text, "update.py", "exec"), made.__dict__)
    return made


def cast(params: Params, dtype: Any) -> Params:
    return Params(*(np.asarray(a, dtype) for a in params))


@dataclass
class Followed:
    """The parameters, states and gradient norms after every step."""

    params: list[Params] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


def follow(
    update: Update, net: Network, grads: Sequence[Params] | None = None, dtype: Any = np.float64
) -> Followed:
    """The generated update, step by step; an epoch has PER_EPOCH updates."""
    made = program(update, net)
    here, run = cast(start(), dtype), Followed()
    state = made.first_state(here)
    for t, g in enumerate(grads if grads is not None else gradients(), start=1):
        rate = made.rate_at(t, (t - 1) // PER_EPOCH + 1)
        here, state, _, norm = made.step(here, state, (0.5, cast(g, dtype)), t, rate)
        run.params.append(here)
        run.states.append(state)
        run.norms.append(norm)
        run.rates.append(rate)
    return run


def followed(update: str) -> Followed:
    net = network(update)
    return follow(update_of(net), net)


def flat(params: Params) -> list[float]:
    return [float(x) for a in params for x in np.ravel(a)]


# -- the cases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """``torch`` is a class of torch.optim with its options, ``schedules`` classes of lr_scheduler;
    ``clip`` functions of torch.nn.utils with their bound; ``groups`` options of single parameters;
    ``frozen`` those without a gradient. ``onnx`` is an operator with its attributes."""

    name: str
    update: str
    torch: tuple[str, Mapping[str, Any]] | None = None
    schedules: Sequence[tuple[str, Mapping[str, Any]]] = ()
    clip: Sequence[tuple[str, float]] = ()
    groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    frozen: Sequence[str] = ()
    epochs: bool = False  # the schedule counts epochs
    onnx: tuple[str, Mapping[str, Any]] | None = None


def torch_case(name: str, update: str, kind: str, own: Mapping[str, Any], **more: Any) -> Case:
    return Case(name, update, (kind, own), **more)


_SGD = ("SGD", {"lr": 0.1})
_ADAM = {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-5}
_OURS = "rate: 0.05, beta1: 0.8, beta2: 0.95, eps: 1e-5"

RULES = [
    torch_case("sgd", "{sgd: {rate: 0.1}}", *_SGD),
    torch_case("sgd l2", "{sgd: {rate: 0.1, l2: 0.3}}", "SGD", {"lr": 0.1, "weight_decay": 0.3}),
    torch_case("momentum", "{momentum: {rate: 0.1, momentum: 0.8}}", "SGD",
               {"lr": 0.1, "momentum": 0.8}),
    torch_case("momentum dampening l2",
               "{momentum: {rate: 0.1, momentum: 0.8, dampening: 0.3, l2: 0.1}}", "SGD",
               {"lr": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1}),
    torch_case("nesterov", "{nesterov: {rate: 0.1, momentum: 0.8}}", "SGD",
               {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    torch_case("nesterov l2", "{nesterov: {rate: 0.1, l2: 0.1}}", "SGD",
               {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    torch_case("adagrad", "{adagrad: {rate: 0.1}}", "Adagrad", {"lr": 0.1, "eps": 1e-8}),
    torch_case("adagrad rate_decay initial l2",
               "{adagrad: {rate: 0.1, rate_decay: 0.2, initial: 0.3, eps: 1e-4, l2: 0.1}}",
               "Adagrad", {"lr": 0.1, "lr_decay": 0.2, "initial_accumulator_value": 0.3,
                           "eps": 1e-4, "weight_decay": 0.1}),
    torch_case("rmsprop", "{rmsprop: {rate: 0.1, rho: 0.8}}", "RMSprop", {"lr": 0.1, "alpha": 0.8}),
    torch_case("rmsprop centered", "{rmsprop: {rate: 0.1, centered: true, eps: 1e-4}}", "RMSprop",
               {"lr": 0.1, "alpha": 0.9, "centered": True, "eps": 1e-4}),
    torch_case("rmsprop momentum", "{rmsprop: {rate: 0.1, momentum: 0.7}}", "RMSprop",
               {"lr": 0.1, "alpha": 0.9, "momentum": 0.7}),
    torch_case("rmsprop centered momentum l2",
               "{rmsprop: {rate: 0.1, momentum: 0.7, centered: true, l2: 0.1, eps: 1e-4}}",
               "RMSprop", {"lr": 0.1, "alpha": 0.9, "momentum": 0.7, "centered": True,
                           "weight_decay": 0.1, "eps": 1e-4}),
    torch_case("adadelta", "adadelta", "Adadelta", {}),
    torch_case("adadelta rho eps l2", "{adadelta: {rate: 0.5, rho: 0.7, eps: 1e-3, l2: 0.1}}",
               "Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    torch_case("adam", "adam", "Adam", {}),
    torch_case("adam betas eps l2", f"{{adam: {{{_OURS}, l2: 0.1}}}}", "Adam",
               {**_ADAM, "weight_decay": 0.1}),
    torch_case("adam with amsgrad", f"{{adam: {{{_OURS}, amsgrad: true}}}}", "Adam",
               {**_ADAM, "amsgrad": True}),
    torch_case("amsgrad", f"{{amsgrad: {{{_OURS}}}}}", "Adam", {**_ADAM, "amsgrad": True}),
    torch_case("adam weight_decay", f"{{adam: {{{_OURS}, weight_decay: 0.2}}}}", "Adam",
               {**_ADAM, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    torch_case("adamw", "adamw", "AdamW", {}),
    torch_case("adamw amsgrad", f"{{adamw: {{{_OURS}, weight_decay: 0.3, amsgrad: true}}}}",
               "AdamW", {**_ADAM, "weight_decay": 0.3, "amsgrad": True}),
    torch_case("nadam", "nadam", "NAdam", {}),
    torch_case("nadam momentum_decay l2",
               f"{{nadam: {{{_OURS}, momentum_decay: 0.1, l2: 0.1}}}}", "NAdam",
               {**_ADAM, "momentum_decay": 0.1, "weight_decay": 0.1}),
    torch_case("nadam weight_decay", f"{{nadam: {{{_OURS}, weight_decay: 0.1}}}}", "NAdam",
               {**_ADAM, "weight_decay": 0.1, "decoupled_weight_decay": True}),
]  # fmt: skip

AROUND = [
    torch_case("step", "{sgd: {rate: 0.1, schedule: {step: {every: 3, factor: 0.5}}}}", *_SGD,
               schedules=[("StepLR", {"step_size": 3, "gamma": 0.5})]),
    torch_case("step per epoch", "{adam: {schedule: {step: {every: 2, per: epoch}}}}", "Adam", {},
               schedules=[("StepLR", {"step_size": 2, "gamma": 0.1})], epochs=True),
    torch_case("exponential", "{adamw: {schedule: {exponential: {factor: 0.9}}}}", "AdamW", {},
               schedules=[("ExponentialLR", {"gamma": 0.9})]),
    torch_case("linear", "{sgd: {rate: 0.1, schedule: {linear: {steps: 15, low: 0.02}}}}", *_SGD,
               schedules=[("LinearLR", {"start_factor": 1, "end_factor": 0.2, "total_iters": 15})]),
    torch_case("cosine", "{adam: {schedule: {cosine: {steps: 20, low: 0.0001}}}}", "Adam", {},
               schedules=[("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.0001})]),
    torch_case("warmup", "{adam: {warmup: 5}}", "Adam", {},
               schedules=[("LinearLR", {"start_factor": 0.2, "total_iters": 4})]),
    torch_case("warmup and step", "{sgd: {rate: 0.1, warmup: 8, schedule: {step: {every: 5}}}}",
               *_SGD, schedules=[("LinearLR", {"start_factor": 0.125, "total_iters": 7}),
                                 ("StepLR", {"step_size": 5, "gamma": 0.1})]),
    torch_case("clip_norm", "{sgd: {rate: 0.1, clip_norm: 0.5}}", *_SGD,
               clip=[("clip_grad_norm_", 0.5)]),
    torch_case("clip_value", "{momentum: {rate: 0.1, clip_value: 0.3}}", "SGD",
               {"lr": 0.1, "momentum": 0.9}, clip=[("clip_grad_value_", 0.3)]),
    torch_case("both clips before l2", "{adam: {clip_norm: 2, clip_value: 0.3, l2: 0.1}}", "Adam",
               {"weight_decay": 0.1}, clip=[("clip_grad_norm_", 2.0), ("clip_grad_value_", 0.3)]),
    torch_case("decay of W alone", "{adam: {l2: 0.3, decay: W}}", "Adam", {"weight_decay": 0.3},
               groups={"b": {"weight_decay": 0}, "s": {"weight_decay": 0}}),
    torch_case("adamw on W and s", "{adamw: {weight_decay: 0.3, decay: [W, s]}}", "AdamW",
               {"weight_decay": 0.3}, groups={"b": {"weight_decay": 0}}),
    torch_case("frozen b, clipped", "{sgd: {rate: 0.1, clip_norm: 0.5, freeze: b}}", *_SGD,
               clip=[("clip_grad_norm_", 0.5)], frozen=["b"]),
]  # fmt: skip

# ONNX keeps attributes as float32: the numbers here are exact in it
_MOMENTUM = {"alpha": 0.875, "beta": 1.0, "mode": "standard", "norm_coefficient": 0.0}
ONNX = [
    Case("onnx adagrad",
         "{adagrad: {rate: 0.1, rate_decay: 0.25, initial: 0.5, eps: 0.0009765625, l2: 0.125}}",
         onnx=("Adagrad", {"decay_factor": 0.25, "epsilon": 2.0**-10, "norm_coefficient": 0.125})),
    Case("onnx momentum", "{momentum: {rate: 0.1, momentum: 0.875}}",
         onnx=("Momentum", _MOMENTUM)),
    Case("onnx momentum beta",
         "{momentum: {rate: 0.1, momentum: 0.875, dampening: 0.25, l2: 0.125}}",
         onnx=("Momentum", {**_MOMENTUM, "beta": 0.75, "norm_coefficient": 0.125})),
    Case("onnx nesterov", "{nesterov: {rate: 0.1, momentum: 0.875}}",
         onnx=("Momentum", {**_MOMENTUM, "mode": "nesterov"})),
    Case("onnx adam, eps next to 0",  # eps stands in another place there
         "{adam: {rate: 0.1, beta1: 0.875, beta2: 0.96875, eps: 1e-30, l2: 0.125}}",
         onnx=("Adam", {"alpha": 0.875, "beta": 0.96875, "epsilon": 1e-30,
                        "norm_coefficient": 0.125, "norm_coefficient_post": 0.0})),
]  # fmt: skip

CASES = {case.name: case for case in (*RULES, *AROUND, *ONNX)}
