"""Rules that a spec defines: ``define: {lion: {kind: rule, …}}``, checked as shipped ones."""

from __future__ import annotations

from decimal import Decimal

from ..language.errors import ChalkgradError
from ..language.names import tensor_fault
from ..language.parser import equations
from ..network.network import Network
from ..spec.definition import Definition, OptionDecl
from .checks import check_step
from .options import Option, glossary
from .rules import Optimizer, all_names

# options of every update, and what a step has beside the rule's own state
TAKEN = {
    **dict.fromkeys(("freeze", "decay", "schedule"), "an option of every update"),
    **dict.fromkeys(("clip_norm", "clip_value", "l1", "l2", "warmup"), "an option of every update"),
    **dict.fromkeys(("t", "w", "g", "state"), "a name of every rule"),
    "eta": "how the rate is written",
}


def defined(network: Network) -> dict[str, Optimizer]:
    """The rules that the network's spec defines, by name.

    Raises
    ------
    ChalkgradError
        for a shipped rule's name, for options that a rule cannot have, and for equations that are
        no step from t-1 to t; ``where`` says which (``define.lion.equations``).
    """
    define = network.spec.define if network.spec is not None else {}
    return {name: _rule(name, d) for name, d in define.items() if d.kind == "rule"}


def _rule(name: str, given: Definition) -> Optimizer:
    where = f"define.{name}"
    if name in all_names():
        raise ChalkgradError(f"there is an update rule '{name}' already", where=where,
                             hint=f"another name: my_{name}")  # fmt: skip
    explained = {k: _option(k, o, f"{where}.options.{k}") for k, o in given.options.items()}
    if "rate" not in explained:
        raise ChalkgradError("a rule has the option 'rate'", where=f"{where}.options",
                             hint="options: {rate: 0.01}")  # fmt: skip
    made = tuple(equations(given.equations, f"{where}.equations"))
    check_step(made, explained, given.start, f"{where}.equations")
    return Optimizer(
        name, given.summary or "A rule of this spec.", given.source or "Defined in the spec", made,
        {k: Decimal(o.default) for k, o in given.options.items()},
        {k: Decimal(v) for k, v in given.start.items()}, explained=explained,
    )  # fmt: skip


def _option(name: str, given: OptionDecl, where: str) -> Option:
    """What the option may be: as options.yaml has it, unless the spec says more."""
    wrong = f"'{name}' is {TAKEN[name]}" if name in TAKEN else tensor_fault(name)
    if wrong:  # an option is an argument of the generated update, as its tensors are locals
        raise ChalkgradError(wrong, where=where, hint="rename it")
    if given.type not in ("integer", "number") or given.required or given.borrowed or given.one_of:
        raise ChalkgradError("an option of a rule is a number with a default", where=where,
                             hint=f"{name}: 0.9")  # fmt: skip
    known = glossary().get(name)
    if known is None or given.help or given.min is not None or given.max is not None:
        known = Option(name, given.help or name.replace("_", " "), "number", _range(given))
    if not known.admits(given.default):
        raise ChalkgradError(f"'{name}' is {known.wanted}; got {given.default}", where=where,
                             hint=known.meaning)  # fmt: skip
    return known


def _range(given: OptionDecl) -> str:
    low = "(-inf" if given.min is None else f"[{given.min}"
    return f"{low}, inf)" if given.max is None else f"{low}, {given.max}]"
