"""Faults of guards: what counts, and is safe, only under a test (see `planted_table`)."""

from __future__ import annotations

from .planting import Fault, Swap, edit

_CONTEXT = "codegen.lowering.context:Context."

FAULTS_OF_GUARDS = (
    Fault(
        "guard in a reduction",
        "a guard's outer axis enters the body of a reduction and is summed",
        edit("codegen.lowering.reductions:reduce", "low.within(own)", "low.under()"),
    ),
    Fault(
        "guard in a scatter",
        "a guard's outer axis enters what is added back onto an axis",
        edit("codegen.lowering.scatter:scattered", "low.within(keep)", "low.under()"),
    ),
    Fault(
        "dead diagonal",
        "the dead entries of a diagonal read are summed at the safe argument",
        edit(
            _CONTEXT + "within",
            "if own.issuperset(indices(t))",
            'if own.issuperset(indices(t)) or getattr(t, "op", "") == "=="',
        ),
    ),
    Fault(
        "test of a safe argument",
        "the test in a safe argument is looked at everywhere",
        edit(_CONTEXT + "_mask", "self.instead(tests[:k])", "self.instead([])"),
    ),
    Fault(
        "safe argument of one number",
        "a number gets the axes of the tests around it",
        edit(_CONTEXT + "safe", "if not v.dims and not any(a.dims for a in beside):", "if False:"),
    ),
    Fault(
        "coefficient past the end",
        "a recurrence's coefficient is evaluated one step past its end",
        edit(
            "derive.rewrite.contract:_range_tests",
            "if not any(dangerous(e) or may_be_empty(e) for e in moved):",
            "if True:",
        ),
    ),
    Fault(
        "hoisted ahead of its test",
        "what a loop hoists loses the tests that kept it safe",
        edit(
            "codegen.lowering.emit:Emitter._hoist",
            "if cond is not None and may_fail(e):",
            "if False:",
        ),
    ),
    Fault(
        "part ahead of its test",
        "a part with a name of its own loses the tests around it",
        edit(
            "codegen.lowering.passes.split:Splitter._guarded",
            "if cond is None or not may_fail(e):",
            "if True:",
        ),
    ),
    Fault(
        "kink ahead of its test",
        "the side of a corner is looked at where nothing depends on it",
        edit(
            "codegen.lowering.program:_kinks",
            "if cond is not None and may_fail(side):",
            "if False:",
        ),
    ),
    Fault(
        "tests squared",
        "[c]**2 in a slope is a power, not a test: no strong zero",
        edit(
            "derive.chainrule.calculus:_idempotent",
            "return e.base if e.exp.value > 0 else e",
            "return e",
        ),
    ),
    Fault(
        "strong zero: sum",
        "a factor with a pole moves out of the sum that its test stands in",
        edit(
            "derive.rewrite.simplify:summed",
            "strong = cond is not None or tested(inside)",
            "strong = False",
        ),
    ),
    Fault(
        "strong zero: total",
        "a common factor with a pole moves in front of the tests",
        edit(
            "derive.rewrite.simplify:total",
            "if has_pole(f) and any(tested(other) for other in lists):",
            "if False:",
        ),
    ),
    Fault(
        "step as a divisor",
        "division by an index is not taken for dangerous",
        edit(
            "derive.rewrite.domains:_varies",
            "isinstance(x, Read | Idx | Name)",
            "isinstance(x, Read)",
        ),
    ),
    Fault(
        "celu without a guard",
        "celu(v, alpha) divides by an alpha that is 0 in a dead branch",
        Swap("codegen.lowering.calls:SAFE", "celu", None),
    ),
)
