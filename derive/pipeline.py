"""The map: how a spec becomes a derivation. Each line of the way is a room of its own.

    text, mapping, shipped name ──▶ Spec         derive/spec       values checked, nothing else
    Spec                        ──▶ Network      derive/network    layers expanded, equations
                                                                   resolved, checked, ordered
    Network                     ──▶ Derivation   derive/chainrule  the reverse sweep
    Derivation                  ──▶ GradientView derive/forms      one gradient, as SymPy objects

Below them lies the language (`derive/language`: trees, parser, text) with its algebra
(`derive/rewrite`); beside them the data (`derive/catalogue`, `derive/examples`,
`derive/optimizers`). `Network` and `Derivation` are plain data in their rooms; here they get the
two methods that lead on, so that no room reads one that comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from . import examples
from .chainrule import derivation, sweep
from .forms.views import GradientView, view
from .language.errors import ChalkgradError
from .network import assemble, network
from .network.build import build
from .optimizers.settings import update_of
from .spec.models import PageCheck, Spec
from .spec.spec import load_specs
from .values.paths import KEPT, Paths, first_sample, no_example, parse_entry, paths

P = ParamSpec("P")


class Derivation(derivation.Derivation):
    """Forward equations and adjoint equations, immutable; ``d["W0"]`` is one gradient."""

    def __getitem__(self, tensor: str) -> GradientView:
        """A gradient as SymPy objects: .chain, .index, .matrix, .numbers, .steps."""
        return view(self, tensor)

    def paths(self, entry: str, *, keep: int = KEPT) -> Paths:
        """Every path from one entry (``W1[1,0]``, ``w5``) to the loss, with its numbers.

        The numbers are those of the worked example; up to ``keep`` paths are spelled out, the
        largest first. Raises ChalkgradError for an unknown entry, or without numbers.
        """
        values, _ = first_sample(self.network)
        if not values:
            raise no_example(self.network)
        return paths(self, parse_entry(self.network, entry), values, keep=keep)


class Network(network.Network):
    """Tensors, equations in the order of evaluation, axis sizes; ``derive()`` leads on."""

    def derive(self) -> Derivation:
        """First derivatives of the loss with respect to every parameter and float input."""
        return derive(self)


def derive(given: network.Network) -> Derivation:
    """First derivatives of the loss with respect to every parameter and float input."""
    return Derivation(**_parts(sweep.derive(given)))


def load(source: str | Path | Mapping[str, Any], sets: Sequence[str] = ()) -> Network:
    """The first network of a spec: a path, a mapping, or the name of a shipped example.

    Raises
    ------
    ChalkgradError
        for anything the spec gets wrong, with the file, the field and a likely fix.
    """
    return load_all(source, sets)[0]


def load_all(
    source: str | Path | Mapping[str, Any],
    sets: Sequence[str] = (),
    *,
    page: PageCheck | None = None,
) -> list[Network]:
    """Every network of a spec, the main one first. ``page`` checks the entries of ``deck:``."""
    if isinstance(source, str) and source in examples.names() and not Path(source).exists():
        source = examples.path(source)
    made = []
    for spec in load_specs(source, sets, page=page):
        try:
            made.append(network_of(spec))
        except ChalkgradError as err:
            raise err.inside(spec.where or spec.name) from None
    return made


def network_of(spec: Spec) -> Network:
    """One network from its checked spec."""
    made = Network(**_parts(build(spec)))
    update_of(made)  # refuses what it cannot do
    return made


def _leads_on(make: Callable[P, network.Network]) -> Callable[P, Network]:
    """The same function; its network has ``derive()``."""

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Network:
        return Network(**_parts(make(*args, **kwargs)))

    return made


network_from_equations = _leads_on(assemble.network_from_equations)


def _parts(data: Any) -> dict[str, Any]:
    return {f.name: getattr(data, f.name) for f in fields(data)}
