"""Faults of the derivation on paper, which the code may not have: each as a few words of it."""

from __future__ import annotations

from .planting import Fault, edit

_SWEEP = "derive.chainrule.sweep:_Sweep."
_CALCULUS = "derive.chainrule.calculus:"

FAULTS_OF_PATHS = (
    Fault(
        "reader left out",
        "of the readers of a tensor only the last adds its path",
        edit(
            _SWEEP + "_adjoint",
            "for eq in self.consumers.get(tensor, ())",
            "for eq in self.consumers.get(tensor, ())[-1:]",
        ),
    ),
    Fault(
        "path left out",
        "of two paths through one equation the second hides the first",
        edit(
            _SWEEP + "_derived",
            "grouped.setdefault(part.equation, []).append(part)",
            "grouped[part.equation] = [part]",
        ),
    ),
    Fault(
        "product for a sum",
        "the paths of a tensor are multiplied",
        edit(
            _SWEEP + "_derived",
            "rhs = add([self._share",
            "rhs = product([self._share",
        ),
    ),
    Fault(
        "path that is not printed",
        "an adjoint has a path more than its chain",
        edit(
            _SWEEP + "_adjoint",
            "self.contributions[eq.name] = parts",
            "self.contributions[eq.name] = parts if len(readers := {p.equation for p in parts}) < 2"
            " else [p for p in parts if p.equation != min(readers)]",
        ),
    ),
    Fault(
        "coefficient past the end of an empty reduction",
        "outside its axis a reduction runs over nothing and has no value",
        edit("derive.rewrite.contract:_range_tests", "dangerous(e) or may_be_empty(e)",
             "dangerous(e)"),
    ),
)  # fmt: skip

FAULTS_OF_PARTIALS = (
    Fault(
        "own value, transposed",
        "softmax's derivative reads the result at its indices in turned order",
        edit(
            _SWEEP + "_through_output",
            "zip(at, e.args, strict=True)",
            "zip(at, e.args[::-1], strict=True)",
        ),
    ),
    Fault(
        "own value, not moved",
        "softmax's derivative reads the result at the left side's index, whichever is asked for",
        edit(
            _SWEEP + "_through_output",
            "return replace(value, dict(zip(at, e.args, strict=True)))",
            "return value",
        ),
    ),
    Fault(
        "sign of a nested softmax",
        "off its diagonal a softmax within an equation has the sign of the diagonal",
        edit(_CALCULUS + "_normal", "mul([num(-1), *off", "mul([num(-1 if whole else 1), *off"),
    ),
    Fault(
        "captured place of a nested softmax",
        "the index where a softmax is read counts as one that it runs over",
        edit(
            _CALCULUS + "_normal",
            "made = refresh(expr)",
            "made = refresh(Normal(expr.op, at, expr.idxs, expr.body, expr.cond)); at = made.at",
        ),
    ),
    Fault(
        "sum within a nested softmax",
        "what a sum in the argument of a softmax runs over is forgotten",
        edit(
            _CALCULUS + "_normal",
            "p.bound, here_cond", "(), here_cond",
            "(*bound, *p.bound)", "bound",
        ),
    ),
    Fault(
        "test within a nested softmax",
        "the condition of a sum in the argument of a softmax is forgotten",
        edit(_CALCULUS + "_normal", "conjunction((expr.cond, p.cond))", "expr.cond"),
    ),
    Fault(
        "captured index of a logsumexp",
        "two terms of a product run over one and the same bound index",
        edit(_CALCULUS + "_special", "add([refresh(expr.body)", "add([expr.body"),
    ),
    Fault(
        "every winner",
        "all the largest entries have a slope, not the first of them alone",
        edit(
            _CALCULUS + "_special",
            'Cmp("==", flat_index(bound), first)',
            'Cmp("==", refresh(expr.body), refresh(expr))',
        ),
    ),
    Fault(
        "last winner",
        "the last of the largest entries has the slope",
        edit(
            _CALCULUS + "_special",
            'refresh(Reduce(f"arg{expr.op}", expr.idxs, expr.body, expr.cond))',
            'refresh(Reduce("max", expr.idxs, flat_index(bound), conjunction('
            '(expr.cond, Cmp("==", expr.body, refresh(expr))))))',
        ),
    ),
    Fault(
        "condition of a sum",
        "a sum under a condition has the slopes of one without",
        edit(_CALCULUS + "partials", "conjunction((expr.cond, p.cond))", "p.cond"),
    ),
)  # fmt: skip

ON_PAPER: dict[str, Fault] = {f.name: f for f in (*FAULTS_OF_PATHS, *FAULTS_OF_PARTIALS)}
