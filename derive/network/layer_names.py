"""The names of what layers make, all given before the first layer is built.

The k-th layer with weights owns ``Wk``, ``bk``, ``vk``; a layer that says ``as: a`` owns ``W_a``,
``v_a``; a layer without weights takes the number of the layer before it. Where two default names
would be one, the one that matters less gets a letter more (``y0b``): weights come before tensors,
layers with weights or a name of their own before those without, and then the order of the spec
counts. So no stack of layers has to be refused for its names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ..language.errors import ChalkgradError
from ..language.parser import Parsed
from ..spec.definition import Definition, TensorDecl


@dataclass
class Plan:
    """One use of a definition: what is in it, and what `give_names` calls that.

    ``params`` and ``constants`` are those present under the options, by local name, as ``parsed``
    reads them. ``suffix`` is given for what is no item of ``layers:`` (a loss, a penalty);
    ``owner`` is the layer that carries this activation.
    """

    kind: str
    found: Definition
    options: Mapping[str, Any]
    where: str
    parsed: Sequence[Parsed]
    params: Mapping[str, TensorDecl]
    constants: Mapping[str, TensorDecl]
    alias: str | None = None
    share: str | None = None
    owner: Plan | None = None
    suffix: str | None = None
    names: dict[str, str] = field(default_factory=dict)  # local to global
    label: str = ""

    @property
    def read(self) -> dict[str, TensorDecl]:
        """The tensors it reads, by local name."""
        return {**self.found.input, **self.found.target}

    @property
    def public(self) -> dict[str, str]:
        """The parameters it owns, by local name, under the names that the definition shows."""
        return {} if self.share else {n: p.name or n for n, p in self.params.items()}

    @property
    def locals(self) -> list[str]:
        return [*dict.fromkeys(eq.name for eq in self.parsed), *self.constants]

    @property
    def first(self) -> bool:
        """Is this named ahead of the others: by weights of its own, or by ``as:``?"""
        if self.owner is not None:
            return bool(self.public) and self.owner.first
        return bool(self.alias or self.public)


def give_names(plans: Sequence[Plan], taken: Collection[str]) -> None:
    """Fill in ``names`` and ``label`` of every plan; ``taken`` are the spec's own names.

    Raises
    ------
    ChalkgradError
        where a name of the spec's own stands in the place of a weight, or two layers say
        ``as:`` with one name.
    """
    _number(plans)
    _refuse_twins(plans)
    used = set(taken)
    first = [p for p in plans if p.first]
    for p in sorted(first, key=lambda p: p.alias is None):  # what was asked for, then the numbers
        wanted = {n: f"{base}{p.suffix}" for n, base in p.public.items()}
        for name in [*wanted.values(), *(f"{n}{p.suffix}" for n in p.locals if p.alias)]:
            if name in taken:
                raise _taken(name, p.where)
        p.label = str(p.suffix)
        p.names.update({n: _free(name, used) for n, name in wanted.items()})
    for p in first:
        p.names.update({n: _free(f"{n}{p.suffix}", used) for n in p.locals})
    for p in plans:
        if not p.first:
            _together(p, used)


def _number(plans: Sequence[Plan]) -> None:
    """Suffixes: the name of its own, the number among those with weights, or that before it."""
    weighted = 0
    for p in plans:
        if p.suffix is not None or p.owner is not None:
            continue
        if p.alias is not None:
            p.suffix = f"_{p.alias}"
        elif p.public:
            p.suffix = str(weighted)
            weighted += 1
        else:
            p.suffix = str(max(0, weighted - 1))
    for p in plans:
        if p.owner is not None and p.owner.first:
            p.suffix = p.owner.suffix


def _refuse_twins(plans: Sequence[Plan]) -> None:
    seen: set[str] = set()
    for p in plans:
        if p.alias in seen:
            raise _taken(f"{next(iter([*p.public.values(), *p.locals]))}_{p.alias}", p.where)
        if p.alias is not None:
            seen.add(p.alias)


def _together(p: Plan, used: set[str]) -> None:
    """One letter for everything in a layer that has no number of its own."""
    suffix = p.owner.label if p.suffix is None and p.owner is not None else p.suffix
    wanted = {n: f"{base}{suffix}" for n, base in p.public.items()}
    wanted.update({n: f"{n}{suffix}" for n in p.locals})
    tail = next(t for t in _tails() if not any(f"{name}{t}" in used for name in wanted.values()))
    p.label = f"{suffix}{tail}"
    p.names.update({n: f"{name}{tail}" for n, name in wanted.items()})
    used.update(p.names.values())


def _free(name: str, used: set[str]) -> str:
    """The name, with a letter more where it is used; used from now on."""
    made = next(f"{name}{t}" for t in _tails() if f"{name}{t}" not in used)
    used.add(made)
    return made


def _tails() -> Iterator[str]:
    yield from ("", *"bcdefghijklmnopqrstuvwxyz")
    yield from (f"_{k}" for k in count(2))


def _taken(name: str, where: str) -> ChalkgradError:
    return ChalkgradError(f"the name '{name}' is already taken", where=where,
                          hint="give the layer another name: as: NAME")  # fmt: skip
