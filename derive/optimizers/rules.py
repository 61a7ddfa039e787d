"""The rules of rules.yaml, in the form that their options choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from typing import Any

from ..language.errors import ChalkgradError, suggest
from ..language.parser import Parsed, equations
from .checks import check_step
from .declared import declared
from .options import Option


@dataclass(frozen=True)
class Optimizer:
    """One rule. ``equations`` define the tensors of step t in order, ``w`` last.

    ``options`` are the numbers of these equations with their defaults, ``more`` the options that
    are off by default, ``on`` those of them that chose this form. ``start`` is the state before the
    first step (``starts`` where an option gives it), ``inverse`` names that stand for the inverse
    of a matrix (``Hinv`` of ``H``), ``vector`` the letters of the parameter's entries where entries
    are mixed (Newton), ``samples`` the tensors given per sample with their letters (mini-batch),
    ``curvature`` which matrix H is ("", hessian, gauss_newton) and ``solver`` how its system is
    solved (inverse, conjugate_gradients). ``demonstration`` holds the options that it is shown with
    on a loss surface, by its name. ``notes`` say how other libraries define the rule. ``explained``
    are the options that options.yaml does not know: those of a rule that a spec defines.
    """

    name: str
    summary: str
    source: str
    equations: tuple[Parsed, ...]
    options: Mapping[str, Decimal]
    start: Mapping[str, Decimal] = field(default_factory=dict)
    inverse: Mapping[str, str] = field(default_factory=dict)
    vector: tuple[str, ...] = ()
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    more: Mapping[str, Decimal | bool] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)
    curvature: str = ""
    solver: str = ""
    demonstration: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    notes: str = ""
    explained: Mapping[str, Option] = field(default_factory=dict)

    def starting(self, options: Mapping[str, Any]) -> Optimizer:
        """The same rule with the state before the first step that these options ask for."""
        given = {k: Decimal(str(options[o])) for k, o in self.starts.items() if o in options}
        return replace(self, start={**self.start, **given}) if given else self


def all_names() -> list[str]:
    """Every rule, as declared."""
    return list(declared())


def names() -> list[str]:
    """The rules of the lecture, in its order."""
    return [n for n, given in declared().items() if given.get("lecture")]


def trained() -> list[str]:
    """The rules a program can train with: those that need no gradient per sample."""
    return [n for n, given in declared().items() if "samples" not in given]


@cache
def forms_of(name: str) -> tuple[frozenset[str], ...]:
    """The sets of options that have equations of their own; the first is the plain rule."""
    given = declared()[name]
    if "form_of" in given:
        ((of, option),) = given["form_of"].items()
        return tuple(on - {option} for on in forms_of(of) if option in on)
    return (frozenset(), *(frozenset(f["on"]) for f in given.get("forms", ())))


def switches(rule: Optimizer) -> frozenset[str]:
    """The options that choose a form."""
    return frozenset().union(*forms_of(rule.name)) if rule.more else frozenset()


def formed(rule: Optimizer, options: Mapping[str, Any]) -> Optimizer:
    """The rule in the form, and with the start, that these options choose."""
    on = [k for k in switches(rule) if options.get(k)]
    return (optimizer(rule.name, on) if on else rule).starting(options)


def optimizer(
    name: str, on: Collection[str] = (), own: Mapping[str, Optimizer] | None = None
) -> Optimizer:
    """A rule by its name, in the form of the options that are ``on``; ``own`` are those of a spec.

    Raises
    ------
    ChalkgradError
        with a suggestion for an unknown rule, for an option without a form, and for options that
        have no form together.
    """
    if own and name in own:
        return own[name]
    if name not in declared():
        raise ChalkgradError(f"there is no optimiser '{name}'", where="optimizers",
                             hint=suggest(name, [*(own or {}), *all_names()]))  # fmt: skip
    return _optimizer(name, frozenset(on))


@cache
def _optimizer(name: str, on: frozenset[str]) -> Optimizer:
    own = declared()[name]
    if "form_of" in own:
        ((of, option),) = own["form_of"].items()
        form = _optimizer(of, on | {option})
        more = {k: v for k, v in form.more.items() if k != option}
        return replace(form, name=name, on=tuple(sorted(on)), more=more,
                       demonstration=own.get("demonstration", {}),
                       **{k: own[k] for k in ("summary", "source", "notes")})  # fmt: skip
    given = _form(name, on)
    start = given.get("start", {})
    more = given.get("more", {})
    options = _options(given, on)
    made = tuple(equations(given["equations"], name))
    if "vector" not in given and "samples" not in given:
        check_step(made, options, start, f"optimizers/rules.yaml: {name}.equations")
    return Optimizer(
        name, given["summary"], given["source"], made,
        {k: Decimal(v) for k, v in options.items()},
        {k: Decimal(more[v] if isinstance(v, str) else v) for k, v in start.items()},
        given.get("inverse", {}), tuple(given.get("vector", ())),
        {k: tuple(v) for k, v in given.get("samples", {}).items()}, tuple(sorted(on)),
        {k: v if isinstance(v, bool) else Decimal(v) for k, v in more.items()},
        {k: v for k, v in start.items() if isinstance(v, str)},
        given.get("curvature", ""), given.get("solver", ""), given.get("demonstration", {}),
        given.get("notes", ""),
    )  # fmt: skip


def _form(name: str, on: frozenset[str]) -> dict[str, Any]:
    given = declared()[name]
    if not on:
        return dict(given)
    for form in given.get("forms", ()):
        if frozenset(form["on"]) == on:
            return {**given, **form}
    known = {o for f in given.get("forms", ()) for o in f["on"]}
    for option in sorted(on - known):
        raise ChalkgradError(f"{name} has no other form for '{option}'", where="optimizers",
                             hint=suggest(option, known))  # fmt: skip
    both = " and ".join(sorted(on))
    raise ChalkgradError(f"{name} does not have {both} together", where="optimizers")


def _options(given: Mapping[str, Any], on: frozenset[str]) -> dict[str, Any]:
    """The numbers of a form: the rule's own, and those of its options that are numbers."""
    more = given.get("more", {})
    return {**given["options"], **{k: v for k, v in more.items()
                                   if k in on and not isinstance(v, bool)}}  # fmt: skip
