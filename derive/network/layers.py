"""From a spec to a draft: what every item of ``layers:`` is, and its instance in the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as change
from typing import Any

from .. import catalogue
from ..language.equation import BATCH
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Name
from ..language.functions import is_abstract
from ..language.parser import equations
from ..spec.definition import Definition, TensorDecl
from ..spec.fields import LayerUse
from .assemble import declare
from .expansion import Instance, instance, present, size_option, without
from .layer_names import Plan, give_names
from .network import Layer
from .resolve import Draft, Scope


def _abstract(name: str) -> Definition:
    """``activation: g``: a function of every entry that stays unnamed."""
    return Definition(
        summary="An activation that is not named.", kind="activation",
        input={"v": TensorDecl(shape=["..."])}, equations=f"y[...] = {name}(v[...])", output="y",
    )  # fmt: skip


@dataclass
class Builder:
    """Collects a spec's layers into a draft. ``shapes`` are axis ids without the batch."""

    draft: Draft
    define: Mapping[str, Definition]
    shapes: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    uses: dict[str, Instance] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    initial: dict[str, str] = field(default_factory=dict)
    constants: dict[str, TensorDecl] = field(default_factory=dict)
    count: int = 0

    # -- looking things up ------------------------------------------------------------------

    def definition(self, name: str, kinds: Sequence[str], where: str) -> Definition:
        known = [*self.define, *catalogue.names()]
        if name not in known and kinds[0] == "activation" and is_abstract(name):
            return _abstract(name)
        if name not in known:
            made = {n: self.define.get(n) or catalogue.definition(n) for n in known}
            fitting = [n for n, d in made.items() if d.kind in kinds]
            raise ChalkgradError(f"there is no {kinds[0]} '{name}'", where=where,
                                 hint=suggest(name, fitting))  # fmt: skip
        found = self.define.get(name) or catalogue.definition(name)
        if found.kind not in kinds:
            wanted = f"a{'n' if kinds[0] == 'activation' else ''} {kinds[0]}"
            made_as = f"a{'n' if found.kind == 'activation' else ''} {found.kind}"
            raise ChalkgradError(f"'{name}' is {made_as}, not {wanted}", where=where)
        return found

    def taken(self, name: str) -> bool:
        return name in self.draft.tensors or name in self.shapes

    def source(self, name: str, where: str) -> str:
        if name in self.outputs:
            return self.outputs[name]
        if name in self.shapes:
            return name
        known = [*self.outputs, *self.shapes]
        raise ChalkgradError(f"there is nothing named '{name}' yet", where=where,
                             hint=suggest(name, known))  # fmt: skip

    def declare(self, name: str, kind: str, decl: TensorDecl, where: str) -> None:
        """A tensor declared at the top of the spec."""
        if self.taken(name):
            raise ChalkgradError(f"'{name}' is declared twice", where=where)
        self._declare(Scope(), name, kind, decl)

    def _declare(
        self, scope: Scope, name: str, kind: str, decl: TensorDecl, leading: Sequence[str] = ()
    ) -> None:
        shape = [a for given in decl.shape for a in (leading if given == "..." else [given])]
        declare(
            self.draft, scope, name, kind, shape, fact=decl.fact, integer=decl.integer,
            init=None if decl.init is None else str(decl.init),
        )  # fmt: skip
        self.shapes[name] = [a for a in self.draft.tensors[name].axes if a != BATCH]

    # -- one layer --------------------------------------------------------------------------

    def stack(self, items: Sequence[LayerUse], last: str) -> str:
        """Instantiate ``layers:``; returns the tensor that the last of them makes, or ''."""
        made = ""
        for use, plan, activation in self._planned(items):
            made = last = self._layer(use, plan, activation, last)
        return made

    def _planned(self, items: Sequence[LayerUse]) -> list[tuple[LayerUse, Plan, Plan | None]]:
        """What each item is, with the activation it carries, and all their names."""
        planned: list[tuple[LayerUse, Plan, Plan | None]] = []
        carried: dict[str, str] = {}  # as: NAME -> the activation of that layer
        for k, use in enumerate(items):
            where = f"layers[{k}]"
            plan = self._plan(use.kind, ("layer", "activation"), use.options, where)
            plan.alias, plan.share = use.alias, use.share
            activation = self._activation(use, plan, carried)
            if use.alias and activation:
                carried[use.alias] = activation.kind
            planned.append((use, plan, activation))
        plans = [p for _, plan, activation in planned for p in (plan, activation) if p]
        give_names(plans, {*self.draft.tensors, *self.shapes})
        return planned

    def _activation(self, use: LayerUse, owner: Plan, carried: Mapping[str, str]) -> Plan | None:
        """The activation a layer carries; a layer that shares its weights shares this one's too."""
        option = owner.found.options.get("activation")
        given = use.options.get("activation", option.default if option else None)
        if given in (None, "none") or not option:
            return None
        ((name, options),) = given.items() if isinstance(given, dict) else ((given, {}),)
        where = f"{owner.where}.activation"
        plan = self._plan(str(name), ("activation",), dict(options or {}), where)
        plan.owner = owner
        if use.share and carried.get(use.share) == name:
            plan.share = f"{use.share}.activation"
        return plan

    def _layer(self, use: LayerUse, plan: Plan, activation: Plan | None, last: str) -> str:
        """Instantiate one item of ``layers:``; returns the tensor it makes."""
        sources = [self.source(s, plan.where) for s in use.sources] or [last]
        made = self.instantiate(plan, sources)
        output = made.output
        if activation:
            carried = self.instantiate(activation, [output])
            output = carried.output
            if use.alias:
                self.uses[f"{use.alias}.activation"] = carried
        if use.alias:
            self.outputs[use.alias] = output
            self.uses[use.alias] = made
        self.outputs[str(self.count - 1)] = output
        return output

    def loss(
        self, name: str, options: dict[str, Any], sources: Sequence[str], targets: Sequence[str]
    ) -> str:
        plan = self._plan(name, ("loss",), options, "loss", suffix="")
        if len(plan.found.target) != len(targets) and plan.found.target:
            raise ChalkgradError(
                f"{name} takes {len(plan.found.target)} target, the spec has {len(targets)}",
                where="loss",
                hint="write the loss as equations, or drop the targets it does not use",
            )
        give_names([plan], {*self.draft.tensors, *self.shapes})
        return self.instantiate(plan, sources, list(targets)).output

    def penalty(self, name: str, options: dict[str, Any], tensor: str) -> str:
        plan = self._plan(name, ("penalty",), options, "penalty", suffix=f"_{tensor}")
        give_names([plan], {*self.draft.tensors, *self.shapes})
        return self.instantiate(plan, [tensor]).output

    # -- instantiation ----------------------------------------------------------------------

    def _plan(
        self, kind: str, kinds: Sequence[str], given: Mapping[str, Any], where: str,
        suffix: str | None = None,
    ) -> Plan:  # fmt: skip
        """A definition under its options: what is present, and the equations without the rest."""
        found = self.definition(kind, kinds, where)
        try:
            options = found.read_options(dict(given))
        except ChalkgradError as err:
            raise err.inside(where) from None
        unnamed = frozenset({kind} if is_abstract(kind) else ())
        parsed = equations(found.equations, f"{where} ({kind})", unnamed)
        every = {**found.parameters, **found.constants}
        here = {n: p for n, p in every.items() if present(p.if_, options, where)}
        return Plan(
            kind, found, options, where, without(parsed, set(every) - set(here)),
            {n: p for n, p in here.items() if n in found.parameters},
            {n: p for n, p in here.items() if n in found.constants}, suffix=suffix,
        )  # fmt: skip

    def instantiate(
        self, plan: Plan, sources: Sequence[str], targets: Sequence[str] = ()
    ) -> Instance:
        """The equations of a plan, reading these tensors, in the draft."""
        shared = self._shared(plan)
        made = instance(plan, self.count, sources, targets, self.shapes, shared)
        self.count += 1
        self._add(made)
        return made

    def _shared(self, plan: Plan) -> Instance | None:
        """The layer whose weights a plan takes."""
        if plan.share is None:
            return None
        other = self.uses.get(plan.share)
        if other is None or other.plan.kind != plan.kind:
            raise ChalkgradError(
                f"share: '{plan.share}' is no earlier {plan.kind} layer", where=plan.where,
                hint=suggest(plan.share, self.uses),
            )  # fmt: skip
        return other

    # -- into the draft ---------------------------------------------------------------------

    def _add(self, made: Instance) -> None:
        plan, scope, names = made.plan, made.scope, made.names
        for name, axis in made.ties:
            self._size_or_tie(scope, name, axis, plan.where)
        self._axes(made)
        for local in plan.public:
            self._declare(scope, names[local], "parameter", plan.params[local], made.leading)
        for local, decl in plan.constants.items():
            self._declare(scope, names[local], "constant", decl)
            self.constants[names[local]] = decl
        for local, decl in plan.read.items():
            self._facts(names[local], decl)
            self._range(scope, names[local], decl, plan.where)
        self.initial |= made.starts
        for eq in made.equations:
            self.draft.equations.append((scope, eq))
            left = [i.name for i in eq.indices if isinstance(i, Name)]
            self.shapes[eq.name] = [scope.axis(i) for i in left if i != BATCH]
        self.layers.append(Layer(plan.kind, made.shown, made.output))

    def _size_or_tie(self, scope: Scope, name: str | int, axis: str, where: str) -> None:
        """An axis that a definition gives a size, or calls by a name of its own."""
        if isinstance(name, int):
            self.draft.axes.declare(axis, name, where)
        else:
            self._tie(scope.axis(name), axis, where)

    def _tie(self, a: str, b: str, where: str) -> None:
        try:
            self.draft.axes.union(a, b, where)
        except ChalkgradError as err:
            raise err.inside(where) from None

    def _facts(self, tensor: str, decl: TensorDecl) -> None:
        """A loss may ask that its target holds class numbers or a distribution."""
        t = self.draft.tensors.get(tensor)
        if t is not None and t.kind == "target" and t.fact is None and t.integer is None:
            self.draft.tensors[tensor] = change(t, fact=decl.fact)

    def _range(self, scope: Scope, tensor: str, decl: TensorDecl, where: str) -> None:
        """Class numbers below ``integer: k`` are numbers of the entries of the axis k."""
        t = self.draft.tensors.get(tensor)
        if decl.integer is not None and t is not None and t.integer not in (None, "*"):
            self._size_or_tie(scope, decl.integer, str(t.integer), where)

    def _axes(self, made: Instance) -> None:
        """The definition's own axes: twins of those it reads, or sizes worked out from them."""
        scope, options = made.scope, made.plan.options
        known = {*made.leading, *(name for name, _ in made.ties if isinstance(name, str))}
        for axis, size in made.plan.found.axes.items():
            at = f"{made.plan.where} ({made.plan.kind}, axis {axis})"
            name = scope.axis(axis)
            if isinstance(size, str) and (size in known or size == BATCH) and size not in options:
                self._tie(name, scope.axis(size), at)
                if size == BATCH:
                    self.draft.twins.add(name)
            else:
                lookup: dict[str, Any] = {k: self.draft.axes.size(scope.axis(k)) for k in known}
                lookup.update({k: size_option(v) for k, v in options.items()})
                self.draft.axes.declare(name, self.draft.axes.declared(size, lookup, at), at)
            known.add(axis)
