"""``update:`` of a spec, checked and complete.

    update_of(network).rule.equations       in the form that the options choose
    update_of(network).options["rate"]      Decimal, defaults filled in

What stands around the rule is there as well: schedule, clipping, decay, frozen parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..language.errors import ChalkgradError, suggest
from ..network.network import Network
from ..spec.fields import Use
from .defined import defined
from .options import check_known, checked
from .rules import Optimizer, all_names, formed, optimizer, switches, trained
from .schedules import Schedule, schedule

CLIPS = ("clip_norm", "clip_value")  # off unless given; 0 is not within their range
AROUND = ("l2", "l1", "weight_decay", *CLIPS, "warmup")
NAMES = ("freeze", "decay")  # lists of parameters


@dataclass(frozen=True)
class Update:
    """How a program makes a step: clip, add l2 and l1, decay, then the rule.

    ``rule`` is in the form its options choose, ``options`` are its numbers (``rate`` among them).
    ``freeze`` are the parameters that stay as they are, ``decay`` those that l2, l1 and
    weight_decay hold for. For adamw, ``weight_decay`` is a number of the rule's own equations.
    ``clip_norm`` is for the gradient of all trained parameters together, ``clip_value`` for every
    entry; None: off. The rate of update t is that of ``schedule``, times t/warmup at the start.
    """

    rule: Optimizer
    options: Mapping[str, Decimal]
    freeze: tuple[str, ...]
    schedule: Schedule
    warmup: int
    l2: Decimal
    l1: Decimal
    weight_decay: Decimal
    decay: tuple[str, ...]
    clip_norm: Decimal | None
    clip_value: Decimal | None


def update_of(network: Network) -> Update:
    """The update of a network's spec; without one, sgd with its default rate.

    Raises
    ------
    ChalkgradError
        for an unknown rule, option, schedule or parameter, and for a value outside of its range;
        ``where`` says which one (``update.adam.beta1``). For a rule of the spec's own that is none.
    """
    use = network.spec.update if network.spec is not None else None
    use = use or Use("sgd")
    own = defined(network)
    if use.kind not in own and use.kind not in trained():
        raise _no_rule(use.kind, own)
    where, given = f"update.{use.kind}", dict(use.options)
    parameters = [t.name for t in network.parameters]
    named = {k: _names(given.pop(k, None), parameters, f"{where}.{k}") for k in NAMES}
    plan = schedule(given.pop("schedule", "constant"), f"{where}.schedule")
    rule, options, around = _numbers(optimizer(use.kind, own=own), given, where)
    if named["decay"] is not None and not any(around[k] for k in ("l2", "l1", "weight_decay")):
        what = "'decay' names parameters, but nothing decays"
        raise ChalkgradError(what, where=f"{where}.decay", hint="give l2, l1 or weight_decay")
    return Update(
        rule, options, named["freeze"] or (), plan, int(around["warmup"]), around["l2"],
        around["l1"], around["weight_decay"],
        tuple(parameters) if named["decay"] is None else named["decay"],
        around["clip_norm"], around["clip_value"],
    )  # fmt: skip


def is_plain(use: Use | None) -> bool:
    """Is it gradient descent with one rate, as the lectures work it out by hand?"""
    return use is None or (use.kind == "sgd" and set(use.options) <= {"rate", "freeze"})


def plain_step(use: Use | None) -> tuple[Any, tuple[str, ...]] | None:
    """The rate and the frozen parameters of such a step; None for any other, or without a rate."""
    if use is None or not is_plain(use) or "rate" not in use.options:
        return None
    frozen = use.options.get("freeze") or []
    return use.options["rate"], tuple(frozen) if isinstance(frozen, list) else (frozen,)


def _no_rule(kind: str, own: Mapping[str, Optimizer]) -> ChalkgradError:
    if kind in all_names():
        hint = "use sgd; how many samples a step takes is said by `train: {batch: 32}`"
        return ChalkgradError(f"a program cannot train with '{kind}'", where="update", hint=hint)
    return ChalkgradError(
        f"there is no update rule '{kind}'", where="update", hint=suggest(kind, [*own, *trained()])
    )


def _numbers(
    plain: Optimizer, given: Mapping[str, Any], where: str
) -> tuple[Optimizer, dict[str, Decimal], dict[str, Any]]:
    """The rule in its form, its numbers, and the numbers of what stands around it."""
    own = {**plain.options, **plain.more}
    known = [*own, *AROUND, *NAMES, "schedule"]
    check_known(given, known, plain.name, where)
    _check_matrix_rule(plain, given, where)
    off: dict[str, Any] = {k: Decimal(0) for k in AROUND}
    off |= {k: None for k in CLIPS}
    defaults = {**off, **own}
    asked = {k: v for k, v in defaults.items() if k in given or v is not None}
    found = {**off, **checked(given, asked, plain.name, where, plain.explained)}
    rule = formed(plain, found)
    outside = [k for k in plain.more if k not in switches(plain)]  # how a system is solved
    return rule, {k: found[k] for k in (*rule.options, *outside)}, {k: found[k] for k in AROUND}


def _names(given: Any, parameters: list[str], where: str) -> tuple[str, ...] | None:
    """One parameter or several, each a parameter of the network; None where none is named."""
    if given is None:
        return None
    names = given if isinstance(given, list) else [given]
    verb = where.rpartition(".")[2]
    for name in names:
        if not isinstance(name, str) or name not in parameters:
            what = f"there is no parameter '{name}' to {verb}"
            raise ChalkgradError(what, where=where, hint=suggest(str(name), parameters))
    return tuple(dict.fromkeys(names))


def _check_matrix_rule(rule: Optimizer, given: Mapping[str, Any], where: str) -> None:
    """What has no meaning beside a matrix of second derivatives."""
    for name in ("l1", "weight_decay", "clip_value"):
        if rule.curvature and name in given:
            what = f"{rule.name} takes no {name}"
            raise ChalkgradError(what, where=f"{where}.{name}", hint="it takes l2 and clip_norm")
