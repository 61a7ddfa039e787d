"""The parts of a module that handle data: the check of arguments, examples, constants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....derive.language.equation import Tensor
from ....derive.network.network import Network
from ....derive.network.starts import missing
from ...lowering.lower import Lowering
from ...templates import plain
from .layout import WIDTH, call, literal

if TYPE_CHECKING:
    from ...lowering.program import Program


def shape_text(p: Program, t: Tensor, batch: str = "N") -> str:
    texts = [batch if s == "N" else s for s in _sizes(p, t)]
    return tuple_text(texts)


def tuple_text(items: Sequence[str]) -> str:
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _sizes(p: Program, t: Tensor) -> list[str]:
    low = Lowering(p.derivation.network.sizes, p.derivation.network.tensors)
    return [low.size_text(a) for a in t.axes]


def _bound(p: Program, t: Tensor) -> str:
    """The exclusive upper bound of a tensor of integers."""
    assert t.integer is not None
    return _sizes(p, Tensor("", "", (t.integer,)))[0]


def arguments(n: Network) -> list[str]:
    """The names of what follows the parameters in the functions of a module."""
    return [t.name for t in (*n.inputs, *n.targets)]


def _tensors(n: Network) -> list[Tensor]:
    return [*n.parameters, *n.inputs, *n.targets]


# -- the check of arguments ----------------------------------------------------------------------


def tables(p: Program) -> str:
    """What `checked` compares with: SHAPES and, where there are any, INTEGERS, DISTRIBUTIONS."""
    arguments = _tensors(p.derivation.network)
    integers = [t for t in arguments if t.integer is not None]
    distributions = [t.name for t in arguments if t.fact == "distribution"]
    lines = ["SHAPES = {  # of the parameters, the inputs and the targets; N is the batch"]
    lines += [f'    "{t.name}": {shape_text(p, t, chr(34) + "N" + chr(34))},' for t in arguments]
    lines.append("}")
    if integers:
        items = ", ".join(f'"{t.name}": {_bound(p, t)}' for t in integers)
        lines.append(f"INTEGERS = {{{items}}}  # counted from 0; the numbers are below this")
    if distributions:
        names = tuple_text([f'"{name}"' for name in distributions])
        lines.append(f"DISTRIBUTIONS = {names}  # the last axis sums to 1")
    return "\n".join(lines)


def array_check(p: Program) -> str:
    """``checked``, with only the demands this network makes."""
    given = _tensors(p.derivation.network)
    return plain(Path(__file__).parent).get_template("checked.py.j2").render(
        integers=any(t.integer is not None for t in given),
        distributions=any(t.fact == "distribution" for t in given),
    )  # fmt: skip


# -- data ----------------------------------------------------------------------------------------


def example(p: Program) -> str:
    """example(): random admissible data, so that any module can be checked as it stands.

    What the spec gives of an example that is not complete is used, the rest is drawn.
    """
    n = p.derivation.network
    data = [*n.inputs, *n.targets]
    lines = [
        "def example(seed=0, dtype=np.float64, batch=3):",
        '    """(params, data) to check with: random, and no bias left at zero."""',
        "    rng = np.random.default_rng([seed, 1])",
    ]
    lines += _example_params(n)
    partial = any(t.name not in n.values for t in data)
    for t in data:
        if partial and t.name in n.values:
            lines += _samples(n, t)  # as often as the batch asks for
            lines.append(f"    {t.name} = np.resize({t.name}, {shape_text(p, t, 'batch')})")
        else:
            lines.append(f"    {t.name} = {_random(p, t)}")
    lines.append(f"    return params, {tuple_text([t.name for t in data])}")
    return "\n".join(lines)


def _example_params(n: Network) -> list[str]:
    """The parameters: noise on those of `init`, none on those that the spec gives in part."""
    given = [t.name for t in n.parameters if t.name in n.values] if missing(n) else []
    if not n.parameters:
        return ["    params = Params()"]
    if len(given) == len(n.parameters):
        return ["    params = init(seed, dtype)  # the numbers of the spec"]
    lines = [
        "    noisy = (w + 0.1 * rng.standard_normal(w.shape) for w in init(seed))",
        "    params = Params(*(w.astype(dtype) for w in noisy))",
    ]
    if given:
        items = [f"{name}=given.{name}" for name in given]
        lines.append("    given = init(seed, dtype)  # what the spec gives stays as it is")
        lines += call("params = params._replace", items, "    ")
    return lines


def _samples(n: Network, t: Tensor) -> list[str]:
    """The samples that the spec gives."""
    return array_lines(
        f"{t.name} = ", n.values[t.name], "dtype" if t.integer is None else "", "    "
    )


def _random(p: Program, t: Tensor) -> str:
    shape = shape_text(p, t, "batch")
    if t.integer is not None:
        return f"rng.integers(0, {_bound(p, t)}, {shape})"
    if t.fact == "distribution":
        last = _sizes(p, t)[-1]
        if last == "1":  # drawn, it is 1 up to a rounding, and a gradient of 0 has no other digits
            return f"np.ones({shape}, dtype)"
        rest = shape_text(p, Tensor("", "", t.axes[:-1]), "batch")
        return f"rng.dirichlet(np.ones({last}), {rest}).astype(dtype)"
    if t.kind == "target":
        return f"rng.uniform(0.1, 0.9, {shape}).astype(dtype)"
    if not t.axes:
        return "np.array(rng.standard_normal(), dtype)"
    return f"rng.standard_normal({shape}).astype(dtype)"


def constants(p: Program) -> list[str]:
    n = p.derivation.network
    made: list[str] = []
    for t in n.constants:
        if t.axes:
            made += array_lines(f"{t.name} = ", n.values.get(t.name), "", "", shape_text(p, t))
        else:  # a Python number: it takes the dtype of what it meets
            made.append(f"{t.name} = {literal(n.values.get(t.name))}  # constant")
    return made


def array_lines(head: str, value: Any, dtype: str, indent: str, note: str = "") -> list[str]:
    """``head`` np.array(value, dtype), a row a line where it is long."""
    tail = f", {dtype})" if dtype else ")"
    comment = f"  # {note}, constant" if note else ""
    line = f"{indent}{head}np.array({literal(value)}{tail}"
    if len(line) + len(comment) < WIDTH:
        return [line + comment]
    made = [f"{indent}# {note}, constant"] if note else []
    rows = _literal_lines(value, indent + "    ")
    if not dtype:
        return [*made, f"{indent}{head}np.array(", *rows, f"{indent})"]
    return [*made, f"{indent}{head}np.array(", *rows[:-1], f"{rows[-1]},",
            f"{indent}    {dtype},", f"{indent})"]  # fmt: skip


def _literal_lines(value: Any, indent: str) -> list[str]:
    if not isinstance(value, list | tuple) or len(indent + literal(value)) < WIDTH:
        return [indent + literal(value)]
    inner = [_literal_lines(v, indent + "    ") for v in value]
    return [f"{indent}[", *(line for rows in inner for line in [*rows[:-1], rows[-1] + ","]),
            f"{indent}]"]  # fmt: skip


def worked_example(p: Program) -> list[str]:
    """worked_example(): the numbers of the spec; spec_data() where it gives no parameters."""
    n = p.derivation.network
    data = [*n.inputs, *n.targets]
    needed = [*n.parameters, *data]
    absent = missing(n)
    if not needed or any(t.name in absent for t in data) or (absent and not data):
        return []
    names = tuple_text([t.name for t in data])
    numbers = [line for t in data for line in _samples(n, t)]
    if absent:
        head = ["def spec_data(dtype=np.float64):", f'    """{names}: the samples of the spec."""']
        return ["\n".join([*head, *numbers, f"    return {names}"])]
    head = [
        "def worked_example(dtype=np.float64):",
        '    """(params, data): the numbers of the spec."""',
    ]
    params: list[str] = []
    for t in n.parameters:
        *first, last = array_lines(f"{t.name}=", n.values[t.name], "dtype", " " * 8)
        params += [*first, f"{last},"]
    made = ["    params = Params(", *params, "    )"] if params else ["    params = Params()"]
    return ["\n".join([*head, *made, *numbers, f"    return params, {names}"])]


def unpacked(source: str, fields: Sequence[str], used: Iterable[str]) -> list[str]:
    """Lines that give the used fields of a NamedTuple their own names."""
    known = set(used)
    wanted = [f for f in fields if f in known]
    if wanted == list(fields) and len(fields) > 1:
        line = f"    {', '.join(wanted)} = {source}"
        if len(line) <= WIDTH:
            return [line]
    lines: list[str] = []
    row: list[str] = []
    for name in [*wanted, ""]:
        longer = [*row, name]
        if not name or len(_picked(source, longer)) > WIDTH:
            lines += [_picked(source, row)] if row else []
            longer = [name]
        row = longer
    return lines


def _picked(source: str, names: Sequence[str]) -> str:
    return f"    {', '.join(names)} = {', '.join(f'{source}.{name}' for name in names)}"
