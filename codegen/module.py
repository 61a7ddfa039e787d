"""The standalone NumPy module: a Program shaped into functions by one template.

No mathematics happens here; texts are put in order. See docs/module.md for the contract.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

from derive.derivation import Derivation
from derive.errors import ChalkgradError
from derive.expr import Idx, Name, fresh_index, replace
from derive.functions import FUNCTIONS
from derive.network import Tensor
from derive.parser import expression

from . import data, selfcheck
from .arrays import Val, Var, calls, source
from .helpers import HELPERS, NUMPY_NAMES
from .layout import assignment, call, comment
from .lower import Lowering
from .program import Function, Loop, Program, Statement, build

LINE = 100


def numpy_module(d: Derivation, *, second: Sequence[str] = ()) -> str:
    """The source of a module with forward, backward and a self-check.

    ``second`` may name ``hvp`` and ``hessian``, functions for second derivatives.

    Raises
    ------
    ChalkgradError
        where a size is a symbol, so that no array can have it.
    """
    from . import second as more

    extra: list[tuple[str, Function]] = []
    if "hvp" in second:
        extra.append(more.hvp(d))
    if "hessian" in second:
        extra += more.hessian(d)
    return render(build(d), extra)


def render(p: Program, extra: Sequence[tuple[str, Function]] = ()) -> str:
    network = p.derivation.network
    for t in network.tensors.values():
        if t.kind != "variable":
            _numeric_shape(p, t)
    helpers, needs_math = _helpers(p, [f for _, f in extra])
    functions = [
        *helpers, data.array_check(), _init(p), _forward(p), _body(p), _predict(p), _backward(p),
        _loss_and_grads(p), *(t for t, _ in extra), *_kinks(p), data.example(p), *data.worked_example(p),
        selfcheck.text(p),
    ]  # fmt: skip
    text = _template().render(
        title=_sentence(network.title or network.name.replace("_", " ")),
        diagram=_diagram(p),
        name=network.name,
        numbered=True,
        math=needs_math,
        windows=any("sliding_window_view" in f for f in functions),
        params=[_field(p, t) for t in network.parameters],
        inputs=[_field(p, t) for t in network.inputs if t.integer is None],
        cache=[_cache_field(p, name) for name in p.cache],
        constants=data.constants(p),
        functions=[f.strip("\n") for f in functions],
    )
    return _squeeze(text)


def _squeeze(text: str) -> str:
    """Two blank lines between functions, none at the end of a line, one newline at the end."""
    lines = [line.rstrip() for line in text.split("\n")]
    made: list[str] = []
    for k, line in enumerate(lines):
        if not line:
            following = next((x for x in lines[k:] if x), "")
            limit = 2 if not following.startswith(" ") else 1
            blank = len(made) - len("\n".join(made).rstrip("\n").split("\n")) if made else 0
            if blank >= limit:
                continue
        made.append(line)
    return "\n".join(made).strip("\n") + "\n"


@cache
def _template():  # type: ignore[no-untyped-def]
    import jinja2

    text = resources.files("codegen").joinpath("templates/module.py.j2").read_text("utf-8")
    env = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    return env.from_string(text)


def _sentence(text: str) -> str:
    """A title inside a docstring: ASCII-safe, no quotes that could end it, no backslash."""
    clean = "".join(c if c.isprintable() and c not in "\\\"" else " " for c in str(text))
    return " ".join(clean.split())[:80].rstrip() + "."


def _diagram(p: Program) -> str:
    from .diagram import diagram_text

    lines = textwrap.wrap(
        diagram_text(p.derivation.network), 90, break_long_words=False, break_on_hyphens=False
    )
    return "\n    ".join(lines)


def _numeric_shape(p: Program, t: Tensor) -> str:
    low = Lowering(p.derivation.network.sizes, p.derivation.network.tensors)
    texts = [low.size_text(a) for a in t.axes]
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def _field(p: Program, t: Tensor) -> dict[str, str]:
    return {"name": t.name, "comment": comment(_numeric_shape(p, t))}


def _cache_field(p: Program, name: str) -> dict[str, str]:
    if name == "N":
        return {"name": "N", "type": "int", "comment": comment("the batch")}
    t = p.derivation.network.tensors[name]
    return {"name": name, "type": "np.ndarray", "comment": comment(_numeric_shape(p, t))}


# -- helper functions ----------------------------------------------------------------------------


def _helpers(p: Program, extra: Sequence[Function]) -> tuple[list[str], bool]:
    """The helper functions the module calls, each with what it calls itself."""
    wanted: dict[str, str] = {}
    bodies = [p.forward, p.predict, p.backward, *([p.kinks] if p.kinks else []), *extra]
    todo = sorted({c for f in bodies for c in f.calls if c in HELPERS or c in FUNCTIONS})
    while todo:
        name = todo.pop(0)
        if name in wanted:
            continue
        text = HELPERS.get(name) or _from_formula(name)
        wanted[name] = text
        todo.extend(_called(text, name))
    order = list(HELPERS) + sorted(set(wanted) - set(HELPERS))
    return [wanted[name] for name in order if name in wanted], "erf" in wanted


def _called(text: str, own: str) -> Iterable[str]:
    known = set(HELPERS) | (set(FUNCTIONS) - set(NUMPY_NAMES))
    return [w for w in sorted(known) if w != own and f"{w}(" in text.replace(f".{w}(", ".")]


def _from_formula(name: str) -> str:
    """A helper that is its formula: gelu, elu, … are lowered from derive.functions."""
    known = FUNCTIONS[name]
    assert known.formula is not None
    axis = fresh_index("k", "k")
    low = Lowering({"k": 1}, {})
    local = {a: Val(Var(a), (axis,) if k == 0 else ()) for k, a in enumerate(known.args)}
    low.local = local
    made = low.value(expression(known.formula))
    body = source(made.node)
    lines = [f"def {name}({', '.join(known.args)}):", f'    """{known.formula}"""']
    if "dtype" in body:
        lines.append(f"    dtype = {known.args[0]}.dtype")
    line = f"    return {body}"
    lines += [line] if len(line) <= LINE else assignment("return", made.node, "", LINE)
    return "\n".join(lines)


# -- functions -----------------------------------------------------------------------------------


def _names(tensors: Iterable[Tensor]) -> list[str]:
    return [t.name for t in tensors]


def _arguments(p: Program) -> list[str]:
    n = p.derivation.network
    return [*_names(n.inputs), *_names(n.targets)]


def _unpack(source_name: str, fields: Sequence[str], used: Iterable[str]) -> list[str]:
    known = set(used)
    wanted = [f for f in fields if f in known]
    if not wanted:
        return []
    if list(wanted) == list(fields) and len(fields) > 1:
        line = f"    {', '.join(wanted)} = {source_name}"
        if len(line) <= LINE:
            return [line]
    return [f"    {f} = {source_name}.{f}" for f in wanted]


def statements(f: Function, indent: str = "    ") -> list[str]:
    lines: list[str] = []
    for item in f.lines:
        if isinstance(item, Loop):
            lines += _loop(item, indent)
        else:
            lines += _line(item, indent)
    return lines


def _line(s: Statement, indent: str) -> list[str]:
    note = s.shape
    if s.number is not None:
        note = f"{note}  eq. {s.number}"
    return assignment(s.target, s.node, note, LINE, indent)


def _loop(loop: Loop, indent: str) -> list[str]:
    lines = [f"{indent}{name} = np.zeros({shape}, dtype)" for name, shape in loop.arrays]
    steps = f"range({loop.count})"
    lines.append(f"{indent}for {loop.var} in {f'reversed({steps})' if loop.reverse else steps}:")
    for s in loop.body:
        lines += _line(s, indent + "    ")
    return lines


def _preamble(p: Program, f: Function, batched: Sequence[str], floats: Sequence[str]) -> list[str]:
    """N and dtype, where the body needs them."""
    lines = []
    if f.uses("N") and batched:
        lines.append(f"    N = {batched[0]}.shape[0]")
    if f.uses("dtype"):
        if floats:
            lines.append(f"    dtype = np.result_type({', '.join(floats)})")
        else:
            lines.append("    dtype = np.float64")
    return lines


def _init(p: Program) -> str:
    return data.init(p)


def _forward(p: Program) -> str:
    n = p.derivation.network
    args = _arguments(p)
    lines = [
        f"def forward({', '.join(['params', *args])}):",
        f'    """{_returns("(loss, Cache)", n, args)}"""',
        *data.checks(p, args),
        f"    return forward_unchecked({', '.join(['params', *args])})",
    ]
    return "\n".join(lines)


def _returns(what: str, network: object, args: Sequence[str]) -> str:
    del network
    return f"{what} of a batch. Raises ValueError for a wrong shape or dtype."


def _body(p: Program) -> str:
    n = p.derivation.network
    args = _arguments(p)
    lines = [
        f"def forward_unchecked({', '.join(['params', *args])}):",
        '    """forward without looking at its arguments (they may be complex)."""',
        *_unpack("params", _names(n.parameters), p.forward.reads),
        *_locals(p, p.forward, args),
        *statements(p.forward),
        *call(f"return {n.loss}, Cache", [*p.cache], LINE),
    ]
    return "\n".join(lines)


def _locals(p: Program, f: Function, args: Sequence[str], needs_n: bool = False) -> list[str]:
    n = p.derivation.network
    batched = [a for a in args if n.tensors[a].batch]
    floats = [t.name for t in n.parameters if t.name in f.reads]
    floats += [a for a in args if n.tensors[a].integer is None and a in f.reads]
    if "N" in p.cache and f is p.forward:
        f.reads.add("N")
    return _preamble(p, f, batched, floats)


def _predict(p: Program) -> str:
    n = p.derivation.network
    args = _names(n.inputs)
    lines = [
        f"def predict({', '.join(['params', *args])}):",
        f'    """{n.output} {_numeric_shape(p, n.tensors[n.output])} for a batch of inputs."""',
        *data.checks(p, args),
        *_unpack("params", _names(n.parameters), p.predict.reads),
        *_locals(p, p.predict, args),
        *statements(p.predict),
        f"    return {n.output}",
    ]
    return "\n".join(lines)


def _backward(p: Program) -> str:
    n = p.derivation.network
    d = p.derivation
    inputs = [t.name for t in n.inputs if t.integer is None]
    batched = [c for c in p.cache if c != "N" and n.tensors[c].batch]
    floats = [c for c in p.cache if c != "N" and n.tensors[c].integer is None]
    from_params = [f"params.{t.name}" for t in n.parameters]
    lines = [
        "def backward(params, cache):",
        '    """(Params, Inputs): the gradients of the loss with respect to each of them."""',
        *_unpack("params", _names(n.parameters), p.backward.reads),
        *_unpack("cache", list(p.cache), p.backward.reads),
        *_preamble(p, p.backward, batched if "N" not in p.cache else [], floats or from_params),
        *statements(p.backward),
    ]
    grads = [d.adjoint(t.name) for t in n.parameters]
    first = ", ".join(grads)
    second = ", ".join(d.adjoint(i) for i in inputs)
    one = f"    return Params({first}), Inputs({second})"
    if len(one) <= LINE:
        lines.append(one)
    else:
        lines += ["    grads = Params("]
        lines += [f"        {g}," for g in grads]
        lines += ["    )", *call("return grads, Inputs", [d.adjoint(i) for i in inputs], LINE)]
    return "\n".join(lines)


def _loss_and_grads(p: Program) -> str:
    args = ", ".join(["params", *_arguments(p)])
    return "\n".join(
        [
            f"def loss_and_grads({args}):",
            '    """(loss, Params): one forward and one backward pass."""',
            f"    loss, cache = forward({args})",
            "    return loss, backward(params, cache)[0]",
        ]
    )


def _kinks(p: Program) -> list[str]:
    if p.kinks is None:
        return []
    n = p.derivation.network
    args = _arguments(p)
    lines = [
        f"def kinks({', '.join(['params', *args])}):",
        '    """The side taken at every corner: winners of a max, signs, branches (for checks)."""',
        *_unpack("params", _names(n.parameters), p.kinks.reads),
        *_locals(p, p.kinks, args),
        *statements(p.kinks),
        *call("return ", list(p.kink_names), LINE, tuple_=True),
    ]
    return ["\n".join(lines)]


__all__ = ["ChalkgradError", "Idx", "calls", "numpy_module", "render", "replace", "Name"]
