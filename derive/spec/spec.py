"""A spec file, a text or a mapping -> one checked `Spec` per network.

`load_specs` reads strictly (derive.strict_yaml), applies ``--set``, checks every key
(derive.spec_models) and then joins the networks of the file: each takes the keys it does not set
from the network it is `like`, else from the top of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..language.errors import ChalkgradError, suggest
from . import strict_yaml
from .definition import Definition, TensorDecl, Word
from .faults import first_fault
from .fields import LayerUse, Use, field_path, shown
from .models import NetworkPart, PageCheck, Part, Spec, SpecFile

_STARTS = ("network", "layers", "equations")  # a network that sets one has a structure of its own
_STRUCTURE = (*_STARTS, "input", "target", "parameters", "constants", "output", "initial")
_MERGED = ("style", "network", "define")  # inherited key by key
_FILE = TypeAdapter(SpecFile)
_DEFINITIONS = TypeAdapter(dict[Word, Definition])
_SET_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*|\[[0-9]{1,6}\])*\Z")


def load_specs(
    source: str | Path | Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    *,
    text: str | None = None,
    page: PageCheck | None = None,
) -> list[Spec]:
    """The networks of a spec: the main one first, then ``networks:`` in the order of the file.

    Parameters
    ----------
    source : a path, or the spec as a mapping. With ``text``, only the name for messages.
    sets : overrides ``a.b[0].c=value`` as on the command line; the value is YAML.
    text : the YAML text itself.
    page : checks an entry of ``deck:``; without it they are only names or one-key mappings.

    Raises ChalkgradError: one fault, with file, line, column and field.
    """
    origin = _read(source, text)
    for override in sets:
        origin.apply(override)
    file = origin.checked(_FILE, page=page)
    specs = _Join(file, origin).specs()
    names = [spec.name.lower() for spec in specs]  # files whose names differ in case only collide
    for k, name in enumerate(names):
        if name in names[:k]:
            path = ("networks", specs[k].key)
            raise origin.fault(f"a second network named {specs[k].name}", path, of_key=True)
    return specs


def load_definitions(text: str, where: str = "") -> dict[str, Definition]:
    """A file of the catalogue: name -> definition. Raises ChalkgradError."""
    return _read(where or None, text).checked(_DEFINITIONS)


# --- reading -------------------------------------------------------------------------------------

Path_ = tuple[str | int, ...]
T = TypeVar("T")


@dataclass
class _Origin:
    """A spec as read, before it is checked, and where each of its values stands."""

    data: dict[str, Any]
    where: str = ""
    tree: strict_yaml.Node | None = None
    overrides: dict[Path_, str] = field(default_factory=dict)

    def fault(
        self, what: str, path: Path_ = (), *, of_key: bool = False, hint: str = ""
    ) -> ChalkgradError:
        """``what`` at ``path``, with the line and column of the file or the ``--set``."""
        where = self.where
        set_here = [o for o in self.overrides if o == path[: len(o)]]
        if not set_here and self.tree is not None and not self.tree.has(path):
            set_here = [o for o in self.overrides if o[: len(path)] == path != ()]
        if set_here:
            where = self.overrides[set_here[-1]]
            path = () if path == set_here[-1] else path  # the override names it
        elif self.tree is not None:
            line, column = self.tree.place(path, of_key=of_key)
            where = f"{where}:{line}:{column}" if where else f"line {line}:{column}"
        parts = [part for part in (where, field_path(path)) if part]
        return ChalkgradError(what, where=": ".join(parts), hint=hint)

    def checked(self, kind: TypeAdapter[T], *, page: PageCheck | None = None) -> T:
        """The data as a model, or a mapping of them; the first fault is raised."""
        try:
            return kind.validate_python(self.data, context={"page": page})
        except ValidationError as errors:
            what, path, hint, of_key = first_fault(errors)
        raise self.fault(what, path, of_key=of_key, hint=hint)

    def apply(self, override: str) -> None:
        """One ``a.b[0].c=value``; mappings on the way are made where they are missing."""
        target, equals, text = override.partition("=")
        where = f"--set {shown(target)[1:-1]}"
        if not equals or not _SET_PATH.match(target):
            raise ChalkgradError("not an override", where=where, hint="--set update.sgd.rate=0.1")
        value = strict_yaml.load_text(text, where)
        path: Path_ = tuple(
            int(step[1:]) if step.startswith("[") else step
            for step in re.findall(r"[^.\[\]]+|\[[0-9]+", target)
        )
        if len(path) > strict_yaml.MAX_DEPTH:
            raise ChalkgradError("too many steps", where=where)
        here: Any = self.data
        for k, given in enumerate(path):
            step = _step(here, given, where)
            if k + 1 == len(path):
                here[step] = value
                break
            inner = here[step] if isinstance(here, list) else here.get(step)
            if inner is None and isinstance(path[k + 1], int):
                raise ChalkgradError(f"there is no list '{step}'", where=where)
            if inner is None or inner == path[k + 1]:  # `update: sgd` becomes `update: {sgd: {}}`
                here[step] = inner = {} if inner is None else {inner: {}}
            here = inner
        self.overrides[path] = where


def _step(here: Any, step: str | int, where: str) -> Any:
    """``step`` as an index of ``here``, a list or a mapping; layers.0 is layers[0]."""
    if isinstance(here, list):
        index = int(step) if isinstance(step, int) or step.isdecimal() else len(here)
        if index >= len(here):
            raise ChalkgradError(f"a list of {len(here)} has no part {step}", where=where)
        return index
    if not isinstance(here, dict) or isinstance(step, int):
        raise ChalkgradError(f"{shown(here)} has no part {step}", where=where)
    return step


def _read(source: str | Path | Mapping[str, Any] | None, text: str | None) -> _Origin:
    if isinstance(source, Mapping):
        return _Origin(strict_yaml.copy_plain(source))
    where = "" if source is None else str(source)
    if text is None:
        text = _file_text(Path(where)) if where else ""
    tree = strict_yaml.compose(text, where)
    data = tree.plain()
    if not isinstance(data, dict):
        hint = "the first line of a spec is for example `name: lecture05`"
        raise ChalkgradError("a spec is a mapping of keys", where=where, hint=hint)
    return _Origin(data, where, tree)


def _file_text(path: Path) -> str:
    try:
        if not path.is_file():
            raise ChalkgradError("no such file", where=str(path))
        with path.open("rb") as file:
            return file.read(strict_yaml.MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ChalkgradError("the file is not text in UTF-8", where=str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise ChalkgradError(f"cannot be read: {error}", where=shown(str(path))) from None


# --- joining the networks of a file -----------------------------------------------------------


class _Join:
    """Every network of a file with what it inherits; see the module's docstring."""

    def __init__(self, file: SpecFile, origin: _Origin) -> None:
        self.file, self.origin = file, origin
        self.top = {k: getattr(file, k) for k in file.model_fields_set if k in Part.model_fields}
        self.has_main = any(k in self.top for k in _STARTS)
        self.known: dict[str, dict[str, Any]] = {}

    def specs(self) -> list[Spec]:
        if not self.has_main and not self.file.networks:
            what = "the spec has neither `network` nor `layers` nor `equations`"
            raise self.origin.fault(what)
        main = [self.spec("main", self.file.name, self.top, ())] if self.has_main else []
        subs = []
        for key in self.file.networks:
            path = ("networks", key)
            if key == "main":
                raise self.origin.fault("'main' is the network at the top", path, of_key=True)
            name = f"{self.file.name}_{key}"
            if len(name) > 64 or "__" in name:
                raise self.origin.fault(f"{shown(name)} is no name for a module", path, of_key=True)
            subs.append(self.spec(key, name, self.settings(key), path))
        self.refuse_idle_overrides()
        return main + subs

    def settings(self, key: str) -> dict[str, Any]:
        """The keys of one network with all it inherits; a chain of `like` is walked, not nested."""
        chain: list[str] = []
        at: str | None = key
        while at is not None and at not in self.known and at != "main":
            path = ("networks", chain[-1] if chain else at, "like")
            if at in chain:
                raise self.origin.fault("the networks are like each other in a circle", path)
            if at not in self.file.networks:
                hint = suggest(at, self.file.networks)
                raise self.origin.fault(f"there is no network '{at}'", path, hint=hint)
            chain.append(at)
            at = self.file.networks[at].like
        if at == "main" and not self.has_main:
            raise self.origin.fault("there is no main network", ("networks", chain[-1], "like"))
        base = self.known.get(at or "", self.top)
        for step in reversed(chain):
            base = self.known[step] = self.inherit(base, self.file.networks[step])
        return base

    def inherit(self, base: dict[str, Any], part: NetworkPart) -> dict[str, Any]:
        own = {k: getattr(part, k) for k in part.model_fields_set if k in Part.model_fields}
        made = dict(base)
        if any(k in own for k in _STARTS):
            for k in _STRUCTURE:
                # declarations above no structure of their own are meant for every network
                shared = not self.has_main and k in self.top
                if shared:
                    made[k] = self.top[k]
                elif not (k == "network" and k in own):
                    made.pop(k, None)
        for k, value in own.items():
            old = made.get(k)
            if k in _MERGED and isinstance(old, dict):
                made[k] = old | value
            elif k in _MERGED and old is not None and value is not None:
                made[k] = old.model_copy(
                    update={name: getattr(value, name) for name in value.model_fields_set}
                )
            else:
                made[k] = value
        return made

    def refuse_idle_overrides(self) -> None:
        """An override at the top that every network hides would be silently without effect."""
        for path, where in self.origin.overrides.items():
            key = str(path[0])
            if self.has_main or key in _MERGED or key not in self.top:
                continue
            if all(given.get(key) is not self.top[key] for given in self.known.values()):
                first = next(iter(self.file.networks))
                hint = f"--set networks.{first}.{field_path(path)}=…"
                what = f"without effect: no network takes `{key}` from the top of the file"
                raise ChalkgradError(what, where=where, hint=hint)

    def spec(self, key: str, name: str, given: dict[str, Any], path: Path_) -> Spec:
        own: dict[str, Any] = {
            k: v.copy() if isinstance(v, dict | list) else v for k, v in given.items()
        }
        spec = Spec.model_construct(**own, name=name, key=key, where=self.origin.where)

        def fault(what: str, *inner: str, hint: str = "") -> ChalkgradError:
            # a key it inherits stands at the top (or in the network it is like)
            here = (*path, *inner)
            return self.origin.fault(what, here, of_key=True, hint=hint)

        if spec.network is not None:
            spec = _written_out(spec, fault)
        if not spec.layers and spec.equations is None:
            raise fault("the network has neither `network` nor `layers` nor `equations`")
        seen: dict[str, str] = {}
        for group in ("input", "target", "parameters", "constants"):
            for tensor in getattr(spec, group):
                if tensor in seen:
                    what = f"'{tensor}' is declared twice, under {seen[tensor]} and {group}"
                    raise fault(what, group, tensor)
                seen[tensor] = group
        _same_length(spec, fault)
        return spec


def _same_length(spec: Spec, fault: Any) -> None:
    lengths = {name: len(rows) for name, rows in spec.samples.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise fault(f"different numbers of samples: {said}", "samples")


def _written_out(spec: Spec, fault: Any) -> Spec:
    """``network:`` as input x, target y (where there is a loss) and dense layers."""
    form = spec.network
    assert form is not None
    if spec.layers:
        raise fault("`network` and `layers` are two forms of the same", "layers", hint="keep one")
    units = form.units
    if units is None:
        raise fault("the network has no `units`", "network", hint="units: [2, 3, 2]")
    count = len(units) - 1
    activations: list[Use | None] = list(form.activation) if form.activation else [None]
    if len(activations) == 1:
        activations *= count
    if len(activations) != count:
        what = f"{len(activations)} activations for {count} layers"
        raise fault(what, "network", "activation")
    layers = []
    for size, activation in zip(units[1:], activations, strict=True):
        options: dict[str, Any] = {"units": size}
        if activation is not None:
            kind, own = activation.kind, activation.options
            options["activation"] = {kind: own} if own else kind
        if form.bias is not None:
            options["bias"] = form.bias
        layers.append(LayerUse("dense", options))
    try:
        x, y = TensorDecl(shape=units[:1]), TensorDecl(shape=units[-1:])
    except ValidationError as errors:
        wrong = first_fault(errors)
        raise fault(wrong.what, "network", "units", hint=wrong.hint) from None
    return spec.model_copy(
        update={
            "layers": layers,
            "input": spec.input or {"x": x},
            "target": spec.target or ({"y": y} if spec.loss else {}),
        }
    )
