"""The function ``step`` of second-order rules: Newton, Newton-CG and Gauss-Newton.

The module supplies the curvature (`codegen.targets.numpy.second`); here it becomes a matrix or a
product over one vector of all parameters that learn, and the system A s = g is solved, A being the
curvature plus ``damping`` on the diagonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import prod
from typing import TYPE_CHECKING

from .....derive.language.errors import ChalkgradError
from .....derive.network.network import Network
from ..layout import bracketed, literal
from .marks import MARK
from .taken import part

if TYPE_CHECKING:
    from .....derive.optimizers import Optimizer
    from .....derive.optimizers.settings import Update

LARGEST = 10_000  # parameters of a Hessian that is held as a matrix (0.8 GB)
PRODUCTS = {"hessian": "hvp", "gauss_newton": "gnvp"}
MATRICES = {"hessian": "the Hessian", "gauss_newton": "the Gauss-Newton matrix"}


def seconds(update: Update) -> tuple[str, ...]:
    """What the module must have for this rule: names for ``numpy_module(d, second=…)``."""
    return (_second(update.rule),) if update.rule.curvature else ()


def _second(rule: Optimizer) -> str:
    return "hessian" if rule.solver == "inverse" else PRODUCTS[rule.curvature]


def step_source(update: Update, network: Network) -> list[str]:
    """``step(params, state, data, t, rate)`` and what it calls, each a top-level text.

    It returns (params, state, loss, the norm of the gradient before clipping). The program must
    know ``np`` and ``model``, a module that has the functions of `seconds`.

    Raises
    ------
    ChalkgradError
        for a rule of first order, a network in which nothing learns, and one too large for its
        Hessian as a matrix. (What no second-order rule takes, `update_of` refuses.)
    """
    _fits(update, network)
    decayed = [n for n in learned(update, network) if n in update.decay] if update.l2 else []
    blocks = [_constants(update, network, decayed), _AS_VECTOR, _AS_PARAMS]
    if decayed:
        blocks.append(_DECAY_OF)
    if update.rule.solver == "inverse":
        blocks += [_MATRIX_OF, _SOLVED]
    else:
        blocks.append(part("conjugate"))
    return [*blocks, _step(update, decayed=bool(decayed))]


def learned(update: Update, network: Network) -> list[str]:
    """The parameters that the rule moves, in the module's order."""
    return [t.name for t in network.parameters if t.name not in update.freeze]


def _fits(update: Update, network: Network) -> None:
    rule = update.rule.name
    where = f"update.{rule}"
    if not update.rule.curvature:
        raise ChalkgradError(f"'{rule}' is no rule of second order", where="update")
    names = learned(update, network)
    if not names:
        raise ChalkgradError("every parameter is frozen, nothing learns", where=f"{where}.freeze")
    count = sum(_entries(network, name) for name in names)
    if update.rule.solver == "inverse" and count > LARGEST:
        raise ChalkgradError(f"the Hessian of {count} parameters is too large for a matrix",
                             where=where, hint="newton_cg needs only its products")  # fmt: skip


def _entries(network: Network, name: str) -> int:
    return prod(s if isinstance(s, int) else 1 for s in network.shape(name))


def _constants(update: Update, network: Network, decayed: Sequence[str]) -> str:
    lines = tuple_of_names("LEARNED", learned(update, network))
    if decayed:
        lines += [f"L2 = {literal(update.l2)}", *tuple_of_names("DECAYED", decayed)]
    if update.clip_norm is not None:
        lines.append(f"CLIP_NORM = {literal(update.clip_norm)}")
    lines.append(f"DAMPING = {literal(update.options.get('damping', Decimal(0)))}")
    if update.rule.solver == "conjugate_gradients":
        lines.append(f"TOLERANCE = {literal(update.options['tolerance'])}")
        lines.append(f"ITERATIONS = {int(update.options['iterations'])}")
    return "\n".join(lines)


def tuple_of_names(constant: str, names: Sequence[str]) -> list[str]:
    """A constant that is a tuple of names."""
    comma = "," if len(names) == 1 else ""
    return bracketed(f"{constant} = (", [f'"{name}"' for name in names], f"{comma})", "")


def _step(update: Update, *, decayed: bool) -> str:
    """The step itself: what is done is the same for all, down to how s is found."""
    matrix = MATRICES[update.rule.curvature]
    more = " + l2" if decayed else ""
    lines = [
        "def step(params, state, data, t, rate):",
        '    """(params, state, loss, norm of the gradient g): w - rate s, where A s = g.',
        "",
        f"    A is {matrix} by all that learns{more}, plus DAMPING on its diagonal.",
        '    """',
        f"    loss, grads = model.loss_and_grads(params, *data){MARK}",
        f"    g = as_vector(grads){MARK}",
        "    norm = np.linalg.norm(g)",
        "    if not np.isfinite(norm):",
        "        return params, state, loss, norm  # the caller stops here",
    ]
    if update.clip_norm is not None:
        lines.append("    g = min(1, CLIP_NORM / (norm + 1e-6)) * g")
    if decayed:
        lines += ["    decay = decay_of(params)", "    g = g + decay * as_vector(params)"]
    diagonal = "DAMPING + decay" if decayed else "DAMPING"
    if update.rule.solver == "inverse":
        added = f"np.diag({diagonal})" if decayed else f"{diagonal} * np.eye(len(g))"
        lines += [
            f"    A = matrix_of(model.hessian(params, *data), params) + {added}{MARK}",
            f"    s = solved(A, g, np.finfo(grads[0].dtype).eps){MARK}",
        ]
    else:
        product = _second(update.rule)
        across = f"({diagonal}) * v" if decayed else f"{diagonal} * v"
        lines += [
            "",
            "    def product(v):",
            f"        made = model.{product}(params, as_params(v, params), *data){MARK}",
            f"        return as_vector(made) + {across}",
            "",
            f"    s = conjugate_gradients(product, g, TOLERANCE, ITERATIONS){MARK}",
        ]
    lines += [
        "    moved = {name: getattr(params, name) for name in LEARNED}",
        "    steps = as_params(s, params)",
        "    for name, w in moved.items():",
        f"        moved[name] = np.asarray(w - rate * getattr(steps, name), w.dtype){MARK}",
        f"    return params._replace(**moved), state, loss, norm{MARK}",
    ]
    return "\n".join(lines)


_AS_VECTOR = '''\
def as_vector(params):
    """The entries of all parameters that learn, one behind the other: (P,), float64."""
    return np.concatenate([np.ravel(getattr(params, name)) for name in LEARNED]).astype(float)'''

_AS_PARAMS = '''\
def as_params(vector, like):
    """The other way round: Params of the shapes and dtypes of ``like``, 0 in what is frozen."""
    made, start = {}, 0
    for name, w in like._asdict().items():
        made[name] = np.zeros_like(w)
        if name in LEARNED:
            entries = vector[start : start + w.size]
            made[name] = entries.reshape(w.shape).astype(w.dtype)
            start += w.size
    return model.Params(**made)'''

_DECAY_OF = '''\
def decay_of(params):
    """L2 for every entry that decays, 0 for the others: (P,)."""
    sizes = {name: getattr(params, name).size for name in LEARNED}
    return np.concatenate([np.full(n, L2 * (name in DECAYED)) for name, n in sizes.items()])'''

_MATRIX_OF = '''\
def matrix_of(blocks, params):
    """The blocks [a][b] of the Hessian, (*a.shape, *b.shape) each, as one matrix (P, P)."""
    sizes = {name: getattr(params, name).size for name in LEARNED}
    rows = []
    for a, m in sizes.items():
        row = getattr(blocks, a)
        rows.append([np.reshape(getattr(row, b), (m, n)) for b, n in sizes.items()])
    H = np.block(rows).astype(float)
    return (H + H.T) / 2  # symmetric up to rounding before, exactly now'''

_SOLVED = '''\
def solved(A, g, eps):
    """s with A s = g, (P,). ValueError where A is singular up to the rounding of its entries."""
    if not np.isfinite(A).all():
        raise ValueError("the Hessian is not finite here; try a smaller rate or a larger damping")
    curvatures = np.linalg.eigvalsh(A)
    smallest, largest = abs(curvatures).min(), abs(curvatures).max()
    if smallest <= len(g) * eps * largest:
        raise ValueError(
            f"the Hessian has no inverse: its curvatures are {smallest:.1e} to {largest:.1e} in "
            f"size; try a larger damping than {DAMPING:g}"
        )
    return np.linalg.solve(A, g)'''
