"""Small networks of every kind, and how a test builds and loads the program of one."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from chalkgrad.codegen.targets.numpy.training.program import module_of, training_program
from chalkgrad.derive.pipeline import network_of
from chalkgrad.derive.spec.spec import load_specs

SPECS = {
    "dense": """
input: {x: [4]}
target: {y: {shape: [3], fact: distribution}}
layers: [dense: {units: 5, activation: tanh}, dense: {units: 3}, softmax: {}]
loss: cross_entropy
update: {adam: {rate: 0.02}}
""",
    "numbered": """
input: {x: [2]}
target: {y: {shape: [], integer: 3}}
layers: [dense: {units: 3}]
loss: cross_entropy_logits_integer
update: {momentum: {rate: 0.1}}
""",
    "halves": """
input: {x: [2]}
target: {y: [1]}
layers: [dense: {units: 3, activation: sigmoid}, dense: {units: 1, activation: sigmoid}]
loss: squared_error
batch: sum
""",
    "logits": """
input: {x: [2]}
target: {y: [2]}
layers: [dense: {units: 2}]
loss: binary_cross_entropy_logits
update: {rmsprop: {rate: 0.01, centered: true, momentum: 0.5}}
""",
    "conv": """
input: {x: [1, 6, 6]}
target: {y: {shape: [3], fact: distribution}}
layers:
  - conv2d: {out: 2, k: 3, activation: relu}
  - max_pool2d: {k: 2}
  - flatten: {}
  - dense: {units: 3}
loss: cross_entropy_logits
update: {nesterov: {rate: 0.05}}
""",
    "words": """
input: {s: {shape: [4], integer: 6}}
target: {y: {shape: [4], integer: 6}}
layers: [embedding: {vocab: 6, units: 3}, dense: {units: 6}]
loss: cross_entropy_logits_integer
update: {adagrad: {rate: 0.1}}
""",
    "gru": """
input: {x: [5, 2]}
target: {y: [5, 1]}
layers: [gru: {units: 3}, dense: {units: 1}]
loss: squared_error
update: {adam: {rate: 0.01, clip_norm: 1}}
""",
    "attends": """
input: {x: [4, 4]}
target: {y: [4, 4]}
layers:
  - multi_head_attention: {as: att, heads: 2, causal: true}
  - add: {as: sum, from: [x, att]}
  - layer_norm: {}
loss: {squared_error: {factor: 1/outputs}}
update: {adamw: {rate: 0.01}}
""",
    "several": """
input: {a: [2], b: [3]}
target: {r: [2], s: []}
parameters: {V: [2, 2], W: [3, 2], u: [2]}
output: [p, q]
equations: |
  p[k] = tanh(sum[i](a[i]*V[i,k]) + sum[j](b[j]*W[j,k]))
  q = sum[k](p[k]*u[k])
  L = sum[k]((p[k] - r[k])**2) + (q - s)**2
loss: L
""",
    "shared": """
input: {x: [3]}
target: {y: [3]}
layers: [dense: {as: one, units: 3, activation: tanh}, dense: {share: one, units: 3}]
loss: squared_error
penalty: [l2: {rate: 0.01}]
batch: sum
update: {sgd: {rate: 0.02}}
""",
    "numbers": """
input: {x0: [], x1: []}
target: {t: []}
parameters: {w0: [], w1: [], w2: []}
output: f
equations: |
  f = 1/(1 + exp(-(w0*x0 + w1*x1 + w2)))
  L = (f - t)**2/2
loss: L
values: {w0: 2, w1: -3, w2: -3, x0: -1, x1: -2, t: .43}
update: {sgd: {rate: 1}}
train: {epochs: 100, batch: all, stop: "abs(f - t) < 1e-4"}
""",
    "dropped": """
input: {x: [4], m: [6]}
target: {y: [1]}
layers:
  - dense: {units: 6, activation: tanh, as: up}
  - dropout: {rate: 0.25, from: [up, m]}
  - dense: {units: 1}
loss: squared_error
update: {adam: {rate: 0.02}}
""",
    "itself": """
input: {x: [4]}
layers: [dense: {units: 2, activation: tanh}, dense: {units: 4}]
equations: L = sum[i]((x[i] - v1[i])**2)
loss: L
update: {adadelta: {rate: 1}}
""",
    "curved": """
input: {x: [2]}
target: {y: {shape: [2], fact: distribution}}
layers: [dense: {units: 2}]
loss: cross_entropy_logits
update: {newton: {damping: 0.1}}
""",
}


@cache
def sources(kind: str) -> dict[str, str]:
    """file name -> text of the module and the program."""
    text = f"name: pn_{kind}\n{SPECS[kind].lstrip()}"
    (spec,) = load_specs(f"{kind}.yaml", text=text)
    d = network_of(spec).derive()
    return {f"pn_{kind}.py": module_of(d), f"pn_{kind}_train.py": training_program(d)}


def write(kind: str, folder: Path) -> Path:
    """The program's file, written into the folder with its module."""
    for name, text in sources(kind).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / f"pn_{kind}_train.py"


@cache
def program(kind: str) -> ModuleType:
    """The program as an imported module, its network under the name ``model``."""
    made = [ModuleType(name.removesuffix(".py")) for name in sources(kind)]
    for module, (name, text) in zip(made, sources(kind).items(), strict=True):
        sys.modules[module.__name__] = module
        exec(compile(text, name, "exec"), module.__dict__)
    return made[1]


def data(kind: str, count: int = 10, seed: int = 0) -> tuple[Any, ...]:
    """Random admissible samples, without the masks that a run draws itself."""
    p = program(kind)
    _, arrays = p.model.example(seed, np.float64, count)
    given = zip((*p.INPUTS, *p.TARGETS), arrays, strict=True)
    return tuple(a for name, a in given if name not in p.MASKS)


def named(kind: str, arrays: tuple[Any, ...]) -> dict[str, Any]:
    p = program(kind)
    names = [name for name in (*p.INPUTS, *p.TARGETS) if name not in p.MASKS]
    return dict(zip(names, arrays, strict=True))


def same(one: Any, other: Any) -> bool:
    """Two Params, bit for bit."""
    pairs = zip(one, other, strict=True)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)
