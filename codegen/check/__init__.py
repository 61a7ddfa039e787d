"""Gradient checks: does backward return the derivative of forward?

    >>> from codegen.check import check_module
    >>> check_module("my_network.py").ok          # doctest: +SKIP

Works on generated modules and on any module a person wrote to the same contract (DESIGN.md).
"""

from codegen.check.checker import check_module
from codegen.check.judge import Tolerances
from codegen.check.loading import load_module
from codegen.check.render import render, to_text
from codegen.check.report import Finding, Report, TensorReport

__all__ = [
    "Finding",
    "Report",
    "TensorReport",
    "Tolerances",
    "check_module",
    "load_module",
    "render",
    "to_text",
]
