"""The standalone NumPy module: a Program shaped into functions by one template.

No mathematics happens here; texts are put in order. The contract of a module stands in
docs/check-your-own-backward.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ....derive.chainrule.derivation import Derivation
from ....derive.language.equation import Tensor
from ....derive.language.expr import fresh_index
from ....derive.language.functions import FUNCTIONS
from ....derive.language.parser import expression
from ...lowering.arrays import Val, Var
from ...lowering.calls import DIRECT
from ...lowering.emit import Function
from ...lowering.lower import Lowering
from ...lowering.program import Program, build
from ...templates import plain
from ..diagram import diagram_lines
from . import bodies, data, initial, selfcheck
from .helpers import HELPERS
from .layout import Row, assignment, commented
from .printer import source


def numpy_module(d: Derivation, *, second: Sequence[str] = ()) -> str:
    """The source of a module with forward, backward and a self-check.

    ``second`` may name ``hvp``, ``gnvp`` and ``hessian``, functions for second derivatives.

    Raises
    ------
    ChalkgradError
        where a size is a symbol, so that no array can have it, or ``second`` is unknown.
    """
    from . import second as more

    return render(build(d), more.functions(d, second))


def not_checked(text: str) -> str:
    """The source of a module whose head says that nobody checked it."""
    said = "Written by chalkgrad"
    return text.replace(f"{said}. `python", f"{said}, not checked. `python", 1)


def render(p: Program, extra: Sequence[tuple[str, Function]] = ()) -> str:
    network = p.derivation.network
    helpers = _helpers(p, [f for _, f in extra])
    functions = [
        *helpers,
        bodies.forward(p),
        bodies.forward_unchecked(p),
        bodies.predict(p),
        bodies.backward(p),
        bodies.loss_and_grads(p),
        *(text for text, _ in extra),
        *initial.helpers(p),
        initial.init(p),
        data.example(p),
        *data.worked_example(p),
        *bodies.kinks(p),
        data.array_check(p),
        selfcheck.text(p),
    ]
    floats = [t for t in network.inputs if t.integer is None]
    template = plain(Path(__file__).parent).get_template("module.py.j2")
    text = template.render(
        title=_sentence(network.title or f"The network {network.name}"),
        picture=diagram_lines(network),
        name=network.name,
        arguments=", ".join(["params", *data.arguments(network)]),
        prefix=p.derivation.prefix,
        parameter=next((t.name for t in network.parameters), ""),
        windows=any("sliding_window_view" in f for f in functions),
        params=_fields(p, network.parameters),
        inputs=_fields(p, floats),
        cache=_fields(p, [network.tensors[c] for c in p.cache if c != "N"]),
        cache_n="N" in p.cache,
        constants=data.constants(p),
        tables=data.tables(p),
        functions=[f.strip("\n") for f in functions],
    )
    return text.strip("\n") + "\n"


def _sentence(text: str) -> str:
    """A title inside a docstring: one line, no quotes that could end it, no backslash."""
    clean = "".join(c if c.isprintable() and c not in '\\"' else " " for c in str(text))
    return " ".join(clean.split())[:80].rstrip(" .")


def _fields(p: Program, tensors: Iterable[Tensor]) -> list[str]:
    """The fields of a NamedTuple, their shapes in a column of comments."""
    rows = [Row((f"    {t.name}: np.ndarray",), data.shape_text(p, t)) for t in tensors]
    return commented(rows)


# -- helper functions ----------------------------------------------------------------------------


def _helpers(p: Program, extra: Sequence[Function]) -> list[str]:
    """The helper functions the module calls, each with what it calls itself."""
    bodies = [p.forward, p.predict, p.backward, *([p.kinks] if p.kinks else []), *extra]
    wanted = helpers(sorted({c for f in bodies for c in f.calls if c in HELPERS or c in FUNCTIONS}))
    order = list(HELPERS) + sorted(set(wanted) - set(HELPERS))
    return [wanted[name] for name in order if name in wanted]


def helpers(names: Iterable[str]) -> dict[str, str]:
    """The texts of these helper functions and of all that they call, by name."""
    found: dict[str, str] = {}
    todo = list(names)
    while todo:
        name = todo.pop(0)
        if name not in found:
            found[name] = HELPERS.get(name) or _formula_helper(name)
            todo += called(found[name])
    return found


def called(text: str) -> list[str]:
    """The helper functions that a text of NumPy calls or defines, each once."""
    known = set(HELPERS) | (set(FUNCTIONS) - set(DIRECT))
    names = re.findall(r"(?<![\w.])(\w+)\(", text)
    return [name for name in dict.fromkeys(names) if name in known]


def _formula_helper(name: str) -> str:
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
    lines += assignment("return", made.node).lines
    return "\n".join(lines)
