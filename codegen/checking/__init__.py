"""Checks: does backward return the derivative of forward, and forward what the equations say?

    from chalkgrad import check_module
    check_module("my_network.py").ok

Works on generated modules and on any module a person wrote to the same contract
(docs/check-your-own-backward.md).

in:    a module's file, or a `Derivation`
out:   `Report`
names: `check_module`, `check`, `render`
"""

from ..targets.loading import load_module
from .checker import check, check_module
from .render import render, to_text
from .report import Finding, ForwardReport, Report, TensorReport

__all__ = [
    "Finding",
    "ForwardReport",
    "Report",
    "TensorReport",
    "check",
    "check_module",
    "load_module",
    "render",
    "to_text",
]
