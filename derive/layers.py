"""From a spec to a draft: layers are instantiated from their definitions, names made global.

A definition is written with local names; a use of it gets axis ids of its own and the names
``W0``, ``b0``, ``v0``, … (the k-th layer with weights) or ``W_a`` when it says ``as: a``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from . import catalogue
from .assemble import declare
from .axes import evaluate_size
from .equation import BATCH, Tensor
from .errors import ChalkgradError, suggest
from .expansion import Expander, present, size_option, without
from .expr import Expr, Name, Num, Size, mul, replace, walk
from .functions import is_abstract
from .network import Layer
from .parser import Parsed, equations, expression
from .resolve import Draft, Scope
from .spec_definition import Definition, TensorDecl

_POOL = ("t", "s", "r", "m", "h", "w", "c", "d", "e", "f", "g", "a", "b", "u", "z")


@dataclass
class Use:
    """One instantiation: what its definition's local names stand for."""

    label: str
    scope: Scope
    names: dict[str, str] = field(default_factory=dict)
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
    weighted: int = 0
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

    def layer(self, use: Any, last: str, where: str) -> str:
        """Instantiate one item of ``layers:``; returns the tensor it makes."""
        found = self.definition(use.kind, ("layer", "activation"), where)
        sources = [self.source(s, where) for s in use.sources] or [last]
        made = self.instantiate(
            use.kind, found, use.options, sources, where, alias=use.alias, share=use.share
        )
        output = made.output
        option = found.options.get("activation")
        activation = use.options.get("activation", option.default if option else None)
        if activation not in (None, "none") and option:
            output = self.activation(activation, output, made, where, use)
        if use.alias:
            self.outputs[use.alias] = output
            self.uses[use.alias] = made
        self.outputs[str(self.count - 1)] = output
        return output

    def activation(self, given: Any, source: str, owner: Use, where: str, item: Any) -> str:
        """The activation a layer carries; a layer that shares its weights shares this one's too."""
        ((name, options),) = given.items() if isinstance(given, dict) else ((given, {}),)
        found = self.definition(str(name), ("activation",), f"{where}.activation")
        other = self.uses.get(f"{item.share}.activation")
        made = self.instantiate(
            str(name), found, dict(options or {}), [source], f"{where}.activation",
            suffix=owner.scope.label,
            share=f"{item.share}.activation" if other and other.label == name else None,
        )  # fmt: skip
        if item.alias:
            self.uses[f"{item.alias}.activation"] = made
        return made.output

    def loss(
        self, name: str, options: dict[str, Any], sources: Sequence[str], targets: Sequence[str]
    ) -> str:
        found = self.definition(name, ("loss",), "loss")
        if len(found.target) != len(targets) and found.target:
            raise ChalkgradError(
                f"{name} takes {len(found.target)} target, the spec has {len(targets)}",
                where="loss",
                hint="write the loss as equations, or drop the targets it does not use",
            )
        return self.instantiate(name, found, options, sources, "loss", targets=list(targets),
                                suffix="").output  # fmt: skip

    def penalty(self, name: str, options: dict[str, Any], tensor: str, k: int) -> str:
        found = self.definition(name, ("penalty",), "penalty")
        return self.instantiate(name, found, options, [tensor], "penalty", suffix=f"_{tensor}",
                                ).output  # fmt: skip

    # -- instantiation ----------------------------------------------------------------------

    def instantiate(
        self, kind: str, found: Definition, given: dict[str, Any], sources: Sequence[str],
        where: str, *, alias: str | None = None, share: str | None = None,
        targets: Sequence[str] = (), suffix: str | None = None,
    ) -> Use:  # fmt: skip
        try:
            options = found.read_options(dict(given))
        except ChalkgradError as err:
            raise err.inside(where) from None
        if len(sources) != len(found.input):
            raise ChalkgradError(
                f"{kind} reads {len(found.input)} tensors ({', '.join(found.input)}), "
                f"got {len(sources)}: {', '.join(sources)}",
                where=where,
                hint="name them: from: [a, b]",
            )
        scope = Scope(f"{kind}{self.count}", where)
        self.count += 1
        unnamed = frozenset({kind} if is_abstract(kind) else ())
        parsed = equations(found.equations, f"{where} ({kind})", unnamed)
        given_here = {**found.parameters, **found.constants}
        here = {n: p for n, p in given_here.items() if present(p.if_, options, where)}
        params = {n: p for n, p in here.items() if n in found.parameters}
        parsed = without(parsed, set(given_here) - set(here))
        use = Use(kind, scope, dict(zip(found.input, sources, strict=True)))
        use.names.update(dict(zip(found.target, targets, strict=True)))
        leading = self._leading(found, use, parsed, where)
        self._axes(found, use, options, leading, where)
        self._options(found, use, options)
        self._names(use, parsed, params, alias, share, suffix, where)
        self._parameters(params, use, leading, share)
        self._constants({n: p for n, p in here.items() if n in found.constants}, use)
        for name, decl in {**found.input, **found.target}.items():
            self._facts(use.names[name], decl)
            self._range(use, name, decl, where)
        starts = {h: h0 for h, h0 in found.initial.items() if h0 not in {*given_here} - {*here}}
        for h, h0 in starts.items():
            if h not in use.names or h0 not in use.names:
                what = f"there is nothing named '{h0}' or '{h}'"
                raise ChalkgradError(what, where=f"{kind}.initial", hint=suggest(h0, use.names))
            self.initial[use.names[h]] = use.names[h0]
        expand = Expander(use.names, leading)
        for eq in parsed:
            self._add(expand.equation(eq), use, eq)
        use.output = use.names[found.output or parsed[-1].name]
        shown = tuple(sources) if not targets else (sources[0],)
        self.layers.append(Layer(kind, shown, use.output))
        return use

    def _add(self, made: Parsed, use: Use, eq: Parsed) -> None:
        self.draft.equations.append((use.scope, made))
        left = [i.name for i in made.indices if isinstance(i, Name)]
        self.shapes[made.name] = [use.scope.axis(i) for i in left if i != BATCH]
        del eq

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

    def _leading(
        self, found: Definition, use: Use, parsed: Sequence[Parsed], where: str
    ) -> list[str]:
        """Index names for ``...``; ties the declared axes to those of the tensors read."""
        busy = {*found.axes, *found.options, *found.input, *found.target, *found.parameters}
        for eq in parsed:
            for e in walk(eq.rhs):
                if isinstance(e, Name):
                    busy.add(e.name)
            busy |= {i.name for i in eq.indices if isinstance(i, Name)}
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

    def _names(
        self, use: Use, parsed: Sequence[Parsed], params: Mapping[str, TensorDecl],
        alias: str | None, share: str | None, suffix: str | None, where: str,
    ) -> None:  # fmt: skip
        """Global names: with weights W0, W1, …; without, the number of the layer before."""
        locals_ = [eq.name for eq in parsed]
        public = {n: p.name or n for n, p in params.items()} if share is None else {}
        if alias is not None:
            suffix = f"_{alias}"
        elif suffix is None and public:
            suffix = str(self.weighted)
            self.weighted += 1
        elif suffix is None:
            suffix = str(max(0, self.weighted - 1))
        wanted = [*locals_, *public.values()]
        tail = ["", *"bcdefghijklmnopqrstuvwxyz", *(f"_{k}" for k in range(2, 1000))]
        chosen = next(
            (t for t in tail if not any(self.taken(f"{n}{suffix}{t}") for n in wanted)), None
        )
        if chosen is None or (chosen and (public or alias)):
            clash = next(n for n in wanted if self.taken(f"{n}{suffix}"))
            raise ChalkgradError(f"the name '{clash}{suffix}' is already taken", where=where,
                                 hint="give the layer another name: as: NAME")  # fmt: skip
        use.scope.label = f"{suffix}{chosen}"
        use.names.update({n: f"{n}{suffix}{chosen}" for n in locals_})
        use.names.update({n: f"{p}{suffix}" for n, p in public.items()})
        if share is not None:
            other = self.uses.get(share)
            if other is None or other.label != use.label:
                raise ChalkgradError(
                    f"share: '{share}' is no earlier {use.label} layer", where=where,
                    hint=suggest(share, self.uses),
                )  # fmt: skip
            use.names.update({n: other.names[n] for n in params})

    def _parameters(
        self, params: Mapping[str, TensorDecl], use: Use, leading: Sequence[str], share: str | None
    ) -> None:
        if share is not None:
            return
        for local, decl in params.items():
            shape: list[int | str] = []
            for a in decl.shape:
                shape.extend(leading if a == "..." else [a])
            name = use.names[local]
            init = None if decl.init is None else str(decl.init)
            declare(self.draft, use.scope, name, "parameter", shape, init=init)
            self.shapes[name] = list(self.draft.tensors[name].axes)

    def _constants(self, constants: Mapping[str, TensorDecl], use: Use) -> None:
        for local, decl in constants.items():
            name = f"{local}{use.scope.label}"
            use.names[local] = name
            declare(self.draft, use.scope, name, "constant", list(decl.shape))
            self.shapes[name] = list(self.draft.tensors[name].axes)
            self.constants[name] = decl
