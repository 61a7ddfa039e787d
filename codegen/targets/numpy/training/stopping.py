"""The stopping rule of ``train:`` as a function of the program."""

from __future__ import annotations

import re

from .....derive.chainrule.derivation import Derivation
from .....derive.language.errors import ChalkgradError, suggest
from .....derive.language.expr import (
    Cmp,
    Expr,
    Logic,
    Name,
    Num,
    Read,
    Reduce,
    fresh_index,
    replace,
    walk,
)
from .....derive.language.parser import condition
from .....derive.language.text import text
from ....lowering.arrays import Lit, Val, Var
from ....lowering.emit import Emitter, Function
from ....lowering.lower import Lowering
from ....lowering.prepare import prepared
from ....lowering.program import needed, settled
from ..bodies import preamble, statements
from ..data import arguments, unpacked
from ..module import called, helpers
from ..printer import source


def stopping_source(d: Derivation, rule: str | None) -> tuple[str, list[str]]:
    """(the condition as text, the function ``stopped``); ("", …) where there is no rule.

    Raises ChalkgradError for what is no condition, or reads a tensor that is not there.
    """
    if not rule:
        lines = ["def stopped(*_):", '    """There is no stopping rule."""', "    return False"]
        return "", ["\n".join(lines)]
    made = condition(rule, "train.stop")
    body, held = _held(d, made)
    floats = [t.name for t in d.network.inputs if t.integer is None]
    names = [t.name for t in d.network.parameters]
    first = (floats or names)[0]
    calls, own = _own(held)
    lines = [
        f"def stopped({', '.join(['params', *arguments(d.network)])}):",
        f'    """{text(made)}, for every sample."""',
        *unpacked("params", names, body.reads),
        *preamble(body, [t.name for t in d.network.inputs if t.batch], floats, first),
        *(f"    {t.name} = model.{t.name}" for t in d.network.constants if t.name in body.reads),
        *map(_of_module, statements(body)),
        f"    return bool(np.all({calls}))",
    ]
    return text(made), [*own, "\n".join(lines)]


def _held(d: Derivation, rule: Expr) -> tuple[Function, str]:
    """The body that makes the tensors of the rule, and the rule as NumPy."""
    d = prepared(d)
    network = d.network
    read = {e: e.tensor if isinstance(e, Read) else e.name for e in leaves(rule)}
    known = settled(d.forward, d)
    given = (*network.parameters, *network.inputs, *network.targets, *network.constants)
    there = [*(t.name for t in given), *known]  # but no gradients
    for name in read.values():
        if name not in there:
            what = f"the stopping rule reads '{name}', which is not there"
            raise ChalkgradError(what, where="train.stop", hint=suggest(name, there))
    wanted = needed(list(read.values()), known)
    body = Emitter(d).function([eq for n, eq in known.items() if n in wanted], {})
    body.reads |= {n for n in read.values() if network.tensors[n].kind == "parameter"}
    axis = fresh_index("s", "s")
    local: dict[str, Val] = {}
    short: dict[Expr, Expr] = {}
    for k, (e, name) in enumerate(read.items()):
        t = network.tensors[name]
        at = [str(i.value) for i in e.indices if isinstance(i, Num)] if isinstance(e, Read) else []
        if len(at) != len(t.axes) - t.batch:
            entry = f"{name}[{', '.join('0' for _ in t.axes[t.batch :])}]"
            raise ChalkgradError(f"'{name}' is not one number", where="train.stop",
                                 hint=f"compare one entry: {entry}")  # fmt: skip
        sizes = network.shape(name)[t.batch :]
        if any(int(k) >= size for k, size in zip(at, sizes, strict=True) if isinstance(size, int)):
            raise ChalkgradError(f"there is no such entry of '{name}'", where="train.stop",
                                 hint=f"its shape is {list(sizes)}")  # fmt: skip
        places = [":" if t.batch else "", *at]
        node = Lit(f"{name}[{', '.join(p for p in places if p)}]") if at else Var(name)
        short[e] = Name(f"s{k}")
        local[f"s{k}"] = Val(node, (axis,) if t.batch else ())
    low = Lowering({"s": 1}, {})
    low.local = local
    return body, source(low.value(replace(rule, short)).node)


def leaves(stop: Expr) -> list[Name | Read]:
    """The names and entries that a stopping rule reads, each once.

    Raises ChalkgradError for what is no condition, or has sums in it.
    """
    if not isinstance(stop, Cmp | Logic):
        raise ChalkgradError("a stopping rule is a condition", where="train.stop",
                             hint='stop: "abs(f - t) < 1e-4"')  # fmt: skip
    if any(isinstance(e, Reduce) for e in walk(stop)):
        raise ChalkgradError("a stopping rule has no sums", where="train.stop",
                             hint="compare the loss, or one entry: y1[0]")  # fmt: skip
    return list(dict.fromkeys(e for e in walk(stop) if isinstance(e, Name | Read)))


def _of_module(line: str) -> str:
    """The helper functions of the network stand in its module: model.sigmoid(…)."""
    return re.sub(r"(?<![\w.])(\w+)\(", lambda m: f"model.{m[0]}" if called(m[0]) else m[0], line)


def _own(held: str) -> tuple[str, list[str]]:
    """The rule, and the helper functions that it calls itself: the module may not have them."""
    held = re.sub(r"(?<![\w.])absolute\(", "np.abs(", held)  # no complex step passes here
    return held, [text.strip("\n") for text in helpers(called(held)).values()]
