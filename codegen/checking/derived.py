"""`check`: the checker for whatever a person has in hand: a derivation, a module or its file."""

from __future__ import annotations

from typing import Any

from ...derive.chainrule.derivation import Derivation
from ..targets.loading import module_from
from .checker import check_module
from .report import Report


def check(subject: Any, **options: Any) -> Report:
    """The report of a derivation's module, of a module or of a module's file.

    Only a derivation knows its equations, so that forward is held against them, too.

    Options are those of `check_module`. Raises ChalkgradError where a check cannot begin.
    """
    if not isinstance(subject, Derivation):
        return check_module(subject, **options)
    from ..targets.numpy.module import numpy_module

    network = subject.network
    module = module_from(numpy_module(subject), network.name)
    return check_module(module, **{"network": network, **options})
