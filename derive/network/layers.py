"""From a spec to a draft: layers are instantiated from their definitions, names made global.

A definition is written with local names; a use of it gets axis ids of its own and the names
``W0``, ``b0``, ``v0``, … (the k-th layer with weights) or ``W_a`` when it says ``as: a``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .. import catalogue
from ..language.equation import BATCH, Tensor
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Expr, Name, Num, Size, mul, replace, walk
from ..language.functions import is_abstract
from ..language.parser import Parsed, equations, expression
from ..spec.definition import Definition, TensorDecl
from ..spec.fields import LayerUse
from .assemble import declare
from .axes import evaluate_size
from .expansion import Expander, letters, present, size_option, without
from .layer_names import Plan, give_names
from .network import Layer
from .resolve import Draft, Scope

_POOL = ("t", "s", "r", "m", "h", "w", "c", "d", "e", "f", "g", "a", "b", "u", "z")


@dataclass
class Use:
    """One instantiation: what its definition's local names stand for."""

    label: str
    scope: Scope
    names: dict[str, str]
    output: str = ""


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
    uses: dict[str, Use] = field(default_factory=dict)
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
        declare(
            self.draft, Scope(), name, kind, list(decl.shape), fact=decl.fact,
            integer=decl.integer, init=None if decl.init is None else str(decl.init),
        )  # fmt: skip
        t = self.draft.tensors[name]
        self.shapes[name] = [a for a in t.axes if a != BATCH]

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

    def penalty(self, name: str, options: dict[str, Any], tensor: str, k: int) -> str:
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

    def instantiate(self, plan: Plan, sources: Sequence[str], targets: Sequence[str] = ()) -> Use:
        """The equations of a plan, reading these tensors, in the draft."""
        kind, found, where = plan.kind, plan.found, plan.where
        if len(sources) != len(found.input):
            raise ChalkgradError(
                f"{kind} reads {len(found.input)} tensors ({', '.join(found.input)}), "
                f"got {len(sources)}: {', '.join(sources)}",
                where=where,
                hint="name them: from: [a, b]",
            )
        scope = Scope(f"{kind}{self.count}", where)
        self.count += 1
        use = Use(kind, scope, dict(zip(found.input, sources, strict=True)))
        use.names.update(dict(zip(found.target, targets, strict=True)))
        leading = self._leading(plan, use)
        self._axes(found, use, plan.options, leading, where)
        self._options(found, use, plan.options)
        self._names(plan, use)
        self._parameters(plan, use, leading)
        self._constants(plan, use)
        for name, decl in {**found.input, **found.target}.items():
            self._facts(use.names[name], decl)
            self._range(use, name, decl, where)
        self._starts(plan, use)
        expand = Expander(use.names, leading)
        for eq in plan.parsed:
            self._add(expand.equation(eq), use)
        use.output = use.names[found.output or plan.parsed[-1].name]
        shown = tuple(sources) if not targets else (sources[0],)
        self.layers.append(Layer(kind, shown, use.output))
        return use

    def _starts(self, plan: Plan, use: Use) -> None:
        """The start values of recurrences, but those that the options leave out."""
        absent = {*plan.found.parameters, *plan.found.constants} - {*plan.params, *plan.constants}
        for h, h0 in plan.found.initial.items():
            if h0 in absent:
                continue
            if h not in use.names or h0 not in use.names:
                what = f"there is nothing named '{h0}' or '{h}'"
                where = f"{plan.kind}.initial"
                raise ChalkgradError(what, where=where, hint=suggest(h0, use.names))
            self.initial[use.names[h]] = use.names[h0]

    def _add(self, made: Parsed, use: Use) -> None:
        self.draft.equations.append((use.scope, made))
        left = [i.name for i in made.indices if isinstance(i, Name)]
        self.shapes[made.name] = [use.scope.axis(i) for i in left if i != BATCH]

    def _facts(self, tensor: str, decl: TensorDecl) -> None:
        """A loss may ask that its target holds class numbers or a distribution."""
        t = self.draft.tensors.get(tensor)
        if t is None or t.kind != "target":
            return
        if decl.fact and t.fact is None and t.integer is None:
            self.draft.tensors[tensor] = Tensor(
                t.name, t.kind, t.axes, t.batch, t.integer, decl.fact, t.init
            )

    def _range(self, use: Use, local: str, decl: TensorDecl, where: str) -> None:
        """Class numbers below ``integer: k`` are numbers of the entries of the axis k."""
        t = self.draft.tensors.get(use.names[local])
        if decl.integer is None or t is None or t.integer in (None, "*"):
            return
        if isinstance(decl.integer, int):
            self.draft.axes.declare(t.integer, decl.integer, where)
        else:
            self._tie(use.scope.axis(str(decl.integer)), t.integer, where)

    def _leading(self, plan: Plan, use: Use) -> list[str]:
        """Index names for ``...``; ties the declared axes to those of the tensors read."""
        found, where = plan.found, plan.where
        busy = letters(found, plan.parsed)
        leading: list[str] | None = None
        for local, decl in {**found.input, **found.target}.items():
            shape, axes = list(decl.shape), self.shapes[use.names[local]]
            plain = [a for a in shape if a != "..."]
            lead = len(axes) - len(plain)
            if lead < 0 or (lead and "..." not in shape):
                raise ChalkgradError(
                    f"{use.label} expects {local}[{', '.join(map(str, shape))}], but "
                    f"{use.names[local]} has {len(axes)} axes",
                    where=where,
                )
            if "..." in shape and leading is None:
                leading = self._letters(axes[:lead], busy)
            for letter, axis in zip(leading or [], axes[:lead], strict=False):
                self._tie(use.scope.axis(letter), axis, where)
            for name, axis in zip(plain, axes[lead:], strict=True):
                if isinstance(name, int):
                    self.draft.axes.declare(axis, name, where)
                else:
                    self._tie(use.scope.axis(str(name)), axis, where)
        return leading or []

    def _tie(self, a: str, b: str, where: str) -> None:
        try:
            self.draft.axes.union(a, b, where)
        except ChalkgradError as err:
            raise err.inside(where) from None

    @staticmethod
    def _letters(axes: Sequence[str], busy: set[str]) -> list[str]:
        made: list[str] = []
        for axis in axes:
            own = axis.split("@")[0].split(":")[0]
            pool = ([own] if "@" in axis or ":" not in axis else []) + [*_POOL]
            pool += [f"k{n}" for n in range(100)]
            made.append(next(c for c in pool if c not in busy and c not in made))
        return made

    def _axes(
        self, found: Definition, use: Use, options: Mapping[str, Any], leading: Sequence[str],
        where: str,
    ) -> None:  # fmt: skip
        known: set[str] = {*leading}
        for decl in (*found.input.values(), *found.target.values()):
            known |= {str(a) for a in decl.shape if not isinstance(a, int) and a != "..."}
        for axis, size in found.axes.items():
            at = f"{where} ({use.label}, axis {axis})"
            name = use.scope.axis(axis)
            if isinstance(size, str) and (size in known or size == BATCH) and size not in options:
                self._tie(name, use.scope.axis(size), at)
                if size == BATCH:
                    self.draft.twins.add(name)
            else:
                lookup: dict[str, Any] = {k: self.draft.axes.size(use.scope.axis(k)) for k in known}
                lookup.update({k: size_option(v) for k, v in options.items()})
                made = (
                    size
                    if isinstance(size, int)
                    else evaluate_size(expression(str(size), at), lookup, at)
                )
                self.draft.axes.declare(name, made, at)
            known.add(axis)

    def _options(self, found: Definition, use: Use, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            kind = found.options[name].type
            if kind == "expression":
                use.scope.options[name] = self._formula(str(value), found, use)
            elif isinstance(value, bool):
                use.scope.options[name] = Num(Fraction(int(value)))
            elif not isinstance(value, str | dict | list):
                use.scope.options[name] = Num(Fraction(value), str(value))

    def _formula(self, text: str, found: Definition, use: Use) -> Expr:
        """An option such as ``1/outputs``: outputs is the number of the target's entries."""
        axes = [a for t in found.target for a in self.shapes[use.names[t]]]
        made = expression(text, f"{use.label}.factor")
        for e in walk(made):
            if isinstance(e, Name) and e.name != "outputs":
                raise ChalkgradError(
                    f"'{e.name}' means nothing in {text}", where=use.label,
                    hint="use numbers and `outputs`, the number of outputs",
                )  # fmt: skip
        sizes = mul([Size(a) for a in axes])
        return replace(made, {Name("outputs"): sizes})

    def _names(self, plan: Plan, use: Use) -> None:
        """The planned names; those of the layer whose weights are shared."""
        use.scope.label = plan.label
        use.names.update(plan.names)
        if plan.share is None:
            return
        other = self.uses.get(plan.share)
        if other is None or other.label != use.label:
            raise ChalkgradError(
                f"share: '{plan.share}' is no earlier {use.label} layer", where=plan.where,
                hint=suggest(plan.share, self.uses),
            )  # fmt: skip
        for local in plan.params:
            if local not in other.names:
                raise ChalkgradError(
                    f"share: '{plan.share}' has no {local} to share", where=plan.where,
                    hint="give both layers the same options",
                )  # fmt: skip
            use.names[local] = other.names[local]

    def _parameters(self, plan: Plan, use: Use, leading: Sequence[str]) -> None:
        for local in plan.public:
            decl = plan.params[local]
            shape: list[int | str] = []
            for a in decl.shape:
                shape.extend(leading if a == "..." else [a])
            name = use.names[local]
            init = None if decl.init is None else str(decl.init)
            declare(self.draft, use.scope, name, "parameter", shape, init=init)
            self.shapes[name] = list(self.draft.tensors[name].axes)

    def _constants(self, plan: Plan, use: Use) -> None:
        for local, decl in plan.constants.items():
            name = use.names[local]
            declare(self.draft, use.scope, name, "constant", list(decl.shape))
            self.shapes[name] = list(self.draft.tensors[name].axes)
            self.constants[name] = decl
