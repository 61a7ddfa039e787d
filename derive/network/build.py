"""One network from its spec: declarations, layers, equations, loss, penalties, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .. import catalogue
from ..language.equation import BATCH
from ..language.errors import ChalkgradError, suggest
from ..language.expr import Name, Read, Reduce
from ..language.parser import Parsed, equations
from ..spec.models import Spec
from .assemble import assemble, declare_axes
from .given import with_values
from .layers import Builder
from .network import Network
from .resolve import Draft, Scope
from .starts import starts


def build(spec: Spec) -> Network:
    """One network from its spec."""
    draft = Draft()
    builder = Builder(draft, spec.define)
    for kind, declared in (
        ("input", spec.input), ("target", spec.target), ("parameter", spec.parameters),
        ("constant", spec.constants),
    ):  # fmt: skip
        for name, decl in declared.items():
            builder.declare(name, kind, decl, f"{kind}.{name}")
    declare_axes(draft, Scope(), spec.axes)
    own = equations(spec.equations) if spec.equations else []
    for eq in own:
        if builder.taken(eq.name):
            raise ChalkgradError(
                f"'{eq.name}' is already declared\n    {eq.text[:160]}",
                where=f"equation {eq.name}", hint="every tensor is defined once",
            )  # fmt: skip
        left = [i.name for i in eq.indices if isinstance(i, Name) and i.name != BATCH]
        builder.shapes[eq.name] = left
    draft.equations += [(Scope(), eq) for eq in own]
    last = _layers(builder, spec)
    loss = _loss(builder, spec, own, last)
    penalties = _penalties(builder, spec)
    network = assemble(
        draft, name=spec.name, loss=loss, output=spec.output or last or None, batch=spec.batch,
        penalties=penalties,
        initial={**builder.initial, **spec.initial}, layers=builder.layers, spec=spec,
        title=_title(spec),
    )  # fmt: skip
    starts(network)  # refuses what `init:` says of other parameters
    return with_values(network, spec, {**builder.constants, **spec.constants})


def _title(spec: Spec) -> str:
    title = spec.title
    if isinstance(title, Mapping):
        return str(title.get("en") or next(iter(title.values()), ""))
    return str(title or "")


def _layers(builder: Builder, spec: Spec) -> str:
    last = next(iter(spec.input), "")
    if spec.layers and not last:
        raise ChalkgradError("the layers have no input", where="input", hint="input: {x: [2]}")
    return builder.stack(spec.layers, last)


def _loss(builder: Builder, spec: Spec, own: Sequence[Parsed], last: str) -> str:
    defined = {eq.name for eq in own}
    use = spec.loss
    if use is None:
        if "L" in defined:
            return "L"
        return _no_loss(builder, last or (own[-1].name if own else ""))
    if use.bare and use.kind in defined:
        return str(use.kind)
    options = dict(use.options)
    given = options.pop("from", None) or (spec.output[0] if spec.output else last)
    if not given:
        hint = suggest(use.kind, [*defined, *catalogue.names()])
        raise ChalkgradError(
            f"there is no equation for the loss '{use.kind}'", where="loss", hint=hint
        )
    names = given if isinstance(given, list) else [given]
    sources = [builder.source(str(name), "loss.from") for name in names]
    return builder.loss(use.kind, options, sources, list(spec.target))


def _no_loss(builder: Builder, output: str) -> str:
    """A network without a loss is differentiated as the sum of its outputs."""
    if not output:
        hint = "layers: [dense: {units: 3}], or equations: and loss:"
        raise ChalkgradError("there are no layers and no equations", where="layers", hint=hint)
    letters = tuple(Name(c) for c, _ in zip("ijklmpqrst", builder.shapes[output], strict=False))
    body = Read(output, letters)
    rhs = Reduce("sum", letters, body) if letters else body
    shown = ",".join(c.name for c in letters)
    text = f"L = sum[{shown}]({output}[{shown}])" if letters else f"L = {output}"
    scope = Scope("no_loss")
    builder.draft.equations.append((scope, Parsed("L", (), rhs, text, 1)))
    return "L"


def _penalties(builder: Builder, spec: Spec) -> list[str]:
    made = []
    for k, use in enumerate(spec.penalty):
        options = dict(use.options)
        of = options.pop("of", None)
        names = [of] if isinstance(of, str) else of
        if names is None:  # every weight, no bias
            names = [
                t.name for t in builder.draft.tensors.values()
                if t.kind == "parameter" and len(t.axes) > 1
            ]  # fmt: skip
        for name in names:
            if name not in builder.shapes:
                raise ChalkgradError(f"there is no parameter '{name}'", where=f"penalty[{k}].of",
                                     hint=suggest(str(name), builder.shapes))  # fmt: skip
            made.append(builder.penalty(use.kind, options, str(name)))
    return made
