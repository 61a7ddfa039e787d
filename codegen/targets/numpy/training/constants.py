"""The constants of a program: what its network reads, predicts, is judged by, and is called."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Sequence
from typing import Any

from .....derive.chainrule.sample import mixes_samples
from .....derive.language.equation import Equation
from .....derive.language.text import text
from .....derive.network.network import Network
from .....derive.optimizers.settings import Update
from ....lowering.program import needed
from ..layout import WIDTH, literal
from .judged import metric

CHUNK = 1024  # samples whose loss is measured at once


def constants(network: Network, update: Update, stop: str) -> str:
    """The assignments that the parts of a program rely on (`parts/context.py` lists them)."""
    shapes = {o: _shape(network, o) for o in _outputs(network)}
    data = [*network.inputs, *network.targets]
    integers = {t.name: network.size(t.integer) for t in data if t.integer is not None}
    classes = {t.name: _shape(network, t.name)[-1] for t in network.targets
               if t.fact == "distribution"}  # fmt: skip
    kind, scored = metric(network)
    summed = _summed(network)
    drawn = tuple(t.name for t in network.parameters if t.name not in network.values)
    start = network.spec.train.start if network.spec is not None else None
    # a penalty would count once a piece, and what mixes samples must see all of them
    penalised = summed and network.spec is not None and bool(network.spec.penalty)
    whole = penalised or mixes_samples(network)
    rows: list[tuple[str, Any, str]] = [
        ("NAME", network.name, ""),
        ("RULE", rule_text(update, network.parameters), "a checkpoint belongs to a rule"),
        ("LOSS", tuple(map(_equation_text, _loss_equations(network))), "and to a loss"),
        ("INPUTS", tuple(t.name for t in network.inputs), ""),
        ("TARGETS", tuple(t.name for t in network.targets), ""),
        ("OUTPUTS", shapes, "what predict returns: the shape of one sample"),
        ("CLASSES: dict[str, int]", classes, "targets that may be labels, below this"),
        ("INTEGERS: dict[str, int]", integers, "data that are whole numbers, below this"),
        ("MASKS: dict[str, float]", masks(network), "dropout, drawn by a run: share of zeros"),
        ("METRIC", kind, "classes, halves (yes above 0.5), logits (yes above 0) or nothing"),
        ("SCORED", scored, "the target that says what is right"),
        ("SUMMED", summed, "the loss of a batch is the sum over its samples, else their mean"),
        ("CHUNK", 10**9 if whole else CHUNK, "samples that are measured at once"),
        ("STOP", stop, "ends a run"),
        ("START", start, "example (parameters of the spec), random, or None: by the data"),
        ("DRAWN", drawn, "parameters that the spec gives no numbers for"),
    ]
    return "\n".join([*(assigned(*row) for row in rows), _network_card(network)])


def assigned(name: str, value: Any, says: str = "") -> str:
    """``name = value  # says``, an item a line where it is long."""
    note = f"  # {says}" if says else ""
    line = f"{name} = {literal(value)}{note}"
    if len(line) <= WIDTH:
        return line
    if isinstance(value, dict):
        return "\n".join([f"{name} = {{{note}", *_items(value), "}"])
    if isinstance(value, tuple):
        rows = [row for v in value for row in _text_rows(v, "    ", ",")]
        return "\n".join([f"{name} = ({note}", *rows, ")"])
    if not isinstance(value, str) or len(line) - len(note) <= WIDTH:
        return "\n".join([note.strip(), line.removesuffix(note)])
    first, *rest = _text_rows(value, "", "")
    return "\n".join([f"{name} = {first}{note}", *rest])


def _text_rows(value: str, indent: str, end: str) -> list[str]:
    """A text as Python source, in brackets over several lines where it is long."""
    if len(row := f"{indent}{literal(value)}{end}") <= WIDTH:
        return [row]
    pieces = textwrap.wrap(
        value, WIDTH - len(indent) - 12, drop_whitespace=False, break_on_hyphens=False
    )
    return [f"{indent}(", *(f"{indent}    {literal(piece)}" for piece in pieces), f"{indent}){end}"]


def _items(value: dict[str, Any]) -> list[str]:
    return [f"    {literal(k)}: {literal(v)}," for k, v in value.items()]


def rule_text(update: Update, parameters: Sequence[Any]) -> str:
    """The rule with every number that its steps depend on, but for the rate."""
    said = {k: _short(v) for k, v in update.options.items() if k != "rate"}
    said |= {name: "true" for name in update.rule.on if name not in said}
    said |= {f"{k}0": _short(v) for k, v in update.rule.start.items() if v}
    plan = update.schedule
    if plan.name != "constant":
        inner = [f"{k}={_short(v)}" for k, v in plan.options.items()]
        said["schedule"] = f"{plan.name}({', '.join([*inner, f'per={plan.per}'])})"
    for name in ("warmup", "l2", "l1", "weight_decay", "clip_norm", "clip_value"):
        if value := getattr(update, name):
            said[name] = _short(value)
    if update.freeze:
        said["freeze"] = "+".join(update.freeze)
    if (update.l2 or update.l1 or update.weight_decay) and len(update.decay) < len(parameters):
        said["decay"] = "+".join(update.decay)
    inside = ", ".join(f"{name}={value}" for name, value in said.items())
    return f"{update.rule.name}({inside})" if said else update.rule.name


def _short(value: Any) -> str:
    return repr(float(value)).removesuffix(".0")


def masks(network: Network) -> dict[str, float]:
    """Inputs that only dropout layers read: name -> share of zeros."""
    found: dict[str, float] = {}
    names = {t.name for t in network.inputs}
    for use in network.spec.layers if network.spec is not None else ():
        if use.kind == "dropout":
            found |= {s: float(use.options.get("rate", 0.5)) for s in use.sources[1:] if s in names}
    return found


def fingerprint(network: Network) -> dict[str, Any]:
    """What weights belong to: the parameters' shapes and the equations up to the outputs."""
    equations = [_equation_text(eq) for eq in _predicting(network)]
    parameters = {t.name: list(_shape(network, t.name)) for t in network.parameters}
    seen = json.dumps([parameters, equations]).encode()
    return {"name": network.name, "fingerprint": hashlib.sha256(seen).hexdigest()[:32],
            "parameters": parameters, "equations": equations}  # fmt: skip


def _network_card(network: Network) -> str:
    card = fingerprint(network)
    lines = ["NETWORK = {  # a file of weights remembers its network"]
    lines += [f'    "name": {literal(card["name"])},']
    lines += [f'    "fingerprint": {literal(card["fingerprint"])},', '    "parameters": {']
    lines += [f"    {row}" for row in _items(card["parameters"])]
    lines += ["    },", '    "equations": [']
    lines += [row for e in card["equations"] for row in _text_rows(e, " " * 8, ",")]
    return "\n".join([*lines, "    ],", "}"])


def _outputs(network: Network) -> tuple[str, ...]:
    return network.outputs or (network.output,)


def _shape(network: Network, name: str) -> tuple[Any, ...]:
    sizes = network.shape(name)
    return tuple(sizes[1:] if network.tensors[name].batch else sizes)


def _summed(network: Network) -> bool:
    """Is the loss of a batch the sum of its samples' losses?"""
    of_samples = network.tensors[network.sample_loss].batch
    return of_samples and network.spec is not None and network.spec.batch == "sum"


def _predicting(network: Network) -> list[Equation]:
    """The equations up to the outputs."""
    wanted = needed(list(_outputs(network)), {eq.name: eq for eq in network.equations})
    return [eq for eq in network.equations if eq.name in wanted]


def _loss_equations(network: Network) -> list[Equation]:
    """The equations from the outputs to the loss."""
    before = {eq.name for eq in _predicting(network)}
    wanted = needed([network.loss], {eq.name: eq for eq in network.equations}) - before
    return [eq for eq in network.equations if eq.name in wanted]


def _equation_text(eq: Equation) -> str:
    at = f"[{','.join(i.name for i in eq.indices)}]" if eq.indices else ""
    return f"{eq.name}{at} = {text(eq.rhs)}"
