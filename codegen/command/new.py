"""``chalkgrad new``: a commented spec to start from."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template
from typing import Annotated

from typer import Argument, echo

from ...derive.language.errors import ChalkgradError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")

START = Template("""\
# What chalkgrad derives. `chalkgrad layers` lists the layers, `chalkgrad examples` more specs.
name: $name
input:  {x: [2]}            # one sample: name -> shape; the batch axis n is added for you
target: {y: [2]}
layers:
  - dense: {units: 3, activation: tanh}
  - dense: {units: 2, activation: sigmoid}
loss: {squared_error: {factor: 1/2}}     # 1 | 1/2 | 1/outputs: no factor is implied
batch: mean                 # how the losses of the samples combine: mean | sum

# A worked example: the numbers that `show` and `explain` print. Leave it out for symbols only.
values:
  x: [0.3, 0.7]
  y: [1, 0]
  W0: [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]     # (in, out)
  b0: [0.2, 0.25, 0.3]
  W1: [[0.3, 0.4], [0.5, 0.6], [0.7, 0.8]]
  b1: [0.3, 0.35]
update: {sgd: {rate: 0.1}}

# Any other mathematics: equations instead of layers, in the language of the catalogue.
# Take away `layers`, `loss` and `values` above and write, for example:
#
# axes: {i: 2, k: 2}
# parameters: {W: [i, k], b: [k]}
# output: z
# equations: |
#   v[k] = sum[i](x[i] * W[i,k]) + b[k]
#   z[k] = tanh(v[k])
#   L    = sum[k]((z[k] - y[k])**2) / 2
# loss: L
""")


def new(
    name: Annotated[
        str, Argument(metavar="NAME", help="A Python identifier; the stem of every output.")
    ],
) -> None:
    """Write NAME.yaml, a commented spec to start from."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ChalkgradError(
            "a spec's name has to be a Python identifier",
            where=name,
            hint="letters, digits and single underscores, a letter first: it names the module",
        )
    path = Path(f"{name}.yaml")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(START.substitute(name=name))
    except FileExistsError:
        raise ChalkgradError(
            "there is such a file already", where=str(path), hint="choose another name"
        ) from None
    echo(f"wrote {path}\nnext:  chalkgrad show {path}\n       chalkgrad build {path}")
