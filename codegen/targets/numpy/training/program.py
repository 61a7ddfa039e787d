"""The program NAME_train.py: train, evaluate, infer, with nothing but NumPy and the module NAME.py.

What differs between networks is written here (constants, the update rule, the stopping rule); what
does not are the files in `parts`, taken over as they stand. No mathematics happens here.
"""

from __future__ import annotations

import ast
import re
import textwrap
from typing import Any

from .....derive.chainrule.derivation import Derivation
from .....derive.language.errors import ChalkgradError
from .....derive.network.network import Network
from .....derive.optimizers.settings import Update, update_of
from ..layout import WIDTH, literal
from ..module import numpy_module
from .constants import constants, masks
from .curvature import seconds
from .marks import MARK
from .rules import update_source
from .stopping import stopping_source
from .taken import needs, part

PARTS = ("files", "data", "measure", "loop", "command", "selfcheck")
END = """\
if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C
    sys.exit(main())
"""


class UntrainableError(ChalkgradError):
    """A network in which nothing can learn: no parameters, no input, no loss."""


def module_of(d: Derivation) -> str:
    """The module NAME.py, with the second derivatives that the spec's update rule needs."""
    return numpy_module(d, second=seconds(update_of(d.network)))


def training_program(d: Derivation) -> str:
    """The source of NAME_train.py, which stands beside the module NAME.py; see `marked_program`."""
    return marked_program(d).replace(MARK, "")


def marked_program(d: Derivation) -> str:
    """The source, with a `MARK` at the lines that a lecture shows of long functions.

    Raises
    ------
    UntrainableError
        for a network without parameters, inputs or loss.
    ChalkgradError
        for a rule, an option or a stopping condition that does not fit.
    """
    network = d.network
    update = update_of(network)
    _trainable(network, update)
    stop, stop_lines = stopping_source(d, network.spec.train.stop if network.spec else None)
    blocks = [*update_source(update, network), *stop_lines]
    for name in PARTS:
        blocks += [f"# -- {name} " + "-" * (WIDTH - len(name) - 6), part(name)]
        if name == "loop":
            blocks.append(_defaults(network, update))
    head = [_head(network, update), _imports(network.name), constants(network, update, stop)]
    body = "\n\n\n".join(b.strip("\n") for b in [*blocks, END])
    return "\n\n".join(head) + f"\n\n\n{body}\n"


def _trainable(network: Network, update: Update) -> None:
    if not network.parameters:
        raise UntrainableError("there are no parameters to train", where="parameters")
    if {t.name for t in network.parameters} <= set(update.freeze):
        what = "every parameter is frozen, so nothing learns"
        where = f"update.{update.rule.name}.freeze"
        raise UntrainableError(what, where=where, hint="leave at least one out")
    asked = network.spec.train.start if network.spec is not None else None
    absent = [t.name for t in network.parameters if t.name not in network.values]
    if asked == "example" and absent:
        what = f"the spec has no numbers for all parameters to start from: {', '.join(absent)}"
        raise UntrainableError(what, where="train.start", hint="give `values:`, or start: random")
    if not network.inputs:
        raise UntrainableError("there is no input to learn from", where="input")
    if _without_loss(network):
        what = "there is no loss to make small"
        raise UntrainableError(
            what, where="loss", hint="target: {y: [2]}, and a loss that reads it"
        )
    for t in (*network.inputs, *network.targets):
        if not t.batch:
            raise UntrainableError(f"'{t.name}' has no axis of samples", where=t.kind)


def _without_loss(network: Network) -> bool:
    """Is it differentiated as the sum of its outputs, for want of a loss?"""
    spec = network.spec
    if network.targets or spec is None or spec.loss is not None:
        return False
    return re.search(r"(?m)(^|;)\s*L\s*=", spec.equations or "") is None


def _imports(network: str) -> str:
    """The imports of all parts, those of Python first, then NumPy, then the module."""
    plain = {"import signal", "import sys"}
    named: dict[str, set[str]] = {}
    for name in PARTS:
        for node in ast.parse(needs(name)).body:
            if isinstance(node, ast.Import):
                plain |= {f"import {a.name}" for a in node.names if a.name != "numpy"}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                named.setdefault(node.module, set()).update(map(ast.unparse, node.names))
    named.pop("__future__", None)
    froms = [f"from {head} import {', '.join(sorted(named[head]))}" for head in sorted(named)]
    lines = ["from __future__ import annotations", "", *sorted(plain), *froms]
    return "\n".join([*lines, "", "import numpy as np", "", f"import {network} as model"])


def _head(network: Network, update: Update) -> str:
    name = network.name
    reads = ", ".join(
        t.name for t in (*network.inputs, *network.targets) if t.name not in masks(network)
    )
    text = f"""\
Data: a .csv or .npy file with a row per sample, the columns of {reads} in this order, or an .npz
file with an array per name. A run writes a checkpoint after every epoch; `train --resume` goes on
from it, bit for bit. Update rule: {update.rule.name} ({update.rule.summary.rstrip(".")})."""
    return "\n".join(
        [
            f'"""Trains, judges and uses the network of {name}.py; needs NumPy only.',
            "",
            f"    python {name}_train.py train --data train.csv",
            f"    python {name}_train.py evaluate --data test.csv",
            f"    python {name}_train.py infer --data new.csv --output predictions.csv",
            f"    python {name}_train.py --self-check",
            "",
            *textwrap.wrap(" ".join(text.split()), WIDTH, break_long_words=False),
            "",
            "Written by chalkgrad.",
            '"""',
        ]
    )


def _defaults(network: Network, update: Update) -> str:
    """The settings that the spec chooses; a rule of second order takes all samples at once."""
    given: dict[str, Any] = {"batch": 0} if update.rule.curvature else {}
    said = network.spec.train if network.spec is not None else None
    if said is not None:
        given |= {field: getattr(said, field) for field in said.model_fields_set}
        given["patience"] = said.patience or 0
        given["dtype"] = said.precision
    plain = {"patience": 0, "dtype": "float64"}  # as in the class Settings
    given = {k: v for k, v in given.items() if plain.get(k) != v}
    order = ("epochs", "batch", "shuffle", "validation", "patience", "seed", "dtype")
    items = [f"{k}={literal(given[k])}" for k in order if k in given]
    line = f"DEFAULTS = Settings({', '.join(items)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join(["DEFAULTS = Settings(", *(f"    {item}," for item in items), ")"])
