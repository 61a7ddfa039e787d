"""Checks: does backward return the derivative of forward, and forward what the equations say?

    from codegen.checking import check_module
    check_module("my_network.py").ok

Works on generated modules and on any module a person wrote to the same contract
(docs/check-your-own-backward.md).
"""

from codegen.checking.checker import check_module
from codegen.checking.derived import check
from codegen.checking.judge import Tolerances
from codegen.checking.loading import load_module
from codegen.checking.render import render, to_text
from codegen.checking.report import Finding, ForwardReport, Report, TensorReport

__all__ = [
    "Finding",
    "ForwardReport",
    "Report",
    "TensorReport",
    "Tolerances",
    "check",
    "check_module",
    "load_module",
    "render",
    "to_text",
]
