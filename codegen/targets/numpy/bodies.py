"""The functions of a module that hold its mathematics: forward, predict, backward, kinks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from ....derive.language.equation import Tensor
from ....derive.network.network import Network
from ...lowering.emit import Function, Loop, Statement
from ...lowering.program import Program
from .data import arguments, shape_text, unpacked
from .layout import WIDTH, Row, assignment, bracketed, call, commented, noted


def statements(f: Function) -> list[str]:
    """The lines of a body, each with its shape and equation number in a column of comments."""
    return commented(_rows(f.lines))


def _rows(lines: Iterable[Statement | Loop]) -> list[Row]:
    rows: list[Row] = []
    for item in lines:
        if isinstance(item, Loop):
            rows += _loop(item)
        else:
            rows.append(_line(item, "    "))
    return rows


def _line(s: Statement, indent: str) -> Row:
    return assignment(s.target, s.node, indent, s.shape, s.numbers)


def _loop(loop: Loop) -> list[Row]:
    rows = [Row((f"    {name} = np.zeros({shape}, {dtype})",))
            for name, shape, dtype in loop.arrays]  # fmt: skip
    steps = f"range({loop.count})"
    rows.append(Row((f"    for {loop.var} in {f'reversed({steps})' if loop.reverse else steps}:",)))
    return rows + [_line(s, "        ") for s in loop.body]


def preamble(f: Function, batched: Sequence[str], floats: Sequence[str], short: str) -> list[str]:
    """N and dtype, where the body needs them; ``short`` stands for ``floats`` if those are many."""
    lines = []
    if f.uses("N") and batched:
        lines.append(f"    N = {batched[0]}.shape[0]")
    if f.uses("dtype"):
        line = f"    dtype = np.result_type({', '.join(floats) or 'np.float64'})"
        lines.append(line if len(line) <= 80 else f"    dtype = np.result_type({short})")
    return lines


def _names(tensors: Iterable[Tensor]) -> list[str]:
    return [t.name for t in tensors]


def definition(name: str, args: Sequence[str], *body: str) -> str:
    """The text of a function whose first argument is ``params``."""
    return "\n".join([*bracketed(f"def {name}(", ["params", *args], "):", ""), *body])


def local_names(
    n: Network, f: Function, args: Sequence[str], otherwise: Sequence[str]
) -> list[str]:
    """Parameters under their own names, then N and dtype; where nothing is computed from numbers
    that come in, their dtype is that of ``otherwise`` all the same."""
    parameters = _names(n.parameters)
    data = [a for a in args if n.tensors[a].integer is None and a in f.reads]
    floats = [name for name in parameters if name in f.reads] + data
    batched = [a for a in args if n.tensors[a].batch]
    short = ", ".join(["*params", *data] if parameters else data)
    return [
        *unpacked("params", parameters, f.reads),
        *preamble(f, batched, floats or otherwise, short),
    ]


def _locals(p: Program, f: Function, args: Sequence[str]) -> list[str]:
    n = p.derivation.network
    if "N" in p.cache and f is p.forward:
        f.reads.add("N")
    given = [a for a in args if n.tensors[a].integer is None]
    return local_names(
        n, f, args, [*(f"params.{name}" for name in _names(n.parameters)), *given][:1]
    )


def forward(p: Program) -> str:
    args = arguments(p.derivation.network)
    return definition(
        "forward",
        args,
        '    """(loss, Cache) of a batch. ValueError for a wrong shape or dtype."""',
        *_check(args),
        *call("return forward_unchecked", ["params", *args]),
    )


def _check(args: Sequence[str]) -> list[str]:
    if not args:
        return ["    (params,) = checked(params)"]
    return call(f"params, {', '.join(args)} = checked", ["params", *args])


def forward_unchecked(p: Program) -> str:
    args = arguments(p.derivation.network)
    made = call("return " + p.derivation.network.loss + ", Cache", p.cache)
    if len(made) > 1:
        made = [*call("cache = Cache", p.cache), f"    return {p.derivation.network.loss}, cache"]
    return definition(
        "forward_unchecked",
        args,
        '    """forward for arrays known to fit; they may be complex (for self_check)."""',
        *_locals(p, p.forward, args),
        *statements(p.forward),
        *made,
    )


def predict(p: Program) -> str:
    n = p.derivation.network
    args = _names(n.inputs)
    counted = p.predict.uses("N") and not any(t.batch for t in n.inputs)  # by the targets alone
    # else the loss is all there is to predict
    if counted or any(t.name in p.predict.reads for t in n.targets):
        args += _names(n.targets)
    return definition(
        "predict",
        args,
        f'    """{_outputs(p)} for a batch of inputs."""',
        *_check(args),
        *_locals(p, p.predict, args),
        *statements(p.predict),
        f"    return {', '.join(n.outputs or [n.output])}",
    )


def _outputs(p: Program) -> str:
    n = p.derivation.network
    return ", ".join(f"{o} {shape_text(p, n.tensors[o])}" for o in n.outputs or [n.output])


def backward(p: Program) -> str:
    n = p.derivation.network
    reads = p.backward.reads
    # a name that nothing reads has no local: what multiplied it may turn out to be 0
    cached = {c: c if c in reads else f"cache.{c}" for c in p.cache if c != "N"}
    batched = [c for c in cached if n.tensors[c].batch] if "N" not in p.cache else []
    batched = [cached[c] for c in sorted(batched, key=lambda c: c not in reads)]
    floats = [text for c, text in cached.items() if n.tensors[c].integer is None]
    parameters = _names(n.parameters)
    floats = floats or [f"params.{name}" for name in parameters]
    short = "*cache" if floats == list(p.cache) else floats[0]
    return definition(
        "backward",
        ["cache", "inputs=True"],
        '    """(Params, Inputs): the gradients of the loss; (Params, None) where inputs=False."""',
        *unpacked("params", parameters, reads),
        *unpacked("cache", p.cache, reads),
        *preamble(p.backward, batched, floats, short),
        *_gradients(p),
    )


def _gradients(p: Program) -> list[str]:
    """The statements of backward; behind the gradients of the parameters it may return."""
    n, f, d = p.derivation.network, p.backward, p.derivation
    lines = noted(_rows(f.lines))
    always = len(_rows(f.lines[: f.always]))
    return [
        *chain(*lines[:always]),
        *call("grads = Params", [d.adjoint(t.name) for t in n.parameters]),
        "    if not inputs:",
        "        return grads, None",
        *chain(*lines[always:]),
        *_returned([d.adjoint(t.name) for t in n.inputs if t.integer is None]),
    ]


def _returned(inputs: Sequence[str]) -> list[str]:
    last = f"    return grads, Inputs({', '.join(inputs)})"
    if len(last) <= WIDTH:
        return [last]
    return [*call("inputs = Inputs", inputs), "    return grads, inputs"]


def loss_and_grads(p: Program) -> str:
    args = arguments(p.derivation.network)
    return definition(
        "loss_and_grads",
        args,
        '    """(loss, Params): one pass forward and one backward."""',
        *call("loss, cache = forward", ["params", *args]),
        "    return loss, backward(params, cache, inputs=False)[0]",
    )


def kinks(p: Program) -> list[str]:
    if p.kinks is None:
        return []
    args = arguments(p.derivation.network)
    one = "," if len(p.kink_names) == 1 else ""
    text = definition(
        "kinks",
        args,
        '    """The side taken at every corner: winners, signs, branches (for checks)."""',
        *_locals(p, p.kinks, args),
        *statements(p.kinks),
        *bracketed("    return (", [*p.kink_names], f"{one})"),
    )
    return [text]
