"""Values of the forward pass that a derivative reads instead of working them out again."""

from __future__ import annotations

from ..language.equation import Equation
from ..language.expr import Expr, Normal, Read, replace
from ..rewrite.simplify import canonical


def winner_name(tensor: str) -> str:
    """``T_at``, the place of the first winner of ``T = max[…](…)``, where the code keeps it."""
    return f"{tensor}_at"


def softmax_beside(eq: Equation, other: Equation) -> Read | None:
    """The read of ``other``, a softmax, whose logarithm ``eq`` is; None where it is not that."""
    log, p = eq.rhs, other.rhs
    if not (isinstance(log, Normal) and isinstance(p, Normal)):
        return None
    if (log.op, p.op) != ("log_softmax", "softmax") or len(log.idxs) != len(p.idxs):
        return None
    free = {i.axis: i for i in eq.indices if i not in log.at}
    here: dict[Expr, Expr] = {
        i: free[i.axis] for i in other.indices if i not in p.at and i.axis in free
    }
    here |= dict(zip(p.at, log.at, strict=True))
    if set(here.values()) != set(eq.indices) or set(here) != set(other.indices):
        return None
    inside = {**here, **dict(zip(p.idxs, log.idxs, strict=True))}
    same = canonical(replace(p.body, inside)) == canonical(log.body)
    same = same and p.cond is None and log.cond is None
    return Read(other.name, tuple(here[i] for i in other.indices)) if same else None
